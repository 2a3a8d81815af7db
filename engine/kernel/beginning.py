"""Start events that begin a case by themselves: when their time comes, whether their condition holds. No case yet."""

from __future__ import annotations

from datetime import datetime

from engine.bpmn.model import Node, Process
from engine.kernel import conditions, timers
from engine.kernel.env import Env
from engine.kernel.run import Run
from engine.kernel.state import Scope, Variables, new_state


def first_due(process: Process, node: Node, env: Env) -> tuple[datetime, int]:
    """(due instant in UTC, further firings; -1 without end) of a timer start, counted from now. Raises Stop."""
    return timers.first(*_before(process, env), node)


def next_due(process: Process, node: Node, env: Env, due: datetime) -> datetime | None:
    """When a cycle that was due then is due again; never in the past. None: never (timers.following). Raises Stop."""
    return timers.following(*_before(process, env), node, due)


def holds(process: Process, node: Node, env: Env) -> bool:
    """Whether the condition of a conditional start is true now. Raises Stop when it is neither true nor false."""
    return conditions.is_true(*_before(process, env), node)


def _before(process: Process, env: Env) -> tuple[Run, Scope]:
    """The process before any case of it: no variables, the procedure's dated values."""
    return Run(process, new_state(process.id), env), Scope(
        1, 0, 0, "process", "", process.id, Variables()
    )
