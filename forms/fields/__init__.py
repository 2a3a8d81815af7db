"""The field types, found by looking: every module of this folder that defines a FieldType is one."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from forms.fields.base import FieldProblem, FieldType, FormData

__all__ = ["FieldProblem", "FieldType", "FormData", "discover"]


@cache
def discover() -> dict[tuple[str, str | None], FieldType]:
    """Every field type by (form-js type, gov). ValueError when two modules claim the same."""
    found: dict[tuple[str, str | None], FieldType] = {}
    for entry in pkgutil.iter_modules(__path__):
        module = import_module(f"{__name__}.{entry.name}")
        for value in list(vars(module).values()):
            if _is_type_of(value, module.__name__):
                place = (value.component, value.gov)
                if place in found:
                    raise ValueError(f"{module.__name__}: {place} is already {found[place]!r}")
                found[place] = value()
    return found


def _is_type_of(value: object, module: str) -> bool:
    return (
        isinstance(value, type)
        and issubclass(value, FieldType)
        and value.__module__ == module
        and hasattr(value, "component")
    )
