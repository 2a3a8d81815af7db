"""What a case is called in lists: its title and its applicant, FEEL of procedure.yaml over the variables of the case."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine import feel
from engine.feel_functions import NAMES

LONGEST = 200


@dataclass(frozen=True)
class Names:
    title: str
    applicant: str


def name_case(
    filing: Mapping[str, Any],
    variables: Mapping[str, Any],
    changed: Collection[str],
    *,
    before: Names,
    clock: feel.Clock,
    functions: Mapping[str, feel.Function],
) -> Names:
    """The names after a step; unchanged while the answers of the filing form are (without one: all variables).

    changed: names of the variables that have another value than before.
    """
    form = filing.get("form")
    if not changed or (form is not None and form not in changed):
        return before
    title = text_of(filing["title"], variables, clock=clock, functions=functions)
    applicant = text_of(filing["applicant"], variables, clock=clock, functions=functions)
    return Names(title or before.title, applicant or before.applicant)


def text_of(
    source: str,
    variables: Mapping[str, Any],
    *,
    clock: feel.Clock,
    functions: Mapping[str, feel.Function],
) -> str | None:
    """The text the FEEL gives, trimmed and not longer than a line; None when it gives none."""
    value = value_of(source, variables, clock=clock, functions=functions)
    return value.strip()[:LONGEST] if isinstance(value, str) else None


def value_of(
    source: str,
    variables: Mapping[str, Any],
    *,
    clock: feel.Clock,
    functions: Mapping[str, feel.Function],
) -> Any:
    """What a FEEL expression of procedure.yaml gives; null where it fails."""
    return _compiled(source).evaluate(variables, clock=clock, functions=functions).value


@lru_cache(maxsize=1000)
def _compiled(source: str) -> feel.Expression:
    return feel.compile(source, functions=NAMES)
