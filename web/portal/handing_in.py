"""Handing in: the review of all answers, and the submit that starts the case or completes the correction."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, url_for
from werkzeug.wrappers import Response

from engine import cases, drafts, files, tasks
from engine import guests as guest_sessions
from engine.access import Subject, require
from engine.drafts import DraftChanged
from engine.errors import NotAllowed, NotFound
from engine.kernel import StepRefused
from engine.procedure_file import filer
from forms import correction, journey, marked, paths, render, validation
from forms.differences import Difference
from forms.validation import FieldError, InvalidAnswers
from web import once, refused, restated, uploads
from web.auth import current_actor, login_required
from web.parts import now, parts
from web.portal import filing as filings
from web.portal.blueprint import blueprint
from web.portal.entry import as_opened, filing_of, page_address
from web.portal.filing import Filing
from web.portal.guide import takes_guests

Message = tuple[str, str, str]
CHANGED_ELSEWHERE: Message = (
    "warning",
    "この下書きは、別の画面で保存されています。",
    "いま表示しているのは、あとから保存された内容です。確かめてから提出してください。",
)
CHANGED_VERSION: Message = (
    "warning",
    "入力しているあいだに、この手続の様式が新しくなりました。",
    "内容を確かめて、もう一度提出してください。",
)
NO_GUESTS_ANY_MORE: Message = (
    "error",
    "この手続は、アカウントなしでは提出できなくなりました",
    "お手数ですが、ログインして、はじめから入力してください。この下書きはしばらく残ります。",
)


@blueprint.get("/drafts/<key>/review")
@login_required("applicant", with_guests=True)
def review(key: str) -> str:
    filing = filing_of(key)
    return _review(filing, [])


@blueprint.post("/drafts/<key>/submit")
@login_required("applicant", with_guests=True)
def submit(key: str) -> str | Response | tuple[str, int]:
    """Walk (a): the answers are judged as a whole, the case starts (or its task is completed), the receipt is shown."""
    try:
        return once.carry_out(lambda db: _hand_in(db, key))
    except InvalidAnswers as error:
        return _review(filing_of(key), error.errors), 422
    except DraftChanged:
        return _review(filing_of(key), [], [CHANGED_ELSEWHERE]), 409
    except tasks.TaskChanged:
        return _review(filing_of(key), [], [CHANGED_VERSION]), 409
    except StepRefused as error:
        return _refused(filing_of(key), error), 409
    except NotAllowed:
        return _review(filing_of(key), [], [NO_GUESTS_ANY_MORE]), 409


def _refused(filing: Filing, error: StepRefused) -> str:
    """The review, with what to do now; operators read why."""
    if filing.round is None:
        refused.note_filing(error, filing.version.id)
    else:
        whose = filer(filing.version.settings)
        refused.note(error, f"{whose}の作業「{filing.round.task.name}」を終えられません。")
    office = filing.version.settings["office"]
    text = (
        "この手続の処理が、受け付けられる内容の上限を超えました。入力の誤りではありません。"
        "まだ提出は済んでいません。入力した内容は保存してあり、運用担当者に知らせました。"
        f"時間をおいてもう一度提出するか、{office['name']}（電話 {office['phone']}）へお問い合わせください。"
    )
    return _review(filing, [], [("error", "いまは提出を受け付けられません", text)])


def _review(filing: Filing, errors: list[FieldError], messages: Any = ()) -> str:
    outcome = filing.judge(filing.draft.answers)
    errors = errors or outcome.errors
    open_pages = {page.index for page in filing.pages()}

    def edit(index: int, path: str) -> str | None:
        if index not in open_pages or not filing.is_open(path, outcome):
            return None
        return f"{page_address(filing.draft, index, back='review')}#{paths.control_id(path)}"

    content = render.read_only(
        filing.form,
        outcome.answers,
        url=edit,
        files=lambda file: url_for("portal.file", key=file),
        notes=filing.round.notes if filing.round else None,
        heading_level=2,
        shape=outcome.shape,
    )
    unchanged = [] if errors else _unchanged(filing, outcome)
    listed = [(e.summary, edit(journey.page_of(filing.form, e.path), e.path)) for e in errors]
    return render_template(
        "portal/review.html",
        filing=filing,
        content=content,
        errors=list(dict.fromkeys(listed)),
        warnings=outcome.warnings,
        unchanged=[
            (one, edit(journey.page_of(filing.form, here), here) if here else None)
            for one, here in unchanged
        ],
        restated=_restated(filing, outcome),
        count=len(filing.pages()) + 1,
        messages=messages,
        last=filing.pages()[-1].index,
    )


def _unchanged(
    filing: Filing, outcome: validation.Outcome
) -> list[tuple[marked.Marked, str | None]]:
    """What the office asked to correct and still stands as it was sent, with its path in the draft."""
    if filing.round is None or filing.original is None:
        return []
    after = marked.with_places(filing.draft.answers, outcome.answers)
    found = marked.compare(filing.form, filing.round.notes, filing.original, after)
    return [(one, correction.current(filing.draft.answers, one.path)) for one in found.unchanged]


def _restated(filing: Filing, outcome: validation.Outcome) -> list[Difference] | None:
    """What a correcting notice changes; None for any other filing and when the case it puts right was erased."""
    earlier = filing.draft.corrects_id
    if earlier is None or filing.round is not None:
        return None
    with parts().database.reading() as db:
        try:
            before = cases.variables(db, earlier).get(filing.form.id) or {}
        except NotFound:
            return None
        stored = files.list_of_case(db, earlier)
    return restated.changes(
        filing.form, before, outcome.answers, [*stored, *filing.uploads.values()]
    )


def _hand_in(db: Any, key: str) -> str:
    filing = filings.load(db, key, current_actor())
    draft = as_opened(filing)
    if draft.revision != filing.draft.revision:
        raise DraftChanged(f"draft {draft.id} was saved from another window; look at it again")
    outcome = filing.judge(filing.draft.answers)
    if outcome.errors:
        raise InvalidAnswers(outcome.errors)
    named = list(uploads.keys_in(outcome.answers))
    if filing.round is not None:
        tasks.complete(
            db,
            task_id=filing.round.task.id,
            answers=outcome.answers,
            actor=filing.actor,
            now=now(),
            files=named,
            under=filing.version.id,
        )
        drafts.remove(db, filing.draft.id)
        flash("提出しました。担当者が確認を続けます。", "success")
        return url_for("portal.case", key=filing.round.case.public_key)
    # The version in force may have stopped taking filings without an account while the form was filled in.
    require(filing.actor, "portal.file", Subject(takes_guests=takes_guests(filing.version)))
    is_guest = filing.actor.kind == "guest"
    case = cases.start(
        db,
        version=filing.version,
        answers=outcome.answers,
        actor=filing.actor,
        channel="guest" if is_guest else "account",
        now=now(),
        files=named,
        corrects=filing.draft.corrects_id,
    )
    if is_guest:
        guest_sessions.filed(db, draft_id=filing.draft.id, case_id=case.id, now=now())
    drafts.remove(db, filing.draft.id)
    return url_for("portal.receipt", key=case.public_key)
