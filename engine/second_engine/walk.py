"""A walk of the kernel as the second engine walks it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import kernel
from engine.feel import Function
from engine.kernel import effects as e


@dataclass(frozen=True)
class Move:
    """One input of a walk. before: the state it met.  step: what the kernel made of it.  at: aware instant."""

    input: e.Input
    before: kernel.State
    step: kernel.Step
    at: datetime

    @property
    def node(self) -> str | None:
        """The node the input answers; None for the start."""
        token = getattr(self.input, "token", None)
        return next((w.node for w in kernel.open_waits(self.before) if w.token == token), None)


@dataclass(frozen=True)
class Taken:
    """One step of a walk: the input, the node it answered, and the nodes that wait after it (with repetition).

    variables: name -> JSON text of the process's variables after it; None once it has ended.
    """

    input: e.Input
    node: str | None
    now: datetime
    waiting: tuple[str, ...]
    ended: bool
    decided: tuple[tuple[str, Any], ...] = ()
    stopped: bool = False  # by an incident, which SpiffWorkflow does not know
    variables: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Walk:
    """What the kernel walked. process: id of its process."""

    process: str
    steps: tuple[Taken, ...]
    functions: Mapping[str, Function] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)


def taken(move: Move) -> Taken:
    """The step as a second engine has to make it too."""
    effects = move.step.effects
    return Taken(
        move.input,
        move.node,
        move.at,
        _waiting(move.step.state),
        move.step.state.status == "ended",
        tuple((x.node, x.outputs) for x in effects if isinstance(x, e.Decided)),
        any(isinstance(x, e.RaiseIncident) for x in effects),
        dict(move.step.state.root.variables.texts()) if move.step.state.scopes else None,
    )


def _waiting(state: kernel.State) -> tuple[str, ...]:
    # Waits beside a task (boundary events) are no place where a token stands.
    own = [w.node for w in kernel.open_waits(state) if not w.host and w.token in state.tokens]
    return tuple(sorted(own))
