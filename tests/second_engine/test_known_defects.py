"""What stock SpiffWorkflow 3.2 does with ordinary diagrams, beside what the kernel does: the reason for ADR 1.

Every test holds both answers, so that the day upstream mends one we see it. Nothing of ours stands between
SpiffWorkflow and the diagram but the sign = before conditions, which is FEEL and not Python.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from SpiffWorkflow.bpmn import BpmnEvent
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.event_definitions import SignalEventDefinition
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from engine import kernel
from engine.bpmn import reader
from engine.kernel import effects as e
from tests.kernel.drawing import (
    UNDOES,
    Item,
    boundary,
    catch,
    compensate,
    end,
    error,
    file,
    gateway,
    link,
    process,
    signal,
    start,
    sub,
    task,
    throw,
    user,
)
from tests.kernel.playing import Play

SERIALIZER = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())


class Stock:
    """A case on SpiffWorkflow as it comes."""

    def __init__(self, xml: bytes, **data: Any) -> None:
        parser = BpmnParser()
        parser.add_bpmn_str(re.sub(rb'(tFormalExpression">)=', rb"\1", xml))
        spec = parser.get_spec("p")
        self.flow = BpmnWorkflow(spec, parser.get_subprocess_specs("p"))
        self.flow.task_tree.data.update(data)
        self.flow.do_engine_steps()

    @property
    def ready(self) -> dict[str, Any]:
        return {
            t.task_spec.bpmn_id: t
            for t in self.flow.get_tasks(state=TaskState.READY)
            if t.task_spec.manual
        }

    @property
    def open(self) -> list[str]:
        return sorted(
            t.task_spec.bpmn_id
            for t in self.flow.get_tasks(state=TaskState.READY)
            if t.task_spec.manual
        )

    def complete(self, node: str, **data: Any) -> Stock:
        held = self.ready[node]
        held.data.update(data)
        held.run()
        self.flow.do_engine_steps()
        return self

    def stored(self) -> Stock:
        """Written and read again, as between two requests."""
        self.flow = SERIALIZER.deserialize_json(SERIALIZER.serialize_json(self.flow))
        return self


def test_a_parallel_join_loses_what_one_branch_changed() -> None:
    xml = file(
        process(
            "p", start(), gateway("f", "parallel"), user("a"), user("b"), gateway("j", "parallel"), user("after"), end(),
            lines="start > f; f > a > j; f > b > j; j > after > end",
        )
    )  # fmt: skip
    stock = Stock(xml, n=0).stored().complete("a", n=1).stored().complete("b")
    assert stock.ready["after"].data["n"] == 0  # what branch a wrote is gone

    play = Play(xml, start={"n": 0}).complete("a").give(e.SetVariables({"n": 1})).complete("b")
    assert (play.open, play.variables["n"]) == (["after"], 1)


def test_an_error_also_fires_the_boundary_of_a_sibling() -> None:
    xml = file(
        process(
            "p",
            start(),
            gateway("f", "parallel"),
            sub("one", start("s1"), user("a"), end("e1", error("E1")), lines="s1 > a > e1"),
            sub("two", start("s2"), user("b"), end("e2"), lines="s2 > b > e2"),
            boundary("b1", "one", error("E1")),
            boundary("b2", "two", error("E1")),
            user("mend_one"),
            user("mend_two"),
            end(),
            end("x1"),
            end("x2"),
            lines="start > f; f > one > end; f > two > end; b1 > mend_one > x1; b2 > mend_two > x2",
        ),
        errors="E1",
    )
    assert Stock(xml).complete("a").open == ["mend_one", "mend_two"]  # the work at b is gone

    assert sorted(Play(xml).complete("a").open) == ["b", "mend_one"]


def test_an_uncaught_error_ends_the_case_as_a_success() -> None:
    xml = file(
        process("p", start(), user("t"), end("end", error("E9")), lines="start > t > end"),
        errors="E9",
    )
    stock = Stock(xml).complete("t")
    assert (stock.flow.is_completed(), stock.flow.success) == (True, True)

    play = Play(xml).complete("t")
    assert (play.ended, play.incidents) == (None, ["ERROR_UNCAUGHT"])


def test_an_interrupting_event_subprocess_interrupts_nothing() -> None:
    xml = file(
        process(
            "p",
            start(),
            user("a"),
            end(),
            sub("stop", start("ss", signal("x")), user("h"), end("he"), lines="ss > h > he", on_event=True),
            lines="start > a > end",
        ),
        signals="x",
    )  # fmt: skip
    stock = Stock(xml)
    stock.flow.catch(BpmnEvent(SignalEventDefinition("x"), {}))
    stock.flow.do_engine_steps()
    assert stock.open == ["a", "h"]

    play = Play(xml)
    play.give(e.Signal(play.token("ss", "signal")))
    assert play.open == ["h"]


def test_an_event_subprocess_that_happened_once_stands_in_the_model_of_every_case() -> None:
    xml = file(
        process(
            "p",
            start(),
            user("a"),
            end(),
            sub("es", start("ss", signal("x"), isInterrupting="false"), user("h"), end("he"), lines="ss > h > he", on_event=True),
            lines="start > a > end",
        ),
        signals="x",
    )  # fmt: skip
    parser = BpmnParser()
    parser.add_bpmn_str(xml)
    spec, parts = parser.get_spec("p"), parser.get_subprocess_specs("p")

    def ends(*, signalled: bool) -> bool:
        """Whether a new case of the version ends when a is done."""
        case = BpmnWorkflow(spec, parts)
        case.do_engine_steps()
        if signalled:
            case.catch(BpmnEvent(SignalEventDefinition("x"), {}))
            case.do_engine_steps()
        [held] = [t for t in case.get_tasks(state=TaskState.READY) if t.task_spec.bpmn_id == "a"]
        held.run()
        case.do_engine_steps()
        return bool(case.is_completed())

    assert ends(signalled=False)
    ends(signalled=True)
    # A later case of the version, in which nothing has happened, never ends.
    assert not ends(signalled=False)

    play, later = Play(xml), Play(xml)
    play.give(e.Signal(play.token("ss", "signal")))
    step = kernel.advance(
        play.process, later.state, e.Completed(later.token("a", "task"), {}), play.env(play.now)
    )
    assert (sorted(play.open), step.state.status) == (["a", "h", "ss:signal"], "ended")


def test_a_join_in_a_loop_goes_on_with_one_branch_in_the_second_round() -> None:
    xml = file(
        process(
            "p", start(), gateway("m"), gateway("f", "parallel"), user("a"), user("b"), gateway("j", "parallel"),
            gateway("x", default="on"), user("after"), end(),
            lines="start > m > f; f > a > j; f > b > j; j > x; x > m ? again; x > after : on; after > end",
        )
    )  # fmt: skip
    stock = Stock(xml, again=True).stored().complete("a").stored().complete("b")
    assert stock.open == ["a", "b"]
    # The second round: with b done and a still open, the join lets a third round begin.
    assert stock.stored().complete("b").open == ["a", "a", "b"]

    play = Play(xml, start={"again": True}).complete("a").complete("b")
    assert play.complete("b").open == ["a"]


def test_a_model_with_compensation_cannot_even_be_read() -> None:
    xml = file(
        process(
            "p", start(), user("a"), boundary("ca", "a", compensate()), user("undo_a", **UNDOES),
            throw("undo", compensate()), end(), lines="start > a > undo > end", ties="ca > undo_a",
        )
    )  # fmt: skip
    with pytest.raises(ValidationException, match="Unsupported Catch Event"):
        Stock(xml)

    play = Play(xml).complete("a")
    assert play.open == ["undo_a"]
    assert play.complete("undo_a").ended == "end"


def test_a_long_loop_counts_as_completed_without_reaching_its_end() -> None:
    xml = file(
        process(
            "p", start(), gateway("b"), user("a"), gateway("x", default="out"), end(),
            lines="start > b > a > x; x > b ? again; x > end : out",
        )
    )  # fmt: skip
    stock, rounds = Stock(xml, again=True), 0
    while stock.ready and rounds < 400:
        stock.complete("a")
        rounds += 1
    assert rounds == 333
    reached = {t.task_spec.bpmn_id for t in stock.flow.get_tasks(state=TaskState.COMPLETED)}
    assert (stock.flow.is_completed(), "end" in reached) == (True, False)

    play = Play(xml, start={"again": True})
    for _ in range(400):
        play.complete("a")
    assert play.open == ["a"]
    assert len(play.text) < 300


def test_every_fork_and_join_triples_the_tasks_in_memory() -> None:
    counts = [len(Stock(_blocks(number)).flow.get_tasks()) for number in (3, 4, 5)]
    assert counts == [201, 606, 1821]  # ten blocks: about 440,000

    play = Play(_blocks(10))
    assert play.open == ["u"]
    assert len(play.state.tokens) == 1


def _blocks(number: int) -> bytes:
    items, lines = [], ["start > f1"]
    for n in range(1, number + 1):
        items += [gateway(f"f{n}", "parallel"), gateway(f"j{n}", "parallel")]
        items += [task(f"t{n}{branch}", "manualTask") for branch in "abc"]
        lines += [f"f{n} > t{n}{branch} > j{n}" for branch in "abc"]
        lines.append(f"j{n} > " + (f"f{n + 1}" if n < number else "u > end"))
    return file(process("p", start(), *items, user("u"), end(), lines=";".join(lines)))


ONE_TASK = file(process("p", start(), user("t"), end(), lines="start > t > end"))


def test_a_key_typename_in_the_data_makes_a_case_unreadable() -> None:
    with pytest.raises(TypeError):
        Stock(ONE_TASK, truck={"typename": "大型"}).stored()

    assert Play(ONE_TASK, start={"truck": {"typename": "大型"}}).complete("t").variables == {
        "truck": {"typename": "大型"},
        "t": {},
    }


def test_state_kept_in_jsonb_loses_the_data() -> None:
    """The keys are random ids, so it is chance which case loses them: of twenty most do."""
    lost = 0
    for _ in range(20):
        stock = Stock(ONE_TASK, rows={"z": 1, "a": 2})
        text = json.dumps(_as_jsonb(json.loads(SERIALIZER.serialize_json(stock.flow))))
        stock.flow = SERIALIZER.deserialize_json(text)
        lost += "rows" not in stock.ready["t"].data
    assert lost > 0

    # The kernel's state is a text and never JSONB; values keep their order.
    assert list(Play(ONE_TASK, start={"rows": {"z": 1, "a": 2}}).variables["rows"]) == ["z", "a"]


def _as_jsonb(value: Any) -> Any:
    """The order in which PostgreSQL keeps the keys of a jsonb value: by length, then by bytes."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda k: (len(k.encode()), k.encode()))
        return {key: _as_jsonb(value[key]) for key in keys}
    return [_as_jsonb(v) for v in value] if isinstance(value, list) else value


def test_a_signal_end_event_tells_nobody() -> None:
    xml = file(
        process(
            "p", start(), gateway("f", "parallel"), catch("w", signal("x")), user("got"), user("a"),
            end("told", signal("x")), end(),
            lines="start > f; f > w > got > end; f > a > told",
        ),
        signals="x",
    )  # fmt: skip
    stock = Stock(xml).complete("a")
    assert (stock.open, stock.flow.is_completed()) == ([], False)

    play = Play(xml).complete("a")
    assert [s.name for s in play.of(e.PublishSignal)] == ["x"]


def test_a_link_ends_the_case_instead_of_going_on() -> None:
    xml = file(
        process(
            "p", start(), throw("to", link("L")), catch("from", link("L")), user("a"), end(),
            lines="start > to; from > a > end",
        )
    )  # fmt: skip
    stock = Stock(xml)
    assert (stock.open, stock.flow.is_completed()) == ([], True)

    assert Play(xml).open == ["a"]


def test_conditions_and_scripts_of_a_model_are_python_that_runs_as_the_server() -> None:
    condition = "__import__('os').getpid() > 0"
    xml = file(
        process(
            "p", start(), gateway("g", default="d"), user("bad"), end(),
            lines=f"start > g; g > bad ? {condition}; bad > end; g > end : d",
        )
    )  # fmt: skip
    assert Stock(xml).open == ["bad"]
    assert [p.severity for p in reader.read(xml, file="x.bpmn").problems] == ["error"]

    code = "<bpmn:script>import os; pid = os.getpid()</bpmn:script>"
    xml = file(
        process("p", start(), Item("scriptTask", "s", inside=code), user("t"), end(), lines="start > s > t > end")
    )  # fmt: skip
    assert Stock(xml).ready["t"].data["pid"] > 0
    assert reader.read(xml, file="x.bpmn").problems
