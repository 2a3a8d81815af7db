"""A file that is no XML, or broken XML, is told by its cause."""

from __future__ import annotations

import pytest

from engine import safe_xml
from engine.errors import Problem


def told(xml: bytes) -> Problem:
    problem = safe_xml.parse(xml, file="process.bpmn")
    assert isinstance(problem, Problem)
    return problem


@pytest.mark.parametrize(
    ("xml", "line", "problem", "remedy"),
    [
        ('<a>\n<b name="受付 & 審査"/></a>', 2, "「&」がそのまま", "「&amp;」"),
        ("<a>\n<b>受付&審査</b></a>", 2, "「&」がそのまま", "「&amp;」"),
        ("<a>\n&nbsp;</a>", 2, "「&nbsp;」", "そのまま書いて"),
        ("<a>\n<b:c xmlns:b='q'>\n</a>", 3, "2行目の要素「c」を閉じないうちに、「a」", "「c」を閉じる"),
        ("<a>\n<b><c/>", 2, "2行目の要素「b」を閉じないまま", "「b」を閉じて"),
        ('<a>\n<b x="n<5"/></a>', 2, "属性の値に「<」", "「&lt;」"),
        ("<a>\n1 < 2</a>", 2, "要素の名前ではありません", "「&lt;」"),
        ('<a id="1"\n id="2"/>', 2, "属性「id」が二つ", "どちらか"),
        ("<a>\n<zeebe:b/></a>", 2, "接頭辞「zeebe」の宣言", "xmlns:zeebe"),
        ('<a zeebe:b="1"/>', 1, "接頭辞「zeebe」の宣言", "xmlns:zeebe"),
        ("<a b=c/>", 1, "引用符", "囲んで"),
        ("<a b/>", 1, "属性「b」に値がありません", 'b="…"'),
        ("<a>\x08</a>", 1, "使えない文字", "消して"),
        ("<a/>\n<b/>", 2, "まだ続きがあります", "続きを消す"),
        ('\n<?xml version="1.0"?><a/>', 2, "「<?xml …?>」の前に", "先頭に"),
        ("<a>\n<b na", 2, "途中で切れている", "選び直す"),
        ("<a><!-- x -- y --></a>", 1, "書式が壊れて", "モデラー"),
    ],
)  # fmt: skip
def test_broken_xml_is_told_with_its_cause_and_line(
    xml: str, line: int, problem: str, remedy: str
) -> None:
    found = told(xml.encode())
    assert found.problem.startswith("XMLとして読めません。")
    assert (problem in found.problem, remedy in found.remedy) == (True, True), found
    assert found.line == line


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "ファイルが空です"),
        (b"\xef\xbb\xbf \n", "ファイルが空です"),
        (b"PK\x03\x04\x14\0", "ZIP"),
        (b'{"id": "notice"}', "JSON"),
        (b"%PDF-1.7", "PDF"),
        (b"<!DOCTYPE html><html><br></html>", "ウェブページ"),
        (b"<!doctype html>\n<html></html>", "ウェブページ"),
        (b"<html><head><meta charset=utf-8></html>", "ウェブページ"),
        ("受付".encode(), "「<」で始まっていません"),
    ],
)
def test_a_file_of_another_kind_is_told_to_be_one(content: bytes, problem: str) -> None:
    found = told(content)
    assert problem in found.problem and found.remedy
