"""Stand-in of the vehicle register in our exchange format (adapters/vehicle_register.py), with state.

It answers from the fictional trucks in vehicles.py as of the previous working day's close, remembers every key,
and refuses what the format forbids. It is open at all hours until a person chooses 実際の受付時間 or 受付時間外.
"""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from adapters.standins import page, server
from adapters.standins.server import Request, Response, json_response
from adapters.standins.vehicles import FIXTURES, Vehicle

JST = ZoneInfo("Asia/Tokyo")
OPENS, CLOSES = time(5, 0), time(22, 30)
HOURS = {"open": "いつでも受け付ける", "real": "実際の受付時間に従う", "closed": "受付時間外にする"}
NATIONAL = holidays.country_holidays("JP", years=range(2020, 2040))
FIELDS = {"plate": (3, 20), "chassis_tail": (7, 40), "purpose": (1, 100)}
KEYS = ("plate", "chassis_tail")  # the format wants them in one spelling
HYPHENS = dict.fromkeys(map(ord, "-‐‑‒–—−ー－ 　"), None)


class VehicleRegister(server.Standin):
    title = "自動車登録情報の代役"

    def __init__(self, token: str):
        super().__init__()
        self.token = token
        self.hours = "open"
        self.no_hit_left = 0  # that many questions find nothing
        self.clock: datetime | None = None  # None: the machine's
        self.vehicles = {code(vehicle.plate): vehicle for vehicle in FIXTURES}
        self.replies: dict[
            str, tuple[dict[str, Any], dict[str, Any]]
        ] = {}  # key -> question, reply
        self.processed = 0

    def now(self) -> datetime:
        """JST, as set on the control page or the machine's."""
        return self.clock or datetime.now(JST)

    def answer(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return json_response(401, {"code": "UNAUTHORISED"}, {"WWW-Authenticate": "Bearer"})
        if request.path == "/v1/inquiries" and request.method == "POST":
            return self._inquire(request)
        if request.path.startswith("/v1/inquiries/") and request.method == "GET":
            known = self.replies.get(request.path.removeprefix("/v1/inquiries/"))
            return json_response(200, known[1]) if known else json_response(404, {"code": "NONE"})
        return json_response(404, {"code": "BAD_PATH"})

    def _inquire(self, request: Request) -> Response:
        key = request.headers.get("idempotency-key", "")
        question = _question(request)
        if isinstance(question, Response):
            return question
        if not key or len(key) > 200:
            return json_response(400, {"code": "BAD_FIELD", "field": "Idempotency-Key"})
        if key in self.replies:
            asked, reply = self.replies[key]
            if asked != question:
                return json_response(409, {"code": "KEY_REUSED"})
            return json_response(200, reply)
        if not self._is_open():
            opens = next_opening(self.now()).isoformat()
            return json_response(409, {"code": "CLOSED", "opens_at": opens})
        reply = self._look_up(question)
        self.replies[key] = (question, reply)
        self.processed += 1
        return json_response(200, reply)

    def _is_open(self) -> bool:
        return self.hours == "open" or (self.hours == "real" and is_open(self.now()))

    def _look_up(self, question: Mapping[str, str]) -> dict[str, Any]:
        as_of = previous_working_day(self.now().date())
        vehicle = self.vehicles.get(question["plate"])
        missing = (
            vehicle is None
            or vehicle.registered_from > as_of
            or not code(vehicle.chassis_no).endswith(question["chassis_tail"])
        )
        if self.no_hit_left > 0:
            self.no_hit_left -= 1
            missing = True
        if missing or vehicle is None:
            return _reply("NO_HIT", as_of)
        return _reply(
            "HIT",
            as_of,
            record=vehicle.record(),
            deregistered=vehicle.deregistered,
            plate_gap=vehicle.plate_on_vehicle is not None,
            plate_on_vehicle=vehicle.plate_on_vehicle,
        )

    def control(self, form: Mapping[str, str]) -> None:
        if "hours" in form:
            if form["hours"] not in HOURS:
                raise ValueError(f"hours {form['hours']} is not known; use open, real or closed")
            self.hours = form["hours"]
        if "no_hit" in form:
            self.no_hit_left = int(form["no_hit"] or 0)
        if "clock" in form:
            text = form["clock"].strip()
            self.clock = datetime.fromisoformat(text).replace(tzinfo=JST) if text else None
        if form.get("plate"):
            self._add(form)

    def _add(self, form: Mapping[str, str]) -> None:
        """The vehicle is registered so; of a known plate only what the form holds is changed."""
        names = (
            "chassis_no owner_name owner_addr user_name user_addr base_place maker_model".split()
        )
        texts: dict[str, Any] = {name: form[name] for name in names if form.get(name)}
        key = code(form["plate"])
        known = self.vehicles.get(key) or Vehicle(form["plate"], form["chassis_no"])
        self.vehicles[key] = replace(known, **texts)

    def panel(self) -> str:
        hours = "".join(
            f'<label><input type="radio" name="hours" value="{name}"'
            f"{' checked' if name == self.hours else ''}> {label}</label>"
            for name, label in HOURS.items()
        )
        clock = self.clock.strftime("%Y-%m-%dT%H:%M") if self.clock else ""
        settings = (
            '<form method="post" action="/control"><fieldset><legend>受付時間と答え</legend>'
            f"<p>いま {self.now():%Y-%m-%d %H:%M}（{'受付中' if self._is_open() else '受付時間外'}）。"
            "実際の受付時間は5:00から22:30まで、12月29日から1月3日は休みです。</p>"
            f'{hours}<p><label>時計（空欄は実際の時刻） <input type="datetime-local" name="clock" value="{clock}"></label>'
            "<label>「該当なし」と答える残り回数 "
            f'<input name="no_hit" value="{self.no_hit_left}" size="4" inputmode="numeric"></label></p>'
            '<button type="submit">設定する</button></fieldset></form>'
        )
        labels = {
            "plate": "登録番号",
            "chassis_no": "車台番号",
            "owner_name": "所有者",
            "owner_addr": "所有者の住所",
            "user_name": "使用者（空欄は所有者）",
            "user_addr": "使用者の住所",
            "base_place": "使用の本拠の位置",
            "maker_model": "車名・型式",
        }
        inputs = "".join(
            f'<label>{escape(label)} <input name="{name}"></label>'
            for name, label in labels.items()
        )
        add = (
            '<form method="post" action="/control"><fieldset><legend>登録を加える・変える</legend>'
            "<p>登録番号がすでにあるときは、入力した項目だけを変えます。</p>"
            f'{inputs}<p><button type="submit">登録する</button></p></fieldset></form>'
        )
        rows = page.table(
            "登録されている車両（すべて架空）",
            ("登録番号", "車台番号", "所有者", "使用者", "車検の満了日", "備考"),
            [_row(vehicle) for vehicle in self.vehicles.values()],
        )
        return f"{settings}{add}<p>処理した照会: {self.processed}件</p>{rows}"


def code(text: str) -> str:
    """Plate or chassis number for comparison: NFKC, upper case, no hyphens or spaces."""
    return unicodedata.normalize("NFKC", text).upper().translate(HYPHENS)


def is_open(at: datetime) -> bool:
    """Whether the service answers at this JST instant."""
    return OPENS <= at.time() < CLOSES and not _is_year_end(at.date())


def next_opening(at: datetime) -> datetime:
    """The first instant at or after `at` when the service is open (JST)."""
    day = at.date()
    if at.time() >= CLOSES:
        day += timedelta(days=1)
    while _is_year_end(day):
        day += timedelta(days=1)
    opening = datetime.combine(day, OPENS, JST)
    return max(opening, at)


def previous_working_day(day: date) -> date:
    """The last working day before `day`: no weekend, no national holiday, not 29 December to 3 January."""
    day -= timedelta(days=1)
    while day.weekday() >= 5 or day in NATIONAL or _is_year_end(day):
        day -= timedelta(days=1)
    return day


def _is_year_end(day: date) -> bool:
    return (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)


def _question(request: Request) -> dict[str, str] | Response:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return json_response(415, {"code": "BAD_CONTENT_TYPE"})
    try:
        body = json.loads(request.body)
    except ValueError:
        return json_response(400, {"code": "NOT_JSON"})
    if not isinstance(body, dict):
        return json_response(400, {"code": "NOT_AN_OBJECT"})
    for name in [*FIELDS, *body]:
        value = body.get(name)
        if name not in FIELDS or not isinstance(value, str):
            return json_response(400, {"code": "BAD_FIELD", "field": name})
        low, high = FIELDS[name]
        if not low <= len(value) <= high:
            return json_response(400, {"code": "BAD_FIELD", "field": name})
        if name in KEYS and value != code(value):
            return json_response(400, {"code": "BAD_FIELD", "field": name})
    return body


def _reply(status: str, as_of: date, **facts: Any) -> dict[str, Any]:
    nothing = {
        "record": None,
        "deregistered": False,
        "plate_gap": False,
        "plate_on_vehicle": None,
    }
    return {"status": status, "as_of_date": as_of.isoformat(), **nothing, **facts}


def _row(vehicle: Vehicle) -> tuple[object, ...]:
    notes = []
    if vehicle.deregistered:
        notes.append("抹消")
    if vehicle.plate_on_vehicle:
        notes.append(f"実際の番号は{vehicle.plate_on_vehicle}")
    if vehicle.registered_from > date(2020, 1, 1):
        notes.append(f"{vehicle.registered_from}に登録")
    return (
        vehicle.plate,
        vehicle.chassis_no,
        vehicle.owner_name,
        vehicle.user_name or "（所有者と同じ）",
        vehicle.inspection_until,
        "、".join(notes),
    )


def main(argv: list[str]) -> int:
    """Runs until interrupted. Options: --port, --token."""

    def make(arguments: argparse.Namespace) -> VehicleRegister:
        return VehicleRegister(arguments.token)

    return server.run(make, argv, token="vehicle-demo-token")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
