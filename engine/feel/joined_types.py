"""What is known of a value that is of one of several types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from engine.feel.types import ANY, Type


def joined(types: Iterable[Type]) -> Type:
    """What holds of a value that is of one of the types: null is of every type, a context has the entries of any."""
    found = [one for one in types if one.kind != "null"]
    if not found:
        return Type("null")
    if len({one.kind for one in found}) > 1:
        return ANY
    kind = found[0].kind
    if kind in ("list", "range"):
        inner = [one.inner for one in found if one.inner is not None]
        return Type(kind, inner=joined(inner)) if len(inner) == len(found) else Type(kind)
    if kind == "context":
        return together(found, joined)
    if any(one != found[0] for one in found):
        return Type(kind)
    is_alike = all(one.constraints == found[0].constraints for one in found)
    return found[0] if is_alike else free(found[0])


def free(one: Type) -> Type:
    """The type without its constraints."""
    return replace(one, allowed=None, constraints=())


def together(contexts: list[Type], chosen: Callable[[list[Type]], Type]) -> Type:
    """A context with the entries of all. chosen: the type of an entry that several have."""
    known = [one.fields for one in contexts if one.fields is not None]
    if len(known) < len(contexts):
        return Type("context")
    names = dict.fromkeys(name for fields in known for name in fields)
    return Type(
        "context",
        fields={name: chosen([one[name] for one in known if name in one]) for name in names},
    )
