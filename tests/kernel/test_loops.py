"""Multi-instance: side by side, one after the other, with output collection and completion condition."""

from __future__ import annotations

import pytest

from engine.kernel import effects as e
from tests.kernel.drawn import model
from tests.kernel.playing import Play

ROWS = {"rows": ["x", "y", "z"]}


def test_parallel_instances_open_at_once_and_collect_in_item_order() -> None:
    play = Play(model("parallel_instances"), start=ROWS)
    assert play.open == ["each", "each", "each"]
    opened = play.of(e.OpenTask)
    assert [(o.local["row"], o.local["loopCounter"]) for o in opened] == [
        ("x", 1),
        ("y", 2),
        ("z", 3),
    ]
    for o in reversed(opened):
        play.give(e.Completed(o.token, {"value": o.local["row"] * 2}))
    assert play.variables == {**ROWS, "results": ["xx", "yy", "zz"]}
    assert play.ended == "end"


def test_sequential_instances_open_one_after_the_other() -> None:
    play = Play(model("sequential_instances"), start=ROWS)
    for row in "xyz":
        assert play.open == ["each"]
        assert play.of(e.OpenTask)[-1].local["row"] == row
        play.complete("each", {"value": row})
    assert play.variables["results"] == ["x", "y", "z"]
    assert play.ended == "end"


@pytest.mark.parametrize("name", ["parallel_instances", "sequential_instances"])
def test_an_empty_collection_goes_on_at_once(name: str) -> None:
    play = Play(model(name), start={"rows": []})
    assert (play.ended, play.variables["results"]) == ("end", [])


def test_no_collection_is_an_incident() -> None:
    play = Play(model("parallel_instances"), start={"rows": "x"})
    assert play.incidents == ["LOOP"]
    play.give(e.SetVariables({"rows": ["x"]}))
    play.give(e.RetryIncident(play.token("each", "incident")))
    assert play.open == ["each"]


def test_the_completion_condition_cancels_the_rest() -> None:
    play = Play(model("instances_until"), start=ROWS)
    play.complete("each")
    assert (play.ended, play.open) == (None, ["each", "each"])
    play.complete("each")
    assert play.ended == "end"
    assert [c.outcome for c in play.of(e.CloseTask)] == ["completed", "completed", "cancelled"]


def test_each_run_has_its_own_variables() -> None:
    play = Play(model("subprocess_instances"), start={"rows": [1, 2]})
    first, second = (r.token for r in play.of(e.RequestCall))
    play.give(e.CallDone(second, 20)).give(e.CallDone(first, 10))
    assert play.variables == {"rows": [1, 2], "results": [20, 40], "last": 1}
    assert play.ended == "end"


def test_an_error_in_one_run_ends_them_all() -> None:
    play = Play(model("subprocess_instances"), start={"rows": [1, 2, 3]})
    play.refuse("ask", "E1")
    assert (play.ended, play.open) == ("failed", [])
    assert len(play.of(e.CancelCall)) == 2


def test_an_incident_in_one_run_stops_only_that_run() -> None:
    play = Play(model("subprocess_instances"), start={"rows": [1, 2]})
    first, second = (r.token for r in play.of(e.RequestCall))
    play.give(e.CallDone(first, "no number")).give(e.CallDone(second, 2))
    assert play.incidents == ["FEEL"]
    play.give(e.SkipIncident(play.token("double", "incident"), {"twice": 7}))
    assert play.variables["results"] == [7, 4]
