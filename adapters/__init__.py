"""Adapters: one file per outside system. `discover()` finds them; nothing is registered by hand."""

from __future__ import annotations

import importlib
import pkgutil

from adapters.base import Adapter

NOT_SYSTEMS = {"base", "bounces", "http"}


def discover() -> dict[str, type[Adapter]]:
    """Every adapter class of this package by its name.

    A file holds exactly one adapter; the class with its own `name` in the module is it.
    Raises ValueError when two files claim the same name or a file holds no adapter.
    """
    found: dict[str, type[Adapter]] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg or module.name in NOT_SYSTEMS:
            continue
        adapter = _adapter_of(module.name)
        if adapter.name in found:
            raise ValueError(
                f"adapters/{module.name}.py: the name {adapter.name} is taken; choose another"
            )
        found[adapter.name] = adapter
    return dict(sorted(found.items()))


def _adapter_of(module_name: str) -> type[Adapter]:
    module = importlib.import_module(f"{__name__}.{module_name}")
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Adapter) and value is not Adapter
    ]
    if len(classes) != 1:
        raise ValueError(
            f"adapters/{module_name}.py holds {len(classes)} adapters; one file is one outside system"
        )
    return classes[0]
