"""Two states of a procedure side by side: what differs in meaning, where it stands on the diagram, and the texts."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from flask import abort, render_template, request, url_for

from engine import version_drafts, versions
from engine.versions import VersionRow
from web.parts import parts
from web.studio import differences, names
from web.studio.blueprint import blueprint
from web.studio.differences import Difference

SHOWN_LINES = 400
DRAFT = "draft"


@dataclass(frozen=True)
class Change:
    """One file that differs.

    kind: added | removed | changed.  parts: what differs in meaning; None where only the texts can be compared.
    lines: (sign, text) of the canonical texts.
    """

    path: str
    kind: str
    title: str
    parts: tuple[Difference, ...] | None
    lines: tuple[tuple[str, str], ...]
    added: int
    removed: int


@dataclass(frozen=True)
class State:
    """One side. key: number of the version or "draft", as in the address."""

    key: str
    title: str
    files: Mapping[str, str]


@blueprint.get("/<code>/compare")
def compare(code: str) -> str:
    """What differs between ?before= and ?after= (numbers of versions, or draft)."""
    with parts().database.reading() as db:
        rows = versions.list_all(db, code)
        draft = version_drafts.find(db, code)
        if not rows and draft is None:
            abort(404)
        choices = [(str(row.number), _title(row)) for row in rows]
        if draft is not None:
            choices.insert(0, (DRAFT, "編集中の内容"))
        keys = [key for key, _ in choices]
        after = request.args.get("after") or keys[0]
        current = next((str(row.number) for row in rows if row.is_current), keys[-1])
        usual = current if after == DRAFT else keys[min(1, len(keys) - 1)]
        before = request.args.get("before") or usual
        if not {before, after} <= set(keys):
            abort(404)
        files = {
            row.number: versions.files_of(db, row.id).files
            for row in rows
            if str(row.number) in (before, after)
        }
    sides = [
        State(
            key,
            dict(choices)[key],
            draft.files if key == DRAFT and draft else files[int(key)],
        )
        for key in (before, after)
    ]
    found = changes(sides[0].files, sides[1].files)
    return render_template(
        "studio/compare.html",
        code=code,
        name=names.name_of(code, sides[1].files),
        choices=choices,
        before=sides[0],
        after=sides[1],
        changes=found,
        diagrams={
            change.path: [_raw(code, side, change.path) for side in sides]
            for change in found
            if names.kind_of(change.path) == "bpmn"
        },
    )


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Every file that is not the same, by path."""
    found = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        found.append(_change(path, old, new))
    return found


def _change(path: str, old: str | None, new: str | None) -> Change:
    is_both = old is not None and new is not None
    parts = differences.of(path, old or "", new or "") if is_both else None
    # Where parts are compared the text comes second, in a form that shows nothing an editor wrote otherwise.
    kind = "text" if parts is None else names.kind_of(path)
    texts = [differences.canonical(kind, text or "") for text in (old, new)]
    compared = list(
        difflib.unified_diff(texts[0].splitlines(), texts[1].splitlines(), lineterm="", n=2)
    )
    lines = [(line[0], line[1:]) for line in compared[2:] if line]
    return Change(
        path,
        "changed" if is_both else "added" if old is None else "removed",
        names.title_of(path, new or old or ""),
        parts,
        tuple(lines[:SHOWN_LINES]),
        added=sum(sign == "+" for sign, _ in lines),
        removed=sum(sign == "-" for sign, _ in lines),
    )


def _title(row: VersionRow) -> str:
    return f"第{row.number}版{'（公開中）' if row.is_current else ''}"


def _raw(code: str, side: State, path: str) -> str:
    """Address of the file's text on that side; empty when it is not there."""
    if path not in side.files:
        return ""
    if side.key == DRAFT:
        return url_for("studio.draft_raw", code=code, path=path)
    return url_for("studio.version_raw", code=code, number=int(side.key), path=path)
