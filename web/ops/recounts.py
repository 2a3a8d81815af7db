"""Dates of running cases after a calendar has changed: which would be others, and the operator's order to move them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import recounts, versions
from engine.errors import NotAllowed, NotFound
from engine.recounts import Counts, Head, Line
from web.once import carry_out, find_result
from web.ops.blueprint import blueprint, operator, tabs
from web.parts import now, parts
from web.recounted import told

LINES = 50
# Which cases an order is for: those ticked, or all whose dates only get later.
CHOSEN, ALL_LATER = "chosen", "later"
STATUS = {
    "differs": ("変わります", "active"),
    "stuck": ("自動では変えません", "stopped"),
    "to_move": ("順番を待っています", "active"),
    "moved": ("変えました", "done"),
    "refused": ("変えませんでした", "warning"),
}
WAYS = {
    "later": ("遅くなる", ""),
    "earlier": ("早くなる", "danger"),
    "over": ("もとの日は過ぎています", "warning"),
}


@blueprint.post("/recounts")
def begin_recount() -> Response:
    """Every running case is looked at; no date moves."""

    def work(db: Any) -> str:
        made = recounts.begin(db, actor=operator(), now=now())
        return url_for("ops.recount", recount_id=made)

    try:
        return carry_out(work)
    except NotAllowed:
        flash("進行中の案件の期限は、もう調べ始めています。", "warning")
        return redirect(url_for("ops.holidays"), 303)


@blueprint.get("/recounts/<int:recount_id>")
def recount(recount_id: int) -> str:
    """How far it is, and every case with what would move or has moved."""
    status, way = request.args.get("status", ""), request.args.get("way", "")
    after = max(request.args.get("from", 0, type=int), 0)
    with parts().database.reading() as db:
        head = _head(db, recount_id)
        counts = recounts.counts(db, head.id)
        lines, more = recounts.lines(
            db,
            head.id,
            status=status if status in STATUS else None,
            way=way if way in WAYS else None,
            after=after,
            limit=LINES,
        )
        shown = _shown(db, lines)
        latest = recounts.newest(db, limit=1)[0]
    return render_template(
        "ops/recount.html",
        tabs=tabs(),
        head=head,
        counts=counts,
        lines=shown,
        may_order=not counts.to_look and any(line.status == "differs" for line in lines),
        newer=latest.id if latest.id != head.id else None,
        next_from=lines[-1].case_id if more else None,
        is_first=not after,
        status=status if status in STATUS else "",
        way=way if way in WAYS else "",
        statuses=[(key, words) for key, (words, _) in STATUS.items()],
        ways=[(key, words) for key, (words, _) in WAYS.items()],
        words=STATUS,
        way_words=WAYS,
        all_later=ALL_LATER,
        chosen=CHOSEN,
    )


@blueprint.get("/recounts/<int:recount_id>/live")
def recount_live(recount_id: int) -> Response:
    """The figures again, nothing (204) while they are the same; when no case waits any more, the page as a whole."""
    with parts().database.reading() as db:
        head = _head(db, recount_id)
        counts = recounts.counts(db, head.id)
    if request.args.get("waiting", type=int) == counts.waiting:
        return Response(status=204)
    page = render_template("ops/_recount.html", head=head, counts=counts, is_poll=True)
    response = Response(page)
    if not counts.waiting:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.route("/recounts/<int:recount_id>/order", methods=["GET", "POST"])
def order_recount(recount_id: int) -> Any:
    """Shows what was chosen and asks for the reason; then each case is changed by itself."""
    done = find_result() if request.method == "POST" else None
    if done is not None:  # pressed twice
        return done
    rows = [int(one) for one in request.values.getlist("row") if one.isdecimal()][:LINES]
    what = request.values.get("what", CHOSEN)
    here = url_for("ops.recount", recount_id=recount_id)
    with parts().database.reading() as db:
        head = _head(db, recount_id)
        counts = recounts.counts(db, head.id)
        lines = [] if what == ALL_LATER else _to_order(db, head, rows)
        shown = _shown(db, lines)
    count = counts.later if what == ALL_LATER else len(lines)
    if not count or counts.to_look:
        words = "期限を変える案件を選んでください。"
        if rows or what == ALL_LATER:
            words = "選んだ案件の期限は、もう変わらないか、ほかの職員が変え始めています。"
        flash(words, "warning")
        return redirect(here, 303)
    reason = request.form.get("reason", "").strip()[:1000]
    seen = _instant(request.form.get("seen", ""))
    if request.method == "GET" or not reason or seen is None:
        page = render_template(
            "ops/recount_order.html",
            head=head,
            count=count,
            lines=shown,
            earlier=sum(line.way == "earlier" for line in lines),
            over=sum(line.way == "over" for line in lines),
            what=what,
            way_words=WAYS,
            rows=[line.id for line in lines],
            seen=now().isoformat(),
            is_reason_missing=request.method == "POST",
            reason=reason,
        )
        return (page, 422) if request.method == "POST" else page

    def work(db: Any) -> str:
        recounts.order(
            db,
            head.id,
            rows=None if what == ALL_LATER else rows,
            seen=seen,
            reason=reason,
            actor=operator(),
            now=now(),
        )
        return here

    try:
        return carry_out(work)
    except NotAllowed:
        flash("選んだ案件の期限は、もう変わらないか、ほかの職員が変え始めています。", "warning")
        return redirect(here, 303)


def overview(db: Any) -> dict[str, Any]:
    """What the page of the closed days says of the last recount. is_stale: a calendar has changed since."""
    newest = recounts.newest(db, limit=1)
    if not newest:
        return {"head": None}
    head = newest[0]
    counts: Counts = recounts.counts(db, head.id)
    is_stale = not set(recounts.in_use(db)) <= set(head.calendars)
    return {"head": head, "counts": counts, "is_stale": is_stale}


def _to_order(db: Any, head: Head, rows: list[int]) -> list[Line]:
    return recounts.lines(db, head.id, status="differs", rows=rows, limit=LINES)[0]


def _shown(db: Any, lines: list[Line]) -> list[dict[str, Any]]:
    """The lines with their dates in words."""
    return [_line(line, versions.get(db, line.version_id)) for line in lines]


def _line(line: Line, version: versions.Version) -> dict[str, Any]:
    names = version.node_names()
    return {
        **{name: getattr(line, name) for name in Line.__dataclass_fields__},
        "procedure": version.settings["short_name"],
        "dates": [told(one, names) for one in line.dates],
    }


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _head(db: Any, recount_id: int) -> Head:
    try:
        return recounts.get(db, recount_id)
    except NotFound:
        abort(404)
