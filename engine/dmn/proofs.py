"""Whether a decision table decides every input, and none of them twice: proofs over pieces of its columns.

A proof is about inputs that have a value of the declared type.  Which inputs may be missing (null) without a rule that
matches, with several, or with a range nobody knows the end of, is told beside it.  A search that becomes too large
ends; what it has not shown is then not claimed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.dmn import model as m
from engine.dmn.columns import Column, columns
from engine.dmn.ends import written
from engine.dmn.needs import Seen
from engine.dmn.overlaps import Overlap, overlaps
from engine.dmn.results import Results, results
from engine.dmn.search import Region, Search, Work, is_covered, merged
from engine.dmn.texts import find_tests
from engine.feel import nodes as n

# Pieces looked at, about 2 million a second: for gaps, for missing values, for rules that are never used.
GAPS_WORK, EMPTY_WORK, SHADOW_WORK = 1_000_000, 300_000, 600_000
PAIRS_WORK = 500_000
OVERLAPS_MAX = 50
# One more tells that there are more.
_PAIRS_MAX = OVERLAPS_MAX + 1


@dataclass(frozen=True, slots=True)
class Proof:
    """What is proven of a table; None: neither way, and why says the reason.

    complete: some rule matches every input (a default output counts).  single: no input has two results; the
    policies FIRST and PRIORITY choose one, ANY has one where the outputs agree.  gaps: regions no rule matches.
    overlaps: pairs of rules that leave an input without a result, a few more than are shown at most.  empty: labels
    of inputs without whose value no rule may match; doubled: several may; unbounded: a range has no known end.
    shadowed: rules, by index, that the rules above match entirely, each with the one of them that does it alone or
    None.  is_all_shadowed: whether all of those were found.
    """

    box: m.TableBox
    columns: tuple[Column, ...]
    results: Results
    complete: bool | None
    single: bool | None
    gaps: tuple[Region, ...]
    overlaps: tuple[Overlap, ...]
    empty: tuple[str, ...]
    doubled: tuple[str, ...]
    unbounded: tuple[str, ...]
    shadowed: tuple[tuple[int, int | None], ...]
    is_all_shadowed: bool
    why: str

    def doubt(self, region: Region) -> str:
        """Why no input may be in a region, empty when there are some."""
        narrowed = [
            (column, mask)
            for column, mask in zip(self.columns, region, strict=True)
            if mask & column.values != column.values
        ]
        for (one, _), (other, _) in itertools.combinations(narrowed, 2):
            if one.is_related(other):
                ends = [f"「{column.end}」" for column in (one, other) if column.end]
                if not ends:
                    return _SAME_DATA
                return f"{'と'.join([*ends, 'ほかの境目'][:2])}の大小が決まっていません"
        if any(not mask & column.values & ~column.unsure for column, mask in narrowed):
            return _CONSTRAINED
        limited = next((column for column, _ in narrowed if column.is_limited), None)
        return f"「{limited.end}」が{limited.label}の取る値とは限りません" if limited else ""


def prove(model: m.Model, box: m.TableBox, known: Seen) -> Proof | None:
    """The proof of a table; None when its rows do not fit its headings or it has none.

    known: what the element of the table sees.
    """
    if not _is_whole(box):
        return None
    found = tuple(columns(model, box, known))
    if not all(column.values for column in found):
        return None
    rules = (1 << len(box.rules)) - 1
    search = Search(found, rules, Work(GAPS_WORK))
    search.run(tuple(column.values for column in found))
    told = results(model, box)
    pairs, has_all_pairs = _pairs(found, box, told) if box.policy in "UA" else ((), True)
    draft = Proof(box, found, told, None, None, (), pairs, (), (), (), (), True, "")
    doubts = [draft.doubt(region) for region in search.gaps]
    gaps = [region for region, doubt in zip(search.gaps, doubts, strict=True) if not doubt]
    has_default = any(output.default for output in box.outputs)
    reasons: dict[str, None] = {}
    complete: bool | None = not gaps
    if has_default:
        complete = True
    elif complete:
        foreign = [c for c in found if c.foreign and not _is_matched(found, rules, c, c.foreign)]
        reasons |= dict.fromkeys(
            f"「{column.label}」の値に時間帯（+09:00 など）があるかどうかが決まっていません"
            if column.zones
            else f"「{column.label}」に型がありません"
            for column in foreign
        )
        reasons |= dict.fromkeys(doubts)
        if search.is_open:
            reasons |= dict.fromkeys([_TOO_MUCH] if search.work.left < 0 else _unknown(found))
        if any(not column.exact for column in found):
            reasons[_CONSTRAINED] = None
        complete = None if reasons else True
    single: bool | None = True
    if any(p.is_sure and p.is_other and not draft.doubt(p.region) for p in pairs):
        single = False
    elif pairs or not has_all_pairs:
        single = None
        is_unsure = has_all_pairs and any(not pair.is_sure for pair in pairs)
        doubt = (draft.doubt(pairs[0].region) or _RESULTS) if pairs else _TOO_MUCH
        reasons |= dict.fromkeys(_unknown(found) if is_unsure else [doubt])
    empty = _empty(found, rules) if complete and not has_default else ()
    doubled = _doubled(found, box, told) if single and box.policy in "UA" else ()
    shadowed, is_all = _shadowed(found, box) if box.policy == "F" else ((), True)
    why = "、".join(reasons)
    return replace(
        draft,
        complete=complete,
        single=single,
        gaps=tuple(merged(gaps)),
        empty=empty,
        doubled=doubled,
        unbounded=tuple(dict.fromkeys(_unbounded(model, box))),
        shadowed=shadowed,
        is_all_shadowed=is_all,
        why=why,
    )


def _is_whole(box: m.TableBox) -> bool:
    """Whether a table has inputs, rules, and in every row a cell for each heading and a result."""
    return bool(
        box.inputs
        and box.outputs
        and box.rules
        and all(clause.text.strip() for clause in box.inputs)
        and all(
            (len(row.inputs), len(row.outputs)) == (len(box.inputs), len(box.outputs))
            and any(cell.strip() for cell in row.outputs)
            for row in box.rules
        )
    )


_SAME_DATA = "同じデータから計算する入力があります"
_CONSTRAINED = "型の条件に、定数でないものがあります"
_RESULTS = "重なる行の結果が同じ値になるかどうかが決まっていません"
_TOO_MUCH = "組み合わせが多すぎて、調べきれません"


def _unknown(found: Sequence[Column]) -> list[str]:
    """Why nobody knows for which values the conditions hold."""
    mixed = [column for column in found if column.is_mixed]
    reasons = [f"「{one.label}」の条件に、たがいに比べられない値があります" for one in mixed]
    open_ones = [column for column in found if not column.is_mixed and _is_open(column)]
    return reasons if mixed and not open_ones else [*reasons, "定数でない条件があります"]


def _is_open(column: Column) -> bool:
    """Whether a rule may, but need not, hold for a value of a column."""
    return any(
        (must ^ may) & column.values for must, may in zip(column.must, column.may, strict=True)
    )


def _empty(found: Sequence[Column], rules: int) -> tuple[str, ...]:
    """The labels of the inputs without whose value no rule may match, alone or together with others."""
    work = Work(EMPTY_WORK)
    may_lack = [column for column in found if column.empty]
    alone = [
        column.label
        for column in may_lack
        if not is_covered(found, rules, _only(found, column, column.empty), work)
    ]
    everything = tuple(column.values | column.empty for column in found)
    if not alone and not is_covered(found, rules, everything, work):
        alone = [column.label for column in may_lack]
    return tuple(alone)


def _doubled(found: Sequence[Column], box: m.TableBox, told: Results) -> tuple[str, ...]:
    """The labels of the inputs without whose value several rules may match; of those that have one, no two do."""
    lacking = [replace(column, values=column.values | column.empty) for column in found]
    pairs, has_all = _pairs(lacking, box, told)
    if not pairs and not has_all:
        return tuple(column.label for column in found if column.empty)
    return tuple(
        dict.fromkeys(
            column.label
            for pair in pairs
            for column, mask in zip(found, pair.region, strict=True)
            if not mask & column.values
        )
    )


def _unbounded(model: m.Model, box: m.TableBox) -> Iterator[str]:
    """The labels of what the ends of ranges are read from: without a value nobody knows where such a range ends."""
    labels = {" ".join(clause.text.split()): clause.label for clause in box.inputs}
    for text in dict.fromkeys(cell for row in box.rules for cell in row.inputs):
        tests = find_tests(model, text) if ".." in text else None
        if tests is None:
            continue
        for end in (
            e for r in n.walk(tests.tree) if isinstance(r, n.RangeOf) for e in (r.start, r.end)
        ):
            if end is not None and written(end) is None:
                yield from (
                    labels.get(one.name, one.name)
                    for one in n.walk(end)
                    if isinstance(one, n.Name) and one.name in tests.names
                )


def _only(found: Sequence[Column], column: Column, mask: int) -> Region:
    """The region in which one input has these values, the others any."""
    return tuple(mask if one is column else one.values for one in found)


def _is_matched(found: Sequence[Column], rules: int, column: Column, mask: int) -> bool:
    return bool(is_covered(found, rules, _only(found, column, mask), Work(EMPTY_WORK)))


def _pairs(
    found: Sequence[Column], box: m.TableBox, told: Results
) -> tuple[tuple[Overlap, ...], bool]:
    """Overlaps, the sure ones first and one of the others, and whether the search came to its end."""
    work = Work(PAIRS_WORK)
    is_any = box.policy == "A"
    against = told.other if is_any else _every
    pairs = [*itertools.islice(overlaps(found, work, surely=True, against=against), _PAIRS_MAX)]
    if is_any:
        more = overlaps(found, work, surely=True, against=told.doubtful, is_other=False)
        pairs += itertools.islice(more, _PAIRS_MAX - len(pairs))
    if not pairs and any(column.must != column.may for column in found):
        against = (lambda rule: ~told.same(rule)) if is_any else _every
        pairs = [*itertools.islice(overlaps(found, work, surely=False, against=against), 1)]
    return tuple(pairs), work.left >= 0


def _every(rule: int) -> int:
    """All rules, as bits: with a policy under which no two may match."""
    return -1


def _shadowed(
    found: Sequence[Column], box: m.TableBox
) -> tuple[tuple[tuple[int, int | None], ...], bool]:
    """The rules that the rules above match entirely, and whether they are all."""
    work = Work(SHADOW_WORK)
    shadowed: list[tuple[int, int | None]] = []
    is_all = True
    for later in range(1, len(box.rules)):
        region = tuple(
            column.may[later]
            & (column.values | column.empty | (column.foreign if column.zones else 0))
            for column in found
        )
        if not all(region):
            continue
        above = (1 << later) - 1
        alone = _alone(found, region, above)
        covered = True if alone is not None else is_covered(found, above, region, work)
        if covered:
            shadowed.append((later, alone))
        is_all = is_all and covered is not None
    return tuple(shadowed), is_all


def _alone(found: Sequence[Column], region: Region, above: int) -> int | None:
    """The first of the rules (as bits) that matches all of a region by itself."""
    for column, mask in zip(found, region, strict=True):
        # Those that match both ends are few; whether they match all between is looked at one by one.
        above &= column.sure[(mask & -mask).bit_length() - 1] & column.sure[mask.bit_length() - 1]
    while above:
        rule = (above & -above).bit_length() - 1
        if all(not mask & ~column.must[rule] for column, mask in zip(found, region, strict=True)):
            return rule
        above &= above - 1
    return None
