"""Values in the cells of a decision table that can never occur, or never be a result."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from engine.dmn import model as m
from engine.dmn.cells import find_cell
from engine.dmn.columns import column_type
from engine.dmn.needs import Seen
from engine.dmn.pieces import constants_of
from engine.dmn.shape_checks import Finding, declared_type, head
from engine.dmn.tables import output_type
from engine.dmn.texts import find_expression, find_tests
from engine.dmn.value_lists import COMPARED, Limit, limits_of, list_mistakes, named
from engine.feel import nodes as n
from engine.feel.compare import zoned
from engine.feel.day_names import english
from engine.feel.inference import DAYS, MONTHS
from engine.feel.near import nearest
from engine.feel.text import source_of
from engine.feel.types import ANY, JAPANESE, MISFIT, Type, coerce, kind_of, word

_SHOWN_MAX = 12
# What the sum of the standard adds up.
_SUMMED = ("number", DAYS, MONTHS)


def cell_findings(
    model: m.Model, element: m.Decision | m.Knowledge, box: m.TableBox, known: Seen
) -> Iterator[Finding]:
    """The findings about the cells of a table, its lists of values and its default results."""
    for index, clause in enumerate(box.inputs):
        wanted = column_type(model, known, clause)
        limits = limits_of(model, wanted, clause.allowed)
        yield from _list_mistakes(model, clause, wanted)
        if wanted.zoned is None:
            yield from _zones(model, box, index)
        read: dict[str, list[tuple[str, str, str]]] = {}
        for row in box.rules:
            if index < len(row.inputs):
                cell = row.inputs[index]
                if cell not in read:
                    read[cell] = list(_input_cell(model, cell, wanted, limits))
                place = row.places[index]
                for text, remedy, severity in read[cell]:
                    yield f"{place.label}の{text}", remedy, place, severity
    yield from _outputs(model, element, box, known)


def _list_mistakes(model: m.Model, clause: m.Input | m.Output, wanted: Type) -> Iterator[Finding]:
    tests = find_tests(model, clause.allowed) if clause.allowed else None
    for text, remedy in list_mistakes(tests, wanted) if tests is not None else ():
        yield f"「{clause.label}」の{text}", remedy, head(clause), "error"


def _input_cell(
    model: m.Model, cell: str, wanted: Type, limits: list[Limit]
) -> Iterator[tuple[str, str, str]]:
    if cell.strip() in ("", "-"):
        return
    if wanted.kind in ("list", "context"):
        yield from _of_compound(model, cell, wanted)
        return
    tests = find_tests(model, cell)
    for value in named(tests) if tests is not None else ():
        if kind_of(value) != wanted.kind and wanted.kind in COMPARED:
            continue  # the check of expressions compares the types
        for limit in limits:
            if not limit.holds(value):
                yield _not_allowed(value, limit, "この項目の値")
                break
        else:
            if type(value) is Decimal and coerce(value, wanted) is MISFIT:
                text = f"値 {source_of(value)} は整数ではないので、この項目の値になりません。"
                yield text, "整数を書くか、型を number にしてください。", "warning"


def _zones(model: m.Model, box: m.TableBox, index: int) -> Iterator[Finding]:
    """Times with a time zone in a column that has others without: no value can be compared with both."""
    places: dict[bool, list[m.Place]] = {}
    for row in (one for one in box.rules if index < len(one.inputs)):
        for value in find_cell(model, row.inputs[index]).constants or ():
            sort = zoned(value)
            if sort is not None:
                places.setdefault(sort, []).append(row.places[index])
    if len(places) == 2:
        # The rarer sort is the mistake, of two as many the later one.
        odd = min(reversed(places.values()), key=len)[0]
        having, lacking = (places[sort][0].label for sort in (True, False))
        text = f"{having}の値には時間帯（+09:00 など）があり、{lacking}の値にはありません。"
        if having == lacking:
            text = f"{having}の値に、時間帯（+09:00 など）のあるものとないものがあります。"
        text += "同じ入力を両方と比べることはできません。"
        yield (
            text,
            "列の値のすべてに時間帯を付けるか、すべてから取り除いてください。",
            odd,
            "warning",
        )


def _of_compound(model: m.Model, cell: str, wanted: Type) -> Iterator[tuple[str, str, str]]:
    """A single value, which a list or a context can never be equal to."""
    tests = find_tests(model, cell)
    for test in tests.tree.tests if tests is not None else ():
        is_whole = isinstance(test.operand, n.ListOf | n.RangeOf) or test.uses_value
        constants = None if is_whole else constants_of(test.operand)
        if constants and constants[0] is not None:
            shown, whole = source_of(constants[0]), JAPANESE[wanted.kind]
            text = f"値 {shown} は{word(constants[0])}ですが、入力は{whole}です。どの入力にも当てはまりません。"
            remedy = (
                f"リストに含むかを調べるなら list contains(?, {shown}) と書いてください。"
                if wanted.kind == "list"
                else "見出しの式で、調べる項目まで書いてください（例：届出.種類）。"
            )
            yield text, remedy, "error"
            return


def _not_allowed(value: Any, limit: Limit, whose: str) -> tuple[str, str, str]:
    """The finding about a value outside a limit: a mistake where the values are listed, else a row without use."""
    text = f"値 {source_of(value)} は、{whose}（{limit.shown()}）にありません。"
    near = None
    if isinstance(value, str):
        meant = english(value)
        if meant and limit.holds(meant):
            return text, f'"{meant}" と書いてください。', "error"
        texts = [one for one in limit.values or () if isinstance(one, str)]
        near = nearest(value, texts)
    remedy = f"「{near}」の誤りではないか確かめるか、" if near else "値を直すか、"
    return text, f"{remedy}値の一覧に加えてください。", "error" if limit.values else "warning"


def _outputs(
    model: m.Model, element: m.Decision | m.Knowledge, box: m.TableBox, known: Seen
) -> Iterator[Finding]:
    declared = declared_type(model, element, box)
    for index, clause in enumerate(box.outputs):
        wanted = output_type(clause, box, declared, model.types)
        if box.aggregation == "COUNT" and not clause.type_ref:
            wanted = ANY  # the type declared is that of the count
        limits = limits_of(model, wanted, clause.allowed)
        yield from _list_mistakes(model, clause, wanted)
        if box.aggregation == "SUM" and wanted.kind in JAPANESE and wanted.kind not in _SUMMED:
            text = f"「{clause.label}」の型は{JAPANESE[wanted.kind]}なので、合計（SUM）できません。"
            remedy = "型を number にするか、集計（aggregation）を直してください。"
            yield text, remedy, head(clause), "error"
            continue
        read: dict[str, list[tuple[str, str, str]]] = {}
        cells = [
            (row.outputs[index], row.places[len(row.inputs) + index])
            for row in box.rules
            if index < len(row.outputs)
        ]
        if clause.default:
            place = m.Place(clause.element, clause.line, f"「{clause.label}」の既定の結果")
            cells.append((clause.default, place))
        for cell, place in cells:
            if cell not in read:
                read[cell] = list(result_mistakes(model, cell, wanted, limits, known))
            for text, remedy, severity in read[cell]:
                yield f"{place.label}の{text}", remedy, place, severity
        if box.aggregation in ("SUM", "MIN", "MAX") and wanted.kind == "Any":
            yield from _together(model, box.aggregation, cells, known)


def _together(
    model: m.Model, aggregation: str, cells: list[tuple[str, m.Place]], known: Seen
) -> Iterator[Finding]:
    """Results of a column without a type that cannot be added up, or compared with each other."""
    first = ""
    for cell, place in cells:
        expression = find_expression(model, cell)
        leaves = _leaves(expression.tree) if expression is not None else ()
        kinds = [kind for kind in (known.infer(leaf).kind for leaf in leaves) if kind in COMPARED]
        for kind in kinds:
            first = first or kind
            if aggregation == "SUM" and kind not in _SUMMED:
                text = f"{place.label}の結果は{JAPANESE[kind]}なので、合計（SUM）できません。"
                yield text, "数にするか、集計（aggregation）を直してください。", place, "error"
                break
            if kind != first:
                what = "足せません" if aggregation == "SUM" else "比べられません"
                text = f"{place.label}の結果は{JAPANESE[kind]}ですが、上の行の結果は{JAPANESE[first]}なので、{what}。"
                yield text, "同じ種類の値にそろえてください。", place, "error"
                break


def result_mistakes(
    model: m.Model, cell: str, wanted: Type, limits: list[Limit], known: Seen
) -> Iterator[tuple[str, str, str]]:
    """(problem, remedy, severity) of a result of another type than is wanted, or outside its limits."""
    expression = find_expression(model, cell)
    for leaf in _leaves(expression.tree) if expression is not None else ():
        constants = None if isinstance(leaf, n.ListOf | n.RangeOf) else constants_of(leaf)
        whole = known.infer(leaf)
        kind = whole.kind
        if not _can_be(leaf, whole, wanted):
            shown = f" {source_of(constants[0])} " if constants else ""
            text = f"結果{shown}は{JAPANESE[kind]}ですが、型は{JAPANESE[wanted.kind]}です。"
            yield text, _kind_remedy(kind, wanted), "error"
            continue
        if _is_whole_list(leaf, kind, wanted):
            text = f"結果はリストですが、型は{JAPANESE[wanted.kind]}です。要素がちょうど一つのときのほかは、型に合いません。"
            yield text, "sum(…) や [1] などで一つの値にしてください。", "warning"
        if not constants or constants[0] is None:
            continue
        [value] = constants
        for limit in limits:
            if not limit.holds(value):
                yield _not_allowed(value, limit, "この列の結果")
                break
        else:
            if (
                type(value) is Decimal
                and coerce(value, wanted) is MISFIT
                and wanted.kind == "number"
            ):
                text = f"結果 {source_of(value)} は整数ではありません。"
                yield text, "整数を書くか、型を number にしてください。", "error"


def _leaves(tree: n.Node) -> Iterator[n.Node]:
    """What an expression may come to: both sides of a condition."""
    if isinstance(tree, n.If):
        yield from _leaves(tree.then)
        yield from _leaves(tree.otherwise)
    else:
        yield tree


def _is_whole_list(leaf: n.Node, kind: str, wanted: Type) -> bool:
    """Whether an expression gives every element of a list where one value is wanted; a condition may leave one."""
    is_single = wanted.kind in JAPANESE and wanted.kind not in ("list", "null")
    is_plain = isinstance(leaf, n.Name | n.Path | n.For)
    is_chosen = any(isinstance(one, n.Filter) for one in n.walk(leaf))
    return kind == "list" and is_single and is_plain and not is_chosen


def _can_be(leaf: n.Node, whole: Type, wanted: Type) -> bool:
    """Whether a value of one type can be of the other, by the conversions of the standard."""
    kind = whole.kind
    if kind not in JAPANESE or kind in ("null", wanted.kind):
        return True
    if wanted.kind not in JAPANESE or wanted.kind in ("list", "null"):
        return True
    if kind == "list":
        # A list of one stands for its element, which is of the type or is not.
        element = whole.inner or ANY
        is_other = element.kind in COMPARED and wanted.kind in COMPARED
        if is_other and element.kind != wanted.kind and wanted.kind != "date and time":
            return False
        return not (isinstance(leaf, n.ListOf) and len(leaf.items) > 1)
    return (kind, wanted.kind) == ("date", "date and time")


def _kind_remedy(kind: str, wanted: Type) -> str:
    if wanted.kind == "string" and kind in ("number", "boolean"):
        return '文字列は " で囲んでください。または、型を直してください。'
    if kind == "string" and wanted.kind in ("number", "boolean"):
        return '数や true・false は " で囲まずに書いてください。または、型を直してください。'
    if kind == "string" and wanted.kind == "date":
        return 'date("2026-05-07") のように書いてください。または、型を直してください。'
    return "結果か、型を直してください。"
