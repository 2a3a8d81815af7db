"""Why a case was decided so, as people read it: the rules that matched and what they looked at. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.dmn.model import TableBox
from engine.history import Entry
from engine.versions import Version
from web.desk.record import Known, then_in_force
from web.desk.values import Shown, brief, first, read, show
from web.words import era_day

# Of a decision whose result is a list.
MOST_OUTCOMES = 50


@dataclass(frozen=True)
class Reason:
    """Why the engine decided so (行政手続法8条): the value, the rules that matched, what they looked at.

    run: which of several that were decided one by one, such as the rows of a list; 0: it was the only one.
    left: how many elements of a long list the value leaves out.
    """

    at: datetime
    name: str
    value: Shown
    rules: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...]
    parameters: tuple[str, ...]
    run: int = 0
    left: int = 0


def find(
    entries: Sequence[Entry],
    version: Version,
    words: Mapping[str, str],
    known: Known | None = None,
) -> list[Reason]:
    """Every decision by a table, newest first, with its rules and the dated parameters used. words: by code."""
    found = []
    for entry in entries:
        for kind, fields in (entry.payload or {}).get("effects", ()):
            if kind == "Decided":
                then = then_in_force(entry, version, known)
                found.append(_reason(entry.at, fields, then, words))
    return found[::-1]


def _reason(at: datetime, fields: Any, version: Version, words: Mapping[str, str]) -> Reason:
    decision = fields.get("decision", "")
    tables = _tables(version)
    name = _decision_name(version, decision)
    # What a table of the model gives is read by the cells of others.
    of_paths = {**_labels(tables), **_labels(tables, decision), **words}
    words = {**_labels(tables, decision), **words}
    rules = []
    for match in read(fields.get("matched") or []):
        table = tables[match["table"]][0] if match.get("table") in tables else ""
        for rule in match.get("rules") or ():
            text = rule.get("annotation") or ""
            if isinstance(text, list):
                text = "、".join(str(one) for one in text if one)
            place = f"{table}　" if table and table != name else ""
            rules.append(f"{place}規則{rule.get('number', '')}" + (f"：{text}" if text else ""))
    inputs = read(fields.get("inputs") or {})
    parameters = []
    for parameter, used in read(fields.get("parameters") or {}).items():
        used = used if isinstance(used, Mapping) else {"value": used}
        since = _since(used.get("valid_from"))
        parameters.append(
            f"{words.get(parameter, parameter)} {brief(used.get('value'))}"
            + (f"（{since}から）" if since else "")
            + (f"　根拠：{used['law']}" if used.get("law") else "")
        )
    outcome, left = first(read(fields.get("outputs")), MOST_OUTCOMES)
    return Reason(
        at=at,
        name=name,
        value=show(outcome, words),
        left=left,
        rules=tuple(rules),
        inputs=tuple((_of_path(k, of_paths), brief(v, words)) for k, v in inputs.items()),
        parameters=tuple(parameters),
        run=fields.get("run", 0),
    )


def _of_path(path: str, words: Mapping[str, str]) -> str:
    """The words of `a.b.c`, from the outside in; as it is written where its last name has no word."""
    *before, last = path.split(".")
    if path in words or last not in words:
        return words.get(path, path)
    named = (words.get(name, "" if name.isascii() else name) for name in before)
    return " › ".join(filter(None, [*named, words[last]]))


def _since(valid_from: Any) -> str:
    """The day a parameter holds from; the record keeps it as text."""
    return era_day(date.fromisoformat(valid_from)) if isinstance(valid_from, str) else ""


def _tables(version: Version) -> dict[str, tuple[str, str, TableBox]]:
    """Id of a decision table -> name and id of its decision, the table."""
    return {
        found.box.element: (found.name or found.id, found.id, found.box)
        for model in version.decisions.values()
        for found in model.decisions.values()
        if isinstance(found.box, TableBox)
    }


def _labels(
    tables: Mapping[str, tuple[str, str, TableBox]], decision: str | None = None
) -> dict[str, str]:
    """Name -> label of the outputs of the decision's own table; without a decision, of every table."""
    return {
        output.name: output.label
        for _, owner, table in tables.values()
        if decision in (None, owner)
        for output in table.outputs
    }


def _decision_name(version: Version, decision: str) -> str:
    for model in version.decisions.values():
        found = model.decisions.get(decision)
        if found is not None:
            return str(found.name or decision)
    return decision
