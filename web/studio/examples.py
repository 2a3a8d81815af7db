"""Examples of a draft's decisions: the list with what comes out now, keeping what was tried, removing one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import decision_examples, example_runs, used_calendars, version_drafts
from engine.decision_examples import Example
from engine.errors import ModelRejected, TetsuzukiError
from engine.feel.text import source_of
from engine.version_drafts import Draft
from web.auth import current_actor
from web.once import carry_out
from web.parts import now, today
from web.studio import decision_trials, names
from web.studio.blueprint import blueprint
from web.studio.decision_trials import Trial
from web.studio.drafts import find_draft

LONGEST_NAME = 120


class NotKept(TetsuzukiError):
    """What was tried cannot be an example as it is; the text says why, in Japanese."""


@blueprint.get("/<code>/draft/examples/<path:path>")
def list_examples(code: str, path: str) -> str:
    """The examples of a .dmn file, each with whether it agrees; what is wrong with their file or with the table."""
    draft = find_draft(code)
    if names.kind_of(path) != "dmn" or path not in draft.files:
        abort(404)
    file = decision_examples.path_of(path)
    trial = decision_trials.read(draft.files, path, draft.files[path], {}, today=today())
    found = example_runs.Report((), ())
    if file in draft.files:
        found = example_runs.run(file, draft.files, trial.model, trial.dated)
    return render_template(
        "studio/examples.html",
        code=code,
        name=names.name_of(code, draft.files),
        **names.about(path, draft.files),
        file=file if file in draft.files else None,
        tried=found.tried,
        decisions=trial.decisions,
        problems=found.unreadable,
        untriable=trial.problems,
        inputs_of=_inputs_of,
    )


def _inputs_of(example: Example) -> list[tuple[str, str]]:
    """(name, value as an expression) of each input, entries of a context one by one; nulls left out."""
    found = []
    for name, value in example.inputs.items():
        entries = (
            {f"{name}.{key}": one for key, one in value.items()}
            if isinstance(value, dict)
            else {name: value}
        )
        found += [(label, source_of(one)) for label, one in entries.items() if one is not None]
    return found


@blueprint.get("/<code>/draft/remove-example/<path:path>")
def remove_example(code: str, path: str) -> Any:
    """Asks whether the example ?name= shall go; the list when there is none of that name."""
    draft = find_draft(code)
    if names.kind_of(path) != "dmn" or path not in draft.files:
        abort(404)
    example = find(draft, path, request.args.get("name", ""))
    if example is None:
        return redirect(url_for("studio.list_examples", code=code, path=path), 303)
    return render_template(
        "studio/remove_example.html",
        code=code,
        name=names.name_of(code, draft.files),
        **names.about(path, draft.files),
        example=example,
    )


@blueprint.post("/<code>/draft/remove-example/<path:path>")
def remove_example_post(code: str, path: str) -> Response:
    """The example named `name` is no longer in the draft, and neither is the file of the last one."""
    wanted = request.form.get("name", "")
    return _rewrite(
        code, path, lambda all: [one for one in all if one.name != wanted], "例を消しました。"
    )


def find(draft: Draft, path: str, name: str) -> Example | None:
    """The example of that name of a .dmn file, if there is one that can be read."""
    file = decision_examples.path_of(path)
    if not name or file not in draft.files:
        return None
    try:
        examples = decision_examples.read(draft.files[file], file=file)
    except ModelRejected:
        return None
    return next((one for one in examples if one.name == name), None)


def made_of(trial: Trial, name: str) -> Example:
    """The example a trial makes, with no result yet. Raises NotKept."""
    name = " ".join(name.split())
    if not name:
        raise NotKept("何の例かを書いてください。")
    if len(name) > LONGEST_NAME:
        raise NotKept(f"{LONGEST_NAME}文字までで書いてください。")
    if not trial.can_run or trial.day is None:
        raise NotKept("値か日付に読めないものがあります。直して、もう一度試してください。")
    return Example(name, trial.chosen, trial.day, trial.inputs, None)


def confirmed(draft: Draft, path: str, example: Example, trial: Trial, *, seen: str) -> Example:
    """The example with the result the saved table gives, which is the one the analyst has seen.

    seen: that result, an expression.  Raises NotKept, also when another example has the name.
    """
    if example.name != trial.instead_of and find(draft, path, example.name) is not None:
        raise NotKept("同じ名前の例がもうあります。別の名前にしてください。")
    assert trial.model is not None
    calendar = used_calendars.unedited(used_calendars.settings_in(draft.files))
    tried = example_runs.attempt(path, example, trial.model, trial.dated, calendar=calendar)
    if not tried.actual:
        raise NotKept(tried.failure)
    if tried.actual != seen:
        raise NotKept(
            f"保存してある判定表では、検査のときの結果は {tried.actual} になります。"
            "表を保存して、もう一度試してください（検査は、役所が足した休みの日を数えません）。"
        )
    return replace(example, result=tried.value)


def keep(code: str, path: str, example: Example, *, instead_of: str) -> Response:
    """The example is in the draft, in the place of the one it was made from; a redirect to the list. Raises NotKept."""
    try:
        return _rewrite(
            code,
            path,
            lambda all: decision_examples.put(all, example, instead_of=instead_of),
            f"例「{example.name}」を残しました。検査と公開のたびに確かめます。",
        )
    except decision_examples.Full as error:
        raise NotKept(
            f"ひとつの判定表に残せる例は{decision_examples.MOST}件までです。"
            "似た例を消してから、もう一度残してください。"
        ) from error


def _rewrite(
    code: str, path: str, change: Callable[[list[Example]], list[Example]], done: str
) -> Response:
    """A redirect to the list; nothing is changed when the file cannot be read, which the list explains."""
    file = decision_examples.path_of(path)
    address = url_for("studio.list_examples", code=code, path=path)

    def rewritten(text: str | None) -> str | None:
        examples = change(decision_examples.read(text or "", file=file))
        return decision_examples.write(examples) if examples else None

    def work(db: Any) -> str:
        version_drafts.rewrite(db, code, file, rewritten, actor=current_actor(), now=now())
        flash(done)
        return address

    try:
        return carry_out(work)
    except ModelRejected:
        flash(
            "例のファイルに読めないところがあるので、変えませんでした。先に直してください。",
            "error",
        )
        return redirect(address, 303)
