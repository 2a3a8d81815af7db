"""An error or escalation that nobody catches is told of, and a handler that nothing comes to; all others are left alone."""

from __future__ import annotations

import pytest

from engine import catch_checks
from engine.bpmn import checks, reader
from tests.kernel.drawing import (
    UNDOES,
    Item,
    begin_case,
    boundary,
    call,
    compensate,
    end,
    error,
    escalation,
    file,
    one,
    process,
    service,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)

FAILS = end("no", error("E1"))
TELLS = throw("tell", escalation("X1"))
CODES = {"errors": "E1 E2", "escalations": "X1 X2"}
PART = sub("part", start("s"), FAILS, lines="s > no")
TELLING = sub("part", start("s"), TELLS, end("e"), lines="s > tell > e")
UNDOING = Item(
    "subProcess", "refund", attributes=UNDOES, children=(start("rs"), FAILS), lines="rs > no"
)
CALLED = process("q", start("qs"), end("no", error("E1")), lines="qs > no")


def caught(code: str = "E1") -> bytes:
    return one(
        PART, boundary("h", "part", error(code)), lines="start > part > end; h > end", **CODES
    )


def told(xml: bytes, **settings: object) -> list[str | None]:
    document = reader.read(xml, file="a.bpmn")
    found = [*document.problems, *checks.check(document)]
    assert [p.problem for p in found] == []
    processes = document.processes
    problems = list(catch_checks.problems(settings, processes, processes["p"]))
    assert {p.severity for p in problems} <= {"warning"}
    return [p.element for p in problems]


@pytest.mark.parametrize(
    "xml",
    [
        one(user("a"), FAILS, lines="start > a > no; a > end", **CODES),
        one(PART, lines="start > part > end", **CODES),
        # What an event subprocess throws goes past its siblings.
        one(
            user("a"),
            sub("late", start("l", timer("P1D")), FAILS, lines="l > no", on_event=True),
            sub("mend", start("h", error("E2")), end("he"), lines="h > he", on_event=True),
            sub("fails", start("fs"), end("two", error("E2")), lines="fs > two"),
            lines="start > a > fails > end", **CODES,
        ),
        file(process("p", start(), call("k", "q"), end(), lines="start > k > end"), CALLED, **CODES),
    ],
)  # fmt: skip
def test_an_error_nobody_catches_is_told_of(xml: bytes) -> None:
    assert told(xml) == ["no"]
    assert told(xml, callable={"takes": []}) == []  # it goes on at the case that began this one


def test_an_escalation_nobody_catches_is_told_of() -> None:
    xml = one(TELLS, user("a"), lines="start > tell > a > end", **CODES)
    assert told(xml) == ["tell"]
    assert told(xml, callable={"takes": []}) == ["tell"]  # it stays in its case


def test_an_error_of_another_code_is_told_of_at_both_ends() -> None:
    assert told(caught("E2")) == ["no", "h"]


@pytest.mark.parametrize(
    "xml",
    [
        caught(),
        caught(""),
        one(
            user("a"), FAILS, sub("mend", start("h", error("E1")), end("he"), lines="h > he", on_event=True),
            lines="start > a > no; a > end", **CODES,
        ),
        one(
            sub("around", start("as"), PART, end("ae"), lines="as > part > ae"),
            boundary("h", "around", error("E1")), lines="start > around > end; h > end", **CODES,
        ),
        file(
            process("p", start(), call("k", "q"), boundary("h", "k", error("E1")), end(),
                    lines="start > k > end; h > end"),
            CALLED, **CODES,
        ),
        # An expression may call any process.
        file(
            process("p", start(), call("k", "=which"), boundary("h", "k", error("E1")), end(),
                    lines="start > k > end; h > end"),
            CALLED, **CODES,
        ),
        # A refused call has a code that nobody can tell beforehand.
        one(
            sub("part", start("s"), service("ask"), end("e"), lines="s > ask > e"),
            boundary("h", "part", error("E1")), boundary("g", "part", error()),
            lines="start > part > end; h > end; g > end", **CODES,
        ),
        one(
            sub("part", start("s"), begin_case("ask", "permit"), end("e"), lines="s > ask > e"),
            boundary("h", "part", error("E1")), lines="start > part > end; h > end", **CODES,
        ),
        one(
            TELLING, boundary("h", "part", escalation("X1"), interrupting=False),
            lines="start > part > end; h > end", **CODES,
        ),
        one(
            TELLS, user("a"), sub("hear", start("h", escalation(), isInterrupting="false"), end("he"), lines="h > he", on_event=True),
            lines="start > tell > a > end", **CODES,
        ),
        # What fails while undoing goes up from who had it undone.
        one(
            sub("part", start("s"), user("pay"), boundary("c", "pay", compensate()), UNDOING,
                throw("back", compensate()), end("e"), lines="s > pay > back > e", ties="c > refund"),
            boundary("h", "part", error("E1")), lines="start > part > end; h > end", **CODES,
        ),
    ],
)  # fmt: skip
def test_what_is_caught_is_left_alone(xml: bytes) -> None:
    assert told(xml) == []


@pytest.mark.parametrize(
    "xml",
    [
        one(
            sub("part", start("s"), user("a"), end("e"), lines="s > a > e"),
            boundary("h", "part", error("E1")), lines="start > part > end; h > end", **CODES,
        ),
        # The inner one takes it before.
        one(
            sub("around", start("as"), PART, boundary("i", "part", error()), end("ae"), lines="as > part > ae; i > ae"),
            boundary("h", "around", error("E1")), lines="start > around > end; h > end", **CODES,
        ),
        one(
            user("a"),
            sub("hear", start("h", escalation("X1"), isInterrupting="false"), end("he"), lines="h > he", on_event=True),
            lines="start > a > end", **CODES,
        ),
        file(
            process("p", start(), call("k", "q"), boundary("h", "k", escalation("X1")), end(),
                    lines="start > k > end; h > end"),
            process("q", start("qs"), user("qa"), end("qe"), lines="qs > qa > qe"), **CODES,
        ),
        one(
            sub("part", start("s"), task("t"), end("e"), lines="s > t > e"),
            boundary("h", "part", error()), lines="start > part > end; h > end", **CODES,
        ),
    ],
)  # fmt: skip
def test_a_handler_that_nothing_comes_to_is_told_of(xml: bytes) -> None:
    assert told(xml) == ["h"]


def test_each_is_told_with_its_remedy() -> None:
    document = reader.read(caught("E2"), file="a.bpmn")
    uncaught, unthrown = catch_checks.problems({}, document.processes, document.processes["p"])
    assert uncaught.problem == (
        "エラー「E1」を受けるところがなく、案件はここで止まります（障害になります）。"
    )
    assert uncaught.remedy.startswith("受ける境界イベントかイベントサブプロセスを置くか")
    assert unthrown.problem == (
        "エラー「E2」を出すものが縁にある作業の中になく、ここへは進みません。"
    )
    assert unthrown.remedy.startswith("出す側のコードと同じかを確かめるか")
