"""Called processes and subprocesses compared on their own when the whole is outside what SpiffWorkflow runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from engine import deploy, kernel, procedure, scenarios, second_engine
from engine.kernel import effects as e
from engine.second_engine import parts
from tests.kernel import stored_states
from tests.kernel.drawing import begin_case, end, file, gateway, many, process, start, sub, user
from tests.kernel.drawn import model
from tests.kernel.playing import Play

ROOT = Path(__file__).parents[2]
# Outside as a whole for its マルチインスタンス; the subprocess in it is not.
MIXED = file(
    process(
        "p",
        start(),
        user("each", loop=many("=rows", element="row")),
        sub(
            "inner",
            start("is_"),
            gateway("fork", "parallel"),
            user("a"),
            user("b"),
            gateway("join", "parallel"),
            end("ie"),
            lines="is_ > fork; fork > a > join; fork > b > join > ie",
        ),
        end(),
        lines="start > each > inner > end",
    )
)


def moves_of(play: Play) -> list[second_engine.Move]:
    state = kernel.new_state(play.process)
    made = []
    for item, now in play.inputs:
        step = kernel.advance(play.process, state, item, play.env(now))
        made.append(second_engine.Move(item, state, step, now))
        state = step.state
    return made


def compared(play: Play, moves: list[second_engine.Move]) -> second_engine.Comparison:
    return second_engine.compare_moves(play.processes, play.process, moves, play.env)


@pytest.fixture
def mixed() -> Play:
    return Play(MIXED, start={"rows": [1]}).complete("each").complete("b").complete("a")


def test_a_subprocess_is_compared_alone_when_the_whole_is_outside(mixed: Play) -> None:
    assert mixed.ended == "end"
    found = compared(mixed, moves_of(mixed))
    assert found == second_engine.Comparison(
        second_engine.IN_PARTS, "p.inner 1 (each: マルチインスタンス)"
    )


def test_a_part_that_differs_is_told_with_its_name(
    mixed: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = parts.split

    def wrong(*given: Any) -> object:
        ((part, walk),) = real(*given)
        steps = (walk.steps[0], replace(walk.steps[1], waiting=("b",)), *walk.steps[2:])
        return [(part, replace(walk, steps=steps))]

    monkeypatch.setattr("engine.second_engine.comparing.split", wrong)
    found = compared(mixed, moves_of(mixed))
    assert found.status == second_engine.DISAGREES
    assert found.detail.startswith("p.inner: 2手目")


def test_a_called_process_is_a_part_with_the_variables_it_saw() -> None:
    play = Play(model("call_activity"), start={"n": 5, "x": 1})
    ((part, walk),) = parts.split(play.processes, moves_of(play), play.env)
    first = walk.steps[0].input
    assert isinstance(first, e.Start)
    assert part.id != play.process.id
    assert walk.steps[0].waiting


def test_a_call_that_begins_a_case_leaves_the_whole_outside_and_its_subprocesses_compared() -> None:
    xml = file(
        process(
            "p",
            start(),
            begin_case("ask", "permit"),
            sub("inner", start("is_"), user("a"), end("ie"), lines="is_ > a > ie"),
            end(),
            lines="start > ask > inner > end",
        )
    )
    play = Play(xml).answer("ask", {}).complete("a")
    found = compared(play, moves_of(play))
    assert found.status == second_engine.IN_PARTS
    assert "コールアクティビティ" in found.detail and "inner" in found.detail


@pytest.mark.parametrize("stop", [True, False])
def test_a_transaction_that_may_be_cancelled_is_not_played_without_its_surroundings(
    *, stop: bool
) -> None:
    play = Play(model("transaction")).complete("a").complete("b", {"stop": stop})
    play = play.answer("undo_a") if stop else play.complete("slow")
    moves = moves_of(play)
    assert play.ended == ("off" if stop else "end")
    assert parts.split(play.processes, moves, play.env) == []
    found = compared(play, moves)
    assert found == second_engine.Comparison(second_engine.OUTSIDE, "tx: トランザクション")


def test_a_transaction_that_cannot_be_cancelled_is_compared_inside() -> None:
    inside = sub("tx", start("s"), user("a"), end("done"), lines="s > a > done", tag="transaction")
    play = Play(file(process("p", start(), inside, end(), lines="start > tx > end"))).complete("a")
    found = compared(play, moves_of(play))
    assert (found.status, found.detail.split()[0]) == (second_engine.IN_PARTS, "p.tx")


@pytest.mark.parametrize(
    "shape", [one for shapes in stored_states.SHAPES.values() for one in shapes], ids=itemgetter(0)
)
def test_no_case_of_the_stored_shapes_breaks_the_comparison_or_disagrees(
    shape: stored_states.Shape,
) -> None:
    _, name, begun, act = shape
    play = Play(model(name), start=begun)
    act(play)
    play.give(e.SetVariables(stored_states.MENDED))
    while play.state.status == "open":
        play.give(stored_states.next_input(play.text, play.process))
    found = compared(play, moves_of(play))
    assert found.status not in (second_engine.BROKEN, second_engine.DISAGREES), found


def test_what_stands_inside_keeps_its_flows_boundaries_and_levels() -> None:
    whole = Play(model("subprocess")).process
    node = next(n for n in whole.nodes if n.kind == "subProcess")
    alone = parts.inside(whole, node)
    assert {n.index for n in alone.nodes} == set(range(len(alone.nodes)))
    for flow in alone.flows:
        assert flow.index in alone.nodes[flow.source].outgoing
        assert flow.index in alone.nodes[flow.target].incoming
    assert [alone.nodes[i].kind for i in alone.level.starts] == ["startEvent"]


@pytest.mark.parametrize(
    "folder", sorted(p.parent.name for p in ROOT.glob("process_models/*/procedure.yaml"))
)
def test_the_readme_says_how_many_scenarios_ran_on_both_engines(folder: str) -> None:
    compiled = procedure.compile(procedure.read_folder(ROOT / "process_models" / folder))
    tried = list(deploy.try_scenarios(compiled, scenarios.run_all(compiled)))
    assert all(one.passed for one in tried)
    second = Counter(one.second for one in tried)
    said = f"{len(tried)}件のうち、全体 {second['agrees']}件、部分ごと {second['parts']}件"
    assert said in (ROOT / "process_models" / folder / "README.md").read_text()
