"""Whether every dated parameter that something of a procedure reads exists, and has a value on the first day it is read.

A value holds until the next one, so a parameter can only be missing before its first day. No database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from engine import procedure_file
from engine.errors import Problem
from engine.feel.near import nearest
from engine.feel.nodes import Name, Path, walk
from engine.parameters import Parameters
from engine.readings import Reading

FILE = "parameters.yaml"
PARAMETERS = "parameters"


def problems(
    settings: Mapping[str, Any],
    written: Iterable[Reading],
    parameters: Parameters,
    *,
    today: date | None,
) -> Iterator[Problem]:
    """Every problem. written: the expressions.  today: the first day it can be read on; None when that is not known.

    A decision may look back (`decided_on`): valid_from of procedure.yaml says how far.
    """
    known = [day for day in (settings.get("valid_from"), today) if day is not None]
    late: dict[str, Problem] = {}
    for one in written:
        for name, at in _read(one.tree):
            if name not in parameters:
                yield _unknown(one, name, at, parameters)
            elif known and parameters[name].find_on(min(known)) is None:
                late.setdefault(name, _late(one, name, min(known), parameters))
    yield from late.values()


def _read(tree: Any) -> Iterator[tuple[str, int]]:
    """(parameter, offset) of every one an expression names."""
    for node in walk(tree):
        if isinstance(node, Path) and isinstance(node.base, Name) and node.base.name == PARAMETERS:
            yield node.name, node.at


def _unknown(one: Reading, name: str, at: int, parameters: Parameters) -> Problem:
    near = nearest(name, parameters)
    return one.problem(
        at,
        f"「{PARAMETERS}」に「{name}」という項目はありません。",
        (f"「{near}」の誤りではないか確かめるか、" if near else "")
        + f"{FILE} に「{name}」の値を日付とともに書いてください。",
    )


def _late(one: Reading, name: str, day: date, parameters: Parameters) -> Problem:
    first = parameters[name].values[0].valid_from
    where = f"「{one.name or one.element}」" if one.name or one.element else ""
    return Problem(
        FILE,
        f"パラメータ「{name}」の値は {first} からしかありませんが、{one.file} {where}が {day} から使います。",
        f"values に、from が {day} かそれより前の行を加えてください。"
        f"それより後にしか使わない手続なら、{procedure_file.FILE} の valid_from と公開する日を確かめてください。",
        element=name,
    )
