"""The token game, pure: advance(process, state, input, env) -> Step(state, effects)."""

from __future__ import annotations

from engine.bpmn.model import Process
from engine.kernel import state as _state
from engine.kernel.advance import Step, advance
from engine.kernel.codec import FORMAT, StateUnreadable, dump, load
from engine.kernel.counterparts import Counterparts
from engine.kernel.env import Decision, DecisionResult, Env, Limits
from engine.kernel.hindrances import ChangeoverHindered, Hindrance
from engine.kernel.run import exceeds
from engine.kernel.state import State
from engine.kernel.stop import StepRefused, Stop
from engine.kernel.views import (
    OpenWait,
    active_nodes,
    changed,
    newest,
    open_waits,
    variables,
)

__all__ = [
    "FORMAT",
    "ChangeoverHindered",
    "Counterparts",
    "Decision",
    "DecisionResult",
    "Env",
    "Hindrance",
    "Limits",
    "OpenWait",
    "State",
    "StateUnreadable",
    "Step",
    "StepRefused",
    "Stop",
    "active_nodes",
    "advance",
    "changed",
    "dump",
    "exceeds",
    "load",
    "new_state",
    "newest",
    "open_waits",
    "variables",
]


def new_state(process: Process) -> State:
    """A case of the process before its Start."""
    return _state.new_state(process.id)
