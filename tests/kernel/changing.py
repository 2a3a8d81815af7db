"""Models and questions that the tests of changeovers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine import kernel
from tests.kernel.drawing import Item, boundary, gateway, one, timer, user
from tests.kernel.playing import Play, replay


def line(*items: Item, **more: Any) -> bytes:
    """The elements one after the other; boundary events and their ends beside them."""
    names = [item.id for item in items if item.tag not in ("boundaryEvent", "endEvent")]
    beside = [item.id for item in items if item.tag == "boundaryEvent"]
    lines = [" > ".join(["start", *names, "end"]), *(f"{b} > end" for b in beside)]
    return one(*items, lines=";".join(lines), **more)


def hindered(
    play: Play, xml: bytes, nodes: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """(element, code) of every hindrance; nothing has changed."""
    before = play.text
    with pytest.raises(kernel.ChangeoverHindered) as found:
        play.change_over(xml, nodes)
    assert play.text == before and not play.left
    assert all(h.why.endswith("。") for h in found.value.hindrances)
    return [(h.node, h.code) for h in found.value.hindrances]


def goes_on(play: Play) -> Play:
    assert replay(play) == play.text
    return play


def late(text: str, kind: str = "Duration", **more: Any) -> bytes:
    return line(user("a"), boundary("late", "a", timer(text, kind), **more))


def choice(*events: Item) -> bytes:
    names = [event.id for event in events]
    lines = ["start > g", *(f"g > {n} > end" for n in names)]
    return one(
        gateway("g", "eventBased"),
        *events,
        lines=";".join(lines),
        messages={"m": "", "n": ""},
        signals="s",
    )
