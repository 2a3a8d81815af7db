"""The applicant's cases: my page, receipt, status, withdrawal, correcting, rating, tasks that are the applicant's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import (
    cases,
    correcting,
    correspondence,
    deadlines,
    drafts,
    feedback,
    files,
    notifications,
    tasks,
    versions,
)
from engine.access import require
from engine.cases import CaseRow
from engine.errors import NotAllowed, NotFound
from engine.versions import Version
from forms import render
from web import once
from web.auth import Wrong, current_actor, login_required
from web.parts import now, parts, today
from web.portal import ending, status
from web.portal import filing as filings
from web.portal.blueprint import blueprint
from web.portal.course import timeline
from web.portal.papers import letter_lines, own_case

RATINGS = (
    (5, "とても使いやすい"),
    (4, "使いやすい"),
    (3, "ふつう"),
    (2, "使いにくい"),
    (1, "とても使いにくい"),
)
PAGE_ROWS = 20


@dataclass(frozen=True)
class Line:
    """A case in the list of my page."""

    case: CaseRow
    name: str
    stage: str
    standing: status.Standing
    href: str
    stopped: str  # 補正 while the clock stands for it


@blueprint.get("/my")
@login_required("applicant")
def my() -> str:
    account_id = current_actor().account_id or 0
    before = _instant(request.args.get("before", ""))
    with parts().database.reading() as db:
        rows = cases.find_of_account(db, account_id, limit=PAGE_ROWS + 1, before=before)
        more, rows = rows[PAGE_ROWS:], rows[:PAGE_ROWS]
        known = {row.version_id: versions.get(db, row.version_id) for row in rows}
        lines = [_line(db, row, known[row.version_id]) for row in rows]
        papers = [letter for row in rows for letter in letter_lines(db, row)]
        begun = [_draft(db, draft) for draft in drafts.list_of_account(db, account_id)]
        unreached = notifications.unreached(db, account_id=account_id)
    return render_template(
        "portal/my.html",
        lines=lines,
        waiting=[line for line in lines if line.standing.kind == "yours"],
        drafts=begun,
        unreached=unreached,
        letters=[letter for letter in papers if letter.is_made],
        is_first=before is None,
        older=url_for("portal.my", before=rows[-1].arrived_at.isoformat()) if more else None,
    )


@blueprint.get("/cases/<key>")
@login_required("applicant", with_guests=True)
def case(key: str) -> str:
    with parts().database.reading() as db:
        row, version = own_case(db, key)
        every = tasks.list_of_case(db, row.id)
        still = [task for task in every if task.status == "open"]
        papers = letter_lines(db, row)
        given = feedback.find(db, row.id, "ended")
        can_withdraw = row.status == "open" and cases.can_withdraw(db, row)
        links = correcting.links(db, row.id)
        can_correct = _may_correct(db, row)
        is_unreached = _is_unreached(db, row)
        told = ending.sentences(db, row, version)
    settings = version.settings
    standing = status.standing(row, open_tasks=still, settings=settings, today=today(), told=told)
    return render_template(
        "portal/case.html",
        is_unreached=is_unreached,
        case=row,
        settings=settings,
        standing=standing,
        steps=status.steps(row, tasks=every, settings=settings),
        yours=[task for task in still if task.audience == "applicant"],
        letters=papers,
        timeline=timeline(row, every, papers, settings, standing),
        withdraw_words=status.withdrawal_words(settings) if can_withdraw else "",
        links=links,
        correct_words=settings["correcting"]["label"] if can_correct else "",
        **_rating(version, given, moment="ended", is_time=row.status == "ended"),
    )


def _is_unreached(db: Any, row: CaseRow) -> bool:
    """Whether a mail about the case did not arrive; of an account: at the address it still has."""
    if row.account_id is None:
        return bool(notifications.returned_of(db, row.id))
    unreached = notifications.unreached(db, account_id=row.account_id)
    return any(one.public_key == row.public_key for one in unreached)


@blueprint.get("/cases/<key>/receipt")
@login_required("applicant", with_guests=True)
def receipt(key: str) -> str:
    with parts().database.reading() as db:
        row, version = own_case(db, key)
        still = tasks.open_of_case(db, row.id)
        found = letter_lines(db, row, name=cases.RECEIPT)
        given = feedback.find(db, row.id, "filed")
        address = correspondence.address_of(db, version, cases.variables(db, row.id), now())
    return render_template(
        "portal/receipt.html",
        case=row,
        address=address,
        settings=version.settings,
        standing=status.standing(row, open_tasks=still, settings=version.settings, today=today()),
        receipt=found[-1] if found else None,
        **_rating(version, given, moment="filed"),
    )


@blueprint.get("/cases/<key>/answers")
@login_required("applicant", with_guests=True)
def answers(key: str) -> str:
    with parts().database.reading() as db:
        row, version = own_case(db, key)
        form = version.forms[version.settings["filing"]["form"]]
        given = cases.variables(db, row.id).get(form.id) or {}
    content = render.read_only(
        form, given, files=lambda file: url_for("portal.file", key=file), heading_level=2
    )
    return render_template(
        "portal/answers.html", case=row, settings=version.settings, content=content
    )


@blueprint.get("/cases/<key>/tasks/<int:task_id>")
@login_required("applicant", with_guests=True)
def task(key: str, task_id: int) -> Response:
    """The draft of the task's form, made at the first visit, and its first page that has something to do."""
    actor = current_actor()
    with parts().database.transaction() as db:
        row, _ = own_case(db, key)
        wanted = tasks.get(db, task_id)
        if wanted.case_id != row.id or wanted.audience != "applicant" or wanted.form is None:
            raise NotFound("this case has no such task for its applicant")
        if wanted.status != "open":
            flash("この作業はもう終わっています。", "warning")
            return redirect(url_for("portal.case", key=key))
        draft = filings.begin_round(db, wanted, row, actor)
    with parts().database.reading() as db:
        first = filings.load(db, draft.public_key, actor).pages()[0]
    return redirect(url_for("portal.page", key=draft.public_key, index=first.index))


@blueprint.route("/cases/<key>/withdraw", methods=["GET", "POST"])
@login_required("applicant", with_guests=True)
def withdraw(key: str) -> str | Response | tuple[str, int]:
    with parts().database.reading() as db:
        row, version = own_case(db, key)
        require(current_actor(), "portal.withdraw", cases.subject(db, row))
        is_open = row.status == "open" and cases.can_withdraw(db, row)
    reason = request.form.get("reason", "").strip()[:500]
    errors = []
    if request.method == "POST":
        try:
            if reason:
                return once.carry_out(lambda db: _withdraw(db, row, reason))
            errors = [
                Wrong(
                    "取下げの理由を入力してください（例 車両を使わないことになったため）。",
                    "reason",
                )
            ]
        except NotAllowed:
            is_open = False
    if not is_open:
        flash(
            "この案件は、もう取り下げられません。お急ぎのときは担当部署へご連絡ください。",
            "warning",
        )
        return redirect(url_for("portal.case", key=key), 303)
    page = render_template(
        "portal/withdraw.html",
        case=row,
        settings=version.settings,
        words=status.withdrawal_words(version.settings),
        reason=reason,
        errors=errors,
    )
    return (page, 422) if errors else page


@blueprint.route("/cases/<key>/correct", methods=["GET", "POST"])
@login_required("applicant", with_guests=True)
def correct(key: str) -> str | Response:
    """A correcting notice for a finished case: a draft with its answers and copies of its files."""
    with parts().database.reading() as db:
        row, version = own_case(db, key)
        begun = drafts.find_correcting(db, row.id)
        may = _may_correct(db, row)
        stored = files.list_of_case(db, row.id) if may else []
    if begun is not None:
        return redirect(url_for("portal.page", key=begun.public_key, index=begun.page), 303)
    if not may:
        flash("この案件には、いま訂正届を出せません。", "warning")
        return redirect(url_for("portal.case", key=key), 303)
    if request.method == "POST":
        # Copied before the transaction opens; what it does not take in is swept later.
        copies = {
            one.public_key: files.keep(
                parts().store, parts().store.open(one.path), one.name, one.content_type
            )
            for one in stored
            if not one.field.startswith("letter")
        }
        return once.carry_out(lambda db: _correct(db, row, copies))
    return render_template(
        "portal/confirm.html",
        heading="終わった届出を訂正しますか",
        text="前に提出した内容が入ったフォームを開きます。まちがっていたところを直して、提出してください。提出するまで、登録は変わりません。",
        rows=[("訂正する案件", row.number), ("手続", version.name)],
        yes="訂正する内容を入力する",
        kind="primary",
        no="やめて戻る",
        back=url_for("portal.case", key=key),
    )


def _correct(db: Any, row: CaseRow, copies: dict[str, files.Accepted]) -> str:
    version = versions.current(db, row.procedure)
    draft = filings.begin_correcting(db, row, version, current_actor(), copies)
    return url_for("portal.page", key=draft.public_key, index=draft.page)


def _may_correct(db: Any, row: CaseRow) -> bool:
    """By the rules in force now; a guest has no account to start another filing from."""
    if current_actor().kind != "applicant" or row.status != "ended":
        return False
    return correcting.may(db, row.id, versions.current(db, row.procedure).settings)


@blueprint.post("/cases/<key>/rating")
@login_required("applicant", with_guests=True)
def rate(key: str) -> Response:
    rating, moment = request.form.get("rating", ""), request.form.get("moment", "filed")
    with parts().database.reading() as db:
        row, _ = own_case(db, key)
    back = url_for(
        "portal.receipt" if moment == "filed" else "portal.case", key=key, _anchor="rating"
    )
    if rating not in ("1", "2", "3", "4", "5") or moment not in feedback.MOMENTS:
        flash("使いやすさを1つ選んでから、送ってください。", "warning")
        return redirect(back, 303)
    if moment == "ended" and row.status != "ended":
        raise NotFound("the case has not ended")

    def give(db: Any) -> str:
        feedback.give(
            db,
            case_id=row.id,
            procedure=row.procedure,
            moment=moment,
            rating=int(rating),
            comment=request.form.get("comment", ""),
            now=now(),
        )
        return back

    return once.carry_out(give)


def _instant(text: str) -> datetime | None:
    """An aware instant from an address; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _line(db: Any, row: CaseRow, version: Version) -> Line:
    still = tasks.open_of_case(db, row.id) if row.status != "ended" else []
    standing = status.standing(row, open_tasks=still, settings=version.settings, today=today())
    clock = deadlines.load(row.clock)
    stage = standing.headline if row.status == "ended" else row.stage
    return Line(
        row,
        version.settings["short_name"],
        stage,
        standing,
        url_for("portal.case", key=row.public_key),
        clock.stopped.why if clock and clock.stopped else "",
    )


def _draft(db: Any, draft: drafts.Draft) -> dict[str, Any]:
    version = versions.get(db, draft.version_id)
    days = (version.settings.get("drafts") or {}).get("delete_after_days")
    is_round = draft.task_id is not None
    return {
        "name": version.settings["short_name"] + ("の補正" if is_round else ""),
        "saved_at": draft.saved_at,
        "gone_on": draft.saved_at + timedelta(days=days) if days and not is_round else None,
        "href": url_for("portal.page", key=draft.public_key, index=draft.page),
        "remove": None if is_round else url_for("portal.delete", key=draft.public_key),
    }


def _withdraw(db: Any, row: CaseRow, reason: str) -> str:
    cases.withdraw(db, case_id=row.id, actor=current_actor(), now=now(), reason=reason)
    flash("取下げを受け付けました。", "success")
    return url_for("portal.case", key=row.public_key)


def _rating(version: Version, given: Any, *, moment: str, is_time: bool = True) -> dict[str, Any]:
    return {
        "ask_rating": is_time and bool(version.settings.get("feedback", True)),
        "moment_of_rating": moment,
        "given": given,
        "ratings": RATINGS,
    }
