"""One case: its place, what is open, what waits, what stopped it, its record. No names, answers or values of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response, redirect, render_template, request, url_for

from engine import (
    calendars,
    called_cases,
    calls,
    cases,
    deadlines,
    history,
    incidents,
    inspection,
    organisation,
    tasks,
    versions,
)
from engine.cases import CaseRow
from engine.errors import NotFound
from engine.inspection import Inside
from engine.text import fold_width
from engine.versions import Version
from web.auth import Wrong
from web.ops import course
from web.ops.blueprint import blueprint, tabs
from web.ops.incident import RESOLUTIONS
from web.ops.opened import STATUS, list_places, open_case
from web.ops.operations import at_token, offered
from web.ops.overview import JOB_NAMES, STATUS_WORDS
from web.parts import now, parts, today
from web.words import full_day, full_moment, moment

CHANNELS = {
    "account": "アカウント",
    "guest": "アカウントなし",
    "counter": "窓口",
    "event": "届出によらない",
}
ABSENT = {
    "tasks": "開いている作業",
    "calls": "照会",
    "timers": "待っているタイマー",
    "subscriptions": "待っている連絡",
    "sent": "通知書とメール",
    "jobs": "背景の処理",
    "incidents": "障害",
}
SHOWN_ENTRIES = 10
AT_ONCE = 100  # lines of each list on one page: a case may stand at thousands of places
SHOWN_NOTICES = 5  # open incidents at the head of the page; the list has them all


@blueprint.get("/cases")
def find_case() -> Any:
    """To the case with the number that was typed."""
    number = fold_width(request.args.get("number", "")).strip().upper()[:40]
    errors = []
    try:
        with parts().database.reading() as db:
            found = cases.get_by_number(db, number)
        return redirect(url_for("ops.case", key=found.public_key), 303)
    except NotFound:
        pass  # nothing typed yet, or a number that is none
    if "number" in request.args:
        words = "この受付番号の案件はありません。番号を確かめてください。"
        errors = [Wrong(words if number else "受付番号を入力してください。", "number")]
    page = render_template("ops/find.html", tabs=tabs(), errors=errors, number=number)
    return (page, 422) if errors else page


@blueprint.get("/cases/<key>")
def case(key: str) -> str:
    with parts().database.transaction() as db:
        row, version = open_case(db, key, "ops.case")
        inside = inspection.look(db, row.id)
        known = versions.of_record(db, inside.entries)
        open_tasks = tasks.open_of_case(db, row.id)
        stopped = incidents.list_of_case(db, row.id)
        related = called_cases.links(db, row.id)
        calendar = calendars.load(db, version.settings)
        posts = {code: _post(db, code) for code in {one.post_code for one in open_tasks} if code}
    lists: dict[str, Sequence[Any]] = {
        "places": inside.standing,
        "tasks": open_tasks,
        "called": related.called,
        "calls": inside.calls,
        "timers": inside.timers,
        "subscriptions": inside.subscriptions,
        "messages": inside.messages,
        "letters": inside.letters,
        "mails": inside.mails,
        "jobs": inside.jobs,
        "incidents": sorted(stopped, key=lambda one: one.status != "open"),
        "lines": _lines(inside, known, version),
    }
    page, pages, here = _page(lists)
    clock = deadlines.show(
        deadlines.load(row.clock), calendar, today(), ended=row.status == "ended"
    )
    counts = {name: len(rows) for name, rows in lists.items()}
    has = {
        **counts,
        "subscriptions": counts["subscriptions"] + counts["messages"],
        "sent": counts["letters"] + counts["mails"],
    }
    names = version.node_names()
    active = dict.fromkeys(one.node for one in inside.standing if one.status != "scope")
    return render_template(
        "ops/case.html",
        tabs=tabs(),
        case=row,
        version=version,
        inside=inside,
        status=STATUS[row.status],
        operations=[] if inside.problem else offered(row),
        chain_remedy=history.REMEDY,
        damaged_remedy=incidents.REMEDIES[incidents.DAMAGED],
        facts=[fact for fact in _facts(row, version, inside, clock.words) if fact[1]],
        here=here,
        counts=counts,
        page=page,
        pages=pages,
        at_once=AT_ONCE,
        href=lambda number: url_for("ops.case", key=key, page=number),
        absent=[words for name, words in ABSENT.items() if not has[name]],
        posts=posts,
        places=[
            (one, at_token(row, version, one.standing))
            for one in list_places(here["places"], names)
        ],
        names=names,
        stopped=[one for one in stopped if one.status == "open"],
        shown_notices=SHOWN_NOTICES,
        caller=related.caller,
        states=STATUS,
        resolutions=RESOLUTIONS,
        open_calls=sum(one["settled_at"] is None for one in inside.calls),
        words=STATUS_WORDS,
        waiting=calls.OPEN,
        job_names=JOB_NAMES,
        shown=SHOWN_ENTRIES,
        active=",".join(active),
        now=now(),
    )


def _page(lists: Mapping[str, Sequence[Any]]) -> tuple[int, int, dict[str, Any]]:
    """(the page that the address asks for, how many there are, what of each list stands on it)."""
    pages = max(1, *(-(-len(rows) // AT_ONCE) for rows in lists.values()))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    first = (page - 1) * AT_ONCE
    return page, pages, {name: rows[first : first + AT_ONCE] for name, rows in lists.items()}


def _lines(inside: Inside, known: Mapping[int, Version], version: Version) -> list[course.Line]:
    """The record, newest first. known: the versions the case was under."""
    return course.lines(
        inside.entries,
        **_named(known.values(), version),
        staff=inside.staff,
        numbers={one.id: one.number for one in (*known.values(), version)},
    )


def _named(known: Iterable[Version], version: Version) -> dict[str, dict[str, str]]:
    """Names of elements and tables of every version the case was under, the present one's first."""
    named: dict[str, dict[str, str]] = {"names": {}, "decisions": {}}
    for one in (*known, version):
        named["names"] |= one.node_names()
        named["decisions"] |= one.decision_names()
    return named


def _facts(row: CaseRow, version: Version, inside: Inside, clock: str) -> list[tuple[str, str]]:
    published = f"{moment(version.published_at)} {version.published_by}"
    chain = "鎖が切れています" if inside.chain else "鎖は正しくつながっています"
    return [
        ("手続", version.settings["name"]),
        ("版", f"第{version.number}版（{published}）"),
        ("段階", row.stage if row.status != "ended" else ""),
        ("到達", f"{full_moment(row.arrived_at)}　{CHANNELS[row.channel]}"),
        ("目標日", f"{full_day(row.due_on)}　{clock}" if row.due_on else clock),
        ("終了", f"{moment(row.ended_at)}　{row.outcome or ''}" if row.ended_at else ""),
        ("保存の期限", _kept(row)),
        ("消去", moment(row.erased_at)),
        ("記録", f"{len(inside.entries)}件。{chain}。"),
    ]


def _kept(row: CaseRow) -> str:
    last = full_day(row.retain_until)
    return f"{last}まで（{full_day(row.retain_from)}から数えます）" if last else ""


def _post(db: Any, code: str) -> str:
    try:
        post = organisation.get_post(db, code, today())
    except NotFound:
        return code
    return f"{post.section_name} {post.name}"


@blueprint.get("/cases/<key>/diagram.bpmn")
def case_diagram(key: str) -> Response:
    with parts().database.transaction() as db:
        _, version = open_case(db, key, "ops.case")
    return Response(version.diagram, content_type="application/xml; charset=utf-8")
