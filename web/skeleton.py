"""`tetsuzuki new-procedure`: a small procedure that already runs, as a start for an own one."""

from __future__ import annotations

import re
from pathlib import Path

from engine.errors import TetsuzukiError

TEMPLATE = Path(__file__).parent / "new_procedure"
NAME = re.compile(r"[a-z][a-z0-9_]{1,60}")


class SkeletonRefused(TetsuzukiError):
    """The folder cannot be made; the message says why and what to do."""


def files(name: str) -> dict[str, str]:
    """The texts of a new procedure by relative path. Raises SkeletonRefused for a name that is no identifier."""
    if not NAME.fullmatch(name):
        raise SkeletonRefused(
            f"「{name}」は手続の名前に使えません。英小文字で始め、英小文字・数字・下線だけで書いてください（例 road_permit）。"
        )
    found = {}
    for path in sorted(TEMPLATE.rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            found[path.relative_to(TEMPLATE).as_posix()] = text.replace("@NAME@", name)
    return found


def write(name: str, into: Path) -> Path:
    """The folder with the new procedure. Raises SkeletonRefused when it exists already."""
    texts = files(name)
    folder = into / name
    if folder.exists():
        raise SkeletonRefused(f"{folder} はもうあります。別の名前にしてください。")
    for relative, text in texts.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
