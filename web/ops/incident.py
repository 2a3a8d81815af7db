"""One incident: cause, remedy, variables; tried again, corrected and tried again, or skipped, each with a reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import access, calendars, case_file, cases, incidents, versions
from engine.errors import NotFound, TetsuzukiError
from engine.feel import Clock, EvaluationError, SyntaxProblem
from engine.feel import compile as compile_feel
from engine.feel_functions import NAMES, feel_functions
from engine.incidents import Incident
from engine.versions import Version
from web import once
from web.auth import Wrong
from web.ops.blueprint import blueprint, operator, tabs
from web.parts import now, parts

RESOLUTIONS = {
    "retried": "再実行",
    "corrected": "値を直して再実行",
    "skipped": "とばして続行",
    "superseded": "別の道に進んで解消",
}
DONE = {
    "retry": "もう一度実行しました。",
    "correct": "値を直して、もう一度実行しました。",
    "skip": "とばして、先へ進めました。",
}
LONGEST = 20_000


@dataclass(frozen=True)
class Loaded:
    incident: Incident
    version: Version
    variables: Mapping[str, Any]
    past: list[Incident]


@blueprint.get("/incidents/<int:incident_id>")
def incident(incident_id: int) -> str:
    with parts().database.transaction() as db:
        loaded = _load(db, incident_id)
    return _show(loaded, [])


@blueprint.post("/incidents/<int:incident_id>")
def resolve(incident_id: int) -> Any:
    action = request.form.get("action", "retry")
    reason = request.form.get("reason", "").strip()[:1000]
    with parts().database.transaction() as db:
        loaded = _load(db, incident_id)
        values, errors = _values(db, loaded, request.form.get("variables", "")[:LONGEST])
    if not reason:
        errors.insert(0, Wrong("理由を入力してください。記録に残ります。", "reason"))
    if action not in DONE:
        errors.append(Wrong("操作を選んでください。", "reason"))
    if action == "correct" and not values and not errors:
        errors.append(Wrong("直す値を入力してください（例 count = 3）。", "variables"))
    if errors:
        return _show(loaded, errors), 422

    def work(db: Any) -> str:
        given = {"incident_id": incident_id, "actor": operator(), "now": now(), "reason": reason}
        if action == "retry":
            incidents.retry(db, **given)
        elif action == "correct":
            incidents.correct(db, variables=values, **given)
        else:
            incidents.skip(db, variables=values, **given)
        flash(f"{loaded.incident.number}：{DONE[action]}")
        return url_for("ops.incident", incident_id=incident_id)

    return _carry_out(work, incident_id)


def _carry_out(work: Any, incident_id: int) -> Response:
    try:
        return once.carry_out(work)
    except NotFound:
        raise
    except TetsuzukiError as error:
        flash(f"実行できませんでした：{error}", "warning")
        return redirect(url_for("ops.incident", incident_id=incident_id), 303)


def _load(db: Any, incident_id: int) -> Loaded:
    found = incidents.get(db, incident_id)
    access.require(operator(), "ops.case")
    account_id = operator().account_id
    assert account_id is not None
    case_file.note_view(
        db, case_id=found.case_id, account_id=account_id, what="ops.incident", now=now()
    )
    try:
        variables = cases.variables(db, found.case_id)
    except NotFound:  # erased
        variables = {}
    return Loaded(
        found,
        versions.get(db, found.version_id),
        variables,
        incidents.list_of_case(db, found.case_id),
    )


def _values(db: Any, loaded: Loaded, text: str) -> tuple[dict[str, Any], list[Wrong]]:
    """What the lines `name = FEEL` give; the expressions may use the variables of the case."""
    values: dict[str, Any] = {}
    errors = []
    functions = feel_functions(calendars.load(db, loaded.version.settings["calendar"]))
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, sign, source = (part.strip() for part in line.partition("="))
        if not sign or not name.isidentifier() or not source:
            errors.append(
                Wrong(
                    f"{number}行目：「名前 = 値」の形で入力してください（例 count = 3）。",
                    "variables",
                )
            )
            continue
        try:
            expression = compile_feel(source, functions=NAMES)
            context = {**loaded.variables, **values}
            values[name] = expression.strict(context, clock=Clock(now()), functions=functions)
        except SyntaxProblem as problem:
            errors.append(Wrong(f"{number}行目：{problem.message_ja}", "variables"))
        except EvaluationError as problem:
            errors.append(Wrong(f"{number}行目：値を計算できません（{problem}）。", "variables"))
    return values, errors


def _show(loaded: Loaded, errors: list[Wrong]) -> str:
    node = next(
        (
            found
            for process in loaded.version.processes.values()
            if (found := process.by_id.get(loaded.incident.node or "")) is not None
        ),
        None,
    )
    return render_template(
        "ops/incident.html",
        tabs=tabs(),
        incident=loaded.incident,
        version=loaded.version,
        node=node,
        variables=[(name, readable(value)) for name, value in sorted(loaded.variables.items())],
        past=loaded.past,
        resolutions=RESOLUTIONS,
        errors=errors,
        form=request.form,
    )


def readable(value: Any, depth: int = 0) -> str:
    """The value written as FEEL, over several lines when it has parts; to be read and to be copied from."""
    gap, end = "  " * (depth + 1), "  " * depth
    if isinstance(value, Mapping):
        inside = ",\n".join(
            f"{gap}{key}: {readable(item, depth + 1)}" for key, item in value.items()
        )
        return f"{{\n{inside}\n{end}}}" if inside else "{}"
    if isinstance(value, list):
        inside = ",\n".join(f"{gap}{readable(item, depth + 1)}" for item in value)
        return f"[\n{inside}\n{end}]" if inside else "[]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        return str(value)
    return f'@"{value}"'
