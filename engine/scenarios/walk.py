"""What one scenario did, so that a second engine can do it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import kernel
from engine.feel import Function
from engine.kernel import effects as fx


@dataclass(frozen=True)
class Move:
    """One input of a walk. before: the state it met.  step: what the kernel made of it.  at: aware instant."""

    input: fx.Input
    before: kernel.State
    step: kernel.Step
    at: datetime

    @property
    def node(self) -> str | None:
        """The node the input answers; None for the start."""
        token = getattr(self.input, "token", None)
        return next((w.node for w in kernel.open_waits(self.before) if w.token == token), None)


@dataclass(frozen=True)
class Walk:
    """A whole scenario. entered: nodes in order.  taken: flows in order.

    end: id of the end event, None while the case is open.  variables: of the process at the end.
    functions, parameters: what expressions saw at the start, for a second engine.
    """

    process: str
    moves: tuple[Move, ...]
    entered: tuple[str, ...]
    taken: tuple[str, ...]
    end: str | None
    variables: Mapping[str, Any]
    functions: Mapping[str, Function]
    parameters: Mapping[str, Any]
