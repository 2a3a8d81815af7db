"""SpiffWorkflow 3.2 beside the kernel, for the part of BPMN that it runs correctly.

SpiffWorkflow gets the process written anew from our model: whatever waits (task, call, message, signal, timer) is a manual
task there, its conditions and scripts are our FEEL, its task data is replaced by one set of variables of ours, its
state is never stored. So what is compared is the token game: after every step the same tasks must be open, and the
case must end at the same step. A walk that is outside as a whole is compared part by part.
"""

from __future__ import annotations

from engine.second_engine.comparing import IN_PARTS, compare_moves
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
from engine.second_engine.walk import Move, Taken, Walk, taken

__all__ = [
    "AGREES",
    "BROKEN",
    "DISAGREES",
    "IN_PARTS",
    "OUTSIDE",
    "Comparison",
    "Move",
    "Taken",
    "Walk",
    "compare",
    "compare_all",
    "compare_moves",
    "split",
    "taken",
]
