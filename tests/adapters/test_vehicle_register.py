"""The vehicle register and its stand-in: what the exchange format promises."""

from __future__ import annotations

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from adapters.base import Done, Permanent, Refused, Temporary
from adapters.standins.vehicle_register import is_open, next_opening, previous_working_day
from adapters.vehicle_register import VehicleRegister
from tests.adapters.systems import TOKEN, vehicle_register

JST = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def system(standins):
    standins["vehicle_register"].control(fault="none")
    return vehicle_register(standins["vehicle_register"])


def ask(system, plate, chassis, key=None):
    parameters = {"plate": plate, "chassis_tail": chassis, "purpose": "審査", "row_id": "1"}
    return system.adapter.match(parameters, key=key or uuid.uuid4().hex, attempt=1)


def test_a_known_truck_is_a_hit_as_of_the_previous_working_day(system):
    outcome = ask(system, "多摩130あ5678", "0509901")
    assert isinstance(outcome, Done)
    assert outcome.result["status"] == "HIT"
    assert outcome.result["as_of_date"] == "2026-05-01"  # 5/3 to 5/6 are holidays
    assert outcome.result["record"]["owner_name"] == "株式会社多摩クリーン運輸"
    assert outcome.result["row_id"] == "1"


@pytest.mark.parametrize(
    ("plate", "chassis"),
    [
        ("多摩１３０あ５６７８", "FEB50509901"),
        ("多摩130あ5678", "ＦＥＢ５０５０９９０１"),
        ("多摩130あ5678", "FEB50-509901"),
        ("多摩130あ5678", "feb50509901"),
    ],
)
def test_a_key_in_another_spelling_is_refused_not_folded(system, plate, chassis):
    outcome = ask(system, plate, chassis)
    assert isinstance(outcome, Permanent)


def test_the_right_plate_with_a_wrong_chassis_is_no_hit(system):
    assert ask(system, "多摩130あ5678", "FEB50509902").result["status"] == "NO_HIT"


def test_a_transfer_registered_later_is_found_from_the_day_after(system):
    for clock, status in (("2026-05-14T09:00", "NO_HIT"), ("2026-05-15T09:00", "HIT")):
        system.standin.control(clock=clock)
        assert ask(system, "品川130い2468", "7001234").result["status"] == status


def test_flags_for_deregistered_and_plate_gap(system):
    assert ask(system, "江東100き1212", "FK621212001").result["deregistered"] is True
    gap = ask(system, "江戸川100か1111", "FK621111001").result
    assert (gap["plate_gap"], gap["plate_on_vehicle"]) == (True, "足立100か1111")


def test_a_vehicle_changed_on_the_control_page_keeps_what_was_not_entered(system):
    truck = {"plate": "足立100さ9001", "chassis_no": "FBA60-9009001"}
    system.standin.control(**truck, owner_name="多摩 太郎", maker_model="日野 2KG-FBA60")
    system.standin.control(plate="足立100さ9001", chassis_no="", user_name="有限会社北区産業")
    record = ask(system, "足立100さ9001", "9009001").result["record"]
    assert record["user_name"] == "有限会社北区産業"
    assert (record["owner_name"], record["maker_model"]) == ("多摩 太郎", "日野 2KG-FBA60")


@pytest.mark.parametrize(
    ("clock", "opens_at"),
    [
        ("2026-05-07T22:30", "2026-05-08T05:00:00+09:00"),
        ("2026-05-07T04:59", "2026-05-07T05:00:00+09:00"),
        ("2026-12-29T12:00", "2027-01-04T05:00:00+09:00"),
    ],
)
def test_outside_its_hours_it_refuses_and_says_when_it_opens(system, clock, opens_at):
    system.standin.control(hours="real", clock=clock)
    outcome = ask(system, "多摩130あ5678", "FEB50509901")
    assert isinstance(outcome, Refused)
    assert outcome.code == "CLOSED"
    assert outcome.data == {"opens_at": opens_at}


def test_a_question_refused_as_closed_is_answered_under_the_same_key_later(system):
    key = uuid.uuid4().hex
    system.standin.control(hours="closed")
    assert isinstance(ask(system, "多摩130あ5678", "FEB50509901", key), Refused)
    system.standin.control(hours="open")
    assert isinstance(ask(system, "多摩130あ5678", "FEB50509901", key), Done)


def test_the_same_key_gives_the_first_answer_again_and_is_processed_once(system):
    key = uuid.uuid4().hex
    first = ask(system, "多摩130あ5678", "FEB50509901", key)
    system.standin.control(no_hit=5)
    assert ask(system, "多摩130あ5678", "FEB50509901", key) == first
    assert ask(system, "多摩130あ5678", "FEB50509901").result["status"] == "NO_HIT"


def test_a_key_used_for_another_question_is_refused(system):
    key = uuid.uuid4().hex
    ask(system, "多摩130あ5678", "FEB50509901", key)
    assert isinstance(ask(system, "多摩130あ1201", "FEB50501201", key), Permanent)


def test_find_tells_what_became_of_a_question_and_none_for_one_never_received(system):
    key = uuid.uuid4().hex
    assert system.adapter.find("match", key) is None
    assert system.adapter.find("match", "a/b?c#d") is None
    answer = ask(system, "多摩130あ5678", "FEB50509901", key)
    assert system.adapter.find("match", key).result["record"] == answer.result["record"]


def test_a_wrong_token_is_permanent(system):
    adapter = VehicleRegister(base_url=system.standin.url, token="wrong")
    outcome = adapter.match(
        {"plate": "多摩130あ5678", "chassis_tail": "0509901", "purpose": "x"}, key="k", attempt=1
    )
    assert isinstance(outcome, Permanent)


def test_503_carries_the_wait_it_asks_for(system):
    system.standin.control(fault="outage", times=1)
    outcome = ask(system, "多摩130あ5678", "FEB50509901")
    assert isinstance(outcome, Temporary)
    assert outcome.retry_after.total_seconds() == 60


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"not json", {"Content-Type": "application/json"}, 400),
        (b"[]", {"Content-Type": "application/json"}, 400),
        (b'{"plate": "x"}', {"Content-Type": "application/json"}, 400),
        (
            b'{"plate":"abc","chassis_tail":"123456","purpose":"x"}',
            {"Content-Type": "application/json"},
            400,
        ),
        (
            b'{"plate":"abc","chassis_tail":"1234567","purpose":"x","extra":"y"}',
            {"Content-Type": "application/json"},
            400,
        ),
        (
            b'{"plate":"abc","chassis_tail":"1234567","purpose":"x"}',
            {"Content-Type": "application/json"},
            400,
        ),
    ],
)
def test_the_stand_in_refuses_what_the_format_forbids(system, content, headers, status):
    headers = {"Authorization": f"Bearer {TOKEN}", **headers}
    reply = httpx.post(f"{system.standin.url}/v1/inquiries", content=content, headers=headers)
    assert reply.status_code == status


def test_the_control_page_is_japanese_and_shows_the_trucks(system):
    text = httpx.get(f"{system.standin.url}/control").text
    assert "故障のまね" in text
    assert "多摩130あ5678" in text


def test_hours_and_working_days():
    assert is_open(datetime(2026, 5, 7, 5, 0, tzinfo=JST))
    assert not is_open(datetime(2026, 5, 7, 22, 30, tzinfo=JST))
    at = datetime(2026, 5, 7, 23, 0, tzinfo=JST)
    assert next_opening(at) == datetime(2026, 5, 8, 5, 0, tzinfo=JST)
    assert previous_working_day(datetime(2027, 1, 4, tzinfo=JST).date()).isoformat() == "2026-12-28"
