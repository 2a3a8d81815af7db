"""A compensation that can undo nothing is told of; one that may find something to undo is left alone."""

from __future__ import annotations

import pytest

from tests.bpmn.test_reader import problems
from tests.kernel.drawing import (
    CANCEL,
    UNDOES,
    boundary,
    call,
    compensate,
    end,
    file,
    message,
    one,
    process,
    start,
    sub,
    task,
    throw,
    user,
)

THROW = throw("back", compensate())
WORK = (user("pay"), boundary("c", "pay", compensate()), task("refund", **UNDOES))
TIE = "c > refund"
INSIDE = sub("part", start("s"), *WORK, end("e"), lines="s > pay > e", ties=TIE)


def told(xml: bytes) -> list[str | None]:
    found = problems(xml)
    assert [p.problem for p in found if p.severity == "error"] == []
    return [p.element for p in found if "元に戻すものがなく" in p.problem]


@pytest.mark.parametrize(
    "xml",
    [
        one(user("a"), THROW, lines="start > a > back > end"),
        one(user("a"), end("back", compensate()), lines="start > a > back; a > end"),
        # What is inside a subprocess is forgotten with it; it does not see what is around.
        one(
            *WORK, sub("part", start("s"), THROW, end("e"), lines="s > back > e"),
            lines="start > pay > part > end", ties=TIE,
        ),
        file(
            process("p", start(), call("k", "q"), THROW, end(), lines="start > k > back > end"),
            process("q", start("qs"), *WORK, end("qe"), lines="qs > pay > qe", ties=TIE),
        ),
        one(
            sub("part", start("s"), user("a"), end("e"), lines="s > a > e"),
            throw("back", compensate("part")), *WORK,
            lines="start > pay > part > back > end", ties=TIE,
        ),
    ],
)  # fmt: skip
def test_a_compensation_with_nothing_to_undo_is_told_of(xml: bytes) -> None:
    assert told(xml) == ["back"]


@pytest.mark.parametrize(
    "xml",
    [
        one(*WORK, THROW, lines="start > pay > back > end", ties=TIE),
        one(INSIDE, THROW, lines="start > part > back > end"),
        one(INSIDE, throw("back", compensate("part")), lines="start > part > back > end"),
        one(
            sub("part", start("s"), user("a"), end("e"),
                sub("undo", start("us", compensate()), task("t"), end("ue"), lines="us > t > ue", on_event=True),
                lines="s > a > e"),
            THROW, lines="start > part > back > end",
        ),
        # An event subprocess undoes what was done around it.
        one(
            *WORK, sub("stop", start("m", message("m")), THROW, end("e"), lines="m > back > e", on_event=True),
            lines="start > pay > end", ties=TIE, messages={"m": ""},
        ),
        # A transaction that is given up may have nothing to undo yet.
        one(
            sub("deal", start("s"), user("a"), end("no", CANCEL), lines="s > a > no", tag="transaction"),
            boundary("given_up", "deal", CANCEL), lines="start > deal > end; given_up > end",
        ),
    ],
)  # fmt: skip
def test_a_compensation_that_may_undo_something_is_left_alone(xml: bytes) -> None:
    assert told(xml) == []
