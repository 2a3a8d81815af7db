"""A range of values; a missing end is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Range:
    """start..end.  has_start and has_end: whether it is bounded there; by None where the data has no value for the end."""

    start: Any
    end: Any
    start_included: bool = True
    end_included: bool = True
    has_start: bool = True
    has_end: bool = True

    @property
    def lacks_end(self) -> bool:
        """Whether an end that was written has no value, so that nobody knows where the range ends."""
        return (self.has_start and self.start is None) or (self.has_end and self.end is None)

    def __str__(self) -> str:
        opened = "[" if self.start_included else "("
        closed = "]" if self.end_included else ")"
        return f"{opened}{self.start}..{self.end}{closed}"

    def __hash__(self) -> int:
        return hash((str(self.start), str(self.end), self.start_included, self.end_included))
