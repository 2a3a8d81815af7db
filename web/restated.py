"""What a correcting notice (訂正届) changes: the answers of the case it puts right beside its own. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.files import File
from forms.definition import FormDefinition
from forms.differences import Difference, differences


def changes(
    form: FormDefinition,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    stored: Iterable[File],
) -> list[Difference]:
    """Every difference, in the order of the form. stored: the files of both: each has its own copy of what is the same."""
    contents = {one.public_key: one.sha256 for one in stored}
    return differences(form, _by_content(before, contents), _by_content(after, contents))


def _by_content(value: Any, contents: Mapping[str, str]) -> Any:
    """The answers with what is in a file in place of its key."""
    if isinstance(value, Mapping):
        found = {name: _by_content(one, contents) for name, one in value.items()}
        if isinstance(value.get("file"), str):
            found["file"] = contents.get(value["file"], value["file"])
        return found
    if isinstance(value, list | tuple):
        return [_by_content(one, contents) for one in value]
    return value
