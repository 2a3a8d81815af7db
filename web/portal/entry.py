"""Filling in a form: start and its pages. Every posted page is saved before anything is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from engine import drafts
from engine.access import Subject, is_allowed, require
from engine.drafts import DraftChanged
from forms import journey, paths, render, validation
from forms.differences import Apart, differences
from forms.journey import Page
from forms.render import Button, Finding
from forms.validation import FieldError
from web import once, uploads
from web.auth import Wrong, current_actor, login_required, to_sign_in
from web.parts import now, parts
from web.portal import filing as filings
from web.portal import guests, lookups
from web.portal.blueprint import blueprint
from web.portal.cautions import label_of_choice
from web.portal.filing import Filing
from web.portal.guide import keep_days, offered_version, takes_guests
from web.words import moment

PRESSED = ("action", "remove_file")


@blueprint.route("/procedures/<code>/start", methods=["GET", "POST"])
def start(code: str) -> str | Response | tuple[str, int]:
    version = offered_version(code)
    actor = current_actor()
    subject = Subject(takes_guests=takes_guests(version))
    if actor.kind in ("anonymous", "guest"):
        return (
            guests.start(version)
            if is_allowed(actor, "portal.file", subject)
            else to_sign_in("applicant")
        )
    require(actor, "portal.file", subject)
    with parts().database.reading() as db:
        choices = filings.bound_choices(db, version, actor)
        cautions = filings.cautions_of(db, version, actor)
        begun = [
            d
            for d in drafts.list_of_account(db, actor.account_id or 0)
            if d.procedure == code and d.task_id is None
        ]
    binding = version.settings["filing"].get("binding")
    chosen = request.form.get("choice") or (choices[0][0] if len(choices) == 1 else "")
    errors: list[Wrong] = []
    if request.method == "POST":
        if not binding or chosen in dict(choices):
            return once.carry_out(
                lambda db: page_address(filings.begin(db, version, actor, bound=chosen or None))
            )
        errors = [Wrong("届け出る許可を選んでください。", "choice")]
    page = render_template(
        "portal/start.html",
        version=version,
        binding=binding,
        choices=choices,
        cautions=cautions,
        choice_label=label_of_choice(version),
        chosen=chosen,
        started=begun,
        keep_days=keep_days(version),
        errors=errors,
    )
    return (page, 422) if errors else page


@blueprint.get("/drafts/<key>/pages/<int:index>")
@login_required("applicant", with_guests=True)
def page(key: str, index: int) -> str | Response:
    filing = filing_of(key)
    shown = _page(filing, index)
    if shown is None:
        return redirect(page_address(filing.draft, filing.pages()[0].index))
    return _render(filing, shown, filing.draft.answers)


@blueprint.post("/drafts/<key>/pages/<int:index>")
@login_required("applicant", with_guests=True)
def save_page(key: str, index: int) -> str | Response | tuple[str, int]:
    filing = filing_of(key)
    before = _page(filing, index)
    if before is None:
        return redirect(page_address(filing.draft, filing.pages()[0].index))
    action, argument = journey.action(request.form)
    taken = uploads.take(
        filing.form, before, filing.draft.answers, request.files, is_open=filing.unlocks
    )
    found = None
    if action in ("lookup", "take"):
        entered = _posted(filing, before, dict(filing.draft.answers))
        found = _looked_up(filing, action, argument, entered)
    try:
        with parts().database.transaction() as db:
            raw = uploads.record(
                db,
                taken,
                dict(filing.draft.answers),
                draft_id=filing.draft.id,
                account_id=filing.actor.account_id,
            )
            raw = _posted(filing, before, raw)
            for path, text in (found.values if found else {}).items():
                raw = paths.put(raw, path, text)
            draft = drafts.save(db, as_opened(filing), answers=raw, page=index, now=now())
    except DraftChanged:
        stored = filing_of(key)
        if not _is_stored(stored, before, taken):
            return _changed_elsewhere(stored, before, taken)
        draft = stored.draft
    filing = replace(filing_of(key), draft=draft)
    return _answer(filing, before, action, argument, taken.errors, found)


@blueprint.route("/drafts/<key>/delete", methods=["GET", "POST"])
@login_required("applicant", with_guests=True)
def delete(key: str) -> str | Response:
    filing = filing_of(key)
    if filing.round is not None:
        abort(404)  # the answers of a correction go with its task
    if request.method == "POST":
        with parts().database.transaction() as db:
            drafts.remove(db, filing.draft.id)
        flash("下書きを削除しました。", "success")
        return redirect("/" if filing.actor.kind == "guest" else url_for("portal.my"), 303)
    return render_template(
        "portal/confirm.html",
        heading="この下書きを削除しますか",
        text="入力した内容と添付したファイルは、元に戻せません。",
        rows=[("手続", filing.version.name), ("保存した日時", moment(filing.draft.saved_at))],
        yes="削除する",
        no="やめて戻る",
        back=_saved_address(filing),
    )


# --- one posted page -------------------------------------------------------------------------------


def _answer(
    filing: Filing,
    before: Page,
    action: str,
    argument: str,
    upload_errors: list[FieldError],
    found: lookups.Found | None,
) -> str | Response | tuple[str, int]:
    raw = filing.draft.answers
    shown = _page(filing, before.index)
    if action in ("back", "save") and not upload_errors:
        return _leave(filing, before, action)
    if shown is None:
        return redirect(_next_address(filing, before.index), 303)
    if found is not None:
        return _render(filing, shown, raw, findings={found.path: found.finding})
    if action in ("add", "copy", "delete", "restore", "remove_file") and not upload_errors:
        return redirect(
            page_address(filing.draft, before.index, _anchor(raw, action, argument)), 303
        )
    if action == "refresh" and not upload_errors:
        return _render(filing, shown, raw)
    if action == "next" and not upload_errors and journey.newly_shown(before, shown):
        text = "続けて、新しく表示された項目を入力してください。"
        return _render(
            filing, shown, raw, messages=[("", "選んだ内容に合わせて、項目が増えました。", text)]
        )
    errors = list(upload_errors)
    if action == "next":
        outcome = filing.judge(raw)
        wrong = {error.path for error in errors}
        errors += [
            e
            for e in validation.page_errors(filing.form, outcome, shown.fields)
            if e.path not in wrong
        ]
    if errors:
        errors = validation.in_order(filing.form, errors)
        return _render(filing, shown, raw, errors=errors), 422
    return redirect(_next_address(filing, shown.index), 303)


def _looked_up(
    filing: Filing, action: str, argument: str, entered: dict[str, Any]
) -> lookups.Found:
    if action == "lookup":
        return lookups.run(filing, argument, entered)
    path, _, number = argument.rpartition(":")
    chosen = int(number) if number.isdecimal() and len(number) < 4 else -1
    return lookups.run(filing, path, entered, chosen=chosen)


def _posted(filing: Filing, page: Page, raw: dict[str, Any]) -> dict[str, Any]:
    return journey.parse_page(
        filing.form, page, request.form, raw, unlocked=filing.unlocked, original=filing.original
    )


def _is_stored(stored: Filing, page: Page, taken: uploads.Taken) -> bool:
    """Whether the draft holds what was posted: the button was pressed twice, or the page sent again."""
    known = {file.sha256 for file in stored.uploads.values()}
    return (
        all(accepted.sha256 in known for _, accepted in taken.accepted)
        and _posted(stored, page, dict(stored.draft.answers)) == stored.draft.answers
    )


def _changed_elsewhere(
    stored: Filing, before: Page, taken: uploads.Taken
) -> Response | tuple[str, int]:
    """The page with what was typed here in its fields, and what another window saved beside it; nothing is saved yet."""
    kept = stored.draft.answers
    posted = MultiDict((k, v) for k, v in request.form.items(multi=True) if k not in PRESSED)
    typed, page = dict(kept), before
    # The second reading finds the rows and fields that stood on the page because of what was chosen here.
    for _ in range(2):
        typed = journey.parse_page(
            stored.form, page, posted, typed, unlocked=stored.unlocked, original=stored.original
        )
        page = next((p for p in stored.pages(typed) if p.index == before.index), before)
    found = differences(stored.form, kept, typed)
    if not found and not taken.accepted:
        return redirect(page_address(stored.draft, before.index), 303)
    files = [accepted.name for _, accepted in taken.accepted]
    return _render(stored, page, typed, apart=Apart(found, files)), 409


def as_opened(filing: Filing) -> drafts.Draft:
    """The draft as the posted page was opened with, so that two windows do not overwrite each other."""
    revision = request.form.get("revision", "")
    if not revision.isdecimal() or len(revision) > 9:
        return filing.draft
    return replace(filing.draft, revision=int(revision))


def _leave(filing: Filing, before: Page, action: str) -> Response:
    if action == "save":
        if filing.actor.kind != "guest":
            flash("下書きを保存しました。下の「下書き」から、いつでも続けられます。", "success")
        return redirect(_saved_address(filing), 303)
    earlier = [p for p in filing.pages() if p.index < before.index]
    if earlier:
        return redirect(page_address(filing.draft, earlier[-1].index), 303)
    return redirect(_saved_address(filing), 303)


def _saved_address(filing: Filing) -> str:
    """Where the person finds the draft again."""
    if filing.actor.kind == "guest":
        return url_for("portal.guest_saved", key=filing.draft.public_key)
    return url_for("portal.my")


def _next_address(filing: Filing, index: int) -> str:
    """The next page, or the review: also when the person came from there to mend one answer."""
    later = [p for p in filing.pages() if p.index > index]
    if not later or request.args.get("back") == "review":
        return url_for("portal.review", key=filing.draft.public_key)
    return page_address(filing.draft, later[0].index)


def _render(
    filing: Filing,
    page: Page,
    raw: Any,
    *,
    errors: Any = (),
    messages: Any = (),
    findings: Mapping[str, Finding] | None = None,
    apart: Apart | None = None,
) -> str:
    shown = filing.pages(raw)
    number = next((n for n, p in enumerate(shown, 1) if p.index == page.index), 1)
    is_last = number == len(shown) or request.args.get("back") == "review"
    buttons = [Button("next", "確認へ進む" if is_last else "次へ進む")]
    if number > 1:
        buttons.append(Button("back", "前へ戻る", "secondary"))
    buttons.append(Button("save", "保存してあとで続ける", "text"))
    address = url_for(
        "portal.save_page",
        key=filing.draft.public_key,
        index=page.index,
        back=request.args.get("back"),
    )
    fields = render.page(
        filing.form,
        page,
        raw,
        errors,
        unlocked=filing.unlocked,
        original=filing.original,
        notes=filing.round.notes if filing.round else None,
        files=lambda file: url_for("portal.file", key=file),
        pictures=lambda file: url_for("portal.picture", key=file),
        findings=findings,
        urls={"refresh": address, "lookup": address},
        buttons=buttons,
    )
    return render_template(
        "portal/page.html",
        filing=filing,
        page=page,
        number=number,
        count=len(shown) + 1,
        fields=fields,
        errors=errors,
        messages=messages,
        address=address,
        apart=apart,
        stored_page=page_address(filing.draft, page.index),
    )


# --- small things --------------------------------------------------------------------------------------


def filing_of(key: str) -> Filing:
    """The draft as the person at the page may fill it in; raises NotFound, DraftGone."""
    with parts().database.reading() as db:
        return filings.load(db, key, current_actor())


def _page(filing: Filing, index: int) -> Page | None:
    return next((p for p in filing.pages() if p.index == index), None)


def page_address(
    draft: drafts.Draft, index: int = 0, anchor: str = "", *, back: str | None = None
) -> str:
    """Of a page of the form; keeps the way back to the review."""
    back = back or ("review" if request.args.get("back") == "review" else None)
    return url_for(
        "portal.page", key=draft.public_key, index=index, back=back, _anchor=anchor or None
    )


def _anchor(raw: Any, action: str, argument: str) -> str:
    """Where to stand after a row came or went: the new row, or the list."""
    key = argument.partition(":")[0]
    if action == "copy":
        number = argument.partition(":")[2]
        return paths.control_id(f"{key}[{int(number) + 1}]") if number.isdecimal() else ""
    if action == "add":
        return paths.control_id(f"{key}[{max(0, len(raw.get(key) or []) - 1)}]")
    return paths.control_id(key) if key else ""
