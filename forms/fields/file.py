"""Attached files: form-js filepicker. Uploading is the web's work; the answer is a list of entries.

An entry is {"file": key, "name", "content_type", "size_bytes"}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.feel.types import Type
from forms.component import Choice, Component
from forms.fields.base import FieldProblem, FieldType, FormData

MEGABYTE = 1024 * 1024
KINDS = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".csv": "text/csv",
}
WORDS = {"application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG", "text/csv": "CSV"}
WORDS |= {KINDS[".xlsx"]: "Excel", KINDS[".docx"]: "Word"}


class FileField(FieldType):
    component = "filepicker"
    control = "files"
    keys = frozenset({"accept", "multiple", "readonly"})
    properties = frozenset({"maxFiles", "maxMegabytes"})

    def type(self, component: Component) -> Type:
        texts = dict.fromkeys(("file", "name", "content_type"), Type("string"))
        return Type("list", inner=Type("context", fields=texts | {"size_bytes": Type("number")}))

    def problems(self, component: Component) -> Iterator[tuple[str, str]]:
        for ending in _endings(component):
            if ending not in KINDS:
                yield (
                    f"acceptの「{ending}」は受け付けられません。",
                    f"{'、'.join(KINDS)}から選んでください。",
                )

    def parse(self, component: Component, form: FormData, path: str) -> Any:
        # Never from the form: an entry names a stored file, and only the server knows which are this person's.
        return None

    def is_empty(self, raw: Any) -> bool:
        return not raw

    def empty(self) -> list[Any]:
        return []

    def clean(
        self, component: Component, raw: Any, choices: Sequence[Choice]
    ) -> list[dict[str, Any]]:
        if not isinstance(raw, list) or not all(
            isinstance(entry, Mapping) and entry.get("file") for entry in raw
        ):
            raise FieldProblem(f"{component.label}を添付し直してください。")
        if len(raw) > most_files(component):
            raise FieldProblem(
                f"{component.label}は{most_files(component)}個まで添付できます（いま{len(raw)}個です）。余分なファイルを外してください。"
            )
        return [self._entry(component, entry) for entry in raw]

    def _entry(self, component: Component, entry: Mapping[str, Any]) -> dict[str, Any]:
        allowed = accepted_types(component)
        if entry.get("content_type") not in allowed:
            words = "、".join(dict.fromkeys(WORDS[kind] for kind in allowed))
            raise FieldProblem(f"{component.label}は{words}のファイルを添付してください。")
        size = Decimal(str(entry.get("size_bytes") or 0))
        if size > most_bytes(component):
            raise FieldProblem(
                f"{component.label}は1個{most_bytes(component) // MEGABYTE}MBまでです。小さくして添付し直してください。"
            )
        return {
            "file": str(entry["file"]),
            "name": str(entry.get("name") or ""),
            "content_type": str(entry["content_type"]),
            "size_bytes": size,
        }

    def raw(self, value: Any) -> Any:
        return [{**entry, "size_bytes": int(entry.get("size_bytes") or 0)} for entry in value or []]

    def missing(self, component: Component) -> str:
        return f"{component.label}のファイルを添付してください。"

    def text(self, component: Component, value: Any, choices: Sequence[Choice]) -> str:
        return "、".join(str(entry.get("name") or "") for entry in value or [])

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        entries = [
            {**entry, "size_text": size_text(int(entry.get("size_bytes") or 0))}
            for entry in (raw if isinstance(raw, list) else [])
            if isinstance(entry, Mapping)
        ]
        words = "、".join(dict.fromkeys(WORDS[kind] for kind in accepted_types(component)))
        return {
            "entries": entries,
            "accept": ",".join(_endings(component)),
            "multiple": most_files(component) > 1,
            "is_full": most_files(component) > 1 and len(entries) >= most_files(component),
            "replaces": most_files(component) == 1 and bool(entries),
            "limits": f"{words}、1個{most_bytes(component) // MEGABYTE}MBまで"
            + (f"、{most_files(component)}個まで" if most_files(component) > 1 else ""),
        }


def accepted_types(component: Component) -> tuple[str, ...]:
    """The content types a file field takes."""
    return tuple(dict.fromkeys(KINDS[ending] for ending in _endings(component)))


def most_bytes(component: Component) -> int:
    """The largest size of one file in bytes; 20 MB unless the definition says less or more."""
    return component.number("maxMegabytes", 20) * MEGABYTE


def most_files(component: Component) -> int:
    """How many files the field takes: 1, or with `multiple` maxFiles (10)."""
    return component.number("maxFiles", 10) if component.options.get("multiple") else 1


def size_text(size_bytes: int) -> str:
    """1.2MB, 340KB."""
    if size_bytes >= MEGABYTE:
        return f"{size_bytes / MEGABYTE:.1f}MB"
    return f"{max(1, round(size_bytes / 1024))}KB"


def _endings(component: Component) -> list[str]:
    given = str(component.options.get("accept") or ".pdf,.jpg,.jpeg,.png")
    return [ending.strip().lower() for ending in given.split(",") if ending.strip()]
