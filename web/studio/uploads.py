"""A procedure's folder as a ZIP becomes a draft: what the download gave, or what somebody wrote elsewhere."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Any

from flask import flash, render_template, request, url_for

from engine import version_drafts
from engine.errors import Problem, TetsuzukiError
from engine.procedure import FOLDERS, LARGEST_FILE_BYTES, SUFFIXES, Folder, text_of
from web.auth import current_actor
from web.once import carry_out
from web.parts import now, parts
from web.studio.blueprint import blueprint

MOST_FILES = 500
LARGEST_BYTES = 50_000_000  # of all texts together, unpacked
CODE = re.compile(r"[a-z][a-z0-9_]{1,60}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,80}")


class UploadRefused(TetsuzukiError):
    """The ZIP cannot be a procedure; the message says why and what to do, in Japanese."""


@blueprint.post("/upload")
def upload() -> Any:
    """The folder in the ZIP is the draft of its procedure; one with a draft already keeps it."""
    given = request.files.get("zip")
    try:
        folder = read(given.read() if given else b"")
        with parts().database.reading() as db:
            if version_drafts.find(db, folder.name) is not None:
                raise UploadRefused(
                    f"「{folder.name}」には編集中の内容があります。公開するか捨ててから、もう一度選んでください。"
                )
    except UploadRefused as error:
        errors = [{"message": str(error), "id": "zip"}]
        return render_template("studio/new.html", errors=errors, values={}), 422

    def work(db: Any) -> str:
        version_drafts.start(db, folder.name, folder.files, actor=current_actor(), now=now())
        flash("ZIPの内容で編集を始めました。検査し、変わるところを確かめてから公開してください。")
        return url_for("studio.procedure", code=folder.name)

    return carry_out(work)


def read(data: bytes) -> Folder:
    """The texts of the one folder in the ZIP. Raises UploadRefused; never unpacks more than LARGEST_BYTES."""
    if not data:
        raise UploadRefused("ZIPファイルを選んでください。")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _folder(archive)
    except (
        zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    ) as error:  # fmt: skip
        raise UploadRefused(
            "ZIPファイルとして読めません。この画面の「ZIPで保存」と同じ形か、パスワードなしのZIPにしてください。"
        ) from error


def _folder(archive: zipfile.ZipFile) -> Folder:
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_noise(entry)]
    if len(entries) > MOST_FILES:
        raise UploadRefused(f"ファイルが多すぎます（{MOST_FILES}件まで）。")
    files: dict[str, str] = {}
    codes = {entry.filename.partition("/")[0] for entry in entries}
    if len(codes) != 1 or not CODE.fullmatch(code := codes.pop()):
        raise UploadRefused(
            "ZIPの中のフォルダーを1つにし、手続のID（英小文字・数字・下線）を名前にしてください。"
        )
    size_bytes = 0
    for entry in entries:
        path = _path(entry.filename.removeprefix(f"{code}/"))
        # What the entry says of its size may be a lie, so reading stops where it has to.
        with archive.open(entry) as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
        size_bytes += len(content)
        if len(content) > LARGEST_FILE_BYTES or size_bytes > LARGEST_BYTES:
            raise UploadRefused(
                f"{path} までで大きすぎます（1つ10MB、全部で50MBまで）。小さくしてください。"
            )
        text = text_of(path, content)
        if isinstance(text, Problem):
            raise UploadRefused(f"{path}: {text.problem}{text.remedy}")
        files[path] = text
    return Folder(code, files)


def _path(path: str) -> str:
    folder, _, name = path.rpartition("/")
    if folder not in FOLDERS or not NAME.fullmatch(name) or not name.endswith(SUFFIXES):
        raise UploadRefused(
            f"「{path[:100]}」は手続のフォルダーに置けないファイルです。取り除いてください。"
        )
    return path


def _is_noise(entry: zipfile.ZipInfo) -> bool:
    """What Finder and the like add."""
    parts_of = entry.filename.split("/")
    return "__MACOSX" in parts_of or (parts_of[-1].startswith(".") and parts_of[-1] != "..")
