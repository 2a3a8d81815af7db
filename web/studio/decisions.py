"""Trying a decision of a draft with example values: the result, the rules that matched, the values used."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import abort, render_template, request

from engine import calendars, deciding, decision_examples, dmn, feel, used_calendars
from engine.dmn.model import TableBox
from engine.errors import ModelRejected
from engine.feel.text import source_of
from engine.feel_functions import feel_functions
from engine.version_drafts import Draft
from web.once import find_result
from web.parts import parts, today
from web.studio import decision_trials, example_inputs, examples, names
from web.studio.blueprint import blueprint
from web.studio.decision_trials import Trial
from web.studio.drafts import find_draft

LARGEST_TABLE = 2_000_000
LONGEST = 300  # characters of one value on the page
_STRING = feel.compile("string(value)")


@blueprint.get("/<code>/draft/try/<path:path>")
def try_decision(code: str, path: str) -> str:
    """The page with a field for every value the decision ?decision= (the first by default) reads.

    ?example=: the fields hold what that example was made with.
    """
    draft = _draft(code, path)
    example = examples.find(draft, path, request.args.get("example", ""))
    given: Mapping[str, str] = request.args
    if example is not None:
        with suppress(ModelRejected):  # the page says what is wrong with the table
            model = dmn.read(draft.files[path].encode(), file=path)
            fields = example_inputs.fields(model, example.decision)
            given = decision_trials.given_of(example, fields)
    return page(draft, path, given)


@blueprint.post("/<code>/draft/try/<path:path>")
def try_decision_post(code: str, path: str) -> str:
    """The page with the result; with the table itself in `_text`, which need not be saved, a piece of a page."""
    return page(_draft(code, path), path, request.form)


@blueprint.post("/<code>/draft/examples/<path:path>")
def keep_example(code: str, path: str) -> Any:
    """What was tried is an example of the draft; the page again when its name or its result is not right."""
    if (done := find_result()) is not None:
        return done
    draft = _draft(code, path)
    trial = decision_trials.read(draft.files, path, draft.files[path], request.form, today=today())
    try:
        example = examples.made_of(trial, request.form.get("name", ""))
        example = examples.confirmed(draft, path, example, trial, seen=request.form.get("seen", ""))
        return examples.keep(code, path, example, instead_of=trial.instead_of)
    except examples.NotKept as error:
        return page(draft, path, {**request.form, "_try": "1"}, not_kept=str(error)), 422


def page(draft: Draft, path: str, given: Mapping[str, str], *, not_kept: str = "") -> str:
    """The page, or the piece of one that the editor of tables shows. not_kept: why it is no example yet."""
    text = given.get("_text", draft.files[path])
    if len(text) > LARGEST_TABLE:
        abort(404)
    trial = decision_trials.read(draft.files, path, text, given, today=today())
    is_asked = "_try" in given and trial.can_run
    return render_template(
        "studio/decision.html" if "_text" in given else "studio/decision_page.html",
        code=draft.procedure,
        name=names.name_of(draft.procedure, draft.files),
        **names.about(path, draft.files),
        trial=trial,
        outcome=_outcome(draft.files, trial) if is_asked else None,
        kept_name=given.get("name", trial.instead_of),
        not_kept=not_kept,
    )


def _draft(code: str, path: str) -> Draft:
    draft = find_draft(code)
    if names.kind_of(path) != "dmn" or path not in draft.files:
        abort(404)
    return draft


def _outcome(files: Mapping[str, str], trial: Trial) -> dict[str, Any]:
    """What comes out of a trial that can run."""
    assert trial.model is not None and trial.day is not None
    clock = decision_examples.clock_of(trial.day)
    with parts().database.reading() as db:
        calendar = calendars.load(db, used_calendars.settings_in(files))
    try:
        decided = deciding.decide(
            trial.model,
            trial.chosen,
            trial.inputs,
            parameters=trial.dated,
            clock=clock,
            functions=feel_functions(calendar),
        )
    except feel.LimitExceeded as error:
        return {"stopped": str(error)}
    boxes = example_inputs.table_boxes(trial.model)
    matches = []
    for match in decided.matched:
        name, box = boxes.get(match["table"], (match["table"], None))
        rules = {rule["number"] for rule in match["rules"]}
        matches.append(
            {
                "name": name,
                "heads": _heads(box) if box else [],
                "rows": [row for row in box.rules if row.number in rules] if box else [],
            }
        )
    source = _source(decided.value)
    return {
        "value": _begun(_text(decided.value, clock)),
        "source": source,
        "written": _begun(source),
        "matches": matches,
        "rules": [rule["id"] for match in decided.matched for rule in match["rules"] if rule["id"]],
        "inputs": {label: _begun(_text(value, clock)) for label, value in decided.inputs.items()},
        "parameters": {
            key: (_begun(_text(used["value"], clock)), used.get("valid_from"))
            for key, used in decided.parameters.items()
        },
        "diagnostics": decided.diagnostics,
    }


def _heads(box: TableBox) -> list[str]:
    return [*(column.label for column in box.inputs), *(column.label for column in box.outputs)]


def _text(value: Any, clock: feel.Clock) -> str:
    """The value as FEEL writes it."""
    written = _STRING.evaluate({"value": value}, clock=clock).value
    return "null" if written is None else str(written)


def _begun(text: str) -> str:
    """The beginning of a text too long for one line of the page, and how long it is."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…（全{len(text):,}文字）"


def _source(value: Any) -> str:
    """The value as an expression; empty for a function, which can be no example."""
    try:
        return source_of(value)
    except TypeError:
        return ""
