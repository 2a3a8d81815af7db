"""A running case goes on under another version: what goes along, and what is armed anew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.kernel import effects as e
from tests.kernel.changing import choice, goes_on, hindered, late, line
from tests.kernel.drawing import (
    UNDOES,
    Item,
    ad_hoc,
    boundary,
    call,
    catch,
    compensate,
    condition,
    end,
    file,
    many,
    mapping,
    message,
    one,
    process,
    script,
    service,
    signal,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)
from tests.kernel.playing import NOW, Play

# --- what goes along


def test_a_task_with_another_id_goes_along_by_its_mapping_under_its_own_token() -> None:
    play = Play(line(user("a", "f"), user("b")))
    token = play.token("a", "task")
    play.change_over(line(user("check", "f"), user("more"), user("b")), {"a": "check"})
    assert play.open == ["check"] and play.token("check", "task") == token
    assert [x.what for x in play.of(e.Trace)][-1] == "moved"
    assert goes_on(play.complete("check").complete("more").complete("b")).ended == "end"


def test_what_was_decided_before_stays_and_is_seen_by_the_new_version() -> None:
    play = Play(line(user("a"), user("b"))).complete("a", {"n": 1})
    play.change_over(line(user("a"), user("b"), script("s", "twice", "a.n * 2")))
    assert play.complete("b").variables["twice"] == 2


def test_a_task_is_renewed_with_name_form_role_and_values_of_the_new_version() -> None:
    play = Play(line(user("a", "old")), start={"who": "課長"})
    new = user(
        "a",
        "new",
        extensions='<zeebe:assignmentDefinition candidateGroups="=who"/>'
        + mapping(inputs={"shown": "=who"}),
    )
    play.change_over(line(new))
    (renewed,) = (x for x in play.last if isinstance(x, e.RenewTask))
    assert (renewed.task.form, renewed.task.candidate_groups, renewed.task.local) == (
        "new",
        ("課長",),
        {"shown": "課長"},
    )
    assert not [x for x in play.last if isinstance(x, e.OpenTask | e.CloseTask)]


def due(text: str) -> Item:
    return user("a", extensions=f'<zeebe:taskSchedule dueDate="{text}"/>')


@pytest.mark.parametrize(
    ("before", "after", "choice", "keeps"),
    [
        ("=date(&quot;2026-05-20&quot;)", "=date(&quot;2026-06-20&quot;)", "keep", True),
        ("=date(&quot;2026-05-20&quot;)", "=date(&quot;2026-06-20&quot;)", "restart", False),
        ("", "=date(&quot;2026-06-20&quot;)", "keep", False),
        ("=date(&quot;2026-05-20&quot;)", "", "keep", False),
    ],
)
def test_the_due_date_of_a_task_is_kept_or_counted_anew(
    before: str, after: str, choice: str, keeps: bool
) -> None:
    play = Play(line(due(before) if before else user("a")))
    play.change_over(line(due(after) if after else user("a")), timers={"a": choice})
    (renewed,) = (x for x in play.last if isinstance(x, e.RenewTask))
    assert renewed.keeps_due is keeps
    assert (renewed.task.due is None) is (keeps or not after)


def test_a_timer_keeps_the_time_that_is_left_unless_it_is_to_start_again() -> None:
    first = Play(late("P10D")).wait(days=4)
    first.change_over(late("P20D"))
    assert not [x for x in first.last if isinstance(x, e.SetTimer | e.CancelTimer)]
    assert first.wait(days=6).open == [] and goes_on(first).ended == "end"
    again_ = Play(late("P10D")).wait(days=4)
    again_.change_over(late("P20D"), timers={"late": "restart"})
    (set_,) = (x for x in again_.last if isinstance(x, e.SetTimer))
    assert set_.due_at == NOW + timedelta(days=24)
    assert again_.wait(days=19).open == ["a", "late:timer"]
    assert goes_on(again_.wait(days=1)).ended == "end"


def test_a_timer_on_the_way_is_kept_or_counted_anew() -> None:
    before, after = (line(catch("pause", timer(text)), user("b")) for text in ("P3D", "P9D"))
    kept = Play(before).wait(days=1).change_over(after).wait(days=2)
    assert kept.open == ["b"]
    anew = Play(before).wait(days=1).change_over(after, timers={"pause": "restart"})
    assert anew.wait(days=8).open == ["pause:timer"] and goes_on(anew.wait(days=1)).open == ["b"]


def test_how_often_a_timer_comes_is_as_the_new_version_says() -> None:
    play = Play(late("R5/P1D", "Cycle", interrupting=False)).wait(days=1)
    assert play.path.count("late") == 1
    play.change_over(late("P1D", interrupting=False)).wait(days=9)
    assert play.path.count("late") == 2
    other = Play(late("P1D", interrupting=False)).change_over(
        late("R3/P1D", "Cycle", interrupting=False)
    )
    assert goes_on(other.wait(days=9)).path.count("late") == 3


def test_a_subscription_has_the_name_of_the_new_version_and_the_key_it_had() -> None:
    play = Play(
        line(task("r", "receiveTask", messageRef="message-m"), messages={"m": "=number"}),
        start={"number": "1"},
    )
    play.give(e.SetVariables({"number": "2"}))
    play.change_over(
        line(task("r", "receiveTask", messageRef="message-n"), messages={"n": "=number"})
    )
    (subscribed,) = (x for x in play.last if isinstance(x, e.Subscribe))
    assert (subscribed.name, subscribed.key) == ("n", "1")
    play.change_over(
        line(task("r", "receiveTask", messageRef="message-n"), messages={"n": '="x" + number'})
    )
    (subscribed,) = (x for x in play.last if isinstance(x, e.Subscribe))
    assert (subscribed.name, subscribed.key) == ("n", "x2")
    assert goes_on(play.message("r")).ended == "end"


def test_a_signal_is_waited_for_under_its_new_name() -> None:
    play = Play(line(catch("c", signal("s")), signals="s t"))
    play.change_over(line(catch("c", signal("t")), signals="s t"))
    assert [x.name for x in play.last if isinstance(x, e.Subscribe)] == ["t"]


def test_a_condition_that_was_changed_is_looked_at_again() -> None:
    play = Play(line(catch("c", condition("=n > 5"))), start={"n": 3})
    play.change_over(line(catch("c", condition("=n > 5"))))
    assert play.open == ["c:condition"]
    assert goes_on(play.change_over(line(catch("c", condition("=n > 2"))))).ended == "end"


def test_a_call_under_way_finds_its_task_when_the_answer_comes() -> None:
    play = Play(line(service("ask", result="said"), user("b")))
    token = play.token("ask", "call")
    play.change_over(line(service("inquire", result="reply"), user("b")), {"ask": "inquire"})
    assert not play.of(e.CancelCall) and len(play.of(e.RequestCall)) == 1
    play.give(e.CallDone(token, "yes"))
    assert goes_on(play).variables["reply"] == "yes" and play.open == ["b"]


def test_runs_of_a_multi_instance_go_on_with_the_item_under_its_new_name() -> None:
    before = line(user("a", "a", loop=many("=rows", output="all", each="=a.n")))
    after = line(
        user("a", "f", loop=many("=rows", element="row", output="everything", each='=row + "!"'))
    )
    play = Play(before, start={"rows": ["x", "y"]})
    play.complete("a", {"n": 1}).change_over(after).complete("a")
    assert goes_on(play).variables["everything"] == [1, "y!"]


def test_a_new_version_that_collects_no_results_drops_them() -> None:
    play = Play(
        line(user("a", loop=many("=rows", output="all", each="=a"))), start={"rows": ["x", "y"]}
    ).complete("a")
    play.change_over(line(user("a", loop=many("=rows")))).complete("a")
    assert "all" not in goes_on(play).variables and play.ended == "end"


def test_a_subprocess_a_called_process_and_an_event_subprocess_go_along() -> None:
    def model(tail: str) -> bytes:
        handler = sub(
            f"h{tail}", start(f"hs{tail}", message("m")), user(f"u{tail}"), end(f"he{tail}"),
            lines=f"hs{tail} > u{tail} > he{tail}", on_event=True,
        )  # fmt: skip
        inner = sub(
            f"s{tail}", start(f"ss{tail}"), call(f"c{tail}", "q"), end(f"se{tail}"), handler,
            lines=f"ss{tail} > c{tail} > se{tail}",
        )  # fmt: skip
        return file(
            process("p", start(), inner, end(), lines=f"start > s{tail} > end"),
            process("q", start("qs"), user("work"), end("qe"), lines="qs > work > qe"),
            messages={"m": ""},
        )

    nodes = {name: f"{name}2" for name in ("h", "hs", "u", "he", "s", "ss", "c", "se")}
    play = Play(model("")).change_over(model("2"), nodes)
    assert play.open == ["hs2:message", "work"]
    handled = play.message("hs2")
    assert handled.open == ["u2"]
    assert goes_on(handled.complete("u2")).ended == "end"


def test_the_main_process_may_have_another_id() -> None:
    play = Play(line(user("a"))).change_over(line(user("a"), id="other"))
    assert play.state.process == "other" and goes_on(play.complete("a")).ended == "end"


def test_an_incident_is_tried_again_as_the_new_version_says() -> None:
    play = Play(line(script("s", "n", "1 + missing.value"), user("b")))
    assert play.incidents
    play.change_over(line(script("s", "n", "1 + 2"), user("b")))
    play.give(e.RetryIncident(play.token("s", "incident")))
    assert goes_on(play).open == ["b"] and play.variables["n"] == 3


def test_what_can_be_undone_can_be_undone_under_the_new_version() -> None:
    def model(tail: str) -> bytes:
        return one(
            user(f"a{tail}"), boundary(f"b{tail}", f"a{tail}", compensate()), user(f"x{tail}", **UNDOES),
            user("wait"), throw("undo", compensate()),
            lines=f"start > a{tail} > wait > undo > end", ties=f"b{tail} > x{tail}",
        )  # fmt: skip

    play = Play(model("")).complete("a").change_over(model("2"), {"a": "a2"})
    assert play.complete("wait").open == ["x2"]
    given_up = Play(model("")).complete("a")
    assert hindered(given_up, model("2")) == [("a", "missing")]
    given_up.change_over(model("2"), {"a": e.NOTHING})
    assert goes_on(given_up.complete("wait")).ended == "end"


def test_what_an_ad_hoc_subprocess_still_has_to_do_goes_along() -> None:
    def model(tail: str) -> bytes:
        return line(ad_hoc("h", *(user(f"{name}{tail}") for name in "xyz"), sequential=True))

    play = Play(model(""))
    nodes = {name: f"{name}2" for name in "xyz"}
    play.change_over(model("2"), nodes)
    assert goes_on(play.complete("x2").complete("y2").complete("z2")).ended == "end"


# --- what is armed anew, what is given up


def test_a_boundary_event_of_the_new_version_is_armed_and_one_that_happened_is_not_again() -> None:
    play = Play(late("P1D", interrupting=False)).wait(days=2)
    assert play.open == ["a"]
    new = line(
        user("a"),
        boundary("late", "a", timer("P1D"), interrupting=False),
        boundary("never", "a", timer("P5D")),
        boundary("told", "a", message("m")),
        messages={"m": ""},
    )
    play.change_over(new)
    assert play.open == ["a", "never:timer", "told:message"]
    assert goes_on(play.wait(days=5)).ended == "end"


def test_an_event_that_the_new_version_does_not_have_is_given_up_only_when_told_so() -> None:
    play = Play(late("P1D"))
    assert hindered(play, line(user("a"))) == [("late", "missing")]
    play.change_over(line(user("a")), {"late": e.NOTHING})
    assert play.open == ["a"] and len(play.of(e.CancelTimer)) == 1
    goes_on(play)


def test_an_event_subprocess_of_the_new_version_is_armed_unless_another_has_interrupted_all() -> (
    None
):
    def model(*names: str) -> bytes:
        return one(
            user("a"),
            *(
                sub(f"h{n}", start(f"s{n}", message(n)), user(f"u{n}"), end(f"e{n}"),
                    lines=f"s{n} > u{n} > e{n}", on_event=True)
                for n in names
            ),
            lines="start > a > end",
            messages=dict.fromkeys(names, ""),
        )  # fmt: skip

    play = Play(model("m")).change_over(model("m", "n"))
    assert play.open == ["sm:message", "a", "sn:message"]
    interrupted = Play(model("m")).message("sm").change_over(model("m", "n"))
    assert goes_on(interrupted).open == ["um"]


def test_an_event_gateway_waits_for_what_stands_behind_it_now() -> None:
    play = Play(choice(catch("x", message("m")), catch("y", timer("P1D"))))
    new = choice(catch("x", message("n")), catch("z", signal("s")))
    assert hindered(play, new) == [("y", "missing")]
    play.change_over(new, {"y": e.NOTHING})
    assert play.open == ["x:message", "z:signal"]
    play.give(e.Signal(play.token("z", "signal")))
    assert goes_on(play).ended == "end"
