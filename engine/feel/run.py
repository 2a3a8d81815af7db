"""One evaluation: its context, clock, budget and the diagnostics it collects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.feel.problems import Diagnostic, LimitExceeded, line_and_column


@dataclass(frozen=True, slots=True)
class Limits:
    """The budget of one evaluation.

    steps: loop rounds, calls and list elements touched.  size: characters and elements produced.
    depth: nested calls and nested syntax.  source: characters of an expression.  regex_s: seconds for one pattern.
    """

    steps: int = 100_000
    size: int = 2_000_000
    depth: int = 80
    source: int = 100_000
    regex_s: float = 0.5


DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Clock:
    """The moment and the zone an evaluation sees; recorded for replay.  now must be aware."""

    now: datetime
    zone: str = "Asia/Tokyo"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of ours that expressions may call.  call gets FEEL values and may raise FeelProblem."""

    name: str
    parameters: tuple[str, ...]
    call: Callable[..., Any]


class Run:
    """The mutable state of one evaluation; never shared between threads."""

    __slots__ = (
        "clock",
        "depth",
        "diagnostics",
        "functions",
        "limits",
        "root",
        "size_left",
        "source",
        "steps_left",
    )

    def __init__(
        self,
        root: Mapping[str, Any],
        clock: Clock,
        functions: Mapping[str, Function],
        limits: Limits,
        source: str,
    ) -> None:
        self.root = root
        self.clock = clock
        self.functions = functions
        self.limits = limits
        self.source = source
        self.steps_left = limits.steps
        self.size_left = limits.size
        self.depth = 0
        self.diagnostics: list[Diagnostic] = []

    def fail(self, code: str, message: str, at: int = 0) -> None:
        """Record why the value at this place is null."""
        if len(self.diagnostics) < 50:
            line, column = line_and_column(self.source, at)
            self.diagnostics.append(Diagnostic(code, message, line, column))

    def spend(self, steps: int) -> None:
        """Use up steps; raises LimitExceeded when none are left."""
        self.steps_left -= steps
        if self.steps_left < 0:
            self.stop("steps", f"計算の手数が上限（{self.limits.steps:,}）を超えました。")

    def grow(self, size: int) -> None:
        """Use up room for characters or elements; raises LimitExceeded when none is left."""
        self.size_left -= size
        if self.size_left < 0:
            self.stop("size", f"値の大きさが上限（{self.limits.size:,}）を超えました。")

    def enter(self) -> None:
        """One call deeper; the caller lowers depth again."""
        self.depth += 1
        if self.depth > self.limits.depth:
            self.stop("depth", f"呼び出しの深さが上限（{self.limits.depth}）を超えました。")

    def stop(self, code: str, message: str) -> None:
        raise LimitExceeded(Diagnostic(code, message, 1, 1))
