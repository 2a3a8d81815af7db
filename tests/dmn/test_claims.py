"""What a proof claims of a table, and of which tables it claims nothing."""

from __future__ import annotations

import importlib
import itertools
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import dmn
from tests.dmn.drawn_tables import findings, head, only, output, proof, rule, table
from tests.dmn.test_decisions import CLOCK, data, model, needs

WHOLE = [("<= 50", "1"), (">= 51", "2")]


@pytest.mark.parametrize("kind", ["integer", "long", "int", "台数"])
def test_nothing_lies_between_two_whole_numbers(kind: str) -> None:
    read = table(head("x", kind), WHOLE)
    assert (findings(read), proof(read).complete) == ([], True)
    by_data = table(head("x", "number"), WHOLE, inputs={"x": kind})
    assert (findings(by_data), proof(by_data).complete) == ([], True)


def test_fractions_lie_between_two_whole_numbers_of_a_number() -> None:
    problem = only(table(head("x", "number"), WHOLE))
    assert "x in (50..51)" in problem.problem and "integer" in problem.remedy


def test_what_counts_is_whole() -> None:
    assert proof(table(head("count(x)"), [("<= 1", "1"), (">= 2", "2")])).complete is True


def test_what_holds_of_a_number_is_not_claimed_of_its_negative() -> None:
    inside = {"x": "台数"}
    assert proof(table(head("x"), [("[0..100]", "1")], inputs=inside)).complete is True
    assert proof(table(head("-x"), [("[0..100]", "1")], inputs=inside)).complete is False


def test_the_list_of_one_branch_is_not_claimed_of_the_other() -> None:
    inside = {"x": "区分", "y": "string"}
    listed = [('"新規","変更","廃止"', "1")]
    assert proof(table(head("x"), listed, inputs=inside)).complete is True
    either = table(head("if y = null then x else y"), listed, inputs=inside)
    assert proof(either).complete is False


def test_a_year_that_a_function_of_ours_gives_is_whole() -> None:
    read = table(head("fiscal year(x)"), [("<= 2026", "1"), (">= 2027", "2")], inputs={"x": "date"})
    assert (findings(read), proof(read).complete) == ([], True)


def test_the_days_of_the_week_are_a_list_of_values() -> None:
    heads, inside = head("day of week(x)"), {"x": "date"}
    weekdays = '"Monday","Tuesday","Wednesday","Thursday","Friday"'
    read = table(heads, [(weekdays, "1"), ('"Saturday","Sunday"', "2")], inputs=inside)
    assert (findings(read), proof(read).complete) == ([], True)
    read = table(heads, [(weekdays, "1"), ('"土曜日"', "2")], inputs=inside)
    [told] = [p for p in dmn.check(read) if p.severity == "error"]
    assert (told.element, told.remedy) == ("r2i1", '"Saturday" と書いてください。')


def test_a_fraction_given_to_a_whole_number_is_a_mistake_and_never_without_a_row() -> None:
    decided = dmn.evaluate(
        table(head("x", "integer"), WHOLE), "d", {"x": Decimal("50.5")}, clock=CLOCK
    )
    assert (decided.value, [d.code for d in decided.diagnostics]) == (None, ["type"])


def test_a_proof_says_for_which_inputs_a_missing_value_has_no_row() -> None:
    heads = [head("x", "number"), head("y", "boolean")]
    inside = {"x": "number", "y": "boolean"}
    rows = [(("< 5", "-"), "1"), ((">= 5", "true"), "2"), ((">= 5", "false"), "3")]
    found = proof(table(heads, rows, inputs=inside))
    assert (found.complete, found.single, found.empty) == (True, True, ("x", "y"))
    found = proof(table(heads, [*rows, (("null", "-"), "4")], inputs=inside))
    assert (found.complete, found.empty) == (True, ("y",))
    caught = proof(table(heads, [*rows, (("-", "-"), "4")], inputs=inside, policy="FIRST"))
    assert (caught.complete, caught.empty) == (True, ())


def test_a_proof_says_for_which_inputs_a_missing_value_has_several_rows() -> None:
    heads = [head("x", "string"), head("y", "boolean")]
    first, others = 'not("変更","廃止")', 'not("新規")'
    rows = [((first, "true"), "1"), ((others, "true"), "2"), (("-", "false"), "3")]
    inside = {"x": "区分", "y": "boolean"}
    read = table(heads, rows, inputs=inside)
    found = proof(read)
    assert (found.complete, found.single, found.empty, found.doubled) == (
        True,
        True,
        ("y",),
        ("x",),
    )
    decided = dmn.evaluate(read, "d", {"x": None, "y": True}, clock=CLOCK)
    assert [one.code for one in decided.diagnostics] == ["unique"]
    assert proof(table(heads, rows, inputs=inside, policy="FIRST")).doubled == ()


def test_of_missing_values_that_were_not_all_looked_at_nothing_is_claimed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [('not("変更","廃止")', "1"), ('not("新規")', "2")]
    monkeypatch.setattr(importlib.import_module("engine.dmn.proofs"), "PAIRS_WORK", 0)
    found = proof(table(head("x"), rows, inputs={"x": "区分"}))
    assert (found.complete, found.single, found.doubled) == (True, True, ("x",))


def test_missing_values_that_only_together_have_no_row_are_told() -> None:
    heads = [head("x", "boolean"), head("y", "boolean")]
    rows = [(("-", "true,false"), "1"), (("true,false", "-"), "2")]
    found = proof(table(heads, rows, inputs={"x": "boolean", "y": "boolean"}, policy="FIRST"))
    assert (found.complete, found.empty) == (True, ("x", "y"))


def test_of_a_column_without_a_type_nothing_is_claimed_that_a_value_of_another_type_would_break() -> (
    None
):
    read = table(head("x"), [("<= 50", "1"), ("> 50", "2")])
    assert (only(read).element, only(read).severity) == ("in_x", "warning")
    assert "見出し「x」に型がありません" in only(read).problem
    assert (proof(read).complete, proof(read).why) == (None, "「x」に型がありません")
    caught = table(head("x"), [("<= 50", "1"), ("-", "2")], policy="FIRST")
    assert proof(caught).complete is True


def test_the_type_of_the_data_is_that_of_a_column_without_one() -> None:
    read = table(head("x"), [('"新規","変更"', "1"), ('"廃止"', "2")], inputs={"x": "区分"})
    assert (findings(read), proof(read).complete) == ([], True)


@pytest.mark.parametrize("cell", ['> "5"', "<= true", "f(?) > 5", "> null"])
def test_gaps_and_overlaps_are_not_computed_from_a_cell_with_a_mistake(cell: str) -> None:
    problem = only(table(head("x", "number"), [("<= 3", "1"), (cell, "2")]))
    assert (problem.element, problem.severity) == ("r2i1", "error")
    rows = [("<= 3", "1"), (cell, "2"), ("<= 2", "3")]
    [broken, overlap] = dmn.check(table(head("x", "number"), rows))
    assert broken.element == "r2i1"
    assert "1行目と3行目が重なります" in overlap.problem


def test_of_a_table_with_a_wrong_heading_no_gaps_are_told() -> None:
    read = table(head("x", "string"), [('"a"', "1")], inputs={"x": "number"})
    assert only(read).element == "in_x"


RELATED = [head("x", "number"), head("x > 100", "boolean")]


def test_conditions_that_exclude_each_other_are_no_certain_overlap() -> None:
    read = table(RELATED, [(("<= 50", "-"), "1"), (("-", "true"), "2")], inputs={"x": "number"})
    told = [p for p in dmn.check(read) if "重なる" in p.problem]
    assert [p.severity for p in told] == ["warning"]
    assert proof(read).single is None
    apart = [head("x.a", "number"), head("x.b > 100", "boolean")]
    sure = table(apart, [(("<= 50", "-"), "1"), (("-", "true"), "2")])
    assert [p.severity for p in dmn.check(sure) if "重なり" in p.problem] == ["error"]


@pytest.mark.parametrize("variable", ["over", "beyond"])
def test_a_decision_over_the_same_data_is_related_by_whatever_name_it_is_read(
    variable: str,
) -> None:
    over = (
        f'<decision id="over" name="over"><variable name="{variable}" typeRef="boolean"/>{needs("x")}'
        "<literalExpression><text>x > 100</text></literalExpression></decision>"
    )
    second = (
        f'<decision id="d" name="判定"><variable name="判定"/>{needs("x")}<informationRequirement>'
        f'<requiredDecision href="#over"/></informationRequirement><decisionTable id="t">{head("x")}'
        f"{head(variable)}{output('o')}{rule(1, ('<= 50', '-'), ('1',))}{rule(2, ('-', 'true'), ('2',))}"
        "</decisionTable></decision>"
    )
    read = dmn.read(model(data("x") + over + second).encode(), file="d.dmn")
    assert [p.severity for p in dmn.check(read) if "重な" in p.problem] == ["warning"]
    assert proof(read).single is None


def test_of_a_table_that_is_too_large_to_search_nothing_is_claimed() -> None:
    heads = [head(f"x{n}", "number") for n in range(10)]
    inside = {f"x{n}": "number" for n in range(10)}
    rows: list[tuple[Any, Any]] = []
    for number in range(120):
        cells = [f"not({(number * (n + 3)) % 17})" if (number + n) % 3 else "-" for n in range(10)]
        rows.append((tuple(cells), str(number)))
    # Whatever is left is caught, so nothing is missing; only the search for rows without use may end.
    found = dmn.check(table(heads, [*rows, (("-",) * 10, "0")], inputs=inside, policy="FIRST"))
    assert all(p.severity == "warning" for p in found)


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST"])
def test_a_table_of_1500_rows_is_checked_in_seconds(policy: str) -> None:
    rows = [(f"[{n}0..{n + 1}0)", str(n)) for n in range(1500)]
    read = table(head("x", "number"), [("< 0", "0"), *rows, (">= 15000", "0")], policy=policy)
    started = time.process_time()
    found = proof(read)
    assert dmn.check(read) == []
    assert (found.complete, found.single) == (True, True)
    # 0.6 s alone; it took 13 s.
    assert time.process_time() - started < 4


def test_a_last_row_for_all_the_rest_gets_the_policy_that_fits() -> None:
    assert "FIRST" in only(table(head("x", "number"), [("> 5", "1"), ("-", "2")])).remedy


def test_of_a_table_with_a_mistake_nothing_is_proven() -> None:
    found = proof(table(head("x", "number"), [("> 5", "1"), ("<= 5", "許可")]))
    assert (found.complete, found.single, found.why) == (None, None, "表に誤りがあります")


CELLS = {
    "number": "- 1 2 <2 <=2 >1 [1..2] (1..3) not(2) 1,3 >3 null".split(),
    "integer": "- 1 2 <2 <=2 >1 [1..2] (1..3) not(2) 1,3 >=3 null <=1.5".split(),
    "string": '- "a" "b" "a","b" not("a") null <"b" >="b" ["a".."b") ?>"a" >"" [""..""]'.split(),
    "boolean": "- true false not(true) true,false null".split(),
}


VALUES: dict[str, list[Any]] = {
    "number": [Decimal(n) / 2 for n in range(-1, 9)],
    "integer": [Decimal(n) for n in range(-1, 6)],
    "string": ["", "A", "a", "aa", "b", "bb", "c"],
    "boolean": [True, False],
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[tuple[Any, Any]], str]:
    kinds = draw(st.lists(st.sampled_from(list(CELLS)), min_size=1, max_size=3))
    cells = st.tuples(*(st.sampled_from(CELLS[kind]) for kind in kinds))
    rows = draw(
        st.lists(st.tuples(cells, st.sampled_from(["1", "1.0", "2"])), min_size=1, max_size=6)
    )
    return kinds, rows, draw(st.sampled_from(["UNIQUE", "ANY", "FIRST"]))


@settings(max_examples=60, deadline=None)
@given(tables())
def test_what_is_proven_is_what_trying_every_value_shows(
    drawn: tuple[list[str], list[tuple[Any, Any]], str],
) -> None:
    kinds, rows, policy = drawn
    inside = {f"x{n}": kind for n, kind in enumerate(kinds)}
    read = table([head(name) for name in inside], rows, inputs=inside, policy=policy)
    found = proof(read)
    named = {name for n, name in enumerate(inside) if any(row[0][n] == "null" for row in rows)}

    def tried(*, lacking: bool) -> list[dmn.Decided]:
        grid = [
            [*VALUES[kind], *([None] if lacking or name in named else [])]
            for name, kind in inside.items()
        ]
        return [
            dmn.evaluate(read, "d", dict(zip(inside, point, strict=True)), clock=CLOCK)
            for point in itertools.product(*grid)
        ]

    decided = tried(lacking=False)
    assert found.complete is all(one.matched[0].rules for one in decided)
    assert found.single is not any(one.diagnostics for one in decided)
    lacking = tried(lacking=True)
    if found.complete:
        assert bool(found.empty) is not all(one.matched[0].rules for one in lacking)
    if found.single:
        assert bool(found.doubled) is any(one.diagnostics for one in lacking)


def test_a_column_over_a_decision_knows_the_list_of_its_results() -> None:
    first = (
        f'<decision id="rank" name="rank">{needs("x")}<decisionTable id="t0">{head("x", "number")}'
        + output("o", "string", '"大", "小"')
        + rule(8, ("> 5",), ('"大"',))
        + rule(9, ("<= 5",), ('"小"',))
        + "</decisionTable></decision>"
    )
    second = (
        '<decision id="d" name="判定"><informationRequirement><requiredDecision href="#rank"/></informationRequirement>'
        f'<decisionTable id="t">{head("rank").replace("in_", "of_")}{output("p")}'
        "{}</decisionTable></decision>"
    )

    def read(*cells: str) -> dmn.Model:
        rows = "".join(rule(n, (cell,), ("1",)) for n, cell in enumerate(cells, 1))
        return dmn.read(model(data("x") + first + second.format(rows)).encode(), file="d.dmn")

    assert dmn.check(read('"大"', '"小"')) == []
    assert [p.element for p in dmn.check(read('"大"', '"小"', '"中"'))] == ["r3i1"]


def test_a_condition_of_very_many_parts_is_cut_short() -> None:
    rows = [(f"[{n}0..{n}5)", "1") for n in range(100)]
    problem = only(table(head("x", "number"), rows))
    assert (
        "x < 0 または x in [5..10)" in problem.problem and "など（ほか89か所）" in problem.problem
    )


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("? < 1", "1"), ("? >= 1 and ? < 10", "2"), ("10 <= ?", "3")], ""),
        ([("? < 1", "1"), ("? between 1 and 10", "2"), ("? > 10 or ? = null", "3")], ""),
        ([("? < 1", "1"), ("? >= 1 and ? < 9", "2"), ("?>=10", "3")], "x in [9..10)"),
        ([("? in (< 1, [2..3])", "1"), ("[1..2)", "2"), ("? > 2", "3")], "x in (2..3]"),
        ([("? > 5 and ? < 3", "1"), ("<= 5", "2"), ("> 5", "3")], "1行目はどの入力にも当てはまりません"),
    ],
)  # fmt: skip
def test_a_condition_that_compares_the_value_with_constants_is_proven(
    rows: list[tuple[str, str]], told: str
) -> None:
    read = table(head("x", "number"), rows)
    if told:
        assert any(told in text for _, _, text in findings(read))
    else:
        assert findings(read) == []
        assert (proof(read).complete, proof(read).single) == (True, True)


def test_rows_behind_in_are_seen_to_overlap_and_to_leave_a_gap() -> None:
    read = table(head("x", "区分"), [('? in ("新規","廃止")', "1"), ('? = "廃止"', "2")])
    found = " ".join(text for _, _, text in findings(read))
    assert '"廃止"' in found and '"変更"' in found
    assert (proof(read).complete, proof(read).single) == (False, False)


@pytest.mark.parametrize("cell", ["abs(?) < 3", "? < x", "? * 2 > 4", '? > "m" + "n"'])
def test_of_any_other_condition_on_the_value_nothing_is_claimed(cell: str) -> None:
    kind = "string" if '"' in cell else "number"
    read = table(head("x", kind), [(cell, "1"), (f"not({cell})", "2")])
    assert proof(read).complete is None


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (['< "m"', '>= "m"'], ""),
        (['< ""', '>= ""'], "1行目はどの入力にも当てはまりません"),
        (['< "b"', '["b".."d")', '> "d"'], '（x = "d"）'),
        (['<= "d"', '> "d0"'], '（x in ("d".."d0"]）'),
        (['<= "d"', '["c".."e"]', '> "e"'], '1行目と2行目が重なります（x in ["c".."d"]）'),
        (['? >= "a" and ? < "b"', '>= "b"'], '（x < "a"）'),
    ],
)
def test_texts_are_proven_in_their_order(cells: list[str], told: str) -> None:
    read = table(head("x", "string"), [(cell, "1") for cell in cells])
    if told:
        [(_, _, problem)] = findings(read)
        assert told in problem
    else:
        assert (findings(read), proof(read).complete, proof(read).single) == ([], True, True)


def test_listed_texts_are_proven_in_their_order() -> None:
    inside = {"x": "区分"}
    read = table(head("x"), [('< "新規"', "1"), ('>= "新規"', "2")], inputs=inside)
    assert (findings(read), proof(read).complete) == ([], True)
    assert '（x = "新規"）' in only(table(head("x"), [('< "新規"', "1")], inputs=inside)).problem


@pytest.mark.parametrize(
    ("kind", "cells"), [("五の倍数", ["< 3", ">= 3"]), ("番号", ['< "5000"', '>= "5000"'])]
)
def test_a_row_is_not_called_unused_for_values_that_nobody_tried(
    kind: str, cells: list[str]
) -> None:
    read = table(head("x"), [(cell, "1") for cell in cells], inputs={"x": kind})
    assert [text for _, _, text in findings(read) if "当てはまりません" in text] == []
    assert (proof(read).complete, proof(read).why) == (None, "型の条件に、定数でないものがあります")


def test_rows_that_share_only_values_nobody_tried_may_overlap() -> None:
    read = table(head("x"), [('not("5000")', "1"), ('not("6000")', "2")], inputs={"x": "番号"})
    assert [(severity, "重なるかもしれません" in text) for _, severity, text in findings(read)] == [
        ("warning", True)
    ]
    assert proof(read).single is None
