"""Why an entry can never be read: the context, or each element of the list, does not have it, or is no context."""

from __future__ import annotations

from collections.abc import Mapping

from engine.feel import nodes as n
from engine.feel.builtins import BUILTINS
from engine.feel.inference import Env, Functions, entries_of, infer
from engine.feel.near import suggestion
from engine.feel.properties import BY_KIND
from engine.feel.types import JAPANESE, Type
from engine.feel.unknown import function_remedy

_PLAIN = ("string", "number", "boolean", *BY_KIND)


def path_misfit(node: n.Path, env: Env, functions: Functions) -> tuple[str, str] | None:
    """The problem of a path and its remedy, None when it may name something."""
    base, whose = infer(node.base, env, functions), _whose(node.base)
    fields, kind = entries_of(base), base.kind
    if base.kind == "list" and base.inner is not None and base.inner.kind in _PLAIN:
        # A path over a list is one over each of its elements.
        whose, kind = f"{whose}の要素", base.inner.kind
    if fields is not None and node.name not in fields:
        return _no_entry(node.base, node.name, fields)
    if kind in _PLAIN and node.name not in BY_KIND.get(kind, ()):
        text = f"{whose}は{JAPANESE[kind]}なので、「{node.name}」という項目はありません。"
        return text, _property_remedy(node, kind)
    return None


def key_misfit(node: n.Call, env: Env, functions: Functions) -> tuple[str, str] | None:
    """The same of a call of `get value`, whose key may be a list of keys, one inside the other."""
    whole, key = node.arguments
    if node.names and node.names[0].startswith("key"):
        whole, key = key, whole
    base = infer(whole, env, functions)
    for one in key.items if isinstance(key, n.ListOf) else (key,):
        name = one.value if isinstance(one, n.Literal) else None
        if base.kind != "context" or base.fields is None or not isinstance(name, str):
            return None
        if name not in base.fields:
            return _no_entry(whole, name, base.fields)
        base = base.fields[name]
    return None


def _whose(node: n.Node) -> str:
    return f"「{node.name}」" if isinstance(node, n.Name) else "この値"


def _no_entry(whole: n.Node, name: str, fields: Mapping[str, Type]) -> tuple[str, str]:
    known = f"ある項目（{'・'.join(sorted(fields)[:20])}）を書いてください。"
    text = f"{_whose(whole)}に「{name}」という項目はありません。"
    return text, suggestion(name, fields) or known


def _property_remedy(node: n.Path, kind: str) -> str:
    name = node.name
    if name in BUILTINS:
        return f"関数は {name}(値) の形で書いてください。"
    known = BY_KIND.get(kind, ())
    if known:
        return suggestion(name, known) or f"ある項目（{'・'.join(known)}）を書いてください。"
    if name == "value":  # of what other engines wrap in an object
        return "値そのものです。「.value」を取り除いてください。"
    return function_remedy(name, BUILTINS) or "「.」とその後を取り除いてください。"
