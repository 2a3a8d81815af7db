"""The store: a folder of files. Bytes are written to a temporary file, flushed, renamed; half a file is never found."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from engine.errors import NotFound, TetsuzukiError
from engine.file_types import FileRefused

MEGABYTE = 1024 * 1024  # as everybody's file manager counts
CHUNK_BYTES = 256 * 1024
ATTEMPTS = 20


class StorageFull(TetsuzukiError):
    """The disk has no room; nothing was stored and nothing lost. message_ja is for the person."""

    message_ja = (
        "ただいまファイルを保存できません（保存先の空きが足りません）。入力した内容は失われていません。"
        "時間をおいてもう一度お試しください。"
    )


class Store:
    """A folder of files. Paths inside are relative, "pending/ab/<key>" or "cases/<case>/<key>", never a person's words."""

    def __init__(self, root: Path | str):
        self.root = Path(root)

    def put(self, stream: BinaryIO, *, limit_bytes: int) -> tuple[str, int, str]:
        """Path, size and sha256 of the flushed bytes. Raises FileRefused over the limit, StorageFull without room."""
        key = secrets.token_urlsafe(18)
        path = f"pending/{hashlib.sha256(key.encode()).hexdigest()[:2]}/{key}"
        final = self.root / path
        partial = final.with_name(f"{final.name}.part")
        try:
            with _created(partial) as out:
                size, digest = _copy(stream, out, limit_bytes)
            partial.rename(final)
            _flush_folder(final.parent)
        except OSError as error:
            _forget(partial, final)
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise StorageFull(
                    f"file store {self.root} has no room left ({error.strerror}); free space or enlarge it"
                ) from error
            raise
        except BaseException:
            _forget(partial, final)
            raise
        return path, size, digest

    def open(self, path: str) -> BinaryIO:
        """The bytes. Raises NotFound when they are not there."""
        try:
            return self._inside(path).open("rb")
        except FileNotFoundError as error:
            raise NotFound(
                f"file {path} is not in the store; restore it from the backup"
            ) from error

    def move(self, path: str, new: str) -> None:
        """The bytes are found under both names: remove the old one after the row says so."""
        target = self._inside(new)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            os.link(self._inside(path), target)
        _flush_folder(target.parent)

    def remove(self, path: str) -> None:
        """The bytes are gone; an emptied folder too."""
        full = self._inside(path)
        full.unlink(missing_ok=True)
        if full.parent != self.root:
            with contextlib.suppress(OSError):  # not empty: another file came or lies there
                full.parent.rmdir()

    def has(self, path: str) -> bool:
        return self._inside(path).is_file()

    def walk(self) -> Iterator[tuple[str, datetime]]:
        """Path and time of last change (UTC) of every file in the store."""
        for folder, _, names in os.walk(self.root):
            for name in names:
                full = Path(folder) / name
                try:
                    seconds = full.stat().st_mtime
                except FileNotFoundError:
                    continue  # moved or removed by another process meanwhile
                yield str(full.relative_to(self.root)), datetime.fromtimestamp(seconds).astimezone()

    def _inside(self, path: str) -> Path:
        full = (self.root / path).resolve()
        if not full.is_relative_to(self.root.resolve()):
            raise NotFound("this path leads out of the store")
        return full


def _created(path: Path) -> BinaryIO:
    """The new file, open for writing; its folder is made when it is not there."""
    for _ in range(ATTEMPTS):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return path.open("xb")
        except FileNotFoundError:
            continue  # another process removed the folder, empty until now, between our two steps
    raise OSError(
        errno.EIO, f"the folder {path.parent.name} of the file store goes away again and again"
    )


def _forget(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _copy(stream: BinaryIO, out: BinaryIO, limit_bytes: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    while chunk := stream.read(CHUNK_BYTES):
        size += len(chunk)
        if size > limit_bytes:
            raise FileRefused(
                f"ファイルが大きすぎます。{limit_bytes // MEGABYTE}MB以下のファイルを選んでください。"
            )
        digest.update(chunk)
        out.write(chunk)
    out.flush()
    os.fsync(out.fileno())
    if size == 0:
        raise FileRefused("ファイルの中身が空です。別のファイルを選んでください。")
    return size, digest.hexdigest()


def _flush_folder(folder: Path) -> None:
    # Without this a rename may be lost when the machine loses power, although the file's bytes are safe.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
