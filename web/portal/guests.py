"""Without an account: starting a form, coming back to it, and coming back to a case by its number and a mail link."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from adapters.mail import ADDRESS
from engine import cases, drafts, guests
from engine.access import require
from engine.errors import NotFound
from engine.guests import Held
from engine.versions import Version
from web import guests as cookie
from web import once
from web.auth import SLOW_DOWN, Wrong, current_actor, login_required, may
from web.mailed_links import mail_secret
from web.parts import now, parts
from web.portal import filing as filings
from web.portal.blueprint import blueprint
from web.portal.guide import keep_days
from web.words import full_day

CASE_SUBJECT = "【{name}】案件のページのご案内"
CASE_BODY = """受付番号 {number} の案件のページを開くリンクです。15分以内に、次のリンクを開いて「続ける」を押してください。
1回だけ使えます。

{address}

このメールに心当たりのないときは、何もせずに削除してください。
"""
DRAFT_SUBJECT = "【{name}】入力の続きのご案内"
DRAFT_BODY = """入力の続きを開くリンクです。{until}までに、次のリンクを開いて「続ける」を押してください。
1回だけ使えます。ほかの人に転送しないでください。

{address}

このメールに心当たりのないときは、何もせずに削除してください。
"""
DRAFT_COOKIE = timedelta(days=30)  # the draft itself decides; this only says when a browser forgets
LINK_PATH = "/guest/link"  # threads that send mail have no request to build addresses from
BAD_ADDRESS = "メールアドレスを入力してください（例 taro@example.jp）。"


def start(version: Version) -> str | Response | tuple[str, int]:
    """The first page for somebody without an account; pressing its button begins the draft and sets the cookie."""
    actor = current_actor()
    errors: list[Wrong] = []
    if request.method == "POST":
        if may("guest-draft"):
            return _begin(version)
        errors = [Wrong(SLOW_DOWN, "begin")]
    begun = None
    if actor.draft_id is not None:
        with parts().database.reading() as db:
            begun = drafts.get_by_id(db, actor.draft_id)
    page = render_template(
        "portal/start_guest.html",
        version=version,
        begun=begun,
        keep_days=keep_days(version),
        sign_in=url_for("auth.account_login", next=url_for("portal.start", code=version.procedure)),
        errors=errors,
    )
    return (page, 422) if errors else page


def _begin(version: Version) -> Response:
    secret = once.derived_secret("guest")

    def work(db: Any) -> str:
        draft = filings.begin(db, version, current_actor(), bound=None)
        guests.end(db, cookie.request_secret(), now())
        guests.open(db, secret, Held(draft.id, None), now())
        return url_for("portal.page", key=draft.public_key, index=0)

    return cookie.remember(once.carry_out(work), secret, DRAFT_COOKIE)


@blueprint.get("/drafts/<key>/saved")
@login_required("applicant", with_guests=True)
def guest_saved(key: str) -> str | Response:
    """What a guest sees after 保存してあとで続ける; an account's drafts stand on its own page."""
    filing = _filing(key)
    if current_actor().kind != "guest":
        return redirect(url_for("portal.my"))
    return _saved(filing, [])


@blueprint.post("/drafts/<key>/mail-link")
@login_required("applicant", with_guests=True)
def guest_mail_link(key: str) -> str | Response | tuple[str, int]:
    filing = _filing(key)
    if current_actor().kind != "guest":
        return redirect(url_for("portal.my"), 303)
    email = request.form.get("email", "").strip()[:200]
    wrong = "" if ADDRESS.fullmatch(email) else BAD_ADDRESS
    if not wrong and not may("mail-link"):
        wrong = SLOW_DOWN
    if not wrong:
        until = filing.draft.saved_at + timedelta(days=keep_days(filing.version))
        with parts().database.transaction() as db:
            secret = guests.order_draft_link(db, filing.draft.id, now=now(), lives=until - now())
        if secret is not None:
            path = url_for("portal.guest_link", secret=secret)
            mail_secret(email, secret, path, DRAFT_SUBJECT, DRAFT_BODY, until=full_day(until))
            flash(f"{email} にリンクを送りました。", "success")
            return redirect(url_for("portal.guest_saved", key=key), 303)
        wrong = "リンクを送れるのは、1時間に5回までです。しばらくしてから、もう一度お試しください。"
    return _saved(filing, [Wrong(wrong, "email")], email), 422


@blueprint.route("/guest", methods=["GET", "POST"])
def guest() -> str | Response | tuple[str, int]:
    """Number and address in, a mail with a link out. The reply is the same whether they belong together or not."""
    form = {name: request.form.get(name, "").strip()[:200] for name in ("number", "email")}
    errors: list[Wrong] = []
    if request.method == "POST":
        if not form["number"]:
            errors.append(Wrong("受付番号を入力してください（例 R8-000123）。", "number"))
        if not ADDRESS.fullmatch(form["email"]):
            errors.append(Wrong(BAD_ADDRESS, "email"))
        if not errors and not may("mail-link"):
            errors.append(Wrong(SLOW_DOWN, "number"))
        if not errors:
            # In the background: the answer takes as long for a number we do not know.
            app: Any = current_app
            parts().background.submit(
                _send_case_link, app._get_current_object(), form["number"], form["email"], now()
            )
            return redirect(url_for("portal.guest_sent"), 303)
    page = render_template("portal/guest.html", form=form, errors=errors, held=_held_case())
    return (page, 422) if errors else page


@blueprint.get("/guest/link-sent")
def guest_sent() -> str:
    return render_template("portal/guest_sent.html")


@blueprint.route(f"{LINK_PATH}/<secret>", methods=["GET", "POST"])
def guest_link(secret: str) -> str | Response | tuple[str, int]:
    # Only a button: mail scanners open links, and a link used by GET would be used up by them.
    if request.method == "GET":
        return render_template("portal/guest_link.html", is_dead=False)
    fresh = once.derived_secret("guest")

    def work(db: Any) -> str:
        held = guests.use_link(db, secret, now())
        if held is None:
            raise NotFound("this link is unknown, used or too old")
        guests.end(db, cookie.request_secret(), now())
        guests.open(db, fresh, held, now())
        if held.draft_id is None:
            return url_for("portal.case", key=cases.get_by_id(db, held.case_id or 0).public_key)
        draft = drafts.get_by_id(db, held.draft_id)
        return url_for("portal.page", key=draft.public_key, index=draft.page)

    try:
        reply = once.carry_out(work)
    except NotFound:
        return render_template("portal/guest_link.html", is_dead=True), 422
    is_draft = "/drafts/" in reply.location
    return cookie.remember(reply, fresh, DRAFT_COOKIE if is_draft else None)


@blueprint.route("/guest/leave", methods=["GET", "POST"])
def guest_leave() -> str | Response:
    """Ends what this browser holds: for shared computers."""
    actor = current_actor()
    if request.method == "POST":
        with parts().database.transaction() as db:
            guests.end(db, cookie.request_secret(), now())
        flash("この機器での利用を終えました。", "success")
        return cookie.forget(redirect("/", 303))
    if actor.kind != "guest":
        return redirect("/")
    return render_template("portal/guest_leave.html", has_draft=actor.draft_id is not None)


def _saved(filing: filings.Filing, errors: list[Wrong], email: str = "") -> str:
    days = keep_days(filing.version)
    return render_template(
        "portal/guest_saved.html",
        filing=filing,
        errors=errors,
        email=email,
        gone_on=None if filing.round else filing.draft.saved_at + timedelta(days=days),
    )


def _filing(key: str) -> filings.Filing:
    with parts().database.reading() as db:
        return filings.load(db, key, current_actor())


def _held_case() -> Any:
    """The case this browser may look at already, or None."""
    case_id = current_actor().case_id
    if case_id is None:
        return None
    with parts().database.reading() as db:
        row = cases.get_by_id(db, case_id)
        require(current_actor(), "portal.case", cases.subject(db, row))
        return row


def _send_case_link(app: Flask, number: str, email: str, at: datetime) -> None:
    with app.app_context():
        with parts().database.transaction() as db:
            found = guests.order_case_link(db, number=number, email=email, now=at)
        if found is not None:
            address, secret = found
            path = f"{LINK_PATH}/{secret}"
            mail_secret(address, secret, path, CASE_SUBJECT, CASE_BODY, number=number)
