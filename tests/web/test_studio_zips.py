"""A procedure as one file: downloaded, and opened again as a draft."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest

from engine import procedure, version_drafts
from engine.database import Database
from tests.web.person import Person
from tests.web.studio_work import MODEL, editing


def test_the_download_is_the_whole_folder(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/zip")
    with zipfile.ZipFile(io.BytesIO(analyst.page.data)) as archive:
        assert "inquiry/process.bpmn" in archive.namelist()
        text = archive.read("inquiry/process.bpmn").decode()
    assert text == (MODEL / "process.bpmn").read_text(encoding="utf-8")


def test_a_download_can_be_opened_again_as_a_draft(analyst: Person, database: Database) -> None:
    data = analyst.open("/studio/inquiry/versions/1/zip").page.data
    send_zip(analyst, data)
    assert analyst.address == "/studio/inquiry/" and "編集中" in analyst.text
    with database.reading() as db:
        draft = version_drafts.get(db, "inquiry")
    assert draft.files == procedure.read_folder(MODEL).files
    send_zip(analyst, data)
    assert analyst.status == 422 and "編集中の内容があります" in analyst.text


def test_a_diagram_in_another_encoding_is_kept_in_utf_8(
    analyst: Person, database: Database
) -> None:
    text = '<?xml version="1.0" encoding="Shift_JIS"?>\r\n<x n="①受付"/>'
    send_zip(analyst, zipped({"road/process.bpmn": text.encode("cp932")}))
    with database.reading() as db:
        kept = version_drafts.get(db, "road").files["process.bpmn"]
    assert kept == '<?xml version="1.0" encoding="UTF-8"?>\n<x n="①受付"/>'


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        (None, "ZIPファイルとして読めません"),
        ({}, "フォルダーを1つに"),
        ({"a_form/process.bpmn": "<x/>", "b_form/process.bpmn": "<x/>"}, "フォルダーを1つに"),
        ({"Road Permit/process.bpmn": "<x/>"}, "フォルダーを1つに"),
        ({"road/process.bpmn": "<x/>", "road/../../etc/passwd": "x"}, "置けないファイル"),
        ({"road/process.bpmn": "<x/>", "road/run.py": "x"}, "置けないファイル"),
        ({"road/process.bpmn": "<x n='受付'/>".encode("cp932")}, "文字コードが読めません"),
        ({"road/README.md": "受付".encode("cp932")}, "UTF-8の文字ではありません"),
        ({"road/README.md": b"a\0b"}, "使えない文字"),
        ({f"road/f{n}.md": "x" for n in range(501)}, "多すぎます"),
        ({"road/README.md": b"0" * 10_000_001}, "大きすぎます"),
    ],
)
def test_a_zip_that_cannot_be_a_procedure_is_refused_with_the_reason(
    analyst: Person, database: Database, entries: dict[str, str | bytes] | None, reason: str
) -> None:
    send_zip(analyst, b"no zip" if entries is None else zipped(entries))
    assert analyst.status == 422 and reason in analyst.text
    with database.reading() as db:
        assert version_drafts.heads(db) == []


def zipped(entries: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def send_zip(person: Person, data: bytes) -> None:
    form = person.open("/studio/new").form("開く").to_dict()
    person.send("/studio/upload", form | {"zip": (io.BytesIO(data), "procedure.zip")})
