"""One incident: cause, remedy, variables; tried again, corrected and tried again, or skipped, each with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from engine import access, case_file, cases, incidents, interventions, kernel, previews, versions
from engine.errors import CaseDamaged, NotFound, TetsuzukiError
from engine.incidents import Incident
from engine.versions import Version
from web import failures
from web.auth import Wrong
from web.element_kinds import kind_of
from web.ops import corrections, hints
from web.ops.blueprint import blueprint, operator, tabs
from web.ops.doing import carry_out, why_not
from web.ops.foreseen import foresee
from web.parts import now, parts

RESOLUTIONS = {
    "retried": "再実行",
    "corrected": "値を直して再実行",
    "skipped": "とばして続行",
    "superseded": "別の道に進んで解消",
}
RESOLVED_BY = {"retry": "retried", "correct": "corrected", "skip": "skipped"}
DONE = {
    "retry": "もう一度実行しました。",
    "correct": "値を直して、もう一度実行しました。",
    "skip": "とばして、先へ進めました。",
}


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
        values, errors = corrections.read(
            db, loaded.version, loaded.variables, request.form.get("variables", "")
        )
    if not reason:
        errors.insert(0, Wrong("理由を入力してください。記録に残ります。", "reason"))
    if action not in DONE:
        errors.append(Wrong("操作を選んでください。", "reason"))
    if action == "correct" and not values and not errors:
        errors.append(Wrong("直す値を入力してください（例 count = 3）。", "variables"))
    if errors or request.form.get("stage") == "edit":
        page = _show(loaded, errors)
        return (page, 422) if errors else page

    def act(db: Any) -> object:
        by, at = operator(), now()
        if action == "retry":
            return incidents.retry(db, incident_id=incident_id, actor=by, now=at, reason=reason)
        go_on = incidents.correct if action == "correct" else incidents.skip
        return go_on(db, incident_id=incident_id, variables=values, actor=by, now=at, reason=reason)

    if request.form.get("stage") != "do":
        return _look_ahead(loaded, act, action, values)

    def work(db: Any) -> str:
        interventions.hold(db, loaded.incident.case_id, request.form.get("seen", -1, type=int))
        act(db)
        flash(f"{loaded.incident.number}：{DONE[action]}")
        return url_for("ops.incident", incident_id=incident_id)

    return carry_out(work, back=url_for("ops.incident", incident_id=incident_id))


def _look_ahead(
    loaded: Loaded, act: Callable[[Any], object], action: str, values: Mapping[str, Any]
) -> Any:
    """What would happen, to be confirmed; or the page of the incident that says why it cannot be done."""
    incident = loaded.incident
    try:
        with parts().database.transaction() as db:
            seen = cases.get_by_id(db, incident.case_id).last_seq
            found = previews.preview(db, incident.case_id, lambda: act(db))
    except TetsuzukiError as error:
        flash(why_not(error), "warning")
        return redirect(url_for("ops.incident", incident_id=incident.id), 303)
    return render_template(
        "ops/incident_sure.html",
        tabs=tabs(),
        incident=incident,
        title=RESOLUTIONS[RESOLVED_BY[action]],
        foreseen=foresee(found, loaded.version.node_names()),
        changes=[
            one
            for name, value in values.items()
            for one in corrections.differences(
                name, loaded.variables.get(name, corrections.NOTHING), value
            )
        ],
        cautions=corrections.cautions(loaded.version, values),
        is_grave=action == "skip",
        seen=seen,
        form=request.form,
    )


def _load(db: Any, incident_id: int) -> Loaded:
    found = incidents.get(db, incident_id)
    access.require(operator(), "ops.case")
    account_id = operator().account_id
    assert account_id is not None
    case_file.note_view(
        db, case_id=found.case_id, account_id=account_id, what="ops.incident", now=now()
    )
    try:
        variables = (
            dict(kernel.variables(cases.state(db, found.case_id)))
            if _is_of_case(found)
            else cases.variables(db, found.case_id, token=found.token)
        )
    except (NotFound, CaseDamaged):  # erased, or to be restored first
        variables = {}
    return Loaded(
        found,
        versions.get(db, found.version_id),
        variables,
        incidents.list_of_case(db, found.case_id),
    )


def _is_of_case(incident: Incident) -> bool:
    """Whether its page shows the values of the case as a whole: it has no place, or its place was left."""
    return incident.token is None or incident.status != "open"


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
        failure=failures.of_incident(loaded.incident.code, loaded.incident.message),
        node=node,
        kind=kind_of(node) if node else "",
        inputs=[".".join(one.target) for one in node.inputs] if node else [],
        hints=hints.of_element(loaded.version, node),
        variables=[
            (name, corrections.readable(value)) for name, value in sorted(loaded.variables.items())
        ],
        is_of_case=_is_of_case(loaded.incident),
        past=loaded.past,
        resolutions=RESOLUTIONS,
        is_damaged=loaded.incident.code == incidents.DAMAGED,
        may_skip=loaded.incident.token is not None,
        errors=errors,
        form=request.form,
    )
