"""What a model may ask for, and what each of it is called in Japanese: the engine's own operations and the adapters'."""

from __future__ import annotations

from functools import cache
from typing import Any

from adapters import discover
from engine import operations as own_operations
from engine.bpmn.model import BEGIN_CASE
from web.parts import parts


def operations() -> dict[str, Any]:
    """Every operation a model may ask for, by name: the engine's own and those of all adapters."""
    found: dict[str, Any] = dict(parts().operations) or dict.fromkeys(own_operations.names())
    for adapter in discover().values():
        found |= adapter.operations()
    return found


def title_of(name: str) -> str:
    """「台帳を引く」 for register.find; the name itself when nothing on this machine has the operation."""
    return _titles().get(name, name)


def in_words(text: str) -> str:
    """The sentence with the titles of systems and operations in place of their names, where it names them as ours do."""
    for name, title in _titles().items():
        text = text.replace(f"「{name}」", f"「{title}」")
    for name, adapter in discover().items():
        text = text.replace(f"{name}：", f"{adapter.title}：")
    return text


@cache
def _titles() -> dict[str, str]:
    """Titles by name, each without its full stop."""
    found = {**own_operations.TITLES, BEGIN_CASE: "ほかの手続の案件"}
    for adapter in discover().values():
        for name, operation in adapter.operations().items():
            found[name] = operation.summary.removesuffix("。") or name
    return found
