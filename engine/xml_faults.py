"""Why a text cannot be read as XML, said of what libxml2 says in English."""

from __future__ import annotations

import re

from lxml import etree

_AMPERSAND = (
    "「&」がそのまま書かれています。",
    "文字としての「&」は「&amp;」と書いてください。",
)
_LESS = "文字としての「<」は「&lt;」と書いてください。"
_CUT = (
    "最後が「>」でないので、途中で切れているようです。",
    "もとのファイルを選び直すか、モデラーで開き直して保存してください。",
)
_UNKNOWN = ("書式が壊れています。", "モデラーで開き直して保存してください。")
# What libxml2 says -> (problem, remedy); {0}, {1}, ... are the groups. It names an element without its prefix.
_SAID = (
    (r"xmlParseEntityRef: no name|EntityRef: expecting ';'", *_AMPERSAND),
    (
        r"Entity '(.+?)' not defined",
        "「&{0};」という書き方は、XMLにはありません。",
        "その文字をそのまま書いてください。文字としての「&」は「&amp;」と書きます。",
    ),
    (
        r"Opening and ending tag mismatch: (\S+) line (\d+) and (\S+?),? ",
        "{1}行目の要素「{0}」を閉じないうちに、「{2}」を閉じています。",
        "「{0}」を閉じるか、余分なほうを消してください。",
    ),
    (
        r"Premature end of data in tag (\S+) line (\d+)",
        "{1}行目の要素「{0}」を閉じないまま、ファイルが終わっています。",
        "途中で切れていないか確かめ、もとのファイルを選び直すか、「{0}」を閉じてください。",
    ),
    (r"Unescaped '<' not allowed", "属性の値に「<」がそのまま書かれています。", _LESS),
    (r"StartTag: invalid element name", "「<」のあとが要素の名前ではありません。", _LESS),
    (
        r"Attribute (\S+) redefined",
        "ひとつの要素に、属性「{0}」が二つあります。",
        "どちらかを消してください。",
    ),
    (
        r"Namespace prefix (\S+) (?:for (?:\S+) )?on (\S+) is not defined",
        "「{1}」で使う接頭辞「{0}」の宣言（xmlns:{0}）がありません。",
        'いちばん外側の要素に xmlns:{0}="…" を書いてください。',
    ),
    (
        r"""AttValue: " or ' expected""",
        "属性の値が引用符で囲まれていません。",
        '値を「"」で囲んでください。',
    ),
    (
        r"Specification mandates value for attribute (\S+?),? ",
        "属性「{0}」に値がありません。",
        '{0}="…" の形で書くか、消してください。',
    ),
    (
        r"invalid (?:xmlChar value|Char value)",
        "使えない文字（制御文字など）があります。",
        "その文字を消してください。",
    ),
    (
        r"Extra content at the end",
        "いちばん外側の要素が閉じたあとに、まだ続きがあります。",
        "続きを消すか、閉じる位置を直してください。",
    ),
    (
        r"XML declaration allowed only at the start",
        "「<?xml …?>」の前に、空白か改行か別の内容があります。",
        "「<?xml …?>」をファイルの先頭に置いてください。",
    ),
)
_CHOOSE = "図（.bpmn）か判定表（.dmn）のファイルを選んでください。"
# How a file of another kind begins.
_KINDS = (
    (
        rb"\Z",
        "ファイルが空です。",
        "モデラーで開き直して保存するか、別のファイルを選んでください。",
    ),
    (rb"PK[\x03\x05]", "中身はZIP（かExcelなど）です。", "展開して、中の" + _CHOOSE),
    (rb"%PDF", "中身はPDFです。", _CHOOSE),
    (rb"[{\[]", "中身はJSONです。", _CHOOSE),
    (
        rb"(?i:<!doctype\s+html|<html)",
        "中身はウェブページ（HTML）です。",
        "ダウンロードし直すか、もとのファイルを選んでください（ログインの画面などが保存されています）。",
    ),
    (rb"[^<]", "「<」で始まっていません。", _CHOOSE),
)


def kind(xml: bytes) -> tuple[str, str] | None:
    """(problem, remedy) of a file that is something else than XML, None when it begins as XML does."""
    start = xml.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, problem, remedy in _KINDS:
        if re.match(pattern, start):
            return problem, remedy
    return None


def cause(error: Exception, xml: bytes) -> tuple[str, str]:
    """(problem, remedy) of what the parser raised of the text."""
    if (other := kind(xml)) is not None:
        return other
    if not xml.rstrip().endswith(b">"):
        return _CUT
    said = error.msg if isinstance(error, etree.XMLSyntaxError) else ""
    for pattern, problem, remedy in _SAID:
        if found := re.search(pattern, said):
            return problem.format(*found.groups()), remedy.format(*found.groups())
    return _UNKNOWN
