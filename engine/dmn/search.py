"""A search for what some rules of a table leave uncovered, by cutting its columns into pieces one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.dmn.columns import Column

REGIONS_MAX = 40
# What a step costs beside its pieces, in pieces.
_STEP = 4

# Per column the pieces (as bits) a region covers.
Region = tuple[int, ...]


@dataclass
class Work:
    """Pieces that may still be looked at in all searches of one table."""

    left: int


@dataclass
class Search:
    """rules: those looked at, as bits.  gaps: regions no rule may match; the search ends when there are so many.

    is_open: whether a rule of unknown reach, or the end of the work, left something open.
    """

    columns: Sequence[Column]
    rules: int
    work: Work
    gaps_max: int = REGIONS_MAX * 4
    gaps: list[Region] = field(default_factory=list)
    is_open: bool = False

    def run(self, region: Region) -> None:
        """Search one region; its gaps are added."""
        self.region = region
        self.indexes = [list(bits(mask)) for mask in region]
        # Rules that cover everything that is left from a column on.
        self.reach = [self.rules]
        for column, indexes in zip(reversed(self.columns), reversed(self.indexes), strict=True):
            full = self.reach[0]
            for index in indexes:
                full &= column.sure[index]
            self.reach.insert(0, full)
        self.covered: set[tuple[int, int, int]] = set()
        self.step(0, self.rules, self.rules, ())

    def step(self, depth: int, must: int, may: int, path: Region) -> bool:
        """Whether the rest is covered; must, may: rules still matching on the way to here."""
        if not may:
            self.gaps.append((*path, *self.region[depth:]))
            return False
        if must & self.reach[depth] or (depth, must, may) in self.covered:
            return True
        if depth == len(self.columns) or self.work.left < 0 or len(self.gaps) >= self.gaps_max:
            self.is_open = True
            return False
        column, indexes = self.columns[depth], self.indexes[depth]
        self.work.left -= len(indexes) + _STEP
        sure, possible, groups = column.sure, column.possible, dict[tuple[int, int], int]()
        for index in indexes:
            key = must & sure[index], may & possible[index]
            groups[key] = groups.get(key, 0) | 1 << index
        is_covered = True
        for (surely, maybe), mask in groups.items():
            if not self.step(depth + 1, surely, maybe, (*path, mask)):
                is_covered = False
                if len(self.gaps) >= self.gaps_max:
                    break
        if is_covered:
            self.covered.add((depth, must, may))
        return is_covered


def is_covered(columns: Sequence[Column], rules: int, region: Region, work: Work) -> bool | None:
    """Whether the rules (as bits) surely match everything in the region; None when the work ended before it was known."""
    # Most regions that are not covered show it at an end of every column.
    for end in (0, -1):
        left = rules
        for column, mask in zip(columns, region, strict=True):
            left &= column.possible[(mask & -mask if end == 0 else mask).bit_length() - 1]
        if not left:
            return False
    search = Search(columns, rules, work, gaps_max=1)
    search.run(region)
    if not search.gaps and search.is_open and work.left < 0:
        return None
    return not search.gaps and not search.is_open


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, in order."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def merged(regions: Sequence[Region]) -> list[Region]:
    """The same regions, those that differ in one column only joined."""
    found = list(dict.fromkeys(regions))
    joined = True
    while joined:
        joined = False
        for column in range(len(found[0]) if found else 0):
            by_rest: dict[Region, int] = {}
            for region in found:
                rest = (*region[:column], 0, *region[column + 1 :])
                by_rest[rest] = by_rest.get(rest, 0) | region[column]
            if len(by_rest) < len(found):
                joined = True
                found = [
                    (*rest[:column], mask, *rest[column + 1 :]) for rest, mask in by_rest.items()
                ]
    return found
