"""How a built-in is declared: its name, its parameters with types, a Python function."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.feel.callables import FeelFunction
from engine.feel.problems import FeelProblem
from engine.feel.run import Run
from engine.feel.types import ANY, MISFIT, Type, coerce, named_type, word


@dataclass(frozen=True, slots=True)
class Parameter:
    """variadic: takes any number of arguments as a list; spread: or one list instead of them."""

    name: str
    type: Type
    optional: bool
    nullable: bool
    variadic: bool
    spread: bool


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature of a built-in; call gets run and the arguments, absent ones as None."""

    name: str
    parameters: tuple[Parameter, ...]
    call: Callable[..., Any]

    @property
    def shape(self) -> str:
        """How a call of it is written: substring(string, start position, length?)."""
        parts = [
            one.name + ("?" if one.optional else "") + ("..." if one.variadic else "")
            for one in self.parameters
        ]
        return f"{self.name}({', '.join(parts)})"

    def fit(self, values: list[Any]) -> list[Any] | str:
        """The arguments for call, or a sentence why they do not fit."""
        parameters = self.parameters
        if parameters and parameters[-1].variadic:
            head = len(parameters) - 1
            if len(values) < head or (len(values) == head and not parameters[-1].optional):
                return "引数が足りません。"
            rest = values[head:]
            one_list = parameters[-1].spread and len(rest) == 1 and type(rest[0]) is list
            items = rest[0] if one_list else rest
            values = [*values[:head], items]
        if len(values) > len(parameters):
            return f"引数は{len(parameters)}個までです（{len(values)}個あります）。"
        fitted: list[Any] = []
        for index, parameter in enumerate(parameters):
            if index >= len(values):
                if not parameter.optional:
                    return f"引数「{parameter.name}」がありません。"
                fitted.append(None)
                continue
            value = values[index]
            if value is None and not parameter.nullable:
                return f"引数「{parameter.name}」が null です。"
            converted = coerce(value, parameter.type)
            # The list [null] stands for null, which the function cannot take either.
            if converted is MISFIT or (converted is None and not parameter.nullable):
                return f"引数「{parameter.name}」に{word(value)}は渡せません。"
            fitted.append(converted)
        return fitted


class Table:
    """The built-ins of one file."""

    def __init__(self) -> None:
        self.overloads: list[Overload] = []

    def function(
        self, name: str, parameters: str
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare `name: type` parameters.

        `?` after a name: optional, `|null`: null is fine, `+`: variadic, `...`: variadic or one list.
        """

        def declare(call: Callable[..., Any]) -> Callable[..., Any]:
            self.overloads.append(Overload(name, _parameters(parameters), call))
            return call

        return declare


def _parameters(text: str) -> tuple[Parameter, ...]:
    found = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, kind = (piece.strip() for piece in part.partition(":"))
        spread, optional = name.startswith("..."), name.endswith("?")
        variadic = spread or name.startswith("+")
        kind, _, null = kind.partition("|")
        wanted = named_type(kind or "any")
        found.append(
            Parameter(
                name.strip(".+?"), wanted, optional, bool(null) or wanted == ANY, variadic, spread
            )
        )
    return tuple(found)


def grouped(*tables: Table) -> dict[str, list[Overload]]:
    """The signatures of the tables by name."""
    found: dict[str, list[Overload]] = {}
    for table in tables:
        for overload in table.overloads:
            found.setdefault(overload.name, []).append(overload)
    return found


def assemble(*tables: Table) -> dict[str, FeelFunction]:
    """All built-ins by name."""
    return {name: _function(name, overloads) for name, overloads in grouped(*tables).items()}


def _function(name: str, overloads: list[Overload]) -> FeelFunction:
    remedy = written_as(overloads)

    def invoke(run: Run, values: list[Any], at: int) -> Any:
        reason = ""
        for overload in overloads:
            fitted = overload.fit(values)
            if type(fitted) is list:
                return _perform(overload, fitted, run, at)
            if not reason or len(values) == len(overload.parameters):
                reason = str(fitted)
        run.fail("argument", f"関数 {name} の{reason}", at, remedy)
        return None

    def named(run: Run, given: dict[str, Any], at: int) -> Any:
        # before(point, range) and before(range, point) have the same names: the order they are given in decides.
        for overload in sorted(overloads, key=lambda one: not _in_order(one, given)):
            known = [parameter.name for parameter in overload.parameters]
            if set(given) <= set(known) and all(
                p.optional or p.name in given for p in overload.parameters
            ):
                last = max((known.index(key) for key in given), default=-1)
                values = [given.get(key) for key in known[: last + 1]]
                if _gaps_allowed(overload, given, last):
                    fitted = overload.fit(values)
                    if type(fitted) is list:
                        return _perform(overload, fitted, run, at)
        text = f"関数 {name} に引数（{'、'.join(given)}）は渡せません。"
        run.fail("argument", text, at, remedy)
        return None

    longest = max(overloads, key=lambda overload: len(overload.parameters))
    return FeelFunction(name, tuple(p.name for p in longest.parameters), None, invoke, named)


def written_as(overloads: list[Overload]) -> str:
    """The remedy that shows how a function is called."""
    shapes = dict.fromkeys(overload.shape for overload in overloads)
    return f"{'、'.join(shapes)} の形で書いてください。"


def _in_order(overload: Overload, given: dict[str, Any]) -> bool:
    return [p.name for p in overload.parameters if p.name in given] == list(given)


def _gaps_allowed(overload: Overload, given: dict[str, Any], last: int) -> bool:
    return all(
        p.name in given or (p.optional and p.nullable) for p in overload.parameters[: last + 1]
    )


def _perform(overload: Overload, values: list[Any], run: Run, at: int) -> Any:
    try:
        return overload.call(run, *values)
    except FeelProblem as problem:
        remedy = problem.remedy or f"{overload.shape} の引数の値を確かめてください。"
        run.fail("function", f"{overload.name}: {problem.text}", at, remedy)
    except (decimal.DecimalException, OverflowError):
        text = f"{overload.name}: 計算の結果が数の範囲を超えました。"
        run.fail("function", text, at, "引数をもっと0に近い数にしてください。")
    return None
