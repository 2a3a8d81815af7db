"""Any expression of a model may fail once: retried, the case comes to what it would have come to, and nothing is done twice."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest

from engine import feel, kernel
from engine.feel import FeelProblem
from engine.kernel import effects as e
from tests.kernel.drawing import (
    CANCEL,
    UNDOES,
    Item,
    ad_hoc,
    again,
    boundary,
    call,
    catch,
    compensate,
    condition,
    end,
    error,
    escalation,
    file,
    gateway,
    many,
    mapping,
    message,
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
from tests.kernel.playing import Play

# Every expression of the models calls `ok`, which gives back what it is given, and fails at the one call it is told.
# It takes the place of a function that the reader knows: the name of an unknown one would be a variable not set yet.
OK = "text key"
BOTH = mapping(inputs={"in": "=ok(n)"}, outputs={"out": "=ok(n + 1)"})
TAKES = mapping(outputs={"took": "=ok(n)"})
DUE = timer('=duration(ok("P1D"))')
ROOTS: dict[str, Any] = {
    "messages": {"m": "=ok(text)", "plain": ""},
    "signals": "s",
    "escalations": "E F",
    "errors": "X",
}


def _throwing(event: str, *, ends: bool, interrupting: bool) -> bytes:
    """A subprocess that throws; something catches it on its edge, something else inside of it."""
    thrown = (end if ends else throw)("t", event, "" if "error" in event else BOTH)
    after = "" if ends else " > then > e1"
    inside: tuple[Item, ...] = (start("s1"), user("a"), thrown)
    inside += () if ends else (user("then"), end("e1"))
    hears = start("h1", escalation("F"), TAKES, isInterrupting=str(interrupting).lower())
    handler = sub(
        "h", hears, user("ha"), end("h2"), lines="h1 > ha > h2", on_event=True, extensions=BOTH
    )
    return file(
        process(
            "p",
            start(),
            sub("b", *inside, handler, lines=f"s1 > a > t{after}"),
            boundary("edge", "b", escalation("E"), interrupting=interrupting, extensions=TAKES),
            boundary("wrong", "b", error("X"), extensions=TAKES),
            user("beside"),
            end(),
            end("e2"),
            lines="start > b > end; edge > beside > e2; wrong > beside",
        ),
        **ROOTS,
    )


def _undoing(*, ends: bool, waits: bool) -> bytes:
    thrown = (end if ends else throw)("t", compensate(waits=waits), BOTH)
    inner = sub(
        "b",
        start("s1"),
        task("c", "userTask"),
        boundary("bc", "c", compensate()),
        script("uc", "undone", "ok(n)"),
        end("e1"),
        lines="s1 > c > e1",
        ties="bc > uc",
        extensions=BOTH,
    )
    undo = user("ua", extensions=BOTH, **UNDOES)
    inner.children[3].attributes.update(UNDOES)
    after: tuple[Item, ...] = () if ends else (user("then"), end())
    return file(
        process(
            "p",
            start(),
            user("a", extensions=BOTH),
            boundary("ba", "a", compensate()),
            undo,
            inner,
            thrown,
            *after,
            lines="start > a > b > t" + ("" if ends else " > then > end"),
            ties="ba > ua",
        ),
        **ROOTS,
    )


def _row(*items: Item, handlers: tuple[Item, ...] = (), begins: str = "") -> bytes:
    """The elements one after the other; what stands on their edges leads to a task and an end of its own."""
    edges = [i for i in items if i.tag == "boundaryEvent"]
    row = " > ".join(i.id for i in items if i not in edges)
    after = [user(f"after_{i.id}") for i in edges]
    lines = [f"start > {row} > end", *(f"{i.id} > after_{i.id} > x" for i in edges)]
    whole = [start("start", begins, TAKES if begins else ""), *items, *after, *handlers, end()]
    other = process(
        "q",
        start("qs"),
        script("qa", "given", "ok(n)"),
        user("qb"),
        end("qe"),
        lines="qs > qa > qb > qe",
    )
    whole += [end("x")] if edges else []
    return file(process("p", *whole, lines=";".join(lines)), other, **ROOTS)


def _handler(event: str, id: str = "h", *, interrupting: bool = False) -> Item:
    begins = start(f"{id}1", event, TAKES, isInterrupting=str(interrupting).lower())
    return sub(
        id,
        begins,
        user(f"{id}a"),
        end(f"{id}2"),
        lines=f"{id}1 > {id}a > {id}2",
        on_event=True,
        extensions=BOTH,
    )


def _edges(on: str) -> tuple[Item, ...]:
    return (
        boundary("told", on, message("m"), interrupting=False, extensions=TAKES),
        boundary("late", on, DUE),
        boundary("true", on, condition("=ok(flag)"), interrupting=False, extensions=TAKES),
    )


WHO = '<zeebe:assignmentDefinition assignee="=ok(text)" candidateGroups="=ok(rows)"/><zeebe:taskSchedule dueDate="=duration(ok(&quot;P1D&quot;))"/>'
ROWS = many("=ok(rows)", output="all", each="=ok(item)", until="=ok(false)")
IN_TURN = many("=ok(rows)", output="all", each="=ok(item)", sequential=True, until="=ok(false)")
TRANSACTION = sub(
    "tx",
    start("t1"),
    user("ta"),
    boundary("bta", "ta", compensate()),
    user("uta", extensions=BOTH, **UNDOES),
    end("t2", CANCEL),
    lines="t1 > ta > t2",
    ties="bta > uta",
    tag="transaction",
    extensions=BOTH,
)
INSIDE = sub(
    "b",
    start("s1"),
    user("a", extensions=BOTH),
    end("e1"),
    _handler(message("m")),
    lines="s1 > a > e1",
    extensions=BOTH,
)
FORK = file(
    process(
        "p",
        start(),
        gateway("f", "inclusive"),
        user("a", extensions=BOTH),
        user("b"),
        gateway("j", "inclusive"),
        gateway("x", default="no"),
        end(),
        end("other"),
        lines="start > f; f > a ? ok(true); f > b ? ok(true); a > j; b > j; j > x; x > end ? ok(true); x > other : no",
    )
)
EVENTS = file(
    process(
        "p",
        start(),
        gateway("g", "eventBased"),
        catch("g1", message("m"), TAKES),
        catch("g2", DUE, TAKES),
        catch("g3", condition("=ok(flag)"), TAKES),
        task("g4", "receiveTask", messageRef="message-m", extensions=TAKES),
        user("a"),
        end(),
        lines="start > g; g > g1 > a; g > g2 > a; g > g3 > a; g > g4 > a; a > end",
    ),
    **ROOTS,
)
THROWN = {
    "message": message("m"),
    "signal": signal("s"),
    "escalation": escalation("E"),
    "escalation inside": escalation("F"),
    "uncaught": escalation("F"),
    "several": message("m") + signal("s") + escalation("E") + escalation("F"),
    "error": error("X"),
}
MODELS = {
    **{
        f"throws {name}, {ends=}, {interrupting=}": _throwing(
            event, ends=ends, interrupting=interrupting
        )
        for name, event in THROWN.items()
        for ends in (True, False)
        for interrupting in (True, False)
        if ends or name != "error"
    },
    **{
        f"undoes, {ends=}, {waits=}": _undoing(ends=ends, waits=waits)
        for ends in (True, False)
        for waits in (True, False)
    },
    "user task": _row(user("a", extensions=BOTH + WHO), *_edges("a")),
    "service task": _row(service("a", extensions=BOTH), *_edges("a")),
    "receive task": _row(
        task("a", "receiveTask", messageRef="message-m", extensions=BOTH), *_edges("a")
    ),
    "message task": _row(task("a", "sendTask", messageRef="message-m", extensions=BOTH)),
    "runs": _row(user("a", loop=ROWS, extensions=BOTH), *_edges("a")),
    "runs in turn": _row(user("a", loop=IN_TURN, extensions=BOTH), *_edges("a")),
    "rounds": _row(user("a", loop=again("=ok(true)", most=3, first=True), extensions=BOTH)),
    "subprocess": _row(INSIDE, *_edges("b")),
    "runs of a subprocess": _row(
        sub("b", start("s1"), user("a"), end("e1"), _handler(DUE), lines="s1 > a > e1", loop=ROWS),
        *_edges("b"),
    ),
    "called process": _row(call("c", "=ok(&quot;q&quot;)", extensions=BOTH), *_edges("c")),
    "ad hoc": _row(
        ad_hoc(
            "b", user("a"), user("c"), until="=c != null and ok(true)", active='=ok(["a", "c"])'
        ),
        *_edges("b"),
    ),
    "transaction": _row(TRANSACTION, boundary("undone", "tx", CANCEL)),
    "catch message": _row(catch("c", message("m"), BOTH)),
    "catch timer": _row(catch("c", DUE, BOTH)),
    "catch condition": _row(catch("c", condition("=ok(flag)"), BOTH)),
    "catch any": _row(catch("c", message("m") + DUE + condition("=ok(flag)"), BOTH)),
    "catch all": _row(
        catch(
            "c",
            message("m") + signal("s") + DUE,
            mapping(inputs={"in": "=ok(n)"}),
            parallelMultiple="true",
        )
    ),
    "handlers": _row(
        user("a"),
        handlers=(
            _handler(message("m")),
            _handler(DUE, "i", interrupting=True),
            _handler(condition("=ok(flag)"), "j"),
        ),
    ),
    "begun by a message": _row(
        user("a"), begins=message("plain"), handlers=(_handler(message("m")),)
    ),
    "forks": FORK,
    "events": EVENTS,
}


class Failing:
    """The function `ok`: counts its calls, and fails at one of them."""

    def __init__(self, at: int = 0) -> None:
        self.calls, self.at = 0, at

    def __call__(self, value: Any) -> Any:
        self.calls += 1
        if self.calls == self.at:
            raise FeelProblem("fails once")
        return value


def play(xml: bytes, seed: int, ok: Failing) -> Play:
    """A walk by chance over what is open, whatever its order; what has failed is tried again at once."""
    by = Random(seed)
    begins = "start" if b'startEvent id="start" name="start"><bpmn:ext' in xml else None
    data = {"n": 1, "text": "k", "rows": ["x", "y"], "flag": False, "c": None}
    xml = xml.replace(b"ok(", f"{OK}(".encode())
    played = Play(
        xml,
        start=data,
        event=begins,
        payload={} if begins else None,
        functions={OK: feel.Function(OK, ("value",), ok)},
    )
    for _ in range(12):
        mend(played)
        waits = [w for w in kernel.open_waits(played.state) if w.kind != "condition"]
        if not waits:
            break
        choice = by.randrange(1000)
        if choice % 4 == 0:
            played.give(e.SetVariables({"flag": choice % 8 == 0, "n": choice}))
            continue
        wait = sorted(waits, key=lambda w: (w.node, w.kind, w.token))[choice % len(waits)]
        what: dict[str, Any] = {
            "timer": e.TimerDue,
            "message": e.Message,
            "signal": e.Signal,
            "call": e.CallDone,
        }
        played.give(
            what[wait.kind](wait.token) if wait.kind in what else e.Completed(wait.token, {})
        )
    mend(played)
    return played


def mend(played: Play) -> None:
    for one in [w for w in kernel.open_waits(played.state) if w.kind == "incident"]:
        played.give(e.RetryIncident(one.token))
    assert not played.incidents


def outcome(played: Play) -> dict[str, Any]:
    """All that a person or another system would notice."""
    kept = ("left", "taken", "warned")
    opened = Counter(x.node for x in played.of(e.OpenTask))
    return {
        "ended": played.ended,
        "open": sorted(played.open),
        "variables": played.variables,
        "traces": Counter((x.node, x.what) for x in played.of(e.Trace) if x.what in kept),
        "tasks": opened,
        "sent": [
            (type(x), x.name)
            for x in played.effects
            if isinstance(x, e.PublishMessage | e.PublishSignal)
        ],
        "records": sorted(r.node for r in played.state.records.values()),
    }


@pytest.mark.parametrize("name", MODELS)
def test_what_failed_once_and_was_tried_again_is_as_if_it_had_not_failed(name: str) -> None:
    xml = MODELS[name]
    for seed in range(4):
        ok = Failing()
        whole = outcome(play(xml, seed, ok))
        assert ok.calls, "nothing of this model can fail"
        for at in range(1, ok.calls + 1):
            failed = play(xml, seed, Failing(at))
            assert outcome(failed) == whole, (seed, at)
            assert failed.of(e.RaiseIncident)
