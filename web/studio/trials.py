"""Trying a draft out: the check and the scenarios."""

from __future__ import annotations

from typing import Any

from flask import jsonify, render_template, url_for

from engine import deploy, procedure
from engine.errors import ModelRejected, Problem
from engine.version_drafts import Draft
from web.studio import models, names
from web.studio.blueprint import blueprint
from web.studio.drafts import find_draft
from web.studio.editors import wants_json


@blueprint.get("/<code>/draft/check")
def check(code: str) -> Any:
    """Everything that is wrong with the draft; JSON for the editors."""
    draft = find_draft(code)
    problems = [as_shown(code, draft, problem) for problem in check_draft(draft)]
    if wants_json():
        return jsonify(problems=problems)
    return render_template(
        "studio/check.html",
        code=code,
        name=names.name_of(code, draft.files),
        problems=problems,
        errors=sum(problem["severity"] == "error" for problem in problems),
    )


@blueprint.get("/<code>/draft/scenarios")
def scenarios(code: str) -> str:
    draft = find_draft(code)
    named = [path for path in draft.files if names.kind_of(path) == "scenario"]
    return render_template(
        "studio/scenarios.html",
        code=code,
        name=names.name_of(code, draft.files),
        paths=named,
        results=None,
        problems=[],
    )


@blueprint.post("/<code>/draft/scenarios")
def run_scenarios(code: str) -> str:
    """Every scenario of the draft has run on the kernel and, where it can, on the second engine; nothing is stored."""
    draft = find_draft(code)
    results: list[Any] = []
    problems: list[dict[str, Any]] = []
    try:
        results = list(deploy.try_scenarios(procedure.compile(draft.folder)))
    except ModelRejected as error:
        problems = [as_shown(code, draft, problem) for problem in error.problems]
    return render_template(
        "studio/scenarios.html",
        code=code,
        name=names.name_of(code, draft.files),
        paths=[path for path in draft.files if names.kind_of(path) == "scenario"],
        results=results,
        problems=problems,
    )


def check_draft(draft: Draft) -> list[Problem]:
    """What the check of a deployment finds, errors first."""
    return procedure.check(draft.folder, operations=models.operations())


def as_shown(code: str, draft: Draft, problem: Problem) -> dict[str, Any]:
    """A problem with the address where it can be mended, as pages and scripts show it."""
    href = ""
    if problem.file in draft.files:
        href = url_for("studio.edit", code=code, path=problem.file)
    return {
        "file": problem.file,
        "element": problem.element,
        "name": problem.name,
        "line": problem.line,
        "problem": problem.problem,
        "remedy": problem.remedy,
        "severity": problem.severity,
        "href": href,
    }
