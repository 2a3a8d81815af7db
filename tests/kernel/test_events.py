"""Messages, timers, errors, escalations: boundary, intermediate and event subprocess."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.kernel import effects as e
from tests.kernel.drawn import model
from tests.kernel.playing import Play

CASE = {"case": {"number": "R8-1"}}


def test_an_interrupting_boundary_message_ends_all_inside() -> None:
    play = Play(model("boundary_message"), start=CASE)
    assert play.of(e.Subscribe)[0].key == "R8-1"
    play.message("withdrawn", {"reason": "誤り"})
    assert (play.ended, play.open) == ("stopped", [])
    assert play.variables["why"] == "誤り"
    assert play.of(e.CloseTask) == [e.CloseTask(play.of(e.OpenTask)[0].token, "cancelled")]
    assert len(play.of(e.CancelCall)) == 1
    assert len(play.of(e.Unsubscribe)) == 2


def test_a_boundary_message_that_interrupts_nothing_fires_every_time() -> None:
    play = Play(model("boundary_message"), start=CASE)
    play.message("note", 1).message("note", 2)
    assert sorted(play.open) == sorted(
        ["a", "b:call", "withdrawn:message", "note:message", "noted", "noted"]
    )
    play.complete("a").answer("b")
    assert play.open == ["noted", "noted"]
    play.complete("noted").complete("noted")
    assert play.ended is not None


def test_a_boundary_cycle_reminds_and_a_date_ends_the_task() -> None:
    play = Play(model("boundary_timer"))
    play.wait(days=1)
    assert play.open == ["a", "remind:timer", "late:timer", "mail:call"]
    play.wait(days=3)
    assert [r.node for r in play.of(e.RequestCall)] == ["mail", "mail"]
    due = [t.due_at for t in play.of(e.SetTimer) if t.node == "remind"]
    assert due == [datetime(2026, 5, 13, 1, tzinfo=UTC), datetime(2026, 5, 14, 1, tzinfo=UTC)]
    play.answer("mail").answer("mail").wait(days=4)
    assert play.ended == "overdue"
    assert play.of(e.CloseTask)[0].outcome == "cancelled"


def test_completing_the_task_takes_its_timers_away() -> None:
    play = Play(model("boundary_timer")).complete("a")
    assert play.ended == "end"
    assert len(play.of(e.CancelTimer)) == 2


def test_a_cycle_after_an_outage_fires_once_and_not_in_a_burst() -> None:
    play = Play(model("event_subprocess"), start=CASE)
    play.now = datetime(2026, 6, 1, 1, tzinfo=UTC)
    play.give(e.TimerDue(play.token("rs", "timer")))
    assert play.of(e.SetTimer)[-1].due_at == datetime(2026, 6, 2, 1, tzinfo=UTC)


def test_intermediate_timers_by_literal_expression_and_date() -> None:
    play = Play(model("intermediate_timer"))
    assert play.of(e.SetTimer)[-1].due_at == datetime(2026, 6, 12, 1, tzinfo=UTC)
    play.wait(days=31)
    assert play.of(e.SetTimer)[-1].due_at == datetime(2026, 6, 12, 2, 30, tzinfo=UTC)
    play.wait(hours=2)
    assert play.of(e.SetTimer)[-1].due_at == datetime(2026, 6, 30, 15, tzinfo=UTC)
    play.wait(days=30)
    assert play.ended == "end"


def test_an_error_end_is_caught_by_its_code_and_leaves_siblings_alone() -> None:
    play = Play(model("errors"), start={"bad": True}).answer("ask")
    assert play.open == ["beside"]
    assert "one_end" in play.path
    assert not {"any_end", "other_end"} & set(play.path)
    play.complete("beside")
    assert play.ended == "beside_end"


def test_a_refused_call_is_an_error_with_its_data() -> None:
    play = Play(model("errors")).refuse("ask", "E1", {"text": "閉庁"})
    assert "one_end" in play.path
    assert (play.variables["code"], play.variables["why"]) == ("E1", {"text": "閉庁"})


def test_another_code_goes_to_the_handler_of_all() -> None:
    assert "any_end" in Play(model("errors")).refuse("ask", "E2").path


def test_an_uncaught_error_is_an_incident_and_never_a_success() -> None:
    play = Play(model("error_uncaught"))
    assert (play.incidents, play.ended) == (["ERROR_UNCAUGHT"], None)
    play.give(e.SkipIncident(play.token("end", "incident")))
    assert play.ended == "end"


def test_an_uncaught_refusal_can_be_asked_again_with_the_same_token() -> None:
    play = Play(model("service_task"), start=CASE)
    first = play.token("find", "call")
    play.refuse("find", "CLOSED")
    assert play.incidents == ["ERROR_UNCAUGHT"]
    play.give(e.RetryIncident(first))
    assert play.token("find", "call") == first
    assert len(play.of(e.RequestCall)) == 2
    play.answer("find")
    assert play.open == ["mapped:call"]


def test_a_failed_call_is_an_incident_that_a_late_answer_resolves() -> None:
    play = Play(model("service_task"), start=CASE)
    token = play.token("find", "call")
    play.give(e.CallFailed(token, "UNKNOWN", "相手から返事がありません。"))
    assert play.incidents == ["UNKNOWN"]
    play.give(e.CallDone(token, {"found": True}))
    assert play.of(e.ResolveIncident) == [e.ResolveIncident(token)]
    assert play.open == ["mapped:call"]


def test_skipping_a_failed_call_goes_on_with_the_given_variables() -> None:
    play = Play(model("service_task"), start=CASE)
    token = play.token("find", "call")
    play.give(e.CallFailed(token, "PERMANENT", "受け付けられません。"))
    play.give(e.SkipIncident(token, {"entry": {"found": False}}))
    assert play.variables["entry"] == {"found": False}
    assert play.open == ["mapped:call"]


def test_escalations_go_up_and_the_thrower_goes_on() -> None:
    play = Play(model("escalations"))
    assert sorted(play.open) == ["a", "told"]
    warned = [t for t in play.of(e.Trace) if t.what == "warned"]
    assert [t.node for t in warned] == ["nobody"]
    play.complete("a")
    assert play.open == ["told"]
    assert "hard_end" in play.path
    play.complete("told")
    assert play.ended is not None
    assert "end" not in play.path


def test_an_event_subprocess_withdraws_the_whole_case() -> None:
    play = Play(model("event_subprocess"), start=CASE)
    play.message("ws", {"reason": "x"})
    assert play.open == ["confirm"]
    assert play.of(e.CancelTimer)
    play.complete("confirm")
    assert play.ended == "we"


def test_an_event_subprocess_beside_repeats_and_keeps_the_case_open() -> None:
    play = Play(model("event_subprocess"), start=CASE).wait(days=2)
    assert play.open.count("mail:call") == 2
    play.complete("a")
    assert play.ended is None
    play.answer("mail").answer("mail")
    assert play.ended == "end"


def test_an_error_event_subprocess_takes_over() -> None:
    play = Play(model("event_subprocess_error")).refuse("ask", "E1")
    assert play.open == ["mend"]
    play.complete("mend")
    assert play.ended == "re"
