"""A parallel join by whose flows no two tokens ever come is told of; every other one is left alone."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from engine.bpmn import checks, joins, reader
from engine.bpmn.model import Process
from tests.bpmn.test_reader import problems
from tests.kernel.drawing import (
    Item,
    ad_hoc,
    boundary,
    catch,
    end,
    file,
    gateway,
    link,
    message,
    one,
    process,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)
from tests.kernel.playing import Play

JOIN = gateway("j", "parallel")
EITHER = gateway("x", default="d")
CHOOSES = "x > a ? c; x > b : d; a > j; b > j; j > end"
LATE = timer("P1D")


def told(xml: bytes) -> list[str | None]:
    found = problems(xml)
    assert [p.problem for p in found if p.severity == "error"] == []
    return [p.element for p in found if "そろうことはなく" in p.problem]


@pytest.mark.parametrize(
    "xml",
    [
        one(EITHER, user("a"), user("b"), JOIN, lines=f"start > x; {CHOOSES}"),
        one(
            gateway("s", "parallel"), EITHER, user("a"), user("b"), user("c"), JOIN,
            lines=f"start > s > x; s > c > j; {CHOOSES}",
        ),
        # Behind flows side by side that were joined before.
        one(
            gateway("s", "parallel"), user("u"), user("v"), gateway("k", "parallel"),
            EITHER, user("a"), user("b"), JOIN,
            lines=f"start > s > u > k; s > v > k > x; {CHOOSES}",
        ),
        one(user("u"), boundary("b", "u", LATE), JOIN, lines="start > u > j; b > j; j > end"),
        one(
            gateway("x", "eventBased"), catch("a", LATE), catch("b", message("m")), JOIN,
            lines="start > x > a > j; x > b > j; j > end", messages={"m": ""},
        ),
        # The default flow is gone by when no other is.
        one(
            gateway("x", "inclusive", default="d"), user("a"), user("b"), JOIN,
            lines=f"start > x; {CHOOSES}",
        ),
        # In a ring: the second round comes no further than the first.
        one(
            gateway("m"), EITHER, user("a"), user("b"), JOIN, gateway("y", default="n"),
            lines="start > m > x; x > a ? c; x > b : d; a > j; b > j; j > y; y > m ? c; y > end : n",
        ),
        one(
            sub("part", start("s"), EITHER, user("a"), user("b"), JOIN, end("e"),
                lines="s > x; x > a ? c; x > b : d; a > j; b > j; j > e"),
            lines="start > part > end",
        ),
        file(
            process("p", start("s", message("m")), start("t", message("n")), JOIN, end(),
                    lines="s > j; t > j; j > end"),
            messages={"m": "", "n": ""},
        ),
    ],
)  # fmt: skip
def test_a_join_whose_flows_never_meet_is_told_of(xml: bytes) -> None:
    assert told(xml) == ["j"]


@pytest.mark.parametrize(
    "xml",
    [
        one(gateway("s", "parallel"), user("a"), JOIN, lines="start > s > a > j; s > j > end"),
        one(user("u"), user("a"), user("b"), JOIN, lines="start > u > a > j; u > b > j; j > end"),
        one(
            gateway("s", "inclusive", default="d"), user("a"), user("b"), user("c"), JOIN,
            lines="start > s; s > a ? x; s > b ? y; s > c : d; c > end; a > j; b > j; j > end",
        ),
        one(
            user("u"), boundary("b", "u", LATE, interrupting=False), JOIN,
            lines="start > u > j; b > j; j > end",
        ),
        # Two tokens come to the gateway, which may send one each way.
        one(
            gateway("s", "parallel"), task("u"), task("v"), gateway("m"), EITHER, user("a"), user("b"), JOIN,
            lines=f"start > s > u > m; s > v > m > x; {CHOOSES}",
        ),
        # The repeated event meets itself.
        one(
            user("u"), boundary("r", "u", timer("R/P1D", "Cycle"), interrupting=False),
            EITHER, user("a"), user("b"), JOIN,
            lines=f"start > u > end; r > x; {CHOOSES}",
        ),
        one(
            gateway("s", "parallel"), throw("t", link("l")), catch("c", link("l")), JOIN,
            lines="start > s > t; s > j; c > j; j > end",
        ),
        one(
            ad_hoc("h", user("a"), user("b"), gateway("j", "parallel"), user("c"), lines="a > j; b > j; j > c"),
            lines="start > h > end",
        ),
    ],
)  # fmt: skip
def test_a_join_whose_flows_can_meet_is_left_alone(xml: bytes) -> None:
    assert told(xml) == []


@pytest.mark.parametrize(
    ("items", "lines", "source"),
    [
        ((user("q"),), "start > j > end; j > q > j", "「q」から"),
        ((), "start > j > end; j > j", "自分から"),
        ((user("a"), gateway("x", default="d"), user("b")), "start > j > a > x; x > end : d; x > b ? c; b > j", "「b」から"),
        ((user("q"), boundary("b", "q", LATE)), "start > j > q > end; b > j", "「b」から"),
        ((gateway("m"), user("q")), "start > m > j > q > end; q > m; q > j", "「q」から"),
    ],
)  # fmt: skip
def test_a_join_that_waits_for_what_comes_after_it_is_told_of(
    items: tuple[Item, ...], lines: str, source: str
) -> None:
    found = [p for p in problems(one(JOIN, *items, lines=lines)) if p.element == "j"]
    assert [p.severity for p in found] == ["warning"]
    assert f"{source}来る流れは、ここを通ったあとにしか来ない" in found[0].problem
    play = Play(one(JOIN, *items, lines=lines))
    assert (play.open, play.incidents) == (["j:incident"], ["JOIN"])


@pytest.mark.parametrize(
    ("items", "lines"),
    [
        # The ring is entered before the join, too.
        ((gateway("s", "parallel"), gateway("m"), user("q")), "start > s > j; s > m > q > j; j > end; j > m"),
        # Nothing ever comes to the ring, which is told of there.
        ((user("q"), user("r")), "start > j > end; q > r; r > q; r > j"),
    ],
)  # fmt: skip
def test_a_join_that_something_else_comes_to_does_not_wait_for_itself(
    items: tuple[Item, ...], lines: str
) -> None:
    found = problems(one(JOIN, *items, lines=lines))
    assert [p.element for p in found if "通ったあとにしか" in p.problem] == []


def test_one_mistake_is_told_once_and_with_the_choice_that_makes_it() -> None:
    second = (gateway("s", "parallel"), user("e"), gateway("k", "parallel"))
    xml = one(
        EITHER, user("a"), user("b"), JOIN, *second, task("f"),
        lines="start > x; x > a ? c; x > b : d; a > j; b > j; j > s > e > k; s > k > f > end",
    )  # fmt: skip
    [problem] = problems(xml)
    assert (problem.element, problem.severity) == ("j", "warning")
    assert problem.problem == (
        "並行の合流ですが、「a」と「b」からの二つの流れがそろうことはなく、案件はここで止まります。"
        "「x」で、どちらか一方にしか進まないためです。"
    )
    assert problem.remedy == (
        "「x」を並行ゲートウェイにするか、ここを排他ゲートウェイにしてください。"
    )


def test_of_three_flows_only_the_two_are_put_together() -> None:
    xml = one(
        gateway("s", "parallel"), user("c"), user("u"), boundary("b", "u", LATE), JOIN,
        lines="start > s > c > j; s > u > j; b > j; j > end",
    )  # fmt: skip
    [problem] = problems(xml)
    assert "「u」と「b」からの二つの流れ" in problem.problem
    assert problem.remedy == "この二つの流れを、手前に置いた排他ゲートウェイで一つにしてください。"


def test_an_element_that_both_flows_come_from_is_named_once() -> None:
    [problem] = problems(one(EITHER, JOIN, lines="start > x; x > j ? c; x > j : d; j > end"))
    assert problem.problem.startswith("並行の合流ですが、「x」からの二つの流れがそろうことはなく")


def test_what_hangs_on_a_refused_flow_is_not_looked_at() -> None:
    xml = one(
        gateway("s", "parallel"), user("a"), user("b"), JOIN,
        lines="start > s > a > j; s > b > j; b > j; j > end",
    )  # fmt: skip
    broken = xml.replace(b'sourceRef="s" targetRef="b"', b'sourceRef="s" targetRef="gone"')
    assert [p for p in problems(broken) if "そろうことはなく" in p.problem] == []


def test_a_process_with_very_many_flows_side_by_side_is_looked_at_in_time() -> None:
    """All pairs of 3,000 flows side by side would take a minute; it is given up. The limit is generous to slow machines."""
    wide = 3_000
    branches = [user(f"u{i}") for i in range(wide)]
    lines = ";".join(f"s > u{i} > j" for i in range(wide))
    xml = one(gateway("s", "parallel"), *branches, JOIN, lines=f"start > s; {lines}; j > end")
    document = reader.read(xml, file="a.bpmn")
    begun = time.process_time()
    assert checks.check(document) == []
    assert time.process_time() - begun < 3
    assert list(joins.problems(document.processes["p"])) == []


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_a_node_with_very_many_flows_takes_no_more_memory_than_the_pairs_looked_at(
    kind: str,
) -> None:
    """With each of 3,000 flows the others beside it, all held at once, were 400 MB; 40,000 of them ended the process."""
    wide = 3_000
    branches = [user(f"u{i}") for i in range(wide)]
    chosen = " ? c" if kind == "inclusive" else ""
    lines = ";".join(f"s > u{i}{chosen}; u{i} > j" for i in range(wide))
    xml = one(gateway("s", kind), *branches, JOIN, lines=f"start > s; {lines}; j > end")
    process = reader.read(xml, file="a.bpmn").processes["p"]
    assert _peak_bytes(process) < 40_000_000


def test_a_task_with_very_many_events_on_its_edge_takes_no_more_memory_than_the_pairs() -> None:
    wide = 3_000
    edge = [boundary(f"b{i}", "u", LATE, interrupting=False) for i in range(wide)]
    lines = ";".join(f"b{i} > j" for i in range(wide))
    xml = one(user("u"), *edge, JOIN, lines=f"start > u > j; {lines}; j > end")
    process = reader.read(xml, file="a.bpmn").processes["p"]
    assert _peak_bytes(process) < 40_000_000


def _peak_bytes(process: Process) -> int:
    """The most memory held at once while the joins are looked at."""
    tracemalloc.start()
    try:
        assert list(joins.problems(process)) == []
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
