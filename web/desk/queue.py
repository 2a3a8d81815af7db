"""The lists: my work, my section's, waiting for others, done; the search over all cases of the section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, redirect, render_template, request, url_for

from engine import calendars, deadlines, notifications, queues, search, used_calendars, versions
from engine.calendar import Calendar
from engine.queue_lines import Row
from engine.queues import Filters
from engine.versions import Version
from web.desk.blueprint import blueprint, clerk
from web.navigation import Item
from web.parts import now, parts, today

VIEWS = {"mine": "担当中", "section": "係の未着手", "waiting": "他者待ち", "done": "完了"}
SORTS = {"due": "期限の近い順", "new": "新しい順"}
DUES = {
    "": "すべて",
    "over": "期限を過ぎたもの",
    "today": "本日まで",
    "week": "1週間以内",
    "none": "期限なし",
}
STATES: dict[str, dict[str, str]] = {
    "section": {"": "未着手", "able": "自分が着手できるもの", "working": "ほかの人が作業中"},
    "waiting": {
        "": "すべて",
        "applicant": "申請者の対応待ち",
        "unclaimed": "ほかの係・職で未着手",
        "working": "ほかの人が作業中",
        "system": "システムが処理中",
    },
}
CHIPS = {
    "unclaimed": ("未着手", ""),
    "working": ("作業中", "active"),
    "applicant": ("申請者の対応待ち", "warning"),
    "system": ("処理中", "stopped"),
    "done": ("完了", "done"),
}
STATUSES = {"": "すべて", "open": "処理中", "ended": "終了"}
YEAR_S = 31_536_000


@dataclass(frozen=True)
class Asked:
    """What the address asks for; anything unknown is left out."""

    view: str
    filters: Filters
    sort: str
    page: int

    @property
    def query(self) -> dict[str, Any]:
        """The address again, without the page."""
        given = {
            "view": self.view,
            "procedure": self.filters.procedure,
            "state": self.filters.state,
            "due": self.filters.due,
            "outcome": self.filters.outcome,
            "q": self.filters.words,
            "sort": self.sort,
        }
        plain = {"view": "mine", "sort": "due"}
        return {k: v for k, v in given.items() if v and plain.get(k) != v}


@blueprint.get("/")
def index() -> str:
    asked = read(request.args)
    actor = clerk()
    with parts().database.reading() as db:
        page = queues.page(
            db,
            actor=actor,
            view=asked.view,
            filters=asked.filters,
            sort=asked.sort,
            page=asked.page,
            now=now(),
        )
        current = versions.list_current(db)
        calendar_of = _calendars(db, current)
        batches = queues.count_batchable(db, actor=actor)
        returned = notifications.returned_in(db, actor.sections)
        done = asked.view == "done"
        outcomes = queues.outcomes(db, actor=actor, now=now()) if done else []
    return render_template(
        "desk/queue.html",
        asked=asked,
        page=page,
        rows=[(row, _deadline(row, asked.view, calendar_of)) for row in page.rows],
        tabs=tabs(page.counts, asked.view),
        names=_names(current),
        batches=batches,
        returned=returned,
        outcomes=outcomes,
        words={"views": VIEWS, "sorts": SORTS, "dues": DUES, "states": STATES, "chips": CHIPS},
        may_claim=actor.posts,
        is_filtered=bool(set(asked.query) - {"view", "sort"}),
        counted=counted,
        printed_at=now(),
        href=lambda number: url_for("desk.index", **asked.query, page=number),
    )


@blueprint.get("/live")
def live() -> str | Response:
    """The tabs with the numbers of now, for the page to put in; 204 while nothing has changed since it was opened."""
    with parts().database.reading() as db:
        counts = queues.counts(db, actor=clerk(), now=now())
    names = ("mine", "section", "waiting", "able")
    before = queues.Counts(*(request.args.get(name, 0, type=int) for name in names))
    if counts == before:
        return Response(status=204)
    # New for this clerk: given to them, or theirs to claim. What only other posts may claim is none of it.
    fresh = max(0, counts.mine - before.mine) + max(0, counts.able - before.able)
    view = request.args.get("view", "mine")
    return render_template(
        "desk/_tabs.html", tabs=tabs(counts, view), fresh=fresh, is_poll=True, view=view
    )


@blueprint.post("/dense")
def dense() -> Any:
    """The list in narrow or wide lines from now on, on this machine."""
    answer = redirect(url_for("desk.index", **read(request.form).query), 303)
    is_on = request.form.get("dense") == "1"
    answer.set_cookie(
        "dense",
        "1" if is_on else "0",
        max_age=YEAR_S,
        httponly=True,
        samesite="Lax",
        secure=parts().settings.is_https,
    )
    return answer


@blueprint.get("/search")
def find() -> str:
    words = request.args.get("q", "").strip()[:100]
    procedure = request.args.get("procedure") or None
    status = request.args.get("status", "")
    since, until = (_day(request.args.get(name, "")) for name in ("from", "to"))
    with parts().database.reading() as db:
        current = versions.list_current(db)
        calendar_of = _calendars(db, current)
        found = search.find(
            db,
            words,
            sections=clerk().sections,
            procedure=procedure,
            ended={"open": False, "ended": True}.get(status),
            arrived_from=since,
            arrived_to=until,
        )
    return render_template(
        "desk/search.html",
        words=words,
        found=found,
        clocks={row.case_id: _clock(row, calendar_of) for row in found.rows},
        names=_names(current),
        procedure=procedure,
        status=status,
        statuses=STATUSES,
        since=since,
        until=until,
    )


def _names(current: Sequence[Version]) -> dict[str, str]:
    return {version.procedure: version.settings["short_name"] for version in current}


def _calendars(db: Any, current: Sequence[Version]) -> dict[str, Calendar]:
    """Procedure -> its calendar; "" -> the usual one, for a procedure that is not open any more."""
    usual = used_calendars.settings_in({})
    return calendars.load_all(db, {"": usual} | {v.procedure: v.settings for v in current})


def _deadline(row: Row, view: str, calendar_of: Mapping[str, Calendar]) -> deadlines.Shown:
    """Of the task; of the case where it is with others."""
    if view == "waiting":
        return _clock(row, calendar_of)
    calendar = calendar_of.get(row.procedure, calendar_of[""])
    return deadlines.show_day(row.due_on, calendar, today())


def _clock(row: Row | search.Found, calendar_of: Mapping[str, Calendar]) -> deadlines.Shown:
    calendar = calendar_of.get(row.procedure, calendar_of[""])
    return deadlines.show(deadlines.load(row.clock), calendar, today())


def read(given: Mapping[str, Any]) -> Asked:
    """The view, filters, sort and page of an address or form."""
    view = given.get("view", "mine")
    view = view if view in VIEWS else "mine"
    state = given.get("state", "")
    due = given.get("due", "")
    sort = given.get("sort", "due")
    page = str(given.get("page", "1"))
    return Asked(
        view=view,
        filters=Filters(
            procedure=given.get("procedure") or None,
            state=state if state in STATES.get(view, {}) and state else None,
            due=due if due in DUES and due else None,
            words=str(given.get("q", "")).strip()[:100],
            outcome=(str(given.get("outcome", ""))[:200] or None) if view == "done" else None,
        ),
        sort=sort if sort in SORTS else "due",
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1,
    )


def tabs(counts: queues.Counts, view: str) -> list[Item]:
    numbers = {"mine": counts.mine, "section": counts.section, "waiting": counts.waiting}
    return [
        Item(
            label,
            url_for("desk.index", view=key) if key != "mine" else url_for("desk.index"),
            current=key == view,
            count=(counted(numbers[key]) if key in numbers else None)
            if key != "section" or counts.able == counts.section
            else f"{counted(counts.section)}（着手できる {counted(counts.able)}）",
        )
        for key, label in VIEWS.items()
    ]


def counted(number: int) -> int | str:
    """12, or 1000以上 when it was not counted any further."""
    return f"{queues.COUNTED}以上" if number > queues.COUNTED else number


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
