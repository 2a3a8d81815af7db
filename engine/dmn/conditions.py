"""Regions of a decision table as conditions a person can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.dmn.columns import Column, runs
from engine.dmn.ends import End
from engine.dmn.pieces import OTHER, Piece
from engine.dmn.search import Region
from engine.feel.text import source_of

# More parts of one condition are counted.
_SHOWN_MAX = 12


def condition(columns: Sequence[Column], region: Region) -> str:
    """A region as conditions of its inputs."""
    parts = (described(column, mask) for column, mask in zip(columns, region, strict=True))
    return "、".join(filter(None, parts)) or "すべての入力"


def described(column: Column, mask: int) -> str:
    """Some values of a column as a condition a person can read; empty when they are all."""
    mask &= column.values
    if mask == column.values:
        return ""
    singles, spans = [], []
    for start, end in runs(mask):
        run = [piece for piece in column.pieces[start:end] if piece.sample is not None]
        if any(piece.is_span for piece in run):
            spans.append(_span(column.label, run))
        else:
            singles += [_written(piece.sample) for piece in run if piece.sample != OTHER]
            spans += [f"{column.label} は{OTHER}" for piece in run if piece.sample == OTHER]
        if len(run) < end - start:
            singles.append("null")
    if singles:
        spans.insert(0, f"{column.label} = {_some(singles, ', ')}")
    return _some(spans, " または ")


def _some(parts: list[str], between: str) -> str:
    """The first of many parts, and how many more there are."""
    more = len(parts) - _SHOWN_MAX
    return between.join(parts[:_SHOWN_MAX]) + (f" など（ほか{more}か所）" if more > 0 else "")


def _span(label: str, run: list[Piece]) -> str:
    """Adjoining pieces with a span among them."""
    first, last = run[0], run[-1]
    low = first.low if first.is_span else first.sample
    high = last.high if last.is_span else last.sample
    if low is None:
        return f"{label} {'<' if last.is_span else '<='} {_written(high)}"
    if high is None:
        return f"{label} {'>' if first.is_span else '>='} {_written(low)}"
    opened, closed = "(" if first.is_span else "[", ")" if last.is_span else "]"
    return f"{label} in {opened}{_written(low)}..{_written(high)}{closed}"


def _written(value: Any) -> str:
    """A value as it is written in a cell."""
    return value.text if isinstance(value, End) else source_of(value)
