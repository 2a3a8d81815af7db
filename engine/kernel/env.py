"""What a step may know of the world: recorded with its input, so that a replay sees the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import feel
from engine.bpmn.model import Process
from engine.feel import Clock, Function


@dataclass(frozen=True)
class Limits:
    """What a case may use.

    steps: node visits per step.  depth: nested scopes.  tokens: open tokens per case.
    instances: runs of one multi-instance.  variable_size: characters and elements of one variable.
    callers: cases that wait for each other in a row (engine/called_cases.py).

    The defaults stay what they are: an input that was recorded without limits was taken under them.
    """

    steps: int = 20_000
    depth: int = 400
    tokens: int = 5_000
    instances: int = 1_000
    variable_size: int = 1_000_000
    callers: int = 20
    feel: feel.Limits = feel.DEFAULT


@dataclass(frozen=True)
class DecisionResult:
    """What a decision gave and why.

    matched: one per table evaluated: {"table", "rules": [{"id", "number", "annotation"}]}.
    parameters: dated parameters used, name -> {"value", "valid_from"}.
    diagnostics: Japanese sentences; any makes the step an incident.
    """

    value: Any
    inputs: Mapping[str, Any] = field(default_factory=dict)
    matched: tuple[Mapping[str, Any], ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    diagnostics: tuple[str, ...] = ()


# (visible variables, clock) -> result
Decision = Callable[[Mapping[str, Any], Clock], DecisionResult]
DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Env:
    """now: aware, UTC.  processes: callable processes by id.  decisions: by decision id.

    parameters: today's dated values, visible in every expression as the context `parameters`.
    left: the processes of the version a changeover comes from, by id.
    is_called: another case waits for the end of this one.
    """

    now: datetime
    calendar_version: str = ""
    processes: Mapping[str, Process] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = DEFAULT_LIMITS
    left: Mapping[str, Process] = field(default_factory=dict)
    is_called: bool = False
