"""Trying a decision of a draft with example values: the result, the rules that matched, the values used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, render_template, request

from engine import calendars, dmn, environment, feel, parameters
from engine.errors import ModelRejected
from engine.feel_functions import feel_functions
from web.parts import now, parts
from web.studio import example_inputs, names
from web.studio.blueprint import blueprint
from web.studio.drafts import find_draft

LARGEST_TABLE = 2_000_000
_STRING = feel.compile("string(value)")


@blueprint.get("/<code>/draft/try/<path:path>")
def try_decision(code: str, path: str) -> str:
    """The page with a field for every value the decision ?decision= (the first by default) reads."""
    return _page(code, path, request.args)


@blueprint.post("/<code>/draft/try/<path:path>")
def try_decision_post(code: str, path: str) -> str:
    """The page with the result; with the table itself in `_text`, which need not be saved, a piece of a page."""
    return _page(code, path, request.form)


def _page(code: str, path: str, given: Mapping[str, str]) -> str:
    draft = find_draft(code)
    text = given.get("_text", draft.files.get(path, ""))
    if names.kind_of(path) != "dmn" or path not in draft.files or len(text) > LARGEST_TABLE:
        abort(404)
    is_piece = "_text" in given
    return render_template(
        "studio/decision.html" if is_piece else "studio/decision_page.html",
        code=code,
        name=names.name_of(code, draft.files),
        **names.about(path, draft.files),
        **_tried(draft.files, path, text, given),
    )


def _tried(
    files: Mapping[str, str], path: str, text: str, given: Mapping[str, str]
) -> dict[str, Any]:
    """decisions to choose from, fields of the chosen one with what was entered, and with `_try` what comes out."""
    shown: dict[str, Any] = {"problems": [], "decisions": {}, "fields": [], "outcome": None}
    try:
        model = dmn.read(text.encode(), file=path)
        dated = parameters.read(files.get("parameters.yaml", ""))
    except ModelRejected as error:
        return shown | {"problems": error.problems}
    decisions = {key: decision.name for key, decision in model.decisions.items()}
    if not decisions:
        return shown
    chosen = given.get("decision", "")
    if chosen not in decisions:
        chosen = next(iter(decisions))
    clock = feel.Clock(now())
    shown |= {"decisions": decisions, "chosen": chosen}
    labels = _labels(files)
    values, errors = {}, []
    for field in example_inputs.fields(model, chosen):
        entered = given.get(f"v:{field.name}", "")
        value, error = example_inputs.read(entered, clock=clock) if entered.strip() else (None, "")
        values[field.path] = value
        errors += [error] if error else []
        label = field.label or labels.get(field.path[-1], "")
        shown["fields"].append({"field": field, "label": label, "entered": entered, "error": error})
    if "_try" in given and not errors:
        shown["outcome"] = _outcome(files, model, chosen, values, dated, clock)
    return shown


def _outcome(
    files: Mapping[str, str],
    model: dmn.Model,
    chosen: str,
    values: Mapping[tuple[str, ...], Any],
    dated: parameters.Parameters,
    clock: feel.Clock,
) -> dict[str, Any]:
    with parts().database.reading() as db:
        calendar = calendars.load(db, str(names.settings_of(files).get("calendar") or "tokyo"))
    try:
        decided = environment.decide(
            model,
            chosen,
            example_inputs.context(values),
            parameters=dated,
            clock=clock,
            functions=feel_functions(calendar),
        )
    except feel.LimitExceeded as error:
        return {"stopped": str(error)}
    boxes = example_inputs.table_boxes(model)
    matches = []
    for match in decided.matched:
        name, box = boxes.get(match["table"], (match["table"], None))
        rules = {rule["number"] for rule in match["rules"]}
        matches.append(
            {
                "name": name,
                "heads": [c.label for c in (*box.inputs, *box.outputs)] if box else [],
                "rows": [row for row in box.rules if row.number in rules] if box else [],
            }
        )
    return {
        "value": _text(decided.value, clock),
        "matches": matches,
        "rules": [rule["id"] for match in decided.matched for rule in match["rules"] if rule["id"]],
        "inputs": {label: _text(value, clock) for label, value in decided.inputs.items()},
        "parameters": {
            key: (_text(used["value"], clock), used.get("valid_from"))
            for key, used in decided.parameters.items()
        },
        "diagnostics": decided.diagnostics,
    }


def _labels(files: Mapping[str, str]) -> dict[str, str]:
    """What the forms call an answer, by its key; without keys that two forms call differently."""
    found: dict[str, set[str]] = {}
    for path, text in files.items():
        if names.kind_of(path) == "form":
            for key, label in names.labels_of(text):
                found.setdefault(key, set()).add(label)
    return {key: next(iter(labels)) for key, labels in found.items() if len(labels) == 1}


def _text(value: Any, clock: feel.Clock) -> str:
    """The value as FEEL writes it."""
    written = _STRING.evaluate({"value": value}, clock=clock).value
    return "null" if written is None else str(written)
