"""Built-ins on contexts, and the small helpers is, is defined, is empty, get or else."""

from __future__ import annotations

from typing import Any

from engine.feel.problems import FeelProblem
from engine.feel.registry import Table
from engine.feel.run import Run

TABLE = Table()


@TABLE.function("get value", "m: context, key: string")
@TABLE.function("get value", "context: context, keys: list")
def get_value(run: Run, context: dict[str, Any], key: Any) -> Any:
    if isinstance(key, str):
        return context.get(key)
    value: Any = context
    if not key:
        return None
    if any(not isinstance(name, str) for name in key):
        raise FeelProblem("key は文字列です。")
    for name in key:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


@TABLE.function("get entries", "m: context")
def get_entries(run: Run, context: dict[str, Any]) -> Any:
    run.spend(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


@TABLE.function("context", "entries: list")
def context(run: Run, entries: list[Any]) -> Any:
    run.spend(len(entries))
    result: dict[str, Any] = {}
    for entry in entries:
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("key"), str)
            or "value" not in entry
        ):
            raise FeelProblem("{key: 文字列, value: 値} の形でない要素があります。")
        if entry["key"] in result:
            raise FeelProblem("key が同じ要素が二つあります。")
        result[entry["key"]] = entry["value"]
    return result


@TABLE.function("context put", "context: context, key: string, value: any")
def context_put(run: Run, context: dict[str, Any], key: str, value: Any) -> Any:
    run.spend(len(context))
    return {**context, key: value}


@TABLE.function("context put", "context: context, keys: list, value: any")
def context_put_path(run: Run, context: dict[str, Any], keys: list[Any], value: Any) -> Any:
    if not keys or any(not isinstance(key, str) for key in keys):
        raise FeelProblem("keys は文字列のリストで、空にできません。")
    run.spend(len(context) + 1)
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if inner is not None and not isinstance(inner, dict):
        raise FeelProblem("keys の途中にある値が、項目の集まりではありません。")
    return {**context, keys[0]: context_put_path(run, inner or {}, keys[1:], value)}


@TABLE.function("context merge", "contexts: list")
def context_merge(run: Run, contexts: list[Any]) -> Any:
    result: dict[str, Any] = {}
    for part in contexts:
        if not isinstance(part, dict):
            raise FeelProblem("項目の集まりでない要素があります。")
        run.spend(len(part) + 1)
        result.update(part)
    return result


@TABLE.function("is empty", "list: any")
def is_empty(run: Run, value: Any) -> Any:
    return value is None or value in ("", [], {})


@TABLE.function("is defined", "value: any")
def is_defined(run: Run, value: Any) -> Any:
    return value is not None


@TABLE.function("get or else", "value: any, default: any")
def get_or_else(run: Run, value: Any, default: Any) -> Any:
    return default if value is None else value
