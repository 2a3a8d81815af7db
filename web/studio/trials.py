"""Trying a draft out: the check and the scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import jsonify, render_template, url_for

from engine import callees, deploy, procedure, procedure_checks
from engine import scenarios as scenario_runs
from engine.errors import ModelRejected, Problem
from engine.procedure import Folder
from engine.version_drafts import Draft
from web import operation_titles
from web.checking import proven
from web.element_kinds import KINDS
from web.parts import parts, today
from web.studio import decision_ids, names
from web.studio.blueprint import blueprint
from web.studio.drafts import find_draft
from web.studio.editors import wants_json


@blueprint.get("/<code>/draft/check")
def check(code: str) -> Any:
    """Everything that is wrong with the draft; JSON for the editors."""
    draft = _marked(find_draft(code))
    checked = examine(draft.folder)
    problems = [as_shown(code, draft, problem) for problem in checked.problems]
    proofs = [
        {"file": table.file, "name": table.name, "text": proven(table)} for table in checked.tables
    ]
    if wants_json():
        return jsonify(problems=problems, proofs=proofs)
    return render_template(
        "studio/check.html",
        code=code,
        name=names.name_of(code, draft.files),
        problems=problems,
        errors=sum(problem["severity"] == "error" for problem in problems),
        examples=checked.examples,
        proofs=proofs,
    )


def _marked(draft: Draft) -> Draft:
    """The draft as the editor of tables opens it: every cell has the id by which a problem is marked in it."""
    files = {
        path: decision_ids.with_ids(text) if names.kind_of(path) == "dmn" else text
        for path, text in draft.files.items()
    }
    return replace(draft, files=files)


@blueprint.get("/<code>/draft/scenarios")
def scenarios(code: str) -> str:
    return _scenarios_page(code, find_draft(code))


@blueprint.post("/<code>/draft/scenarios")
def run_scenarios(code: str) -> str:
    """Every scenario of the draft has run on the kernel and, where it can, on the second engine; nothing is stored."""
    draft, limits = find_draft(code), parts().database.limits
    try:
        compiled = procedure.compile(draft.folder)
        known = operation_titles.operations()
        report = scenario_runs.run_all(compiled, operations=known, limits=limits)
        results = list(deploy.try_scenarios(compiled, report, limits=limits))
    except ModelRejected as error:
        problems = [as_shown(code, draft, problem) for problem in error.problems]
        return _scenarios_page(code, draft, problems=problems)
    unused = [as_shown(code, draft, problem) for problem in report.unused]
    return _scenarios_page(code, draft, results=results, coverage=report.coverage, unused=unused)


def _scenarios_page(
    code: str,
    draft: Draft,
    *,
    problems: Sequence[dict[str, Any]] = (),
    unused: Sequence[dict[str, Any]] = (),
    results: Sequence[Any] | None = None,
    coverage: scenario_runs.Coverage | None = None,
) -> str:
    """results None: not run yet."""
    return render_template(
        "studio/scenarios.html",
        code=code,
        name=names.name_of(code, draft.files),
        scenarios=[
            file
            for group in names.groups(draft.files)
            if group.kind == "scenario"
            for file in group.files
        ],
        results=results,
        problems=problems,
        unused=unused,
        coverage=coverage,
        kinds=KINDS,
        files=dict.fromkeys(one.file for one in coverage.processes) if coverage else (),
        badges=_badges(coverage) if coverage else {},
    )


def _badges(coverage: scenario_runs.Coverage) -> dict[str, dict[str, str]]:
    """What stands on each part of the diagram, by id: a count for nodes and for the branches of a gateway."""
    return {
        one.id: {
            "text": f"{one.times}回" if one.times else "未通過",
            "mark": "passed" if one.times else "never",
        }
        for process in coverage.processes
        for one in (*process.nodes, *process.flows)
        if one.kind != scenario_runs.FLOW or not one.times or one.is_branch
    }


def examine(folder: Folder) -> procedure_checks.Examined:
    """What the check of a deployment finds."""
    return procedure_checks.examine(
        folder,
        operations=operation_titles.operations(),
        today=today(),
        xml=parts().settings.xml,
        expressions=parts().database.limits.feel,
        callees=partial(callees.why_not, parts().database),
        callers=partial(callees.shut_out, parts().database),
    )


def as_shown(code: str, draft: Draft | None, problem: Problem) -> dict[str, Any]:
    """A problem with the address where it can be mended in the draft, as pages and scripts show it."""
    href = ""
    if draft is not None and problem.file in draft.files:
        place = urlencode(
            {k: v for k, v in (("element", problem.element), ("line", problem.line)) if v}
        )
        href = url_for("studio.edit", code=code, path=problem.file, _anchor=place or None)
    return {**asdict(problem), "href": href}
