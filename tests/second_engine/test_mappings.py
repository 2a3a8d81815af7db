"""Input and output mappings: both engines write the same, and at the same time."""

from __future__ import annotations

from typing import Any

import pytest

from engine import second_engine
from tests.kernel.drawing import (
    Item,
    catch,
    end,
    file,
    gateway,
    mapping,
    message,
    process,
    script,
    service,
    start,
    task,
    throw,
    user,
)
from tests.kernel.playing import Play
from tests.second_engine.test_second_engine import walk_of

WRITES = mapping(inputs={"a": "=n + 1"}, outputs={"x": "=a + 1", "y.z": "=a"})
SWAPS = mapping(outputs={"x": "=n", "n": "=x"})


def _line(*items: Item, lines: str = "", **more: Any) -> bytes:
    """start > the items > user task last > end, so that what they wrote can be compared."""
    lines = lines or f"start > {' > '.join(item.id for item in items)} > last > end"
    return file(process("p", start(), *items, user("last"), end(), lines=lines), **more)


SENT = task("t", "sendTask", messageRef="message-m", extensions=WRITES)
PASSING = {
    "task": _line(task("t", extensions=WRITES)),
    "manualTask": _line(task("t", "manualTask", extensions=WRITES)),
    "sendTask": _line(SENT, messages={"m": ""}),
    "none throw": _line(throw("t", extensions=WRITES)),
    "message throw": _line(throw("t", message("m"), extensions=WRITES), messages={"m": ""}),
    "scriptTask": _line(script("t", "unused", "1", extensions=WRITES)),
}


@pytest.mark.parametrize("xml", PASSING.values(), ids=PASSING)
def test_what_passes_writes_its_output_mappings_there_too(xml: bytes) -> None:
    play = Play(xml, start={"n": 1})
    assert play.variables["x"] == 3 and play.variables["y"] == {"z": 2}
    found = second_engine.compare(play.process, walk_of(play))
    assert found.status == second_engine.AGREES, found


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(task("t", extensions=SWAPS), id="task"),
        pytest.param(throw("t", extensions=SWAPS), id="throw"),
        pytest.param(script("t", "unused", "1", extensions=SWAPS), id="script"),
    ],
)
def test_every_output_mapping_is_computed_before_one_is_written(item: Item) -> None:
    play = Play(_line(item), start={"n": 1, "x": 2})
    assert play.variables == {"n": 2, "x": 1}
    found = second_engine.compare(play.process, walk_of(play))
    assert found.status == second_engine.AGREES, found


BEFORE = mapping(inputs={"was": "=n"}, outputs={"x": "=was"})


@pytest.mark.parametrize(
    ("waiting", "more"),
    [
        pytest.param(user("w", extensions=BEFORE), {}, id="user task"),
        pytest.param(service("w", extensions=BEFORE), {}, id="call"),
        pytest.param(
            task("w", "receiveTask", messageRef="message-m", extensions=BEFORE),
            {"messages": {"m": ""}},
            id="receive task",
        ),
        pytest.param(
            catch("w", message("m"), extensions=BEFORE), {"messages": {"m": ""}}, id="catch event"
        ),
    ],
)
def test_an_input_mapping_is_computed_when_the_wait_opens(
    waiting: Item, more: dict[str, Any]
) -> None:
    aside = user("aside", extensions=mapping(outputs={"n": "=new"}))
    lines = "start > fork; fork > w > join; fork > aside > join; join > last > end"
    both = gateway("fork", "parallel"), gateway("join", "parallel")
    play = Play(_line(both[0], waiting, aside, both[1], lines=lines, **more), start={"n": 1})
    play.complete("aside", {"new": 2})
    {"userTask": play.complete, "serviceTask": play.answer}.get(waiting.tag, play.message)("w", {})
    assert (play.variables["n"], play.variables["x"]) == (2, 1)
    found = second_engine.compare(play.process, walk_of(play))
    assert found.status == second_engine.AGREES, found


@pytest.mark.parametrize(
    ("xml", "element"),
    [
        (
            file(
                process(
                    "p",
                    start(extensions=mapping(outputs={"x": "=1"})),
                    user("last"),
                    end(),
                    lines="start > last > end",
                )
            ),
            "start",
        ),
        (
            file(
                process(
                    "p",
                    start(),
                    gateway("fork", "parallel"),
                    user("last"),
                    end(),
                    end("other", extensions=mapping(outputs={"x": "=1"})),
                    lines="start > fork > last > end; fork > other",
                )
            ),
            "other",
        ),
    ],
    ids=["start event", "end event"],
)
def test_events_that_begin_or_end_with_output_mappings_are_outside_and_named(
    xml: bytes, element: str
) -> None:
    play = Play(xml)
    assert play.variables == {"x": 1}
    found = second_engine.compare(play.process, walk_of(play))
    assert (found.status, found.detail.split(":")[0]) == (second_engine.OUTSIDE, element)
