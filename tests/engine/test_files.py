import errno
import io
import os
import random
import shutil
import zipfile
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import Connection, select

from engine import drafts, file_store, files
from engine.errors import NotFound
from engine.file_store import StorageFull, Store
from engine.file_types import FileRefused, safe_name
from engine.files import accept
from engine.tables import files as rows
from tests.support.office import NOW, case, clerk, office, version_id


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files")


def pdf(*, password: str | None = None, pages: int = 1) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        document.save(
            out, encryption=pikepdf.Encryption(owner="o", user=password) if password else False
        )
    return out.getvalue()


def image(kind: str = "JPEG", size: tuple[int, int] = (400, 300)) -> bytes:
    out = io.BytesIO()
    noise = random.Random(1).randbytes(size[0] * size[1] * 3)
    Image.frombytes("RGB", size, noise).save(out, kind)
    return out.getvalue()


def workbook(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def take(store: Store, content: bytes, name: str = "写真.jpg", **options: object) -> files.Accepted:
    return accept(store, io.BytesIO(content), name, **options)  # type: ignore[arg-type]


def stored(store: Store) -> list[str]:
    return [path for path, _ in store.walk()]


@pytest.mark.parametrize(
    ("content", "name", "content_type"),
    [
        (image(), "写真.jpg", "image/jpeg"),
        (image("PNG"), "図.png", "image/png"),
        (pdf(), "車検証.pdf", "application/pdf"),
        (
            workbook(),
            "一覧.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_the_type_is_known_by_content(
    store: Store, content: bytes, name: str, content_type: str
) -> None:
    found = take(store, content, name)
    assert (found.content_type, found.name, found.size_bytes) == (content_type, name, len(content))
    with store.open(found.path) as file:
        assert file.read() == content


def packed_tables(size_bytes: int) -> bytes:
    """A PDF whose table of objects unpacks to that many bytes."""
    packer = zlib.compressobj(9)
    zeros = b"".join(packer.compress(bytes(1 << 20)) for _ in range(size_bytes >> 20))
    packed = zeros + packer.flush()
    head = (
        b"%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
    )
    table = b"3 0 obj\n<< /Type /XRef /Size 4 /W [1 2 1] /Root 1 0 R /Filter /FlateDecode /Length "
    body = b"%d >>\nstream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n"
    return head + table + body % (len(packed), packed, len(head))


# Opens before its own beginning: found by cutting random pieces out of a workbook.
def _begins_nowhere() -> bytes:
    whole = workbook()
    at = whole.rindex(b"PK\x05\x06") + 16
    offset = int.from_bytes(whole[at : at + 4], "little")
    return whole[:at] + (offset + 5000).to_bytes(4, "little") + whole[at + 4 :]


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空です"),
        (b"MZ\x90\x00" + b"\0" * 100, "この種類のファイル"),
        (b"<html><script>alert(1)</script>", "この種類のファイル"),
        (b"GIF89a" + b"\0" * 50, "この種類のファイル"),
        (pdf(password="secret"), "パスワード"),
        (b"%PDF-1.7 broken", "壊れている"),
        (pdf(pages=501), "501ページ"),
        (_cut(image()), "壊れている"),
        (_cut(image("PNG")), "壊れている"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "パスワード"),
        (workbook(**{"xl/vbaProject.bin": b"x"}), "マクロ"),
        (workbook(**{"xl/big.xml": b"0" * 60_000_000}), "大きくなりすぎる"),
        (b"PK\x03\x04 not a real archive", "開けませんでした"),
        (_begins_nowhere(), "開けませんでした"),
        (pdf(pages=3).replace(b"/Count", b"/Cxxxx").replace(b"[ 3 0 R", b"[ 3 0 +"), "壊れている"),
        (packed_tables(200 << 20), "壊れている"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_taken_is_refused_in_plain_words_and_leaves_nothing(
    store: Store, content: bytes, words: str
) -> None:
    with pytest.raises(FileRefused) as caught:
        take(store, content)
    assert words in caught.value.message_ja
    assert stored(store) == []


def test_an_archive_that_is_no_workbook_is_refused(store: Store) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.pdf", pdf())
    with pytest.raises(FileRefused, match="圧縮ファイル"):
        take(store, out.getvalue(), "一式.zip")


def test_an_archive_that_lies_about_its_size_is_refused(store: Store) -> None:
    honest = workbook(**{"xl/big.xml": b"0" * 60_000_000})
    lying = honest.replace((60_000_000).to_bytes(4, "little"), (6).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(FileRefused):
        take(store, lying, "表.xlsx")
    assert stored(store) == []


def test_a_pixel_bomb_is_refused_without_unpacking_it(store: Store) -> None:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    assert len(out.getvalue()) < 1_000_000
    with pytest.raises(FileRefused, match="大きすぎます"):
        take(store, out.getvalue(), "図.png")


def test_over_the_limit_nothing_is_kept(store: Store) -> None:
    with pytest.raises(FileRefused, match="1MB以下"):
        take(store, image("PNG", size=(1200, 1000)), limit_bytes=1024 * 1024)
    assert stored(store) == []


def test_a_field_takes_only_its_kinds(store: Store) -> None:
    with pytest.raises(FileRefused, match="JPEG、PNGのファイル"):
        take(store, pdf(), "写真.pdf", kinds=("jpg", "png"))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\書類\\車検証.PDF", "車検証.pdf"),
        ("写真\u202efdp.exe", "写真fdp.exe.pdf"),
        ("a\r\nX: y.pdf", "aX_ y.pdf"),
        ("", "ファイル.pdf"),
        (".pdf", "ファイル.pdf"),
        ("神\U000e0100.pdf", "神\U000e0100.pdf"),
        ("あ" * 300 + ".pdf", "あ" * 116 + ".pdf"),
    ],
)
def test_names_lose_what_is_dangerous_and_keep_what_the_person_wrote(given: str, kept: str) -> None:
    assert safe_name(given, ".pdf") == kept


class Full(io.BytesIO):
    def read(self, *sizes: int | None) -> bytes:
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_said_clearly_and_leaves_nothing(store: Store) -> None:
    with pytest.raises(StorageFull) as caught:
        accept(store, Full(), "写真.jpg")
    assert "失われていません" in caught.value.message_ja
    assert stored(store) == []


def test_a_folder_that_empties_while_an_upload_begins_is_made_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, left = Path.mkdir, 3

    def removed_at_once(folder: Path, *arguments: Any, **options: Any) -> None:
        nonlocal left
        make(folder, *arguments, **options)
        if folder.parent.name == "pending" and left:
            left -= 1
            shutil.rmtree(folder, ignore_errors=True)

    monkeypatch.setattr(Path, "mkdir", removed_at_once)
    assert stored(store) == [] and store.has(take(store, image()).path)


def test_taking_a_file_back_leaves_the_upload_beside_it(store: Store) -> None:
    path = take(store, image()).path
    other = store.root / path.rpartition("/")[0] / "other.part"
    other.write_bytes(b"coming in")
    store.remove(path)
    assert stored(store) == [str(other.relative_to(store.root))]


def test_nothing_stays_when_the_disk_is_full_for_the_folder_only(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(_: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(file_store, "_flush_folder", no_room)
    with pytest.raises(StorageFull):
        take(store, image())
    assert stored(store) == []


def test_a_path_cannot_lead_out_of_the_store(store: Store) -> None:
    for path in ("../secret", "/etc/passwd"):
        with pytest.raises(NotFound):
            store.open(path)


# --- rows ----------------------------------------------------------------------------------------


@pytest.fixture
def account_id(db: Connection) -> int:
    office(db)
    found = clerk(db, "sato").account_id
    assert found
    return found


@pytest.fixture
def upload(db: Connection, store: Store, account_id: int) -> Callable[..., files.File]:
    def make(**options: object) -> files.File:
        return files.add(db, take(store, image()), account_id=account_id, now=NOW, **options)  # type: ignore[arg-type]

    return make


def test_an_upload_becomes_part_of_the_case_and_moves_to_its_folder(
    db: Connection, store: Store, account_id: int, upload: Callable[..., files.File]
) -> None:
    file = upload()
    case_id = case(db, public_key="CASEKEY")
    files.attach(db, [file.public_key], case_id=case_id, account_id=account_id)
    files.attach(db, [file.public_key], case_id=case_id, account_id=account_id)
    for path in files.settle(db, store):
        store.remove(path)
    (attached,) = files.list_of_case(db, case_id)
    assert attached.path == f"cases/CASEKEY/{file.public_key}"
    assert stored(store) == [attached.path]
    assert files.settle(db, store) == []


def test_nobody_attaches_what_another_account_uploaded(
    db: Connection, upload: Callable[..., files.File]
) -> None:
    mine, other = upload(), clerk(db, "abe").account_id
    case_id = case(db)
    for keys in ([mine.public_key], ["unknown"]):
        with pytest.raises(NotFound):
            files.attach(db, keys, case_id=case_id, account_id=other)
    assert files.list_of_case(db, case_id) == []


def test_a_file_of_one_case_is_not_attached_to_another(
    db: Connection, account_id: int, upload: Callable[..., files.File]
) -> None:
    file = upload()
    files.attach(db, [file.public_key], case_id=case(db), account_id=account_id)
    with pytest.raises(NotFound):
        files.attach(db, [file.public_key], case_id=case(db), account_id=account_id)


def test_an_unfinished_form_keeps_its_files_and_an_abandoned_upload_goes(
    db: Connection, account_id: int, upload: Callable[..., files.File]
) -> None:
    draft = drafts.open(
        db, account_id=account_id, procedure="inquiry", version_id=version_id(db), now=NOW
    )
    kept, lost = upload(draft_id=draft.id), upload()
    assert files.forget_abandoned(db, NOW + timedelta(hours=23)) == []
    assert files.forget_abandoned(db, NOW + timedelta(hours=25)) == [lost.path]
    assert files.list_of_draft(db, draft.id) == [kept]
    drafts.remove(db, draft.id)
    assert files.forget_abandoned(db, NOW + timedelta(hours=25)) == [kept.path]


def test_bytes_without_a_row_and_rows_without_bytes_are_found(
    db: Connection, store: Store, upload: Callable[..., files.File]
) -> None:
    file = upload()
    fresh, old = take(store, image()), take(store, image("PNG"))
    long_ago = (NOW - timedelta(days=3)).timestamp()
    for one in (file, old):
        os.utime(store.root / one.path, (long_ago, long_ago))
    os.utime(store.root / fresh.path, (NOW.timestamp(), NOW.timestamp()))
    assert files.list_orphans(db, store, NOW) == [old.path]
    assert files.list_missing(db, store) == []
    store.remove(file.path)
    assert files.list_missing(db, store) == [file]


def test_erasing_a_case_leaves_no_name_and_no_bytes(
    db: Connection, store: Store, account_id: int, upload: Callable[..., files.File]
) -> None:
    file = upload()
    case_id = case(db)
    files.attach(db, [file.public_key], case_id=case_id, account_id=account_id)
    for path in files.erase_case(db, case_id):
        store.remove(path)
    assert stored(store) == []
    assert db.execute(select(rows.c.name, rows.c.status)).one() == ("（消去済み）", "erased")
    with pytest.raises(NotFound):
        files.get(db, file.public_key)


def test_a_letter_we_made_is_attached_at_once(db: Connection, store: Store) -> None:
    made = files.keep(store, io.BytesIO(b"%PDF-made"), "受付票.pdf", "application/pdf")
    case_id = case(db)
    row = files.add_made(db, made, case_id=case_id, field="letter:receipt", now=NOW)
    assert files.get(db, row.public_key).case_id == case_id
