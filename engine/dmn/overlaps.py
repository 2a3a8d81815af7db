"""Pairs of rules that match the same input, found without comparing every rule with every other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.dmn.columns import Column, runs
from engine.dmn.search import Region, Work, bits

# Rules with more separate spans in a column are looked up by their outermost ends.
_SPANS_MAX = 8


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules, by index, and the region both match; not is_sure: may match.

    is_other: whether their results surely differ, where that matters.
    """

    earlier: int
    later: int
    region: Region
    is_sure: bool
    is_other: bool


def overlaps(
    columns: Sequence[Column],
    work: Work,
    *,
    surely: bool,
    against: Callable[[int], int],
    is_other: bool = True,
) -> Iterator[Overlap]:
    """The pairs that leave an input without a result, in the order of the later rule; ends where the work does.

    surely: those of rules that surely match; else those of rules that may, whatever they do surely.  against: the
    rules, as bits, that a rule would disturb.  is_other: whether the results of such two surely differ.
    """
    masks = [column.must if surely else column.may for column in columns]
    values = [column.values for column in columns]
    finders = [_Finder(*pair) for pair in zip(masks, values, strict=True)]
    for later in range(1, len(masks[0])):
        others = (1 << later) - 1 & against(later)
        for finder, mask, value in zip(finders, masks, values, strict=True):
            others &= finder.find(mask[later] & value)
        for earlier in bits(others):
            work.left -= 1
            if work.left < 0:
                return
            region = tuple(
                mask[earlier] & mask[later] & value
                for mask, value in zip(masks, values, strict=True)
            )
            if all(region):
                yield Overlap(earlier, later, region, surely, is_other)


class _Finder:
    """Finds the rules of a column that share a piece with others, and maybe some more.

    started: per piece the rules with a piece at or before it.  ended: the rules whose last piece is before it.
    """

    def __init__(self, masks: Sequence[int], values: int) -> None:
        size = values.bit_length()
        starts, ends = [0] * (size + 1), [0] * (size + 1)
        for rule, mask in enumerate(masks):
            inside = mask & values
            if not inside:
                continue
            starts[(inside & -inside).bit_length() - 1] |= 1 << rule
            ends[inside.bit_length()] |= 1 << rule
        self.started, self.ended = [], []
        started = ended = 0
        for start, end in zip(starts, ends, strict=True):
            started, ended = started | start, ended | end
            self.started.append(started)
            self.ended.append(ended)
        self.known: dict[int, int] = {}

    def find(self, mask: int) -> int:
        """The rules, as bits, that may share one of these pieces."""
        if mask not in self.known:
            spans = list(runs(mask))
            if len(spans) > _SPANS_MAX:
                spans = [(spans[0][0], spans[-1][1])]
            found = 0
            for start, end in spans:
                found |= self.started[end - 1] & ~self.ended[start]
            self.known[mask] = found
        return self.known[mask]
