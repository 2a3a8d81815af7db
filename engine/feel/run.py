"""One evaluation: its context, clock, budget and the diagnostics it collects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, NamedTuple, NoReturn

from engine.feel.problems import Diagnostic, LimitExceeded, line_and_column
from engine.feel.remedies import REMEDIES


@dataclass(frozen=True, slots=True)
class Limits:
    """The budget of one evaluation.

    steps: loop rounds, calls and list elements touched.  size: characters and elements produced.
    depth: nested calls, syntax and values; more than the default goes beyond Python's stack where calls nest in syntax
    that nests.  source: characters of an expression.  time_s: seconds, where the other limits are far away and single
    steps are slow (texts and lists of a million).  regex_s: seconds for one pattern.
    """

    steps: int = 100_000
    size: int = 2_000_000
    depth: int = 80
    source: int = 100_000
    time_s: float = 5.0
    regex_s: float = 0.5


DEFAULT = Limits()
_LARGE = (str, list, dict)


@dataclass(frozen=True, slots=True)
class Clock:
    """The moment and the zone an evaluation sees; recorded for replay.  now must be aware."""

    now: datetime
    zone: str = "Asia/Tokyo"


# For what has one value whatever the time is: constants, the tests of types and of tables.
ANY_CLOCK = Clock(datetime(2000, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Function:
    """A function of ours that expressions may call.  call gets FEEL values and may raise FeelProblem.

    is_last_optional: the last argument may be left out; call is not given it then.
    """

    name: str
    parameters: tuple[str, ...]
    call: Callable[..., Any]
    is_last_optional: bool = False


class Source(NamedTuple):
    """The text that places in it are counted in, and which expression of a model it is."""

    text: str
    place: str = ""


class Run:
    """The mutable state of one evaluation; never shared between threads."""

    __slots__ = (
        "clock",
        "deadline",
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
        source: Source,
    ) -> None:
        self.root = root
        self.clock = clock
        self.functions = functions
        self.limits = limits
        self.source = source
        self.steps_left = limits.steps
        self.size_left = limits.size
        self.depth = 0
        self.deadline = monotonic() + limits.time_s
        self.diagnostics: list[Diagnostic] = []

    def fail(
        self, code: str, message: str, at: int = 0, remedy: str | Callable[[], str] = ""
    ) -> None:
        """Record why the value at this place is null, and how to mend it (a function where that takes a while)."""
        if len(self.diagnostics) < 50:
            text = self.source.text
            line, column = line_and_column(text, at) if text else (0, 0)
            how = (remedy() if callable(remedy) else remedy) or REMEDIES[code]
            self.diagnostics.append(Diagnostic(code, message, line, column, self.source.place, how))

    def spend(self, steps: int) -> None:
        """Use up steps; raises LimitExceeded when none are left."""
        self.steps_left -= steps
        if self.steps_left < 0:
            self.stop("steps", f"計算の手数が上限（{self.limits.steps:,}）を超えました。")
        if monotonic() > self.deadline:
            self.out_of_time()

    def search_time(self) -> float:
        """The seconds one pattern may search; raises LimitExceeded when no time is left."""
        left = self.deadline - monotonic()
        if left <= 0:
            self.out_of_time()
        return min(left, self.limits.regex_s)

    def out_of_search(self) -> NoReturn:
        """A pattern searched as long as it may."""
        if monotonic() >= self.deadline:
            self.out_of_time()
        limit = self.limits.regex_s
        self.stop("regex", f"正規表現の照合の時間が上限（{limit:g}秒）を超えました。")

    def out_of_time(self) -> NoReturn:
        self.stop("time", f"計算の時間が上限（{self.limits.time_s:g}秒）を超えました。")

    def grow(self, size: int) -> None:
        """Use up room for characters or elements; raises LimitExceeded when none is left."""
        self.size_left -= size
        if self.size_left < 0:
            self.stop("size", f"値の大きさが上限（{self.limits.size:,}）を超えました。")

    def weigh(self, value: Any) -> None:
        """Raise LimitExceeded when a result, written out, is larger or nested deeper than allowed.

        Parts that a result shares count each time: thirty doublings of one list are a billion elements in storage.
        """
        left, nested = self.limits.size, [(value, self.limits.depth)]
        while nested:
            item, depth = nested.pop()
            if isinstance(item, str):
                left -= len(item)
            elif isinstance(item, list | dict):
                left -= len(item) + 1
                if isinstance(item, dict):
                    left -= sum(map(len, item))
                if depth == 0:
                    message = f"値の入れ子が上限（{self.limits.depth}）を超えました。"
                    self.stop("depth", message)
                if left >= 0:
                    parts = item if isinstance(item, list) else item.values()
                    nested += [(part, depth - 1) for part in parts if isinstance(part, _LARGE)]
            if left < 0:
                self.stop("size", f"値の大きさが上限（{self.limits.size:,}）を超えました。")

    def enter(self) -> None:
        """One call deeper; the caller lowers depth again."""
        self.depth += 1
        if self.depth > self.limits.depth:
            self.stop("depth", f"呼び出しの深さが上限（{self.limits.depth}）を超えました。")

    def stop(self, code: str, message: str) -> NoReturn:
        found = Diagnostic(code, message, 0, 0, self.source.place, REMEDIES[code])
        raise LimitExceeded(found) from None
