"""How a form and a letter of a draft will look, made by the same code as the real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, render_template, request
from werkzeug.datastructures import MultiDict

from engine import calendars, parameters, used_calendars
from engine.errors import ModelRejected
from engine.feel import Clock
from engine.feel_functions import NAMES, feel_functions
from forms import answers, definition, journey, letter_pdf, letters, render, validation
from web.parts import FONTS, now, parts, today
from web.studio import names, samples
from web.studio.blueprint import blueprint
from web.studio.drafts import find_draft
from web.words import era_day

LARGEST_FORM = 2_000_000
OFFICE = ("bureau", "section", "name", "sender", "phone", "email", "hours")


@blueprint.get("/<code>/draft/preview/<path:path>")
def preview(code: str, path: str) -> Any:
    """The saved form as people will see it, or the letter as PDF."""
    draft = find_draft(code)
    if path not in draft.files:
        abort(404)
    if names.kind_of(path) == "letter":
        return _letter(code, draft.files, path)
    if names.kind_of(path) != "form":
        abort(404)
    return render_template(
        "studio/preview.html",
        code=code,
        name=names.name_of(code, draft.files),
        **names.about(path, draft.files),
        **_form(draft.files, path, draft.files[path]),
    )


@blueprint.post("/<code>/draft/preview/<path:path>")
def preview_post(code: str, path: str) -> str:
    """The form in the field `_text`, which need not be saved, as a piece of a page.

    The other fields are what was entered into it, so that conditions answer; with `_check` it is judged too.
    """
    draft = find_draft(code)
    text = request.form.get("_text", "")
    if names.kind_of(path) != "form" or len(text) > LARGEST_FORM:
        abort(404)
    return render_template(
        "studio/form_pages.html", **_form(draft.files, path, text, posted=request.form)
    )


def _form(
    files: Mapping[str, str], path: str, text: str, *, posted: MultiDict[str, str] | None = None
) -> dict[str, Any]:
    """pages: markup of each page as an applicant sees it; problems: why there are none.

    posted: what was entered; without it nothing was answered yet.  is_fine: it was judged and has no errors.
    """
    try:
        form = definition.parse(text, file=path, functions=NAMES)
        values = parameters.read(files.get("parameters.yaml", "")).on(today())
    except ModelRejected as error:
        return {"pages": [], "problems": error.problems, "is_fine": False}
    with parts().database.reading() as db:
        calendar = calendars.load(db, used_calendars.settings_in(files))
    world: dict[str, Any] = {
        "clock": Clock(now()),
        "context": {
            "case": {},
            "parameters": values,
            "registers": {},
            "account": {},
            "permit": {},
        },
        "functions": feel_functions(calendar),
    }
    raw: dict[str, Any] = answers.start(form)
    if posted is not None:
        for page in journey.pages(form, raw, **world):
            raw = journey.parse_page(form, page, posted, raw)
    pages = journey.pages(form, raw, **world)
    is_judged = posted is not None and "_check" in posted
    outcome = validation.judge(form, raw, **world) if is_judged else None
    return {
        "pages": [
            render.page(
                form,
                page,
                raw,
                validation.page_errors(form, outcome, page.fields) if outcome else (),
                buttons=(),
                heading_level=2,
                urls={},
            )
            for page in pages
        ],
        "problems": [],
        "is_fine": outcome is not None and not outcome.errors,
    }


def _letter(code: str, files: Mapping[str, str], path: str) -> Any:
    """The PDF of the letter with sample values, or a page saying why there is none.

    One page takes a third of a second; only analysts trying out a letter wait for it.
    """
    settings = names.settings_of(files)
    name = path.rpartition("/")[2].removesuffix(".html")
    named = names.mapping(names.mapping(settings.get("letters")).get(name))
    office = dict.fromkeys(OFFICE, "") | names.mapping(settings.get("office"))
    values = samples.values(files[path], today=today())
    values["letter"] = {
        "number": "○○第○○号",
        "dated_on": today(),
        "date": era_day(today()),
        "case_number": "R0-000000",
        "url": request.url_root,
    }
    values["procedure"] = {
        "id": settings.get("id", ""),
        "name": settings.get("name", ""),
        "short_name": settings.get("short_name", ""),
    }
    try:
        pdf = letter_pdf.render(
            files[path], values, title=str(named.get("title") or name), office=office, fonts=FONTS
        )
    except letters.LetterRefused as error:
        return render_template(
            "studio/letter_refused.html",
            code=code,
            **names.about(path, files),
            message=str(error),
            name=names.name_of(code, files),
        ), 422
    return Response(pdf, content_type="application/pdf")
