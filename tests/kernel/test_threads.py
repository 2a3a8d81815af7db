"""Threads of a level: splits and joins in each other, however many."""

from __future__ import annotations

import time

import pytest

from engine.bpmn.model import Process
from engine.kernel.threads import threads
from tests.kernel.drawing import end, file, gateway, process, start, task
from tests.kernel.playing import read


def nested(depth: int, *, kind: str = "parallel", inner_first: bool = False) -> Process:
    """So many splits in each other around the task a, each with a task of its own on its other branch.

    inner_first: the inner splits stand before the outer ones in the file.
    """
    splits = [gateway(f"f{i}", kind) for i in range(depth)]
    joins = [gateway(f"j{i}", kind) for i in range(depth)]
    beside = [task(f"t{i}") for i in range(depth)]
    stops = ["start", *(i.id for i in splits), "a", *(i.id for i in reversed(joins)), "end"]
    lines = [" > ".join(stops), *(f"f{i} > t{i} > j{i}" for i in range(depth))]
    drawn = reversed(splits) if inner_first else splits
    items = (start(), *drawn, task("a"), *joins, *beside, end())
    return next(iter(read(file(process("p", *items, lines="; ".join(lines)))).values()))


@pytest.mark.parametrize("inner_first", [False, True])
def test_splits_and_their_joins_are_one_thread_with_what_stands_around_them(
    inner_first: bool,
) -> None:
    whole = nested(3, inner_first=inner_first)
    found = threads(whole, None)
    of = {node.id: found.of[node.index] for node in whole.nodes}
    assert of["start"] == of["f0"] == of["j0"] == of["end"]
    assert of["f2"] == of["j2"] != of["f1"] == of["j1"] != of["f0"]
    assert len({of[x] for x in ("start", "f1", "f2", "a", "t0", "t1", "t2")}) == 7
    assert found.awaited == {of[x] for x in ("f1", "f2", "a", "t0", "t1", "t2")}


def test_four_hundred_splits_in_each_other_are_sorted_out_in_a_second() -> None:
    whole = nested(400)
    begin = time.process_time()
    assert len(set(threads(whole, None).of.values())) == 801
    assert time.process_time() - begin < 1  # 14 s when every pair was looked for among all flows
