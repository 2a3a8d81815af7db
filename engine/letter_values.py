"""What a letter's template sees. Pure: the same for a running case and for a scenario.

A letter may give the reasons of the case's decisions (行政手続法8条): `decisions.<id>` is the last evaluation the
history holds when the letter is ordered, wherever in the case it was. A decision that a loop makes for every row has
no one last evaluation to speak of; letter_checks refuses a letter that names one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from engine.calendar import era_date
from engine.feel.values import from_feel, from_json, to_feel

DECISIONS = "decisions"
# Entries of a reason that mails are not given: they go over open networks, and these say something about a person.
PERSONAL = ("result", "inputs")


def reasons(payloads: Iterable[Mapping[str, Any]], wanted: Collection[str]) -> dict[str, Any]:
    """Decision id -> why it was decided so, FEEL values; only of those wanted, and only of those that were made.

    payloads: of history entries, newest first; read until all are found.
    """
    found: dict[str, Any] = {}
    for payload in payloads:
        for kind, fields in reversed(payload.get("effects", ())):
            name = str(fields["decision"]) if kind == "Decided" else ""
            if name in wanted and name not in found:
                found[name] = _reason(fields)
        if len(found) == len(wanted):
            break
    return found


def _reason(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Of a Decided as the history keeps it. rules: of every table evaluated, in order."""
    parameters = from_json(fields.get("parameters") or {})
    return {
        "result": from_json(fields.get("outputs")),
        "rules": [
            {"table": match["table"], "number": rule["number"], "annotation": rule["annotation"]}
            for match in map(from_json, fields.get("matched") or ())
            for rule in match["rules"]
        ],
        "inputs": from_json(fields.get("inputs") or {}),
        "parameters": {
            name: {**used, "valid_from": to_feel(date.fromisoformat(used["valid_from"]))}
            for name, used in parameters.items()
        },
    }


def impersonal(reasons: Mapping[str, Any]) -> dict[str, Any]:
    """Of such reasons, what mails are given: the texts of the rules that matched and the dated parameters."""
    return {
        name: {entry: value for entry, value in why.items() if entry not in PERSONAL}
        for name, why in reasons.items()
    }


def values(
    settings: Mapping[str, Any],
    data: Mapping[str, Any],
    *,
    number: str | None,
    dated_on: date,
    case_number: str,
    url: str,
) -> dict[str, Any]:
    """The values fixed when the letter was ordered, plain Python, and what is the letter's own.

    settings: procedure.yaml.  number, dated_on: of the letter.  case_number, url: of its case, for the codes at the foot.
    """
    plain: dict[str, Any] = from_feel(dict(data))
    return {
        **plain,
        "letter": {
            "number": number,
            "dated_on": dated_on,
            "date": era_date(dated_on),
            "case_number": case_number,
            "url": url,
        },
        "office": dict(settings["office"]),
        "procedure": {
            "id": settings["id"],
            "name": settings["name"],
            "short_name": settings["short_name"],
        },
    }
