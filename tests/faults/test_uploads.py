"""Uploads that cannot be taken: each is refused in words the person can act on, and what was typed stays."""

from __future__ import annotations

import errno
import io
import os
import struct
import zlib

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug import formparser

from engine.database import Database
from engine.file_store import Store
from engine.tables import accounts, files
from tests.faults.test_races import signed_in
from tests.web import desk_procedure
from tests.web.person import Person
from tests.web.test_portal_filing import begin, first_page, photo

pytestmark = pytest.mark.usefixtures("todoke")
PLATE = "多摩130あ5678"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pixel_bomb() -> bytes:
    """A PNG of a few kilobytes that would unpack to 40,000 × 40,000 points."""
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def locked_pdf() -> bytes:
    out, pdf = io.BytesIO(), pikepdf.new()
    pdf.add_blank_page()
    pdf.save(out, encryption=pikepdf.Encryption(owner="himitsu", user="himitsu"))
    return out.getvalue()


def send(applicant: Person, name: str, content: bytes) -> Person:
    first_page(begin(applicant))
    return applicant.press(
        "次へ進む", {"vehicles[0].plate": PLATE, "vehicles[0].photo": (name, content)}
    )


def stored(database: Database, store: Store) -> tuple[int, list[str]]:
    with database.reading() as db:
        rows = db.execute(select(func.count()).select_from(files)).scalar_one()
    return rows, [path for path, _ in store.walk()]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("写真.png", b"MZ\x90\x00 a program", "この種類のファイルは添付できません"),
        ("写真.png", pixel_bomb(), "画像"),
        ("写真.png", photo() + bytes(21_000_000), "MB"),
    ],
    ids=["wrong type", "pixel bomb", "over size"],
)
def test_a_file_that_cannot_be_taken_is_refused_and_the_rest_stays(
    applicant: Person, database: Database, store: Store, name: str, content: bytes, says: str
) -> None:
    send(applicant, name, content)
    assert applicant.status == 422 and applicant.title.startswith("エラー：")
    assert says in applicant.text
    assert applicant.form("次へ進む")["vehicles[0].plate"] == PLATE
    assert stored(database, store) == (0, [])


def test_a_pdf_with_a_password_is_refused_on_the_desk_and_the_rest_stays(
    app: Flask, database: Database, store: Store
) -> None:
    with database.transaction() as db:
        version = desk_procedure.deploy(db)
        account = db.execute(
            select(accounts.c.id).where(accounts.c.login == "tama@example.jp")
        ).scalar_one()
        desk_procedure.file_case(db, version, "株式会社髙田環境", account)
    sato = signed_in(app, "sato").open("/desk/?view=section").press("着手する")
    form = sato.form("作業を終える")
    form["memo"], form["decision"] = "電話で確かめた。", "accept"
    form["papers"] = (io.BytesIO(locked_pdf()), "書類.pdf")
    form["action"] = "next"
    sato.send(sato.address, form)
    assert sato.status == 422
    assert "パスワードの付いたPDFは添付できません" in sato.text
    assert sato.form("作業を終える")["memo"].strip() == "電話で確かめた。"
    assert stored(database, store) == (0, [])


def test_a_full_disk_is_said_clearly_and_the_form_goes_on_when_there_is_room(
    applicant: Person, database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", no_room)
        send(applicant, "写真.png", photo())
    assert applicant.status == 422
    assert "保存先の空きが足りません" in applicant.text
    assert applicant.form("次へ進む")["vehicles[0].plate"] == PLATE
    assert stored(database, store) == (0, [])
    applicant.press("次へ進む", {"vehicles[0].photo": ("写真.png", photo())})
    assert applicant.status == 200
    assert stored(database, store)[0] == 1


def test_no_room_for_the_upload_while_it_is_read_is_said_clearly_and_sending_again_works(
    applicant: Person, database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large uploads wait in a temporary file before anything of ours sees them."""

    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(formparser, "SpooledTemporaryFile", lambda **_: Full())
        send(applicant, "写真.png", photo() + bytes(600_000))
    assert applicant.status == 503
    assert "保存先の空きが足りない" in applicant.text and "再読み込み" in applicant.text
    assert int(applicant.page.headers["Retry-After"]) > 0
    assert stored(database, store) == (0, [])
    applicant.open("/my").follow("続ける").press("次へ進む")  # what was filled in before
    applicant.press(
        "次へ進む", {"vehicles[0].plate": PLATE, "vehicles[0].photo": ("写真.png", photo())}
    )
    assert applicant.status == 200 and stored(database, store)[0] == 1
