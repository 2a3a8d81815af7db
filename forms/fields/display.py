"""Text to read, a line, a space: form-js text, separator, spacer. No HTML; a line that begins with # is a heading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from forms.component import Component
from forms.fields.base import FieldType


class TextBlock(FieldType):
    component = "text"
    role = "display"
    control = "text"
    keys = frozenset({"text"})

    def problems(self, component: Component) -> Iterator[tuple[str, str]]:
        text = str(component.options.get("text") or "")
        if re.search(r"<[a-zA-Z/!]", text):
            yield "文章にHTMLは書けません。", "タグを消して、見出しは行の初めに#を書いてください。"
        if text.startswith("=") or "{{" in text:
            yield "文章に式は書けません。", "決まった文にしてください。"

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        return {"blocks": _blocks(str(component.options.get("text") or ""))}


class Separator(FieldType):
    component = "separator"
    role = "display"
    control = "separator"


class Spacer(FieldType):
    component = "spacer"
    role = "display"
    control = "spacer"
    keys = frozenset({"height"})


def _blocks(text: str) -> list[tuple[str, Any]]:
    """("heading", words), ("list", items) and ("paragraph", lines) in order."""
    blocks: list[tuple[str, Any]] = []
    for piece in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in piece.splitlines() if line.strip()]
        if not lines:
            continue
        if lines[0].startswith("#"):
            blocks.append(("heading", lines.pop(0).lstrip("# ")))
        if lines and all(re.match(r"[-*・] ?", line) for line in lines):
            blocks.append(("list", [re.sub(r"^[-*・] ?", "", line) for line in lines]))
        elif lines:
            blocks.append(("paragraph", lines))
    return blocks
