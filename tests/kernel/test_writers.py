"""Flows side by side that write the same variable: told once, and never of what is one after the other."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from engine import kernel
from engine.bpmn.contended import contended
from engine.kernel import effects as e
from tests.kernel.drawing import (
    Item,
    ad_hoc,
    again,
    boundary,
    call,
    catch,
    condition,
    end,
    file,
    gateway,
    many,
    mapping,
    message,
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
from tests.kernel.drawn import model
from tests.kernel.playing import Play, read, replay
from tests.kernel.test_properties import QUICK, START, model_of

FORK = gateway("fork", "parallel")
JOIN = gateway("join", "parallel")
YES, NO = {"ok": True}, {"ok": False}


def warned(play: Play) -> list[tuple[str, str, str]]:
    """(who wrote over it, the variable, who had written it), in order."""
    return [(x.node, x.note, x.other) for x in play.of(e.Trace) if x.what == "overwrote"]


def drawn(*items: Item, lines: str, **roots: Any) -> bytes:
    return one(FORK, *items, lines=f"start > fork; {lines}", **roots)


def test_the_second_of_two_branches_that_write_one_variable_is_told_of_once() -> None:
    play = Play(model("side_by_side")).complete("a", YES)
    assert not warned(play)
    play.complete("b", NO)
    assert warned(play) == [("b", "review", "a")]
    play.complete("then")
    assert play.ended == "end" and len(warned(play)) == 1
    assert replay(play) == play.text


def test_a_branch_that_goes_on_writing_is_not_told_of_again() -> None:
    parts = (user("a", "x"), user("a2", "x"), user("b", "x"), user("b2", "x"), JOIN)
    play = Play(drawn(*parts, lines="fork > a > a2 > join; fork > b > b2 > join; join > end"))
    for number, node in enumerate(("a", "b", "a2", "b2")):
        play.complete(node, {"n": number})
    assert (play.ended, [node for node, *_ in warned(play)]) == ("end", ["b"])


def test_the_same_value_is_no_conflict() -> None:
    play = Play(model("side_by_side")).complete("a", YES).complete("b", YES)
    assert not warned(play)


def test_one_branch_writes_as_often_as_it_likes() -> None:
    parts = (
        gateway("back"),
        user("a", "x"),
        gateway("choose", default="on"),
        user("a2", "x"),
        user("b"),
        JOIN,
    )
    lines = "fork > back > a > choose; choose > back ? x.again; choose > a2 : on; a2 > join; fork > b > join; join > end"
    play = Play(drawn(*parts, lines=lines))
    play.complete("a", {"again": True}).complete("a", {"again": False}).complete("a2", {"n": 1})
    assert not warned(play.complete("b"))
    assert play.ended == "end"


def test_branches_of_the_writer_come_after_its_write_and_each_other_do_not() -> None:
    parts = (user("a", "x"), gateway("more", "parallel"), user("c", "x"), user("d", "x"), user("b"))
    lines = "fork > a > more; more > c > end; more > d > end; fork > b > end"
    play = Play(drawn(*parts, lines=lines)).complete("a", YES).complete("c", NO)
    assert not warned(play)
    assert warned(play.complete("d", YES)) == [("d", "x", "c")]


def test_a_fork_beside_the_writer_stays_beside_it() -> None:
    parts = (
        user("a", "x"),
        user("a2"),
        user("b"),
        gateway("more", "parallel"),
        user("c", "x"),
        user("d"),
    )
    lines = "fork > a > a2 > end; fork > b > more; more > c > end; more > d > end"
    play = Play(drawn(*parts, lines=lines)).complete("a", YES).complete("b").complete("c", NO)
    assert [node for node, *_ in warned(play)] == ["c"]


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_after_the_join_nothing_is_beside_any_more(kind: str) -> None:
    parts = (
        user("a", "x"),
        user("b"),
        gateway("join", kind),
        gateway("again", "parallel"),
        user("c", "x"),
        user("d"),
    )
    lines = "fork > a > join; fork > b > join; join > again; again > c > end; again > d > end"
    play = Play(drawn(*parts, lines=lines)).complete("a", YES).complete("b").complete("c", NO)
    assert not warned(play)


def test_a_join_of_others_stays_beside_the_writer() -> None:
    parts = (user("a", "x"), user("a2"), user("b"), user("c"), JOIN, user("d", "x"))
    lines = "fork > a > a2 > end; fork > b > join; fork > c > join; join > d > end"
    play = Play(drawn(*parts, lines=lines)).complete("a", YES).complete("b").complete("c")
    assert [node for node, *_ in warned(play.complete("d", NO))] == ["d"]


def test_what_begins_after_the_write_comes_after_it() -> None:
    remind = boundary("late", "a2", timer("P1D"), interrupting=False)
    parts = (user("a", "x"), user("a2"), remind, user("r", "x"), user("b"))
    play = Play(drawn(*parts, lines="fork > a > a2 > end; late > r > end; fork > b > end"))
    play.complete("a", YES).wait(days=1).complete("r", NO)
    assert not warned(play)


def test_a_reminder_beside_its_task_is_told_of() -> None:
    remind = boundary("late", "a", timer("P1D"), interrupting=False)
    parts = (user("a", "x"), remind, user("r", "x"), user("r2"))
    xml = one(*parts, lines="start > a > end; late > r > r2 > end")
    play = Play(xml).wait(days=1).complete("r", YES).complete("a", NO)
    assert warned(play) == [("a", "x", "r")]
    assert replay(play) == play.text


def test_two_runs_of_one_event_subprocess_are_beside_each_other_only_while_both_run() -> None:
    daily = start("es", timer("R9/P1D", "Cycle"), isInterrupting="false")
    fills = sub("fills", daily, user("n", "x"), end("ee"), lines="es > n > ee", on_event=True)
    play = Play(one(user("a"), fills, lines="start > a > end"), start={"x": None})
    for said in (YES, NO):
        play.wait(days=1).complete("n", said)
        assert not warned(play)
    play.wait(days=2).complete("n", YES)
    assert warned(play.complete("n", NO)) == [("n", "x", "n")]


def test_called_processes_that_hand_back_the_same_name_are_told_of() -> None:
    inner = process("q", start("qs"), user("ask"), end("qe"), lines="qs > ask > qe")
    outer = process(
        "p", start(), FORK, call("c", "q"), call("d", "q"), JOIN, end(),
        lines="start > fork; fork > c > join; fork > d > join; join > end",
    )  # fmt: skip
    play = Play(file(outer, inner)).complete("ask", YES).complete("ask", NO)
    assert warned(play) == [("d", "ask", "c")]


def test_writes_from_inside_subprocesses_count_for_the_level_of_the_variable() -> None:
    left = sub("left", start("ls"), user("a", "x"), user("a2"), end("le"), lines="ls > a > a2 > le")
    right = sub("right", start("rs"), user("b", "x"), end("re"), lines="rs > b > re")
    xml = drawn(left, right, lines="fork > left > end; fork > right > end")
    seen = Play(xml, start={"x": None}).complete("a", YES).complete("b", NO)
    assert [node for node, *_ in warned(seen)] == ["b"]
    assert not warned(Play(xml).complete("a", YES).complete("b", NO))  # each its own


def test_runs_of_a_multi_instance_have_variables_of_their_own() -> None:
    play = Play(one(user("a", "x", loop=many("=rows")), user("b", "x"), lines="start > a > b > end"), start={"rows": [1, 2]})  # fmt: skip
    play.complete("a", YES).complete("a", NO).complete("b", YES)
    assert not warned(play)


def test_two_activities_of_an_ad_hoc_subprocess_are_beside_each_other() -> None:
    xml = one(ad_hoc("any", user("a", "x"), user("b", "x"), user("c")), lines="start > any > end")
    play = Play(xml).complete("a", YES).complete("b", NO)
    assert [node for node, *_ in warned(play)] == ["b"]


def test_who_wrote_is_forgotten_when_one_token_is_left() -> None:
    parts = (user("a", "x"), user("b", "x"))
    play = Play(drawn(*parts, lines="fork > a > end; fork > b > end"))
    assert not warned(play.complete("a", YES).complete("b", NO))


def test_what_hears_from_the_case_comes_after_what_was_written() -> None:
    parts = (
        user("a", "x"),
        throw("says", message("m")),
        user("a2"),
        catch("hears", message("m")),
        user("b", "x"),
    )
    lines = "fork > a > says > a2 > end; fork > hears > b > end"
    play = Play(drawn(*parts, lines=lines, messages={"m": ""}))
    play.complete("a", YES).message("hears").complete("b", NO)
    assert not warned(play)


def test_what_waited_for_the_value_comes_after_it() -> None:
    parts = (user("a", "x"), user("a2"), catch("ready", condition("=x.ok")), user("b", "x"))
    play = Play(drawn(*parts, lines="fork > a > a2 > end; fork > ready > b > end"))
    assert not warned(play.complete("a", YES).complete("b", NO))


def test_a_value_an_operator_set_is_nobodys() -> None:
    play = Play(model("side_by_side")).complete("a", YES)
    play.give(e.SetVariables({"review": {"ok": None}}))
    assert not warned(play.complete("b", NO))


def test_a_write_that_is_taken_back_tells_nothing_and_its_retry_tells_once() -> None:
    parts = (user("a", "x"), user("a2"), user("b", "x", loop=again("=bad", most=3)))
    play = Play(drawn(*parts, lines="fork > a > a2 > end; fork > b > end"), start={"bad": "?"})
    play.complete("a", YES)
    before = kernel.load(play.text, play.process).writers
    play.complete("b", NO)
    assert play.incidents == ["CONDITION"] and not warned(play)
    assert play.state.writers == before and play.variables["x"] == YES
    play.give(e.SetVariables({"bad": False}))
    play.give(e.RetryIncident(play.token("b", "incident")))
    assert [node for node, *_ in warned(play)] == ["b"]
    assert replay(play) == play.text


def test_the_state_holds_nothing_of_it_when_one_token_is_left_or_one_only_writes() -> None:
    play = Play(model("side_by_side")).complete("a", YES)
    assert play.text.startswith("[3,")
    play.complete("then")
    assert play.text.startswith("[3,")
    parts = (user("a", "x"), user("b", "x"), user("c"))
    play = Play(drawn(*parts, lines="fork > a > c > end; fork > b > end")).complete("a", YES)
    assert play.complete("b", NO).text.startswith("[1,")
    assert Play(model("parallel")).complete("a", YES).text.startswith("[1,")


def test_only_what_several_could_write_is_contended() -> None:
    def names(xml: bytes) -> frozenset[str] | None:
        return contended(next(iter(read(xml).values())))

    mapped = service("s", result="x", extensions=mapping(outputs={"y": "=1"}))
    assert (
        names(drawn(user("a", "x"), user("b"), mapped, lines="fork > a > s > end; fork > b > end"))
        == set()
    )
    assert names(model("side_by_side")) == {"review"}
    late = boundary("late", "a", timer("P1D"), interrupting=False)
    assert names(one(user("a"), late, user("r"), lines="start > a > end; late > r > end")) == {"r"}
    assert names(one(ad_hoc("any", user("a")), lines="start > any > end")) == {"a"}
    assert names(one(task("t"), call("c", "p"), lines="start > t > c > end")) is None


GATHERS = many("=rows", output="all", each="=n")
LATE = boundary("late", "a", timer("P1D"), interrupting=False)
LATE_LINES = "start > a > end; late > {} > end"
# the elements, how they are joined, what of it is contended
COLLECTIONS: list[tuple[tuple[Item, ...], str, set[str]]] = [
    ((user("a", "n", loop=GATHERS),), "start > a > end", set()),
    ((user("a", "n", loop=GATHERS), LATE, user("b", "all")), LATE_LINES.format("b"), {"all"}),
    ((user("a", "n", loop=GATHERS), LATE, user("b", "n", loop=GATHERS)), LATE_LINES.format("b"), {"all", "n"}),
    ((user("a"), LATE, user("b", "n", loop=GATHERS)), LATE_LINES.format("b"), {"all", "n"}),
    (
        (user("a", "all"), LATE, user("b", "n", loop=GATHERS, extensions=mapping(outputs={"y": "=n"}))),
        LATE_LINES.format("b"),
        {"all"},
    ),
    ((user("a", "n", loop=many("=rows")), LATE, user("b", "all")), LATE_LINES.format("b"), {"all"}),
    ((ad_hoc("any", user("a", "n", loop=GATHERS)),), "start > any > end", {"all", "n"}),
]  # fmt: skip


@pytest.mark.parametrize(("items", "lines", "expected"), COLLECTIONS)
def test_an_output_collection_is_written_by_its_multi_instance(
    items: tuple[Item, ...], lines: str, expected: set[str]
) -> None:
    assert contended(next(iter(read(one(*items, lines=lines)).values()))) == expected


def gathers(node: str, *, sequential: bool = False) -> Item:
    return user(
        node,
        "x",
        loop=many("=rows", sequential=sequential, output="all", each="=x.n", element="row"),
    )


def beside_a_reminder(after: Item, rows: list[int]) -> Play:
    """A multi-instance that gathers `all`; a reminder beside it leads to another element."""
    xml = one(
        gathers("a"),
        LATE,
        after,
        user("last"),
        user("last2"),
        lines=f"start > a > last > end; late > {after.id} > last2 > end",
    )
    return Play(xml, start={"rows": rows}).wait(days=1)


@pytest.mark.parametrize("sequential", [False, True])
def test_what_two_multi_instances_side_by_side_gather_under_one_name_is_told_of_once(
    sequential: bool,
) -> None:
    play = beside_a_reminder(gathers("b", sequential=sequential), [1, 2])
    play.complete("a", {"n": 1}).complete("a", {"n": 2})
    assert not warned(play)
    play.complete("b", {"n": 3})
    assert not warned(play)
    play.complete("b", {"n": 4})
    assert warned(play) == [("b", "all", "a")]
    assert play.complete("last").complete("last2").ended == "end"
    assert replay(play) == play.text


def test_what_a_multi_instance_gathers_over_an_answer_beside_it_is_told_of() -> None:
    play = beside_a_reminder(user("b", "all"), [1]).complete("b", YES).complete("a", {"n": 1})
    assert warned(play) == [("a", "all", "b")]
    assert replay(play) == play.text


def test_two_multi_instances_that_gather_the_same_are_no_conflict() -> None:
    play = beside_a_reminder(gathers("b"), [1]).complete("a", {"n": 1}).complete("b", {"n": 1})
    assert not warned(play)


def test_a_multi_instance_alone_or_after_another_is_never_told_of() -> None:
    play = beside_a_reminder(user("b"), [1, 2])
    for number in (1, 2):
        play.complete("a", {"n": number})
    assert not warned(play.complete("b").complete("last").complete("last2"))
    inner = sub(
        "rows",
        start("is"),
        gathers("a"),
        end("ie"),
        loop=many("=outer", output="all", each="=all", element="rows"),
        lines="is > a > ie",
    )
    parts = (inner, gathers("again"), user("beside"))
    lines = "fork > rows > again > end; fork > beside > end"
    play = Play(
        drawn(*parts, lines=lines), start={"outer": [[1], [2]], "rows": [9, 8], "all": None}
    )
    play.complete("a", {"n": 1}).complete("a", {"n": 2})
    assert play.variables["all"] == [[1], [2]]
    play.complete("again", {"n": 3}).complete("again", {"n": 4})
    assert play.variables["all"] == [3, 4] and not warned(play.complete("beside"))


# --- against the structure of the model ----------------------------------------------------------------

FORKING = st.recursive(
    st.sampled_from(["user", "pass"]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["seq", "and", "and", "or", "xor", "loop"]), st.lists(inner, min_size=2, max_size=3))
    ),
    max_leaves=7,
)  # fmt: skip


def are_parallel(process: Any, one: str, other: str) -> bool:
    """Whether two flows of one fork lead to the two nodes before they meet again at its join."""
    for node in process.nodes:
        if node.kind not in ("parallelGateway", "inclusiveGateway") or len(node.outgoing) < 2:
            continue
        join = process.by_id[f"{node.id[:-1]}b"].index
        sides = []
        for flow in node.outgoing:
            seen, ahead = {join}, [process.flows[flow].target]
            while ahead:
                at = ahead.pop()
                if at not in seen:
                    seen.add(at)
                    ahead += [process.flows[f].target for f in process.nodes[at].outgoing]
            sides.append({process.nodes[i].id for i in seen})
        if any(one in a and other in b for a in sides for b in sides if a is not b):
            return True
    return False


@QUICK
@given(FORKING, st.lists(st.integers(0, 1000), max_size=25), st.sampled_from([0, 1, 2, 9]))
def test_only_elements_of_parallel_branches_are_ever_told_of(
    block: Any, choices: list[int], pick: int
) -> None:
    xml = re.sub(rb'formId="\w+"', b'formId="same"', model_of(("seq", ["user", block, "user"])))
    play = Play(xml, start={**START, "pick": pick})
    for number, choice in enumerate([*choices, *[0] * 60]):
        open = [w for w in kernel.open_waits(play.state) if w.kind == "task"]
        if not open:
            break
        if number == len(choices):
            play.give(e.SetVariables({"again": False}))
        play.give(e.Completed(open[choice % len(open)].token, {"n": number}))
    for node, _, other in warned(play):
        assert are_parallel(play.process, node, other)
        event("told")
    assert replay(play) == play.text
