"""Proofs that a table decides every input and none of them twice; what is missing is named with its place."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import dmn
from engine.dmn.conditions import condition
from engine.dmn.model import Decision, TableBox
from engine.dmn.needs import Seen, seen
from engine.dmn.proofs import Proof, prove
from engine.dmn.result_types import result_types
from engine.feel import Clock, compile_unary

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"
CLOCK = Clock(datetime(2026, 6, 1, 1, 0, tzinfo=UTC))
TYPES = (
    '<itemDefinition name="act"><typeRef>string</typeRef><allowedValues>'
    '<text>"許可", "不許可", "変更"</text></allowedValues></itemDefinition>'
    '<itemDefinition name="yen"><typeRef>number</typeRef><allowedValues>'
    "<text>[0..100000000]</text></allowedValues></itemDefinition>"
    '<itemDefinition name="people"><typeRef>number</typeRef><allowedValues>'
    "<text>floor(?) = ?</text></allowedValues></itemDefinition>"
    '<itemDefinition name="odd"><typeRef>number</typeRef><allowedValues>'
    "<text>? > today().day</text></allowedValues></itemDefinition>"
)


def model(
    inputs: dict[str, str], rows: list[tuple[str, ...]], policy: str = "UNIQUE", default: str = ""
) -> dmn.Model:
    """A table over inputs (name to type); rows: cells, the last one the output."""
    heads = "".join(
        f'<input id="in_{i}"><inputExpression typeRef="{kind}"><text>{name}</text></inputExpression></input>'
        for i, (name, kind) in enumerate(inputs.items())
    )
    rules = "".join(
        f'<rule id="r{n}">'
        + "".join(
            f'<inputEntry id="r{n}c{c}"><text><![CDATA[{cell}]]></text></inputEntry>'
            for c, cell in enumerate(row[:-1])
        )
        + f'<outputEntry id="r{n}o"><text>{row[-1]}</text></outputEntry></rule>'
        for n, row in enumerate(rows, 1)
    )
    otherwise = (
        f"<defaultOutputEntry><text>{default}</text></defaultOutputEntry>" if default else ""
    )
    data = "".join(
        f'<inputData id="{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>'
        for name, kind in inputs.items()
    )
    needs = "".join(
        f'<informationRequirement><requiredInput href="#{name}"/></informationRequirement>'
        for name in inputs
    )
    xml = (
        f'<definitions xmlns="{MODEL}" name="m" namespace="m">{TYPES}{data}'
        f'<decision id="d" name="決裁者"><variable name="決裁者"/>{needs}'
        f'<decisionTable id="t" hitPolicy="{policy}">{heads}<output name="o">{otherwise}</output>{rules}'
        "</decisionTable></decision></definitions>"
    )
    return dmn.read(xml.encode(), file="m.dmn")


def over(kind: str, expression: str, cells: list[str]) -> Proof:
    """A table over an expression of an input x of this type."""
    read = dmn.read(
        f'''<definitions xmlns="{MODEL}" name="m" namespace="m">
        <inputData id="x" name="x"><variable name="x" typeRef="{kind}"/></inputData>
        <decision id="d" name="決裁者"><variable name="決裁者"/>
        <informationRequirement><requiredInput href="#x"/></informationRequirement>
        <decisionTable id="t"><input id="i"><inputExpression>
        <text><![CDATA[{expression}]]></text></inputExpression></input><output name="o"/>
        {"".join(f"<rule><inputEntry><text><![CDATA[{cell}]]></text></inputEntry><outputEntry><text>1</text></outputEntry></rule>" for cell in cells)}
        </decisionTable></decision></definitions>'''.encode(),
        file="m.dmn",
    )
    decision = read.decisions["d"]
    assert isinstance(decision, Decision)
    assert isinstance(decision.box, TableBox)
    found = prove(read, decision.box, known(read, decision))
    assert found is not None
    return found


def known(read: dmn.Model, decision: Decision) -> Seen:
    return seen(read, decision, result_types(read, {}))


def proof(*arguments: Any, **options: Any) -> Proof:
    read = model(*arguments, **options)
    decision = read.decisions["d"]
    assert isinstance(decision, Decision)
    assert isinstance(decision.box, TableBox)
    found = prove(read, decision.box, known(read, decision))
    assert found is not None
    return found


def gaps(found: Proof) -> list[str]:
    return [condition(found.columns, region) for region in found.gaps]


# Who decides what (専決規程): kind of act, amount, whether it is the first of its kind.
DECIDERS: list[tuple[str, ...]] = [
    ('"不許可"', "-", "-", '"部長"'),
    ('"許可","変更"', "-", "true", '"部長"'),
    ('"許可","変更"', "< 5000000", "false", '"課長"'),
    ('"許可","変更"', ">= 5000000", "false", '"部長"'),
]
SENKETSU = {"act": "act", "amount": "yen", "first": "boolean"}


def test_every_combination_of_a_senketsu_table_has_exactly_one_decider() -> None:
    found = proof(SENKETSU, DECIDERS)
    assert (found.complete, found.single, found.gaps, found.overlaps) == (True, True, (), ())


def test_combinations_without_a_decider_and_with_two_are_listed() -> None:
    rows = [*DECIDERS[:2], ('"許可"', "<= 5000000", "false", '"課長"'), DECIDERS[3]]
    found = proof(SENKETSU, rows)
    assert gaps(found) == ['act = "変更"、amount in [0..5000000)、first = false']
    [pair] = found.overlaps
    assert (pair.earlier, pair.later) == (2, 3)
    assert condition(found.columns, pair.region) == 'act = "許可"、amount = 5000000、first = false'


@pytest.mark.parametrize(
    ("kind", "cells", "expected"),
    [
        ("act", ['"許可"', '"不許可"'], ['x = "変更"']),
        ("string", ['"許可"', '"不許可"'], ["x は表にない値"]),
        ("string", ['"許可"', '"その他"'], ["x は表にない値"]),
        ("string", ['not("許可")', '"許可"'], []),
        ("boolean", ["true"], ["x = false"]),
        ("yen", ["<= 10", "> 10"], []),
        ("yen", ["[0..10]", "[20..100000000]"], ["x in (10..20)"]),
        ("number", ["<= 10", ">= 11"], ["x in (10..11)"]),
        ("integer", ["<= 10", ">= 11"], []),
        ("people", ["<= 10", ">= 11"], []),
        ("people", ["<= 10", ">= 13"], ["x in (10..13)"]),
        ("date", ['<= date("2026-03-31")', '>= @"2026-04-01"'], []),
        ("date", ['< date("2026-03-31")', '> @"2026-04-01"'], ['x = @"2026-03-31", @"2026-04-01"']),
        ("time", ['< time("12:00:00")', '> time("12:00:00")'], ['x = @"12:00:00"']),
        (
            "dateTime",
            ['< @"2026-04-01T00:00:00Z"', '> @"2026-04-01T00:00:00Z"'],
            ['x = @"2026-04-01T00:00:00Z"'],
        ),
        ("days and time duration", ['<= @"P5D"', '> @"P5D"'], []),
        ("years and months duration", ['<= @"P1Y"', '>= @"P13M"'], []),
        ("number", ["null", "< 5", ">= 5"], []),
        ("number", ["null", "< 5", "> 5"], ["x = 5"]),
        ("number", ["1, 2", "not(1, 2)"], []),
    ],
)
def test_gaps_are_found_in_every_kind_of_column(
    kind: str, cells: list[str], expected: list[str]
) -> None:
    found = proof({"x": kind}, [(cell, "1") for cell in cells])
    assert gaps(found) == expected
    assert found.complete is (not expected)


def test_a_cell_of_unknown_reach_leaves_the_proof_open() -> None:
    rows = [("< limit", "1"), (">= limit", "2")]
    found = proof({"x": "number"}, rows)
    assert (found.complete, found.single, found.gaps) == (None, None, ())
    certain = proof({"x": "number"}, [*rows, ("-", "3")])
    assert (certain.complete, certain.single) == (True, None)


def test_a_constraint_that_cannot_be_cut_at_leaves_completeness_open() -> None:
    assert proof({"x": "odd"}, [("<= 10", "1"), ("> 10", "2")]).complete is None


def test_a_default_output_fills_every_gap() -> None:
    assert proof({"x": "number"}, [("< 5", "1")], default="0").complete is True


def test_two_columns_over_one_input_are_one_column() -> None:
    read = model({"x": "number"}, [(">= 0", "1"), ("< 0", "2")])
    decision = read.decisions["d"]
    box = decision.box
    assert isinstance(box, TableBox)
    twice = TableBox(
        *(box.element, box.line, box.type_ref, box.label, box.policy, box.aggregation),
        (*box.inputs, *box.inputs),
        box.outputs,
        tuple(
            type(row)(row.id, row.number, (*row.inputs, "-"), row.outputs, "", 0, row.places)
            for row in box.rules
        ),
    )
    found = prove(read, twice, known(read, decision))
    assert found is not None
    assert (len(found.columns), found.complete) == (1, True)


def test_a_problem_belongs_to_its_cell_rule_or_table() -> None:
    rows = [("> 10", "1"), ("> 20", "2"), ("[5..1]", "3")]
    places = {p.element: p.problem for p in dmn.check(model({"x": "number"}, rows))}
    assert "3行目はどの入力にも" in places["r3c0"]
    assert "1行目と2行目が重なります（x > 20）" in places["r2"]
    assert "どの行にも当てはまらない入力があります（x <= 10）" in places["t"]


def test_a_row_that_takes_a_missing_value_is_used() -> None:
    rows = [("true", "1"), ("false", "2"), ("-", "3")]
    unused = "3行目は、上の行のどれかに必ず先に当てはまるので使われません"
    told = [p.problem for p in dmn.check(model({"x": "boolean"}, rows, "FIRST"))]
    assert not any(unused in one for one in told)
    told = [p.problem for p in dmn.check(model({"x": "boolean"}, [("null", "0"), *rows], "FIRST"))]
    assert any(unused.replace("3", "4") in one for one in told)


def test_a_row_that_the_rows_above_match_together_is_never_used() -> None:
    rows = [("<= 10", "1"), ("> 10", "2"), ("[5..20]", "3")]
    found = [p.problem for p in dmn.check(model({"x": "number"}, rows, "FIRST"))]
    assert found == ["表「決裁者」: 3行目は、上の行のどれかに必ず先に当てはまるので使われません。"]


def test_whole_numbers_get_a_hint() -> None:
    [problem] = dmn.check(model({"x": "number"}, [("<= 10", "1"), (">= 11", "2")]))
    assert "「> 10」" in problem.remedy


def test_many_gaps_are_counted_and_the_first_are_named() -> None:
    rows = [(f"{n}", "1") for n in range(0, 60, 2)]
    found = dmn.check(model({"x": "people"}, rows))
    assert len(found) == 1
    columns = {"x": "act", "y": "act", "z": "act"}
    diagonal = [('"許可"',) * 3, ('"不許可"',) * 3, ('"変更"',) * 3]
    listed = dmn.check(model(columns, [(*row, "1") for row in diagonal]))
    assert 1 < len(listed) <= 11


@pytest.mark.parametrize(
    "expression",
    ["floor(x, 1)", "ceiling(x, 1)", "floor(n: x, scale: 1)", "ceiling(scale: 1, n: x)", "x / 2"],
)
def test_a_number_that_may_have_places_is_not_taken_for_whole(expression: str) -> None:
    found = over("number", expression, ["<= 1", ">= 2"])
    assert (found.complete, len(found.gaps)) == (False, 1)


@pytest.mark.parametrize(
    ("kind", "expression", "cells"),
    [
        ("date", "x.month", ["[1..3]", "[4..12]"]),
        ("dateTime", "x.hour", ["[0..11]", "[12..23]"]),
        ("date", "x.day", ["[1..15]", "[16..31]"]),
        ("yearMonthDuration", "x.months", ["< 0", "[0..11]"]),
        ("date", '(x - @"2026-04-01") / @"P1D"', ["< 0", "[0..6]", ">= 7"]),
        ("integer", "modulo(x, 3)", ["0", "1", "2"]),
        ("number", "decimal(x, 0)", ["<= 1", ">= 2"]),
        ("integer", "x * 2 - 1", ["<= 1", ">= 2"]),
        ("string", "string length(x)", ["0", "[1..9]", ">= 10"]),
        ("number", 'if x > 5 then "甲" else "乙"', ['"甲"', '"乙"']),
    ],
)
def test_of_values_that_cannot_come_no_gap_is_told(
    kind: str, expression: str, cells: list[str]
) -> None:
    assert over(kind, expression, cells).complete is True
    assert over(kind, expression, cells[:-1]).complete is False


def test_an_end_of_a_range_that_may_have_no_value_is_told() -> None:
    inputs = {"金額": "number", "上限": "number"}
    rows = [("[1..上限]", "-", '"課長"'), ("> 上限", "-", '"部長"'), ("-", "-", '"局長"')]
    found = proof(inputs, rows, policy="FIRST")
    assert (found.complete, found.empty, found.unbounded) == (True, (), ("上限",))
    assert proof(inputs, [("[1..2]", "-", "1"), ("-", "-", "2")], policy="FIRST").unbounded == ()
    given = {"金額": Decimal(999_999_999), "上限": None}
    decided = dmn.evaluate(model(inputs, rows, "FIRST"), "d", given, clock=CLOCK)
    assert decided.value == "局長"
    assert [one.message for one in decided.diagnostics] == [
        "範囲の端に値がないので（null）、範囲に入るかを決められません。"
    ]


CELLS = st.sampled_from(
    ["-", "1", "2", "< 2", "<= 2", "> 1", "[1..2]", "(1..3)", "not(2)", "1, 3", "> 3", "null"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_a_proof_agrees_with_trying_every_value(rows: list[tuple[str, str]]) -> None:
    found = proof({"x": "number", "y": "number"}, [(*row, "1") for row in rows])
    # The cells change at 1, 2 and 3 only; a missing answer counts where a cell names it.
    grid = [[Decimal(n) / 2 for n in range(-1, 9)] for _ in range(2)]
    for column, values in enumerate(grid):
        if any(row[column] == "null" for row in rows):
            values.append(None)  # type: ignore[arg-type]
    tests = [[compile_unary(text) for text in row] for row in rows]
    counts = [
        sum(
            all(
                test.matches(v, {}, clock=CLOCK) is True for test, v in zip(row, point, strict=True)
            )
            for row in tests
        )
        for point in itertools.product(*grid)
    ]
    assert found.complete is all(counts)
    assert found.single is all(count < 2 for count in counts)


@pytest.mark.parametrize(
    ("kind", "point"),
    [
        ("dateTime", "2026-04-01T00:00:00"),
        ("dateTime", "2026-04-01T00:00:00+09:00"),
        ("time", "12:00:00"),
    ],
)
def test_times_that_may_have_a_time_zone_or_none_are_not_proven(kind: str, point: str) -> None:
    """A zoned and a local time have no order, so both rows stay silent about the other sort."""
    found = proof({"x": kind}, [(f'< @"{point}"', "1"), (f'>= @"{point}"', "2")])
    assert (found.complete, found.gaps) == (None, ())
    assert found.why == "「x」の値に時間帯（+09:00 など）があるかどうかが決まっていません"


@pytest.mark.parametrize(
    ("cells", "odd"),
    [
        (['< @"2026-04-01T00:00:00"', '>= @"2026-04-01T00:00:00+09:00"'], "r2c0"),
        (['< date and time("2026-04-01T00:00:00")', '>= @"2026-04-01T00:00:00Z"'], "r2c0"),
        (['< @"2026-04-01T00:00:00"', '@"2026-05-01T00:00:00Z"', '> @"2026-05-01T00:00:00Z"'], "r1c0"),
        (['[@"2026-04-01T00:00:00"..@"2026-05-01T00:00:00Z"]', "-"], "r1c0"),
    ],
)  # fmt: skip
def test_times_of_one_column_with_and_without_a_time_zone_are_told(
    cells: list[str], odd: str
) -> None:
    read = model({"x": "dateTime"}, [(cell, "1") for cell in cells], "FIRST")
    [problem] = [one for one in dmn.check(read) if "時間帯" in one.problem]
    assert (problem.element, problem.severity) == (odd, "warning")
    assert "同じ入力を両方と比べることはできません" in problem.problem


def test_a_proof_names_the_column_whose_values_have_no_order_together() -> None:
    local, zoned = '@"2026-04-01T00:00:00"', '@"2026-04-01T00:00:00Z"'
    found = proof({"x": "dateTime"}, [(f"< {local}", "1"), (f"> {zoned}", "2")])
    assert (found.complete, found.single) == (None, None)
    assert "「x」の条件に、たがいに比べられない値があります" in found.why
    assert "定数" not in found.why
    assert "時間帯" in found.why


def test_times_with_and_without_a_time_zone_are_proven_where_a_row_takes_both() -> None:
    point = '@"2026-04-01T00:00:00"'
    rows = [(f"< {point}", "1"), (f">= {point}", "2"), ("-", "3")]
    found = proof({"x": "dateTime"}, rows, policy="FIRST")
    assert (found.complete, found.shadowed) == (True, ())
    assert proof({"x": "dateTime"}, [("null", "1"), ("not(null)", "2")]).complete is True
    unequal = proof({"x": "dateTime"}, [(point, "1"), (f"not({point})", "2")])
    assert unequal.complete is True


MOMENT = (
    f'<definitions xmlns="{MODEL}" name="m" namespace="m"><decision id="d" name="d">'
    '<variable name="d"/><decisionTable><input><inputExpression typeRef="dateTime"><text>now()</text>'
    "</inputExpression></input><output/><rule><inputEntry><text>{}</text></inputEntry>"
    "<outputEntry><text>1</text></outputEntry></rule><rule><inputEntry><text>{}</text></inputEntry>"
    "<outputEntry><text>2</text></outputEntry></rule></decisionTable></decision></definitions>"
)


def test_a_moment_with_a_known_time_zone_is_proven_and_never_compared_with_a_local_one() -> None:
    rows = [('< @"2026-04-01T00:00:00Z"', "1"), ('>= @"2026-04-01T00:00:00Z"', "2")]
    xml = MOMENT.format(*(row[0].replace("<", "&lt;") for row in rows))
    read = dmn.read(xml.encode(), file="m.dmn")
    assert (dmn.check(read), dmn.proofs(read)[0].complete) == ([], True)
    local = dmn.read(xml.replace("00Z", "00").encode(), file="m.dmn")
    told = dmn.check(local)
    assert told[0].severity == "error"
    assert "片方にだけ時間帯" in told[0].problem
    assert dmn.proofs(local)[0].complete is None
