"""What is known of the values that outside operations give back: the FEEL types of what adapters promise. No database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from adapters.base import Operation
from engine.feel.types import ANY, Type, one_of

_KINDS = (
    (fields.Boolean, "boolean"),
    (fields.Number, "number"),
    (fields.Date, "date"),
    (fields.DateTime, "date and time"),
    (fields.Time, "time"),
)


def types(operations: Mapping[str, Operation | None]) -> dict[str, Type]:
    """Name -> the type of the result, of the operations that say what they give back; the engine's own are None."""
    return {name: _context(one.result) for name, one in operations.items() if one is not None}


def _context(schema: Schema) -> Type:
    return Type("context", fields={name: _type(one) for name, one in schema.fields.items()})


def _type(field: fields.Field[Any]) -> Type:
    """Of a field; of one that is none of these nothing is known."""
    if isinstance(field, fields.Nested):
        found = _context(field.schema)
        return Type("list", inner=found) if field.many or field.schema.many else found
    if isinstance(field, fields.List):
        return Type("list", inner=_type(field.inner))
    if isinstance(field, fields.String):
        return _text(field)
    return next((Type(kind) for of, kind in _KINDS if isinstance(field, of)), ANY)


def _text(field: fields.String) -> Type:
    """A text, or one of those listed."""
    listed = (one.choices for one in field.validators if isinstance(one, validate.OneOf))
    values = next((list(map(str, choices)) for choices in listed), None)
    return Type("string") if values is None else one_of(values)
