"""A range of values; a missing end is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Range:
    """start..end.  None means there is no such end; has_start and has_end say whether it was written."""

    start: Any
    end: Any
    start_included: bool = True
    end_included: bool = True
    has_start: bool = True
    has_end: bool = True

    def __str__(self) -> str:
        opened = "[" if self.start_included else "("
        closed = "]" if self.end_included else ")"
        return f"{opened}{self.start}..{self.end}{closed}"

    def __hash__(self) -> int:
        return hash((str(self.start), str(self.end), self.start_included, self.end_included))
