"""Proofs of tables that are cut at ends which only the case knows: `> parameters.limit`, `< today()`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import dmn, parameters
from tests.dmn.test_proofs import CLOCK, model

VALUES = "values: [{{from: 2020-01-01, value: {}}}]"
DATED = parameters.read(
    "\n".join(
        f"{name}: {{{VALUES.format(value)}}}"
        for name, value in {"p": 3, "q": 5, "half": 2.5, "day": "2026-04-01", "text": '"a"'}.items()
    )
    + "\nlater: {values: [{from: 2020-01-01, value: null}, {from: 2021-01-01, value: 3}]}"
)
GIVEN = {"parameters": DATED.type()}


def proof(*cells: str, kind: str = "number", policy: str = "UNIQUE") -> dmn.TableProof:
    [found] = dmn.proofs(model({"x": kind}, [(cell, "1") for cell in cells], policy), GIVEN)
    return found


def told(*cells: str, kind: str = "number", policy: str = "UNIQUE") -> list[tuple[str, str]]:
    read = model({"x": kind}, [(cell, "1") for cell in cells], policy)
    return [(one.severity, one.problem) for one in dmn.check(read, GIVEN)]


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("number", ["<= parameters.p", "> parameters.p"]),
        ("number", ["< parameters.p", "parameters.p", "> parameters.p"]),
        ("number", ["<=parameters.p+1", "> parameters.p + 1"]),
        ("yen", ["<= parameters.p", "> parameters.p"]),
        ("integer", ["<= parameters.half", "> parameters.half"]),
        ("date", ["< parameters.day", ">= parameters.day"]),
        ("date", ["< today()", ">= today()"]),
        ("date", ['< today() - @"P30D"', '>= today() - @"P30D"']),
    ],
)
def test_conditions_on_both_sides_of_one_end_decide_every_value_once(
    kind: str, cells: list[str]
) -> None:
    found = proof(*cells, kind=kind)
    assert (found.complete, found.single, found.empty, found.why) == (True, True, ("x",), "")
    assert told(*cells, kind=kind) == []


def test_the_end_itself_is_a_gap_or_an_overlap_of_its_own() -> None:
    [(severity, gap)] = told("< parameters.p", "> parameters.p")
    assert severity == "warning" and "（x = parameters.p）" in gap
    assert proof("< parameters.p", "> parameters.p").complete is False
    [(severity, overlap)] = told("<= parameters.p", ">= parameters.p")
    assert severity == "error" and "1行目と2行目が重なります（x = parameters.p）" in overlap
    [(_, beyond)] = told("<= parameters.p")
    assert "（x > parameters.p）" in beyond


@pytest.mark.parametrize(
    ("cells", "doubt"),
    [
        (["[0..parameters.p]", "> parameters.p"], "「parameters.p」とほかの境目の大小"),
        (["< parameters.p", "> parameters.q"], "「parameters.p」と「parameters.q」の大小"),
        (["<= parameters.p", "> parameters.p + 0"], "「parameters.p」と「parameters.p + 0」の大小"),
    ],
)
def test_of_ends_whose_order_is_unknown_no_gap_is_told(cells: list[str], doubt: str) -> None:
    found = proof(*cells)
    assert found.complete is None and doubt in found.why
    assert not any("どの行にも当てはまらない" in problem for _, problem in told(*cells))


def test_of_ends_whose_order_is_unknown_an_overlap_is_a_doubt() -> None:
    cells = ["< 0", "[0..parameters.p]", "> parameters.p"]
    [(severity, problem)] = told(*cells)
    assert severity == "warning" and "重なるかもしれません（x < 0、x > parameters.p）" in problem
    assert (proof(*cells).complete, proof(*cells).single) == (True, None)
    assert told(*cells, policy="FIRST") == []


@pytest.mark.parametrize("kind", ["yen", "integer"])
def test_no_gap_is_told_at_an_end_that_the_input_may_never_reach(kind: str) -> None:
    cells = ["< parameters.half", "> parameters.half"]
    assert told(*cells, kind=kind) == [] and proof(*cells, kind=kind).complete is None
    assert "「parameters.half」がxの取る値とは限りません" in proof(*cells, kind=kind).why
    whole = ["< parameters.p", "> parameters.p"]
    assert proof(*whole, kind="integer").complete is False


@pytest.mark.parametrize(
    "end", ["parameters.unknown", "parameters.later", "parameters.text", "x", "parameters.p / 0"]
)
def test_an_end_that_may_have_no_value_of_its_kind_proves_nothing(end: str) -> None:
    found = proof(f"<= {end}", f"> {end}")
    assert found.complete is not True and found.single is not True


CELLS = (
    "- 2 <2 >=2 [1..3] <=p >p >=p <p p [1..p] (p..4] <=q >q [p..q] (p..q) >p+1 <=p+1 not(p) null <p,>q"
).split()
NUMBERS = [Decimal(n) / 2 for n in range(-2, 14)]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(CELLS), min_size=1, max_size=5),
    st.sampled_from(["number", "integer", "yen"]),
)
def test_what_is_proven_holds_for_every_end(cells: list[str], kind: str) -> None:
    written = [
        cell if "null" in cell else cell.replace("p", "parameters.p").replace("q", "parameters.q")
        for cell in cells
    ]
    read = model({"x": kind}, [(cell, str(n)) for n, cell in enumerate(written)])
    [found] = dmn.proofs(read, GIVEN)
    complete: set[bool] = set()
    single: set[bool] = set()
    for p in NUMBERS[2::3]:
        for q in NUMBERS[2::3]:
            for x in [*NUMBERS, *([None] if "null" in cells else [])]:
                if x is not None and ((kind == "integer" and x % 1) or (kind == "yen" and x < 0)):
                    continue
                dated: Any = {"p": p, "q": q}
                decided = dmn.evaluate(read, "d", {"x": x}, parameters=dated, clock=CLOCK)
                complete.add(bool(decided.matched[0].rules))
                single.add(len(decided.matched[0].rules) < 2)
    if found.complete is not None:
        assert found.complete is (False not in complete)
    if found.single is not None:
        assert found.single is (False not in single)
