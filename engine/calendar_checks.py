"""Whether every calendar that an expression of a procedure names by a literal is one the procedure uses. No database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine import used_calendars
from engine.errors import Problem
from engine.feel.near import nearest
from engine.feel.nodes import Call, Literal, Name, walk
from engine.feel_functions import CALENDAR, SIGNATURES
from engine.readings import Reading


def problems(settings: Mapping[str, Any], written: Iterable[Reading]) -> Iterator[Problem]:
    """A problem for every name of a calendar that procedure.yaml does not list.  written: the expressions."""
    known = [rule.id for rule in used_calendars.rules(settings)]
    for one in written:
        for literal in _named(one.tree):
            if literal.value not in known:
                yield _unknown(one, literal, known)


def _named(tree: Any) -> Iterator[Literal]:
    """The texts that stand as the calendar of a call; what is computed is judged when it is evaluated."""
    for node in walk(tree):
        if not isinstance(node, Call) or not isinstance(node.callee, Name):
            continue
        signature = SIGNATURES.get(node.callee.name)
        if signature is None:
            continue
        names = node.names or signature.parameters
        for name, argument in zip(names, node.arguments, strict=False):
            if name != CALENDAR or not isinstance(argument, Literal):
                continue
            if isinstance(argument.value, str):
                yield argument


def _unknown(one: Reading, literal: Literal, known: Iterable[str]) -> Problem:
    name = str(literal.value)
    near = nearest(name, known)
    return one.problem(
        literal.at,
        f"この手続は、開庁日の暦「{name}」を使っていません。",
        (f"「{near}」の誤りではないか確かめるか、" if near else "")
        + f"procedure.yaml の calendars に「{name}」を加えてください（例 calendars: {{{name}: {{}}}}）。",
    )
