"""Overlaps, gaps, duplicates and dead rows of decision tables, each with an example.

A column is cut at every constant its cells name; one sample stands for each piece.  Cells made of constants
hold for a whole piece or for none of it, so the answer is exact; tables with other cells are left undecided.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from engine.dmn import model as m
from engine.errors import Problem
from engine.feel import Clock, SyntaxProblem, UnaryTests, compile_unary
from engine.feel import nodes as n
from engine.feel.dates import FeelDate, date_of, days_of
from engine.feel.durations import DaysDuration, MonthsDuration
from engine.feel.temporal import literal
from engine.feel.types import ANY, SIMPLE, Type, conforms

_CLOCK = Clock(datetime(2000, 1, 1, tzinfo=UTC))
OTHER = "（その他の値）"
SEARCH_MAX = 20_000
RULES_MAX = 400


@dataclass(frozen=True)
class Column:
    """samples: one value per piece; masks: per rule the samples its cell holds for."""

    label: str
    samples: list[Any]
    masks: list[int]


def check_table(
    model: m.Model, element: m.Decision | m.Knowledge, box: m.TableBox
) -> list[Problem]:
    """The findings about one table."""
    columns = _columns(model, box)
    if columns is None or not box.rules:
        return []
    return [_named(model, element, *found) for found in _findings(box, columns)]


def _named(
    model: m.Model,
    element: m.Decision | m.Knowledge,
    text: str,
    remedy: str,
    line: int,
    severity: str,
) -> Problem:
    return Problem(
        model.file,
        f"表「{element.name}」: {text}",
        remedy,
        element.id,
        element.name,
        line,
        severity,
    )


def _findings(box: m.TableBox, columns: list[Column]) -> Iterator[tuple[str, str, int, str]]:
    dead = set()
    for index, row in enumerate(box.rules):
        if any(column.masks[index] == 0 for column in columns):
            dead.add(index)
            text = f"{row.number}行目はどの入力にも当てはまりません。"
            yield text, "条件を直すか、行を取り除いてください。", row.line, "warning"
    if len(box.rules) <= RULES_MAX:
        yield from _pairs(box, columns, dead)
    has_default = any(output.default for output in box.outputs)
    if box.policy in "UAFP" and not has_default:
        gap = _gap(box, columns)
        if gap is not None:
            text = f"どの行にも当てはまらない入力があります（例: {gap}）。"
            yield text, "行を加えるか、既定の結果を決めてください。", box.line, "warning"


def _pairs(
    box: m.TableBox, columns: list[Column], dead: set[int]
) -> Iterator[tuple[str, str, int, str]]:
    for later, row in enumerate(box.rules):
        if later in dead:
            continue
        for earlier in range(later):
            if earlier in dead:
                continue
            found = _pair(box, columns, earlier, later)
            if found is not None:
                yield (*found[:2], row.line, found[2])
                break


def _pair(
    box: m.TableBox, columns: list[Column], earlier: int, later: int
) -> tuple[str, str, str] | None:
    both = [column.masks[earlier] & column.masks[later] for column in columns]
    if not all(both):
        return None
    one, other = box.rules[earlier], box.rules[later]
    equal = all(column.masks[earlier] == column.masks[later] for column in columns)
    same_outputs = [c.strip() for c in one.outputs] == [c.strip() for c in other.outputs]
    numbers = f"{one.number}行目と{other.number}行目"
    example = "、".join(
        f"{column.label} = {show(column.samples[mask.bit_length() - 1])}"
        for column, mask in zip(columns, both, strict=True)
    )
    if equal and (same_outputs or box.policy in "UF"):
        severity = "error" if box.policy == "U" else "warning"
        return f"{numbers}の条件が同じです。", "どちらかを取り除いてください。", severity
    if box.policy == "U":
        return (
            f"{numbers}が重なります（例: {example}）。",
            "条件を分けるか、ヒットポリシーを変えてください。",
            "error",
        )
    if box.policy == "A" and not same_outputs:
        text = f"{numbers}が重なり、結果が違います（例: {example}）。"
        return text, "結果をそろえるか、条件を分けてください。", "error"
    covered = all(column.masks[later] & ~column.masks[earlier] == 0 for column in columns)
    if box.policy == "F" and covered:
        text = f"{other.number}行目は、前の{one.number}行目に必ず先に当てはまるので使われません。"
        return text, "行の順を変えるか、取り除いてください。", "warning"
    return None


def _gap(box: m.TableBox, columns: list[Column]) -> str | None:
    """An input no rule matches, None when there is none or the search grew too long."""
    by_sample = [
        [
            sum(1 << rule for rule, mask in enumerate(c.masks) if mask >> s & 1)
            for s in range(len(c.samples))
        ]
        for c in columns
    ]
    budget = SEARCH_MAX
    stack: list[tuple[int, int, tuple[int, ...]]] = [(0, (1 << len(box.rules)) - 1, ())]
    seen: set[tuple[int, int]] = set()
    while stack and budget:
        budget -= 1
        depth, alive, path = stack.pop()
        if not alive:
            chosen = [*path, *(0 for _ in columns[depth:])]
            return "、".join(
                f"{c.label} = {show(c.samples[s])}" for c, s in zip(columns, chosen, strict=True)
            )
        if depth < len(columns) and (depth, alive) not in seen:
            seen.add((depth, alive))
            for sample, rules in reversed(list(enumerate(by_sample[depth]))):
                stack.append((depth + 1, alive & rules, (*path, sample)))
    return None


def show(value: Any) -> str:
    """A sample as a person writes it in a cell."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if value == OTHER else f'"{value}"'
    return str(value)


def _columns(model: m.Model, box: m.TableBox) -> list[Column] | None:
    """The columns cut into samples; None when a cell is not made of constants."""
    found = []
    for index, clause in enumerate(box.inputs):
        try:
            cells = [compile_unary(row.inputs[index], names=model.names) for row in box.rules]
            allowed = compile_unary(clause.allowed, names=model.names) if clause.allowed else None
        except (SyntaxProblem, IndexError):
            return None
        constants: list[Any] = []
        for cell in (*cells, *([allowed] if allowed else [])):
            values = _constants(cell.tree)
            if values is None:
                return None
            constants += values
        wanted = _type(model, clause.type_ref)
        samples = _samples(constants, wanted)
        if samples is None:
            return None
        samples = [s for s in samples if _is_allowed(s, wanted, allowed)]
        if not samples:
            return None
        masks = [sum(1 << i for i, s in enumerate(samples) if _holds(cell, s)) for cell in cells]
        found.append(Column(clause.label, samples, masks))
    return found


def _type(model: m.Model, reference: str | None) -> Type:
    if not reference:
        return ANY
    return model.types.get(reference) or (Type(SIMPLE[reference]) if reference in SIMPLE else ANY)


def _is_allowed(sample: Any, wanted: Type, allowed: UnaryTests | None) -> bool:
    return conforms(sample, wanted) and (allowed is None or _holds(allowed, sample))


def _holds(cell: UnaryTests, value: Any) -> bool:
    return cell.matches(value, {}, clock=_CLOCK) is True


def _constants(tree: n.Tests) -> list[Any] | None:
    """The constants of a cell's tests, None when it holds anything else."""
    found: list[Any] = []
    for test in tree.tests:
        values = None if test.uses_value else _constant_values(test.operand)
        # Texts have an order, but a sample "other" stands on both sides of a text.
        if values is None or (_ordered(test) and any(isinstance(value, str) for value in values)):
            return None
        found += values
    return found


def _ordered(test: n.Test) -> bool:
    return test.operator not in ("", "=", "!=") or isinstance(test.operand, n.RangeOf)


def _constant_values(node: n.Node | None) -> list[Any] | None:
    if node is None:
        return []
    if isinstance(node, n.Literal):
        return [node.value] if node.value is not None else []
    if isinstance(node, n.Negation) and isinstance(node.operand, n.Literal):
        value = node.operand.value
        return [-value] if type(value) is Decimal else None
    if isinstance(node, n.At):
        return [literal(node.text)]
    if isinstance(node, n.Call) and isinstance(node.callee, n.Name) and len(node.arguments) == 1:
        argument = node.arguments[0]
        if node.callee.name in ("date", "duration") and isinstance(argument, n.Literal):
            return [literal(str(argument.value))]
        return None
    parts: tuple[n.Node | None, ...] | None = None
    if isinstance(node, n.RangeOf):
        parts = (node.start, node.end)
    elif isinstance(node, n.ListOf):
        parts = node.items
    if parts is None:
        return None
    found: list[Any] = []
    for part in parts:
        values = _constant_values(part)
        if values is None:
            return None
        found += values
    return found


def _samples(constants: list[Any], wanted: Type) -> list[Any] | None:
    """One value for each piece the constants cut a column into; None when it cannot be cut."""
    kinds = {type(value) for value in constants}
    if kinds <= {bool} and (kinds or wanted.kind == "boolean"):
        return [True, False]
    if not kinds:
        return _unconstrained(wanted)
    if len(kinds) > 1:
        return None
    kind = kinds.pop()
    if kind is str:
        return [*dict.fromkeys(constants), OTHER]
    if kind is Decimal:
        return _cut(sorted(set(constants)), lambda v: v, lambda v: v, Decimal(1), Decimal(2))
    if kind is FeelDate:
        return _cut(sorted(set(constants)), days_of, date_of, 1, 2)
    if kind is DaysDuration:
        return _cut(sorted(set(constants)), lambda v: v.nanos, DaysDuration, 1, 2)
    if kind is MonthsDuration:
        return _cut(sorted(set(constants)), lambda v: v.total, MonthsDuration, 1, 2)
    return None


def _unconstrained(wanted: Type) -> list[Any] | None:
    samples: dict[str, Any] = {"string": OTHER, "number": Decimal(0), "date": FeelDate(2000, 1, 1)}
    return [samples.get(wanted.kind, OTHER)] if wanted.allowed is None else None


def _cut(ordered: list[Any], number: Any, value: Any, one: Any, two: Any) -> list[Any]:
    """Every constant, a value between each two (whole units when there are only those), one below, one above."""
    numbers = [number(item) for item in ordered]
    points = [numbers[0] - one]
    for low, high in itertools.pairwise(numbers):
        points.append(low)
        middle = (low + high) / two if isinstance(low, Decimal) else (low + high) // two
        if middle not in (low, high):
            points.append(middle)
    points += [numbers[-1], numbers[-1] + one]
    return [made for point in points if (made := value(point)) is not None]
