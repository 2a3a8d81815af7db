"""Whether a decision table decides every input, and none of them twice: proofs by cutting columns into pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.dmn import model as m
from engine.dmn.pieces import Column, columns, described

SEARCH_MAX = 50_000
REGIONS_MAX = 40
RULES_MAX = 1_000

# Per column the pieces (as bits) a region covers.
Region = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What is proven of a table; None: neither way.

    complete: some rule matches every input (a default output counts).  single: no input has two results; the
    policies FIRST and PRIORITY choose one, ANY has one where the outputs agree.  gaps: regions no rule matches.
    overlaps: (earlier rule, later rule, region both match), by index.
    """

    box: m.TableBox
    columns: tuple[Column, ...]
    complete: bool | None
    single: bool | None
    gaps: tuple[Region, ...]
    overlaps: tuple[tuple[int, int, Region], ...]

    def text(self, region: Region) -> str:
        """A region as conditions a person can read."""
        parts = (described(c, mask) for c, mask in zip(self.columns, region, strict=True))
        return "、".join(filter(None, parts)) or "すべての入力"


def prove(model: m.Model, box: m.TableBox) -> Proof | None:
    """The proof of a table; None when its cells cannot be read or it has no rules or inputs."""
    found = columns(model, box)
    if not found or not box.rules or any(not column.pieces for column in found):
        return None
    exact = all(column.exact for column in found)
    search = Search(found, range(len(box.rules)))
    search.run(tuple(column.full for column in found))
    complete: bool | None = not search.gaps
    if any(output.default for output in box.outputs):
        complete = True
    elif complete and (search.is_open or not exact):
        complete = None
    overlaps, single = _overlaps(found, box)
    return Proof(box, tuple(found), complete, single, tuple(merged(search.gaps)), tuple(overlaps))


def _overlaps(
    found: Sequence[Column], box: m.TableBox
) -> tuple[list[tuple[int, int, Region]], bool | None]:
    """Every pair of rules that surely match one input, and whether all inputs have one result."""
    if len(box.rules) > RULES_MAX:
        return [], None
    surely: list[tuple[int, int, Region]] = []
    single: bool | None = True
    for later in range(len(box.rules)):
        for earlier in range(later):
            if any(not column.may[earlier] & column.may[later] for column in found):
                continue
            both = tuple(column.must[earlier] & column.must[later] for column in found)
            if all(both):
                surely.append((earlier, later, both))
            if single is not False and is_conflict(box, earlier, later):
                single = False if all(both) else None
    return surely, single


def is_conflict(box: m.TableBox, one: int, other: int) -> bool:
    """Whether two rules that match the same input leave it without a result."""
    outputs = [[cell.strip() for cell in box.rules[rule].outputs] for rule in (one, other)]
    return box.policy == "U" or (box.policy == "A" and outputs[0] != outputs[1])


@dataclass
class Search:
    """A search for what some rules leave uncovered.

    gaps: regions no rule may match.  is_open: whether a rule of unknown reach, or the budget, left something open.
    """

    columns: Sequence[Column]
    rules: Sequence[int]
    gaps: list[Region] = field(default_factory=list)
    is_open: bool = False
    budget: int = SEARCH_MAX

    def run(self, region: Region) -> None:
        """Search one region; its gaps are added."""
        self.region = region
        alive = sum(1 << rule for rule in self.rules)
        # Rules that cover everything that is left from a column on.
        self.reach = [alive]
        for column, mask in zip(reversed(self.columns), reversed(region), strict=True):
            full = sum(1 << rule for rule in self.rules if not mask & ~column.must[rule])
            self.reach.insert(0, self.reach[0] & full)
        self.covered: set[tuple[int, int, int]] = set()
        self.step(0, alive, alive, ())

    def step(self, depth: int, must: int, may: int, path: Region) -> bool:
        """Whether the rest is covered; must, may: rules still matching on the way to here."""
        if not may:
            self.gaps.append((*path, *self.region[depth:]))
            return False
        if must & self.reach[depth] or (depth, must, may) in self.covered:
            return True
        self.budget -= 1
        if depth == len(self.columns) or self.budget < 0 or len(self.gaps) >= REGIONS_MAX * 4:
            self.is_open = True
            return False
        column, groups = self.columns[depth], dict[tuple[int, int], int]()
        for index in _bits(self.region[depth]):
            key = (
                sum(1 << rule for rule in _bits(must) if column.must[rule] >> index & 1),
                sum(1 << rule for rule in _bits(may) if column.may[rule] >> index & 1),
            )
            groups[key] = groups.get(key, 0) | 1 << index
        results = [
            self.step(depth + 1, sure, possible, (*path, mask))
            for (sure, possible), mask in groups.items()
        ]
        if all(results):
            self.covered.add((depth, must, may))
            return True
        return False


def _bits(mask: int) -> Iterator[int]:
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


def is_covered(found: Sequence[Column], rules: Sequence[int], region: Region) -> bool:
    """Whether the rules surely match everything in the region."""
    search = Search(found, rules, budget=SEARCH_MAX // 10)
    search.run(region)
    return not search.gaps and not search.is_open
