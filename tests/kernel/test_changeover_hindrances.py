"""What hinders a running case from going on under another version."""

from __future__ import annotations

import pytest

from engine.errors import NotFound
from engine.kernel import effects as e
from tests.kernel.changing import choice, goes_on, hindered, late, line
from tests.kernel.drawing import (
    UNDOES,
    again,
    boundary,
    call,
    catch,
    compensate,
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
    timer,
    user,
)
from tests.kernel.playing import Play


def test_an_element_that_is_missing_or_of_another_kind_hinders() -> None:
    play = Play(line(user("a")))
    assert hindered(play, line(user("b"))) == [("a", "missing")]
    assert hindered(play, line(service("a"))) == [("a", "kind")]
    assert hindered(play, line(user("b"), service("c")), {"a": "c"}) == [("a", "kind")]


def test_a_catch_event_of_another_kind_hinders() -> None:
    play = Play(line(catch("c", timer("P1D")), messages={"m": ""}))
    assert hindered(play, line(catch("c", message("m")), messages={"m": ""})) == [("c", "kind")]


def test_a_task_that_stands_in_another_subprocess_hinders() -> None:
    inside = line(sub("s", start("ss"), user("a"), end("se"), lines="ss > a > se"))
    assert hindered(Play(line(user("a"))), inside) == [("a", "place")]
    assert ("a", "place") in hindered(Play(inside), line(user("a")))


def test_a_boundary_event_on_another_activity_hinders() -> None:
    before = line(user("a"), user("b"), boundary("late", "a", timer("P1D")))
    after = line(user("a"), user("b"), boundary("late", "b", timer("P1D")))
    assert hindered(Play(before), after) == [("late", "host")]


@pytest.mark.parametrize(
    "other",
    ["", many("=rows", sequential=True), again("=true", most=3)],
    ids=["none", "seq", "std"],
)
def test_another_way_to_repeat_hinders(other: str) -> None:
    play = Play(line(user("a", loop=many("=rows"))), start={"rows": ["x"]})
    assert ("a", "repeat") in hindered(play, line(user("a", loop=other)))


def test_results_that_nobody_collected_of_runs_that_are_over_hinder() -> None:
    after = line(user("a", loop=many("=rows", output="all", each="=a")))
    play = Play(line(user("a", loop=many("=rows"))), start={"rows": ["x", "y"]})
    none_done = Play(line(user("a", loop=many("=rows"))), start={"rows": ["x", "y"]})
    assert hindered(play.complete("a"), after) == [("a", "outputs")]
    none_done.change_over(after).complete("a", {"n": 1}).complete("a", {"n": 2})
    assert len(goes_on(none_done).variables["all"]) == 2


def test_a_call_under_way_for_another_operation_hinders_also_after_it_failed() -> None:
    play = Play(line(service("ask", "x.y")))
    assert hindered(play, line(service("ask", "x.z"))) == [("ask", "operation")]
    play.give(e.CallFailed(play.token("ask", "call"), "down", "x"))
    assert hindered(play, line(service("ask", "x.z"))) == [("ask", "operation")]


def test_a_called_process_that_is_another_or_not_there_hinders() -> None:
    def model(called: str, *names: str) -> bytes:
        return file(
            process("p", start(), call("c", called), end(), lines="start > c > end"),
            *(
                process(n, start(f"s{n}"), user("work" if n == "q" else f"w{n}"), end(f"e{n}"),
                        lines=f"s{n} > {'work' if n == 'q' else f'w{n}'} > e{n}")
                for n in names
            ),
        )  # fmt: skip

    play = Play(model("q", "q", "r"))
    assert ("c", "called") in hindered(play, model("r", "q", "r"))
    assert ("c", "called") in hindered(play, model("r", "r"))


def fork(*branches: str, kind: str = "parallel", more: str = "") -> bytes:
    """start > F =(branches)= J > z > end; each branch a line of tasks."""
    names = [name.strip() for branch in branches for name in branch.split(">")]
    default = "F-0" if kind != "parallel" else ""
    lines = []
    for number, branch in enumerate(branches):
        first, *rest = [name.strip() for name in branch.split(">")]
        choose = f" ? n = {number}" if number and default else ""
        lines += [f"F > {first} : F-{number}{choose}"]
        lines += [" > ".join([first, *rest])] if rest else []
        lines += [f"{[first, *rest][-1]} > J : J-{[first, *rest][-1]}"]
    return one(
        gateway("F", kind, default=default), *(user(n) for n in names), gateway("J", kind), user("z"),
        lines=";".join(["start > F", *lines, "J > z > end"]),
    )  # fmt: skip


def test_a_join_that_would_wait_for_a_flow_that_never_comes_hinders() -> None:
    both = Play(fork("a", "b"))
    waiting = Play(fork("a", "b")).complete("a")
    for play in (both, waiting):
        assert [code for _, code in hindered(play, fork("a", "b", "c"))] == ["starved"]
    past = Play(fork("a", "b")).complete("a").complete("b")
    assert goes_on(past.change_over(fork("a", "b", "c")).complete("z")).ended == "end"
    alone = Play(fork("a", "b", kind="exclusive"), start={"n": 1})
    assert [code for _, code in hindered(alone, fork("a", "b"))] == ["starved"]


def test_the_next_round_of_a_loop_does_not_feed_the_join_of_this_one() -> None:
    def model(*branches: str) -> bytes:
        forks = ";".join(f"F > {n} > J" for n in branches)
        return one(
            gateway("m"), gateway("F", "parallel"), *(user(n) for n in branches), gateway("J", "parallel"),
            gateway("x", default="out"),
            lines=f"start > m > F; {forks}; J > x; x > m ? more; x > end : out",
        )  # fmt: skip

    play = Play(model("a"), start={"more": True})
    assert [code for _, code in hindered(play, model("a", "b"))] == ["starved"]


def test_flows_side_by_side_that_become_one_flow_hinder() -> None:
    play = Play(fork("a", "b"))
    assert [code for _, code in hindered(play, fork("a", "b", kind="exclusive"))] == ["doubled"]
    assert [code for _, code in hindered(play, fork("a > b"))] != []


def test_a_token_at_a_join_came_by_its_branch_also_when_that_has_become_longer() -> None:
    play = Play(fork("a", "b")).complete("a")
    play.change_over(fork("a > more", "b"))
    assert play.open == ["b"] and goes_on(play.complete("b")).open == ["z"]


def test_a_token_at_a_join_whose_branch_is_gone_hinders() -> None:
    play = Play(fork("a", "b", "c")).complete("a")
    assert ("J", "flow") in hindered(play, fork("b", "c"))


def test_an_activity_that_could_be_undone_and_no_longer_can_hinders() -> None:
    before = one(
        user("a"), boundary("b", "a", compensate()), user("x", **UNDOES), user("wait"),
        lines="start > a > wait > end", ties="b > x",
    )  # fmt: skip
    assert hindered(Play(before).complete("a"), line(user("a"), user("wait"))) == [("a", "record")]


def test_an_event_that_no_longer_stands_behind_its_gateway_hinders() -> None:
    play = Play(choice(catch("x", message("m")), catch("y", timer("P1D"))))
    new = one(
        gateway("g", "eventBased"), catch("x", message("m")), catch("z", message("n")), catch("y", timer("P1D")),
        lines="start > g; g > x > y > end; g > z > end", messages={"m": "", "n": ""},
    )  # fmt: skip
    assert hindered(play, new) == [("y", "behind")]


def test_an_event_given_up_that_the_new_version_has_too_begins_anew() -> None:
    play = Play(late("P10D")).wait(days=4).change_over(late("P10D"), {"late": e.NOTHING})
    assert [type(x) for x in play.last if isinstance(x, e.SetTimer | e.CancelTimer)] == [
        e.CancelTimer,
        e.SetTimer,
    ]
    assert play.wait(days=9).open == ["a", "late:timer"]
    assert goes_on(play.wait(days=1)).ended == "end"


def test_a_value_the_new_version_cannot_compute_hinders_and_names_the_element() -> None:
    new = line(user("a", extensions=mapping(inputs={"x": "=1 + nothing.there"})))
    assert hindered(Play(line(user("a"))), new) == [("a", "FEEL")]
    soon = line(user("a"), boundary("late", "a", timer('="soon"')))
    assert hindered(Play(line(user("a"))), soon) == [("a", "TIMER")]


def test_a_case_that_is_over_does_not_change_over() -> None:
    play = Play(line(user("a"))).complete("a")
    with pytest.raises(NotFound):
        play.change_over(line(user("a")))
