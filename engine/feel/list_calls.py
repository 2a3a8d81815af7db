"""Why a call over a list can never work: a sum of texts, a search for a number among texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.feel import constants
from engine.feel import nodes as n
from engine.feel.inference import DAYS, MONTHS, ORDERED, Env, Functions, infer
from engine.feel.types import ANY, JAPANESE, Type

_COUNTED = ("number", DAYS, MONTHS)
_ALL_OF = {
    **dict.fromkeys(("sum", "mean"), (_COUNTED, "数か期間")),
    **dict.fromkeys(("median", "product", "stddev", "mode"), (("number",), "数")),
    **dict.fromkeys(("min", "max"), (ORDERED, "大小のある値")),
    "string join": (("string",), "文字列"),
}
_SEARCHES = ("list contains", "index of")
_PLAIN = (*ORDERED, "boolean")


def list_misfit(node: n.Call, name: str, env: Env, functions: Functions) -> tuple[str, str] | None:
    """The problem and its remedy, None when the call of this built-in may work."""
    if name in _SEARCHES:
        return _search(node, env, functions)
    if name not in _ALL_OF:
        return None
    taken, what = _ALL_OF[name]
    first = ""
    for one in _elements(node, name, env, functions):
        kind = one.kind
        if kind not in JAPANESE or kind == "null":
            continue
        if kind not in taken:
            text = f"関数 {name} が受け取るのは{what}ですが、値は{JAPANESE[kind]}です。"
            return text, _remedy(node, name, one, taken)
        first = first or kind
        if kind != first:
            text = (
                f"関数 {name} に{JAPANESE[first]}と{JAPANESE[kind]}を一緒に渡すことはできません。"
            )
            return text, "同じ種類の値にそろえてください。"
    return None


def _elements(node: n.Call, name: str, env: Env, functions: Functions) -> Iterator[Type]:
    """The types of the values that a call takes together: the items of its one list, else its arguments."""
    given: Iterable[n.Node] = node.arguments
    if name == "string join":
        given = [_argument(node, 0, "list")] if node.arguments else ()
    given = tuple(given)
    if len(given) == 1 and isinstance(given[0], n.ListOf):
        yield from (infer(item, env, functions) for item in given[0].items)
    elif len(given) == 1:
        yield _inner(infer(given[0], env, functions))
    else:
        yield from (infer(one, env, functions) for one in given)


def _argument(node: n.Call, index: int, name: str) -> n.Node:
    """The argument at a place, or of that name where the call names them."""
    is_named = node.names is not None and name in node.names
    return node.arguments[node.names.index(name) if is_named and node.names else index]


def _inner(whole: Type) -> Type:
    """Of the elements of a list; a single value stands for a list of one."""
    return whole.inner or ANY if whole.kind == "list" else whole


def _remedy(node: n.Call, name: str, element: Type, taken: tuple[str, ...]) -> str:
    whole = node.arguments[0]
    shown = whole.name if isinstance(whole, n.Name) and len(node.arguments) == 1 else "リスト"
    entries = [key for key, one in (element.fields or {}).items() if one.kind in taken]
    if entries:
        return f"{name}({shown}.{entries[0]}) のように、項目まで書いてください。"
    if element.kind == "string" and "number" in taken and isinstance(whole, n.Literal):
        return "数を渡してください。"
    if element.kind == "string" and "number" in taken:
        return f"数にするなら {name}(for 要素 in {shown} return number(要素)) と書いてください。"
    if taken == ("string",):
        return f"{name}(for 要素 in {shown} return string(要素)) と書いてください。"
    return "渡す値を確かめてください。"


def _search(node: n.Call, env: Env, functions: Functions) -> tuple[str, str] | None:
    """An element of another kind than every element of the list."""
    if len(node.arguments) != 2:
        return None
    sought = _argument(node, 1, "match" if node.names and "match" in node.names else "element")
    whole = infer(_argument(node, 0, "list"), env, functions)
    return never_in(whole, infer(sought, env, functions), sought)


def never_in(whole: Type, value: Type, sought: n.Node | None = None) -> tuple[str, str] | None:
    """Why a value can be none of the elements of a list, and the remedy; None when it may.  sought: what gives it."""
    inside, kind = _inner(whole).kind, value.kind
    if inside == kind or inside not in _PLAIN or kind not in _PLAIN:
        return None
    text = f"リストの要素は{JAPANESE[inside]}なので、{JAPANESE[kind]}は見つかりません。"
    remedy = constants.rewritten(sought, inside) if sought is not None else ""
    return text, remedy or "同じ種類の値を探してください。"
