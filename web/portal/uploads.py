"""Files that came with a posted page: stored and checked one by one, put beside the answers. One bad file costs no other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine import files
from engine.file_types import FileRefused
from engine.files import Accepted, StorageFull
from forms import correction, journey, paths
from forms.fields.file import accepted_types, most_bytes, most_files
from forms.journey import Page
from forms.validation import FieldError
from web.parts import now, parts
from web.portal.filing import Filing

KINDS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}


@dataclass(frozen=True)
class Taken:
    """Uploads of one request: accepted ones with their path in the form, and what was wrong with the others.

    replaced: the paths that hold one file, which the new one takes the place of.
    """

    accepted: list[tuple[str, Accepted]]
    errors: list[FieldError]
    replaced: frozenset[str] = frozenset()


def take(filing: Filing, page: Page, posted: Any) -> Taken:
    """Reads, checks and stores the posted files. No transaction is open: an upload may take minutes."""
    accepted: list[tuple[str, Accepted]] = []
    errors: list[FieldError] = []
    replaced = set()
    for path, component in journey.file_fields(page, filing.draft.answers):
        if not _is_open(filing, path):
            continue
        kinds = [KINDS[kind] for kind in accepted_types(component) if kind in KINDS]
        for upload in _given(posted.getlist(path)):
            try:
                stored = files.accept(
                    parts().store,
                    upload.stream,
                    upload.filename or "",
                    kinds=kinds,
                    limit_bytes=min(most_bytes(component), parts().settings.file_limit_bytes),
                )
            except (FileRefused, StorageFull) as error:
                name = (upload.filename or "")[:60]
                errors.append(FieldError(path, f"「{name}」：{error.message_ja}", component.label))
            else:
                accepted.append((path, stored))
                if most_files(component) == 1:
                    replaced.add(path)
    return Taken(accepted, errors, frozenset(replaced))


def record(db: Any, filing: Filing, taken: Taken, raw: dict[str, Any]) -> dict[str, Any]:
    """The raw answers with the accepted files in their fields, and their rows in the same transaction as the draft."""
    for path, accepted in taken.accepted:
        file = files.add(
            db,
            accepted,
            account_id=filing.actor.account_id,
            draft_id=filing.draft.id,
            field=path,
            now=now(),
        )
        entry = {
            "file": file.public_key,
            "name": file.name,
            "content_type": file.content_type,
            "size_bytes": file.size_bytes,
        }
        before = [] if path in taken.replaced else paths.get(raw, path) or []
        raw = paths.put(raw, path, [*before, entry])
    return raw


def keys_in(answers: Any) -> Iterable[str]:
    """The keys of every stored file named anywhere in the answers."""
    if isinstance(answers, dict):
        if isinstance(answers.get("file"), str) and "content_type" in answers:
            yield answers["file"]
        for value in answers.values():
            yield from keys_in(value)
    elif isinstance(answers, list | tuple):
        for value in answers:
            yield from keys_in(value)


def _given(uploads: Iterable[Any]) -> list[Any]:
    return [upload for upload in uploads if upload.filename]


def _is_open(filing: Filing, path: str) -> bool:
    return correction.is_open(
        path, raw=filing.draft.answers, unlocked=filing.unlocked, original=filing.original
    )
