"""A whole walk, or else its parts."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from engine import kernel
from engine.bpmn.model import Process
from engine.second_engine.parts import split
from engine.second_engine.running import (
    AGREES,
    BROKEN,
    DISAGREES,
    OUTSIDE,
    Comparison,
    compare,
    compare_all,
)
from engine.second_engine.walk import Move, Walk, taken

IN_PARTS = "parts"
log = logging.getLogger(__name__)


def compare_moves(
    processes: Mapping[str, Process],
    main: Process,
    moves: Sequence[Move],
    env: Callable[[datetime], kernel.Env],
) -> Comparison:
    """The walk on both engines; one that is outside as a whole part by part.

    status: agrees | parts (those named in the detail agree, with how often) | outside | disagrees | broken.
    env: what a step at an instant knows.
    """
    try:
        return _compared(processes, main, moves, env)
    except (
        Exception
    ) as error:  # a fault of ours must not look like agreement, nor take other scenarios with it
        log.exception("comparing a walk of %s failed", main.id)
        return Comparison(BROKEN, f"{type(error).__name__}: {error}")


def _compared(
    processes: Mapping[str, Process],
    main: Process,
    moves: Sequence[Move],
    env: Callable[[datetime], kernel.Env],
) -> Comparison:
    seen = env(moves[0].at)
    steps = tuple(taken(move) for move in moves)
    whole = compare(main, Walk(main.id, steps, seen.functions, seen.parameters))
    if whole.status != OUTSIDE:
        return whole
    parts = split(processes, moves, env)
    found = compare_all(parts)
    agreeing: Counter[str] = Counter()
    for (process, _), one in zip(parts, found, strict=True):
        if one.status == DISAGREES:
            return Comparison(DISAGREES, f"{process.id}: {one.detail}")
        agreeing[process.id] += one.status == AGREES
    named = ", ".join(f"{name} {count}" for name, count in sorted(agreeing.items()) if count)
    if not named:
        return whole
    return Comparison(IN_PARTS, f"{named} ({whole.detail})")
