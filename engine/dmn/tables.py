"""Decision tables: matching, the seven hit policies, the aggregators."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from engine.dmn import model as m
from engine.dmn.index import Index, index
from engine.dmn.types import misfit, type_of
from engine.dmn.used import Read, values_of
from engine.feel import arithmetic, compare
from engine.feel import compile as compile_feel
from engine.feel.builtins_statistics import TABLE as _STATISTICS
from engine.feel.nodes import At, ListOf, Literal, Tests
from engine.feel.problems import FeelProblem, SyntaxProblem
from engine.feel.registry import assemble
from engine.feel.run import Run
from engine.feel.scope import Evaluate, Scope
from engine.feel.types import ANY, MISFIT, Type, coerce

_AGGREGATORS = assemble(_STATISTICS)
_Feel = Callable[..., Evaluate]
_ANYTHING = Tests(0, (), False)


class TableRun(Run):
    """An evaluation that also remembers which rules matched."""

    __slots__ = ("matched",)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.matched: list[m.TableMatch] = []


class Table:
    """A compiled decision table; immutable once made."""

    def __init__(
        self,
        box: m.TableBox,
        feel: _Feel,
        cell: Callable[[str, Scope, m.Place, Type], tuple[Tests | None, Evaluate, frozenset[Read]]],
        result: Callable[[str, Scope, m.Place], tuple[Evaluate, frozenset[Read]]],
        types: Mapping[str, Type],
        scope: Scope,
        name: str,
        declared: Type = ANY,
    ) -> None:
        """declared: type of the value of the whole table."""
        self.name = box.element or name
        self.policy, self.aggregation = box.policy, box.aggregation
        inside = scope.bind("?")

        def head(clause: m.Input | m.Output) -> m.Place:
            return m.Place(clause.element or box.element, clause.line, f"見出し「{clause.label}」")

        self.inputs = [
            (
                clause.label,
                feel(clause.text, scope, head(clause)),
                feel(clause.allowed, inside, head(clause), unary=True) if clause.allowed else None,
                type_of(types, clause.type_ref),
                " ".join((clause.allowed or "").split()),
            )
            for clause in box.inputs
        ]
        self.outputs = [(clause.name, type_of(types, clause.type_ref)) for clause in box.outputs]
        self.defaults = [
            feel(clause.default, scope, head(clause)) if clause.default else None
            for clause in box.outputs
        ]
        self.ranks = [
            feel(f"[{values}]", scope, head(clause))
            if box.policy in "PO"
            and (values := output_values(clause, output_type(clause, box, declared, types)))
            else None
            for clause in box.outputs
        ]
        self.allowed = [
            feel(clause.allowed, inside, head(clause), unary=True) if clause.allowed else None
            for clause in box.outputs
        ]
        self.rules = [m.Rule(row.id, row.number, row.annotation) for row in box.rules]
        made = [
            [
                result(text, scope, place)
                for text, place in zip(row.outputs, row.places[len(row.inputs) :], strict=False)
            ]
            for row in box.rules
        ]
        self.results = [[evaluate for evaluate, _ in row] for row in made]
        # What the results of each rule read, and what the conditions of all do.
        self.reads = [frozenset[Read]().union(*(read for _, read in row)) for row in made]
        asked: set[Read] = set()
        # Per column and rule the closure of the cell, None for one that holds for everything.
        self.cells: list[list[Evaluate | None]] = []
        self.indexes: list[Index | None] = []
        for column in range(len(box.inputs)):
            read = [self.cell(row, column, inside, cell) for row in box.rules]
            closures = [evaluate for _, evaluate, _ in read]
            asked.update(*(names for _, _, names in read))
            self.cells.append(closures if any(closures) else [])
            self.indexes.append(index([tests for tests, _, _ in read]))
        self.asked = frozenset(asked)
        self.columns = frozenset(" ".join(clause.text.split()) for clause in box.inputs)

    def cell(
        self, row: m.RuleRow, column: int, inside: Scope, cell: Callable[..., Any]
    ) -> tuple[Tests | None, Evaluate | None, frozenset[Read]]:
        """The tests, the closure and the reads of one input cell; a row may be short of cells."""
        if column >= len(row.inputs) or row.inputs[column].strip() in ("", "-"):
            return _ANYTHING, None, frozenset()
        wanted = self.inputs[column][3]
        found: tuple[Tests | None, Evaluate, frozenset[Read]] = cell(
            row.inputs[column], inside, row.places[column], wanted
        )
        return found

    def evaluate(self, run: Run, local: dict[str, Any]) -> Any:
        """The value of the table by its hit policy."""
        values: list[dict[str, Any]] = []
        seen: dict[str, Any] = {}
        for label, expression, allowed, wanted, listed in self.inputs:
            value = expression(run, local)
            fitted = coerce(value, wanted)
            if fitted is MISFIT:
                run.fail(*misfit(value, wanted, f"入力「{label}」"))
                return None
            inside = {**local, "?": fitted}
            if allowed is not None and fitted is not None and allowed(run, inside) is not True:
                run.fail(
                    "allowed", f"入力「{label}」の値は、表の許す値（{listed}）ではありません。"
                )
                return None
            values.append(inside)
            seen[label] = fitted
        hits = self.hits(values, run)
        matched = list(itertools.islice(hits, 1) if self.policy == "F" else hits)
        if isinstance(run, TableRun):
            read = self.asked.union(*(self.reads[rule] for rule in matched))
            used = values_of(read, run, local)
            used = {name: value for name, value in used.items() if name not in self.columns}
            rules = tuple(self.rules[rule] for rule in matched)
            run.matched.append(m.TableMatch(self.name, rules, seen, used))
        if not matched:
            return self.without_match(run, local)
        if self.policy == "U" and len(matched) > 1:
            numbers = "、".join(str(self.rules[rule].number) for rule in matched)
            run.fail("unique", f"一意（UNIQUE）の表で複数の行が当てはまりました（{numbers}行目）。")
            return None
        return self.result([self.row(self.results[r], run, local) for r in matched], run, local)

    def hits(self, values: list[dict[str, Any]], run: Run) -> Iterator[int]:
        """The rules whose cells all hold, in order: those the indexes leave, their other cells asked."""
        left = (1 << len(self.rules)) - 1
        # Per column the rules whose cells have to be asked.
        asked: list[tuple[list[Evaluate | None], dict[str, Any], int]] = []
        for cells, found, inside in zip(self.cells, self.indexes, values, strict=True):
            if not cells:
                continue
            if found is not None and type(inside["?"]) is found.kind:
                left &= found.find(inside["?"])
                if found.asked:
                    asked.append((cells, inside, found.asked))
            else:
                asked.append((cells, inside, left))
            if not left:
                return
        while left:
            lowest = left & -left
            left ^= lowest
            rule = lowest.bit_length() - 1
            run.spend(1)
            if all(
                not rules & lowest or (cell := cells[rule]) is None or cell(run, inside) is True
                for cells, inside, rules in asked
            ):
                yield rule

    def row(self, cells: list[Evaluate], run: Run, local: dict[str, Any]) -> list[Any]:
        """The output values of a rule, as their declared types."""
        result = []
        for cell, (name, wanted), allowed in zip(cells, self.outputs, self.allowed, strict=False):
            value = cell(run, local)
            fitted = value if wanted is ANY else coerce(value, wanted)
            if fitted is MISFIT:
                run.fail(*misfit(value, wanted, f"出力「{name}」"))
                fitted = None
            elif (
                allowed is not None
                and fitted is not None
                and allowed(run, {**local, "?": fitted}) is not True
            ):
                run.fail("allowed", f"出力「{name}」の値は表の許す値ではありません。")
                fitted = None
            result.append(fitted)
        return result

    def without_match(self, run: Run, local: dict[str, Any]) -> Any:
        """Default outputs, or what an empty result means for the policy."""
        if any(default is not None for default in self.defaults):
            row = [None if default is None else default(run, local) for default in self.defaults]
            value = self.shaped(row)
            return (
                [value]
                if self.policy in "RO" or (self.policy == "C" and not self.aggregation)
                else value
            )
        if self.policy == "C" and self.aggregation == "COUNT":
            return Decimal(0)
        if self.policy in "RO" or (self.policy == "C" and not self.aggregation):
            return []
        return None

    def shaped(self, row: list[Any]) -> Any:
        """One value, or a context when the table has several outputs."""
        if len(self.outputs) == 1:
            return row[0] if row else None
        return {name: value for (name, _), value in zip(self.outputs, row, strict=False)}

    def result(self, rows: list[list[Any]], run: Run, local: dict[str, Any]) -> Any:
        policy = self.policy
        if policy == "A":
            if any(compare.equal(rows[0], row, run) is not True for row in rows[1:]):
                run.fail("any", "任意（ANY）の表で、当てはまった行の結果が違います。")
                return None
            return self.shaped(rows[0])
        if policy in "PO":
            rows = self.by_priority(rows, run, local)
        if policy in "UFP":
            return self.shaped(rows[0])
        if policy == "C" and self.aggregation:
            return self.aggregated(rows, run)
        return [self.shaped(row) for row in rows]

    def by_priority(
        self, rows: list[list[Any]], run: Run, local: dict[str, Any]
    ) -> list[list[Any]]:
        """Rows by the place of their outputs in the lists of output values."""
        ranks = [None if rank is None else rank(run, local) for rank in self.ranks]

        def place(row: list[Any]) -> tuple[int, ...]:
            found = []
            for value, order in zip(row, ranks, strict=False):
                if not isinstance(order, list):
                    continue
                found.append(
                    next(
                        (i for i, o in enumerate(order) if compare.matches(value, o, run) is True),
                        len(order),
                    )
                )
            return tuple(found)

        return sorted(rows, key=place)

    def aggregated(self, rows: list[list[Any]], run: Run) -> Any:
        if len(self.outputs) > 1:
            run.fail("aggregate", "結果の列が二つ以上ある表では、集計はできません。")
            return None
        if self.aggregation == "COUNT":
            return Decimal(len(rows))
        name = {"SUM": "sum", "MIN": "min", "MAX": "max"}.get(self.aggregation, "")
        try:
            return _AGGREGATORS[name].invoke(run, [[row[0] for row in rows]], 0)
        except (KeyError, FeelProblem, *arithmetic.FAILURES):
            run.fail("aggregate", f"集計（{self.aggregation}）ができない値があります。")
            return None


def output_type(
    clause: m.Output, box: m.TableBox, declared: Type, types: Mapping[str, Type]
) -> Type:
    """The type of an output: its own, else its part of the type declared for the whole table; Any when there is none."""
    if clause.type_ref:
        return type_of(types, clause.type_ref)
    wanted = declared.inner or ANY if declared.kind == "list" else declared
    return (wanted.fields or {}).get(clause.name, ANY) if len(box.outputs) > 1 else wanted


def output_values(clause: m.Output, wanted: Type) -> str | None:
    """The values of an output, best first, as they are written: at the output, else as allowed values of its type."""
    return clause.allowed or next(filter(is_list_of_values, wanted.constraints), None)


def is_list_of_values(text: str) -> bool:
    """Whether unary tests are nothing but constants to be equal to."""
    try:
        tree = compile_feel(f"[{text}]").tree
    except SyntaxProblem:
        return False
    return isinstance(tree, ListOf) and all(isinstance(one, Literal | At) for one in tree.items)
