"""Why a call can never work: too many arguments, an argument of a kind the function does not take."""

from __future__ import annotations

from engine.feel import constants
from engine.feel import nodes as n
from engine.feel.callables import Signature
from engine.feel.registry import Overload
from engine.feel.types import ANY, JAPANESE, Type, conforms


def own_misfit(node: n.Call, signature: Signature, kinds: list[str | None]) -> str:
    """Why a call of a function that is no built-in cannot work, empty when it may.  kinds: of the arguments."""
    if node.names is not None:
        reason = signature.misfit(node.names)
    else:
        reason = _miscount(signature, len(node.arguments))
    if reason or not signature.types:
        return reason
    names, types = node.names or signature.parameters, wanted_types(node, signature)
    for name, wanted, argument, kind in zip(names, types, node.arguments, kinds, strict=False):
        if kind is not None and not _may_take(wanted, kind):
            return _not_taken(name, kind)
        value = constants.value_of(argument)
        if isinstance(argument, n.Literal) and isinstance(argument.value, str):
            value = argument.value
        if wanted.constraints and not conforms(value, wanted):
            return f"引数「{name}」に渡せるのは、{'、'.join(wanted.constraints)}だけです。"
    return ""


def wanted_types(node: n.Call, signature: Signature) -> list[Type]:
    """The type that a function which is no built-in takes for each argument of a call; Any where nothing is known."""
    types = dict(zip(signature.parameters, signature.types, strict=False))
    names = node.names or signature.parameters
    return [types.get(name, ANY) for name in names]


def _miscount(signature: Signature, given: int) -> str:
    needed, most = len(signature.needed), len(signature.parameters)
    if needed <= given <= most:
        return ""
    wanted = f"{most}個" if needed == most else f"{needed}個か{most}個"
    return f"引数は{wanted}ですが、{given}個あります。"


def _not_taken(name: str, kind: str) -> str:
    return f"引数「{name}」に{JAPANESE[kind]}は渡せません。"


def misfit(overload: Overload, names: tuple[str, ...] | None, kinds: list[str | None]) -> str:
    """Why a signature cannot take the arguments, empty when it may."""
    parameters = overload.parameters
    needed = sum(not parameter.optional for parameter in parameters)
    if names is not None:
        known = [parameter.name for parameter in parameters]
        unknown = [name for name in names if name not in known]
        if unknown:
            return f"引数「{unknown[0]}」はありません。"
        missing = [p.name for p in parameters if not p.optional and p.name not in names]
        if missing:
            return f"引数「{missing[0]}」がありません。"
        pairs = [
            (parameters[known.index(name)], kind) for name, kind in zip(names, kinds, strict=True)
        ]
    else:
        if len(kinds) < needed:
            return f"引数が足りません（{needed}個必要です）。"
        if len(kinds) > len(parameters) and not (parameters and parameters[-1].variadic):
            return f"引数は{len(parameters)}個までです（{len(kinds)}個あります）。"
        pairs = list(zip(parameters, kinds, strict=False))
    for parameter, kind in pairs:
        if kind is not None and not _may_take(parameter.type, kind):
            return _not_taken(parameter.name, kind)
    return ""


def _may_take(wanted: Type, kind: str) -> bool:
    # A single value stands for a list of one, and the other way round.
    if wanted.kind in ("Any", "list", kind) or kind in ("null", "list"):
        return True
    return wanted.kind == "date and time" and kind == "date"
