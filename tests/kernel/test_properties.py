"""Random models and random walks: no token lost, none doubled, replay equals state, both engines agree."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from engine import kernel, second_engine
from engine.bpmn import joins
from engine.bpmn.model import Process, drawn_id
from engine.errors import NotFound
from engine.kernel import effects as e
from engine.kernel import places
from tests.kernel.drawing import (
    UNDOES,
    Item,
    ad_hoc,
    boundary,
    catch,
    compensate,
    end,
    file,
    gateway,
    link,
    many,
    message,
    process,
    signal,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)
from tests.kernel.drawing import again as loop_marker
from tests.kernel.playing import Play, replay
from tests.second_engine.test_second_engine import walk_of

# A block: what a token meets between two points of the flow.
BLOCKS = st.recursive(
    st.sampled_from(["user", "pass", "guarded", "many", "undoable", "round", "any", "link"]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["seq", "and", "xor", "or", "sub", "tx", "adhoc", "loop"]), st.lists(inner, min_size=1, max_size=3))
    ),
    max_leaves=6,
)  # fmt: skip


@dataclass
class Drawing:
    """A model while it grows."""

    items: list[Item] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    ties: list[str] = field(default_factory=list)
    tasks: int = 0

    def new(self, kind: str) -> str:
        self.tasks += 1
        return f"{kind}{self.tasks}"


def draw(block: Any, before: str, into: Drawing, counter: Drawing) -> str:
    """Adds the block after the node `before`; returns the node it ends at."""
    kind, inner = block if isinstance(block, tuple) else (block, [])
    name = counter.new(kind)
    if kind == "link":
        into.items += [throw(name, link(name)), catch(f"c{name}", link(name))]
        into.lines.append(f"{before} > {name}")
        return f"c{name}"
    if kind in ("user", "pass", "many", "guarded", "undoable", "round", "any"):
        if kind == "pass":
            into.items.append(task(name))
        elif kind == "any":
            into.items.append(catch(name, message("stop") + timer("P1D") + signal("s")))
        else:
            marker = {"many": many("=rows"), "round": loop_marker("=again", most=2)}
            into.items.append(user(name, loop=marker.get(kind, "")))
        if kind == "undoable":
            into.items += [boundary(f"c{name}", name, compensate()), user(f"u{name}", **UNDOES)]
            into.ties.append(f"c{name} > u{name}")
        if kind == "guarded":
            into.items += [
                boundary(f"m{name}", name, message("stop")),
                boundary(f"r{name}", name, timer("R3/P1D", "Cycle"), interrupting=False),
                end(f"em{name}"),
                end(f"er{name}"),
            ]
            into.lines += [f"m{name} > em{name}", f"r{name} > er{name}"]
        into.lines.append(f"{before} > {name}")
        return name
    if kind == "seq":
        for part in inner:
            before = draw(part, before, into, counter)
        return before
    if kind == "adhoc":
        names = [counter.new("undoable") for _ in inner]
        within = [user(n) for n in names]
        within += [boundary(f"c{n}", n, compensate()) for n in names]
        within += [user(f"u{n}", **UNDOES) for n in names]
        ties = ";".join(f"c{n} > u{n}" for n in names)
        into.items.append(ad_hoc(name, *within, sequential=len(names) > 2, ties=ties))
        into.lines.append(f"{before} > {name}")
        return name
    if kind in ("sub", "tx"):
        within = Drawing()
        last = draw(("seq", inner), f"s{name}", within, counter)
        within.lines.append(f"{last} > e{name}")
        into.items.append(
            sub(
                name,
                start(f"s{name}"),
                *within.items,
                end(f"e{name}"),
                lines=";".join(within.lines),
                ties=";".join(within.ties),
                tag="transaction" if kind == "tx" else "subProcess",
            )
        )
        into.lines.append(f"{before} > {name}")
        return name
    if kind == "loop":
        into.items += [gateway(f"{name}a"), gateway(f"{name}b", default=f"on{name}")]
        into.lines.append(f"{before} > {name}a")
        last = draw(("seq", ["user", *inner]), f"{name}a", into, counter)
        after = counter.new("pass")
        into.items.append(task(after))
        into.lines += [
            f"{last} > {name}b",
            f"{name}b > {name}a ? again",
            f"{name}b > {after} : on{name}",
        ]
        return after
    tag = {"and": "parallel", "xor": "exclusive", "or": "inclusive"}[kind]
    first = "" if kind == "and" else f"d{name}"
    into.items += [gateway(f"{name}a", tag, default=first), gateway(f"{name}b", tag)]
    into.lines.append(f"{before} > {name}a")
    for number, part in enumerate(inner):
        via = counter.new("pass")
        into.items.append(task(via))
        if kind == "and" or number:
            condition = "" if kind == "and" else f" ? pick = {number} or pick = 9"
            into.lines.append(f"{name}a > {via}{condition}")
        else:
            into.lines.append(f"{name}a > {via} : {first}")
        into.lines.append(f"{draw(part, via, into, counter)} > {name}b")
    return f"{name}b"


def model_of(block: Any, *, with_undo: bool = False) -> bytes:
    drawing = Drawing()
    last = draw(block, "start", drawing, drawing)
    drawing.lines.append(f"{last} > undo > end")
    undo = throw("undo", compensate()) if with_undo else task("undo")
    return file(
        process(
            "p",
            start(),
            *drawing.items,
            undo,
            end(),
            lines=";".join(drawing.lines),
            ties=";".join(drawing.ties),
        ),
        messages={"stop": ""},
        signals="s",
    )


def walk(play: Play, choices: list[int], data: dict[str, Any]) -> None:
    """Answers one open wait after the other, as the choices say."""
    for choice in choices:
        waits = kernel.open_waits(play.state)
        if not waits:
            return
        wait = waits[choice % len(waits)]
        if wait.kind == "task":
            if choice % 5 == 0:
                play.give(e.SetVariables({"again": choice % 2 == 0, "pick": choice % 4}))
            play.give(e.Completed(wait.token, {"n": choice}))
        elif wait.kind == "timer":
            play.give(e.TimerDue(wait.token))
        elif wait.kind == "message":
            play.give(e.Message(wait.token, {"n": choice}))
        elif wait.kind == "signal":
            play.give(e.Signal(wait.token, {"n": choice}))


def finish(play: Play) -> None:
    """Completes every task and skips starved joins until the case ends."""
    if play.state.status == "running":
        play.give(e.SetVariables({"again": False}))
    for _ in range(400):
        waits = kernel.open_waits(play.state)
        tasks = [w for w in waits if w.kind == "task"]
        if tasks:
            play.give(e.Completed(tasks[0].token, {}))
        elif events := [w for w in waits if w.kind == "timer"]:
            play.give(e.TimerDue(events[0].token))
        elif waits:
            # A branch that left by its boundary event never comes to the join.
            assert [w.detail for w in waits if w.kind == "incident"] == play.incidents
            assert set(play.incidents) == {"JOIN"}
            play.give(e.SkipIncident(play.token(waits[0].node, "incident")))
        else:
            return


START = {"rows": ["a", "b"], "again": True, "pick": 1}
# Model-and-walk pairs per test; `make fuzz` asks for more.
PAIRS = int(os.environ.get("TETSUZUKI_FUZZ", "150"))
QUICK = settings(max_examples=PAIRS, deadline=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(
    BLOCKS,
    st.lists(st.integers(0, 1000), max_size=12),
    st.sampled_from([0, 1, 2, 9]),
    st.booleans(),
)
def test_every_walk_of_a_block_structured_model_ends_and_replays(
    block: Any, choices: list[int], pick: int, with_undo: bool
) -> None:
    play = Play(model_of(block, with_undo=with_undo), start={**START, "pick": pick})
    walk(play, choices, {})
    finish(play)
    assert play.state.status == "ended", play.open
    assert not play.incidents
    opened = [x.token for x in play.of(e.OpenTask)]
    closed = [x.token for x in play.of(e.CloseTask)]
    assert len(set(opened)) == len(opened)
    assert sorted(opened) == sorted(closed)
    completed = {x.token for x in play.of(e.CloseTask) if x.outcome == "completed"}
    names = [x.node for x in play.of(e.OpenTask) if x.token in completed]
    for node in {n for n in names if n.startswith("undoable")}:
        # Whatever was completed is undone as often; a flow that left by a boundary event undoes nothing.
        undone = names.count(node) if with_undo and "undo" in play.path else 0
        assert names.count(f"u{node}") == undone
    assert replay(play) == play.text


# Blocks whose tokens never leave by a boundary event: there a join is left waiting without anybody's doing.
KEPT = st.recursive(
    st.sampled_from(["user", "pass", "many", "undoable", "round", "link"]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["seq", "and", "xor", "or", "sub", "tx", "loop"]), st.lists(inner, min_size=1, max_size=3))
    ),
    max_leaves=6,
)  # fmt: skip


@QUICK
@given(KEPT, st.lists(st.integers(0, 1000), max_size=10), st.sampled_from([0, 1, 2, 9]))
def test_a_token_moved_to_a_legal_place_is_neither_lost_nor_doubled(
    block: Any, choices: list[int], pick: int
) -> None:
    play = Play(model_of(("seq", ["user", block, "user"])), start={**START, "pick": pick})
    for choice in choices:
        walk(play, [choice], {})
        tokens = list(play.state.tokens)
        if not tokens:
            break
        token = tokens[choice % len(tokens)]
        found = places.targets(play.state, play.processes, token)
        here = play.state.tokens[token]
        may = [one.node for one in found if not one.why]
        for one in found:
            if one.why:
                with pytest.raises(NotFound):
                    play.give(e.MoveToken(token, one.node, "x"))
                play.inputs.pop()
                break
        if may:
            play.give(e.MoveToken(token, may[choice % len(may)], f"from {here.node}"))
    finish(play)
    assert play.state.status == "ended", play.open
    # A join that starves or gets two tokens by one flow would be an incident sooner or later.
    assert not play.of(e.RaiseIncident)
    opened = [x.token for x in play.of(e.OpenTask)]
    assert sorted(opened) == sorted(x.token for x in play.of(e.CloseTask))
    assert replay(play) == play.text


@QUICK
@given(st.data())
def test_unstructured_models_never_lose_a_token(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 6))
    kinds = [
        data.draw(st.sampled_from(["user", "exclusive", "parallel", "inclusive"]))
        for _ in range(size)
    ]
    names = [f"{kind[0]}{number}" for number, kind in enumerate(kinds)]
    anywhere = st.sampled_from([*names[1:], "end"])
    lines = ["start > " + names[0]]
    items: list[Item] = []
    for number, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        targets = data.draw(st.lists(anywhere, min_size=1, max_size=2, unique=True))
        chooses = kind in ("exclusive", "inclusive") and len(targets) > 1
        items.append(
            user(name)
            if kind == "user"
            else gateway(name, kind, default=f"d{number}" if chooses else "")
        )
        for index, target in enumerate(targets):
            if chooses and not index:
                lines.append(f"{name} > {target} : d{number}")
            else:
                lines.append(f"{name} > {target}" + (" ? again" if chooses else ""))
        if kind == "user" and data.draw(st.booleans()):
            late = timer("R/P1D", "Cycle")
            items.append(boundary(f"b{name}", name, late, interrupting=data.draw(st.booleans())))
            lines.append(f"b{name} > {data.draw(anywhere)}")
    xml = file(process("p", start(), *items, end(), lines=";".join(lines)))
    play = Play(xml, start=START, limits=kernel.Limits(steps=200, tokens=60))
    walk(play, data.draw(st.lists(st.integers(0, 1000), max_size=8)), {})
    assert replay(play) == play.text
    # What the check says of a join that can never go on is never wrong.
    told = {problem.element for problem in joins.problems(play.process)}
    event("a join is told of" if told else "no join is told of")
    assert not told & {t.node for t in play.of(e.Trace) if t.what == "left"}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(BLOCKS, st.lists(st.integers(0, 1000), max_size=8))
def test_spiffworkflow_goes_the_same_way_where_it_is_right(block: Any, choices: list[int]) -> None:
    play = Play(model_of(block), start=START)
    walk(play, choices, {})
    found = second_engine.compare(play.process, walk_of(play))
    assert found.status != second_engine.DISAGREES, found


def renamed(xml: bytes, processes: dict[str, Process]) -> tuple[bytes, dict[str, str]]:
    """The same model with other ids for all its elements and flows, and which stands for which element."""
    nodes = {drawn_id(n) for process in processes.values() for n in process.by_id}
    flows = {flow.id for process in processes.values() for flow in process.flows}
    text = xml.decode()
    for old in nodes | flows:
        for before, after in (('"', '"'), (">", "<")):
            text = text.replace(f"{before}{old}{after}", f"{before}neu_{old}{after}")
    return text.encode(), {old: f"neu_{old}" for old in nodes}


WRITING = ("user", "many", "guarded", "undoable", "uundoable", "round")


def without_names(play: Play) -> str:
    """The state with the ids of the model it was renamed from; its digest left out.

    Left out too: what a task without a form wrote, which is named after the task.
    """
    state = play.state
    for scope in state.scopes.values():
        for name in list(scope.variables):
            if name.removeprefix("neu_").rstrip("0123456789") in WRITING:
                scope.variables.remove(name)
    return kernel.dump(state).replace("neu_", "").split(",", 2)[2]


@QUICK
@given(
    BLOCKS,
    st.lists(st.integers(0, 1000), max_size=12),
    st.integers(0, 12),
    st.sampled_from([0, 1, 2, 9]),
    st.booleans(),
)
def test_a_walk_that_changes_over_to_the_same_model_under_other_ids_ends_as_without(
    block: Any, choices: list[int], at: int, pick: int, with_undo: bool
) -> None:
    xml = model_of(block, with_undo=with_undo)
    stays, goes = (Play(xml, start={**START, "pick": pick}) for _ in range(2))
    walk(stays, choices, {})
    walk(goes, choices[:at], {})
    other, nodes = renamed(xml, goes.processes)
    if goes.state.status == "running":
        before = [(w.token, w.kind, w.detail) for w in kernel.open_waits(goes.state)]
        goes.change_over(other, nodes)
        after = [(w.token, w.kind, w.detail) for w in kernel.open_waits(goes.state)]
        assert before == after
        assert all(w.node.startswith("neu_") for w in kernel.open_waits(goes.state))
        # Nobody loses a task over it.
        assert not {type(x) for x in goes.last} & {e.OpenTask, e.CloseTask, e.Unsubscribe}
    walk(goes, choices[at:], {})
    finish(stays)
    finish(goes)
    assert without_names(goes) == without_names(stays)
    assert [n.removeprefix("neu_") for n in goes.path] == stays.path
    assert replay(goes) == goes.text


@QUICK
@given(BLOCKS, st.lists(st.integers(0, 1000), max_size=12), st.sampled_from([0, 1, 2, 9]))
def test_a_changeover_to_the_very_same_model_changes_nothing(
    block: Any, choices: list[int], pick: int
) -> None:
    xml = model_of(block, with_undo=True)
    play = Play(xml, start={**START, "pick": pick})
    walk(play, choices, {})
    if play.state.status == "running":
        before = play.text
        play.change_over(xml)
        assert play.text == before
        assert {type(x) for x in play.last} <= {e.RenewTask}


@QUICK
@given(
    BLOCKS,
    BLOCKS,
    st.lists(st.integers(0, 1000), max_size=12),
    st.integers(0, 12),
    st.sampled_from([0, 1, 2, 9]),
)
def test_a_changeover_to_any_other_model_is_either_hindered_or_leaves_a_case_that_ends(
    before: Any, after: Any, choices: list[int], at: int, pick: int
) -> None:
    play = Play(model_of(before), start={**START, "pick": pick})
    walk(play, choices[:at], {})
    if play.state.status != "running":
        return
    text = play.text
    try:
        play.change_over(model_of(after))
    except kernel.ChangeoverHindered as hindered:
        assert hindered.hindrances and play.text == text
        return
    walk(play, choices[at:], {})
    finish(play)
    assert play.state.status == "ended", play.open
    opened = [x.token for x in play.of(e.OpenTask)]
    assert sorted(opened) == sorted(x.token for x in play.of(e.CloseTask))
    assert replay(play) == play.text


def varied(block: Any, by: Random) -> Any:
    """The block with other gateways here and there, and work added at the end of branches."""
    if not isinstance(block, tuple):
        return block
    kind, inner = block
    if kind in ("and", "or", "xor") and by.random() < 0.4:
        kind = by.choice(["and", "or", "xor"])
    inner = [varied(one, by) for one in inner]
    if by.random() < 0.2:
        inner.append("user")
    return kind, inner


@QUICK
@given(
    KEPT,
    st.randoms(use_true_random=False),
    st.lists(st.integers(0, 1000), max_size=12),
    st.sampled_from([0, 1, 2, 9]),
)
def test_a_changeover_that_is_not_hindered_starves_and_doubles_no_join(
    before: Any, by: Random, choices: list[int], pick: int
) -> None:
    play = Play(model_of(before), start={**START, "pick": pick})
    walk(play, choices, {})
    after = varied(before, by)
    if play.state.status != "running" or before == after:
        return
    try:
        play.change_over(model_of(after))
    except kernel.ChangeoverHindered as hindered:
        event("hindered: " + ", ".join(sorted({h.code for h in hindered.hindrances})))
        return
    event("changed over")
    fresh = Play(model_of(after), start={**START, "pick": pick})
    finish(fresh)
    if fresh.of(e.RaiseIncident):
        return  # the model starves a join by itself (docs/bpmn-support.md, inclusiveGateway)
    finish(play)
    assert play.state.status == "ended", play.open
    # A join that starves or gets two tokens by one flow would be an incident sooner or later.
    assert not play.of(e.RaiseIncident)
