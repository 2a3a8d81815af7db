"""What marshmallow says of procedure.yaml, as problems in the words of who wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from engine.errors import Problem
from engine.feel.near import suggestion
from engine.schema_faults import UNKNOWN, find

GUIDE = "手続の設定の書き方は docs/procedures.md にあります。"


def problems(said: Mapping[Any, Any], schema: Schema, raw: Any, *, file: str) -> Iterator[Problem]:
    """A problem for each thing said. said: messages by field, nested as marshmallow does.  raw: what was read."""
    yield from _of_schema(said, schema, raw, (), file)


def _of_schema(
    said: Mapping[Any, Any], schema: Schema, raw: Any, path: tuple[str, ...], file: str
) -> Iterator[Problem]:
    by_key = {field.data_key or name: field for name, field in schema.fields.items()}
    given = raw if isinstance(raw, Mapping) else {}
    for key, inner in said.items():
        here = (*path, str(key))
        if key == "_schema":
            yield from _told(inner, path, raw, file)
        elif key in by_key:
            yield from _of_field(inner, by_key[key], given.get(key), here, file)
        else:
            free = [name for name in by_key if name not in given]
            remedy = suggestion(str(key), free) or f"ここに書けるのは {'、'.join(by_key)} です。"
            yield Problem(file, UNKNOWN, remedy, element=".".join(here))


def _of_field(
    said: Any, field: fields.Field[Any], value: Any, path: tuple[str, ...], file: str
) -> Iterator[Problem]:
    if isinstance(said, list):
        yield from _told(said, path, value, file)
    elif isinstance(field, fields.Nested):
        yield from _of_schema(said, field.schema, value, path, file)
    elif isinstance(field, fields.Dict):
        for key, parts in said.items():
            inner = value.get(key) if isinstance(value, Mapping) else None
            for part, of, held in (
                ("key", field.key_field, key),
                ("value", field.value_field, inner),
            ):
                if part in parts and of is not None:
                    yield from _of_field(parts[part], of, held, (*path, str(key)), file)
    elif isinstance(field, fields.List):
        for at, inner in said.items():
            item = value[at] if isinstance(value, list) and at < len(value) else None
            yield from _of_field(inner, field.inner, item, (*path, str(at)), file)


def _told(said: list[str], path: tuple[str, ...], value: Any, file: str) -> Iterator[Problem]:
    """The messages of one place; what stands there is repeated where it is a word or number."""
    is_short = isinstance(value, str | int | float) and len(str(value)) <= 40
    written = f"「{value}」は、" if is_short else ""
    for message in said:
        fault = find(message, name=path[-1])
        problem = written + fault.problem if fault else message
        remedy = fault.remedy if fault else GUIDE
        yield Problem(file, problem, remedy, element=".".join(path) or None)
