"""The days on which the offices are closed or open against the rule, for each calendar that procedures use."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for

from engine import calendars, used_calendars, versions
from engine.calendar import FIRST_YEAR, LAST_YEAR, Calendar, ExtraDay
from engine.errors import NotFound
from web.auth import Wrong
from web.ops import recounts
from web.ops.blueprint import blueprint, tabs
from web.parts import parts, today
from web.words import full_day

USUAL = used_calendars.USUAL


@blueprint.route("/holidays", methods=["GET", "POST"])
def holidays() -> Any:
    calendar = request.values.get("calendar", USUAL)
    errors: list[Wrong] = []
    asked, doubts = None, list[str]()
    with parts().database.reading() as db:
        users = _users(db)
    if calendar not in users:
        abort(404)
    if request.method == "POST":
        asked, errors = _read_day()
        if asked is not None:
            doubts = _put_day(
                calendar, asked, closings=sorted(set(users[calendar].values())) or [True]
            )
            if not doubts:
                return redirect(url_for("ops.holidays", calendar=calendar), 303)
    year = request.args.get("year", today().year, type=int)
    year = min(max(year, 2000), 2098)
    with parts().database.reading() as db:
        rows = calendars.list_days(db, calendar)
        recount = recounts.overview(db)
    # Where procedures differ, the page says for which of them it is open.
    closes = not users[calendar] or any(users[calendar].values())
    closed = Calendar(calendar, tuple(rows), closes).closed_days(year)
    page = render_template(
        "ops/holidays.html",
        tabs=tabs(),
        calendar=calendar,
        calendars=[
            {
                "label": one,
                "href": url_for("ops.holidays", calendar=one),
                "current": one == calendar,
            }
            for one in sorted(users)
        ],
        users=users[calendar],
        closes=closes,
        rows=rows,
        year=year,
        closed=[(day, why) for day, why in closed.items() if why not in ("土曜日", "日曜日")],
        errors=errors,
        asked=asked,
        doubts=doubts,
        form=request.form,
        recount=recount,
    )
    return (page, 422) if errors or doubts else page


@blueprint.post("/holidays/remove")
def remove_holiday() -> Any:
    calendar = request.form.get("calendar", USUAL)
    try:
        day = date.fromisoformat(request.form.get("day", ""))
        with parts().database.transaction() as db:
            calendars.remove_day(db, calendar, day)
        flash(f"{full_day(day)}の登録を取り消しました。")
    except (ValueError, NotFound):
        flash("その日の登録はありません。", "warning")
    with parts().database.reading() as db:
        is_known = calendar in _users(db)
    return redirect(url_for("ops.holidays", calendar=calendar if is_known else USUAL), 303)


def _users(db: Any) -> dict[str, dict[str, bool]]:
    """Calendar -> short names of the procedures that use it, and whether it is closed at the turn of the year for them.

    The calendars of versions that are current or have open cases, those with rows, and the usual one.
    """
    found: dict[str, dict[str, bool]] = {one: {} for one in (USUAL, *calendars.list_edited(db))}
    for version in versions.list_in_use(db):
        for id, year_end in used_calendars.rules(version.settings):
            found.setdefault(id, {})[version.settings["short_name"]] = year_end
    return found


def _put_day(calendar: str, row: ExtraDay, *, closings: Collection[bool]) -> list[str]:
    """What somebody should know before the day is registered, if it was not said before: then nothing is.

    closings: whether it is closed at the turn of the year, for those that use it.
    """
    with parts().database.transaction() as db:
        rows = calendars.list_days(db, calendar)
        if row in rows:
            flash(f"{full_day(row.day)}は、同じ内容で登録済みです。", "warning")
            return []
        doubts = _doubts(row, [Calendar(calendar, tuple(rows), closes) for closes in closings])
        if request.form.get("sure", "") != "".join(doubts):
            return doubts
        calendars.put_day(db, calendar, row)
    flash(f"{full_day(row.day)}を「{row.name}」として登録しました。")
    return []


def _doubts(row: ExtraDay, before: list[Calendar]) -> list[str]:
    """Sentences: the day is registered already, changes nothing, or is over. before: the calendar as it is now."""
    found = []
    known = next((one for one in before[0].extra if one.day == row.day), None)
    reasons = [one.closed_reason(row.day) for one in before]
    if known is not None:
        treated = "開庁" if known.is_open else "閉庁"
        found.append(
            f"「{known.name}」（{treated}）として登録済みです。いま登録すると、その登録に替わります。"
        )
    elif row.is_open and not any(reasons):
        found.append("もともと開庁日です。登録しても、期限は変わりません。")
    elif not row.is_open and all(reasons):
        found.append(f"もともと閉庁日（{reasons[0]}）です。登録しても、期限は変わりません。")
    if row.day < today():
        found.append("過ぎた日です。この日を数える期限の、これからの計算が変わります。")
    return found


def _read_day() -> tuple[ExtraDay | None, list[Wrong]]:
    errors = []
    day = None
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        errors.append(Wrong("日付を入力してください（例 2026-05-01）。", "day"))
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        span = f"{FIRST_YEAR}年から{LAST_YEAR}年まで"
        why = "ほかの年は国民の祝日が分からないので、期限を計算しません"
        errors.append(Wrong(f"登録できるのは、{span}の日です（{why}）。", "day"))
    name = request.form.get("name", "").strip()[:60]
    if not name:
        errors.append(Wrong("理由を入力してください（例 臨時の閉庁日）。", "name"))
    if errors or day is None:
        return None, errors
    return ExtraDay(day, name, request.form.get("is_open") == "1"), []
