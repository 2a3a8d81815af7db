"""Files that came with a posted page: stored and checked one by one, put beside the answers. One bad file costs no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import files
from engine.file_store import StorageFull
from engine.file_types import CONTENT_TYPE, FileRefused
from engine.files import Accepted
from forms import journey, paths
from forms.definition import FormDefinition
from forms.fields.file import accepted_types, most_bytes, most_files
from forms.journey import Page
from forms.validation import FieldError, row_label
from web.parts import now, parts

KINDS = {content_type: kind for kind, content_type in CONTENT_TYPE.items()}


@dataclass(frozen=True)
class Taken:
    """Uploads of one request: accepted ones with their path in the form, and what was wrong with the others.

    replaced: the paths that hold one file, which the new one takes the place of.
    """

    accepted: list[tuple[str, Accepted]]
    errors: list[FieldError]
    replaced: set[str]


def take(
    form: FormDefinition,
    page: Page,
    raw: Mapping[str, Any],
    posted: Any,
    *,
    is_open: Callable[[str], bool] = lambda path: True,
) -> Taken:
    """Reads, checks and stores the posted files of the open fields. No transaction is open: an upload may take minutes."""
    taken = Taken([], [], set())
    for path, component in journey.file_fields(page, raw):
        if not is_open(path):
            continue
        for upload in posted.getlist(path):
            if not upload.filename:
                continue
            try:
                stored = files.accept(
                    parts().store,
                    upload.stream,
                    upload.filename,
                    kinds=[KINDS[kind] for kind in accepted_types(component) if kind in KINDS],
                    limit_bytes=min(most_bytes(component), parts().settings.file_limit_bytes),
                )
            except (FileRefused, StorageFull) as error:
                text = f"{component.label}の「{upload.filename[:60]}」：{error.message_ja}"
                row = row_label(form, path)
                taken.errors.append(FieldError(path, text, component.label, row))
            else:
                taken.accepted.append((path, stored))
                if most_files(component) == 1:
                    taken.replaced.add(path)
    return taken


def record(
    db: Any, taken: Taken, raw: dict[str, Any], *, draft_id: int, account_id: int | None
) -> dict[str, Any]:
    """The raw answers with the accepted files in their fields, and their rows in the same transaction as the draft."""
    for path, accepted in taken.accepted:
        row = files.add(
            db, accepted, account_id=account_id, draft_id=draft_id, field=path, now=now()
        )
        entry = {
            "file": row.public_key,
            "name": row.name,
            "content_type": row.content_type,
            "size_bytes": row.size_bytes,
        }
        before = [] if path in taken.replaced else paths.get(raw, path) or []
        raw = paths.put(raw, path, [*before, entry])
    return raw


def keys_in(answers: Any) -> Iterator[str]:
    """The keys of every stored file named anywhere in the answers."""
    if isinstance(answers, Mapping):
        if isinstance(answers.get("file"), str) and "content_type" in answers:
            yield answers["file"]
        for value in answers.values():
            yield from keys_in(value)
    elif isinstance(answers, list | tuple):
        for value in answers:
            yield from keys_in(value)
