"""法人番号 Web-API: numbers, rows, and how the service says no."""

from __future__ import annotations

import time

import httpx
import pytest

from adapters.base import Done, Permanent, Refused, Temporary
from adapters.corporate_number import CorporateNumber, check_digit_fits
from adapters.standins.corporations import FIXTURES, with_check_digit
from tests.adapters.systems import APPLICATION_ID, corporate_number


@pytest.fixture
def system(standins):
    standins["corporate_number"].control(fault="none")
    return corporate_number(standins["corporate_number"])


def ask(system, number):
    return system.adapter.find_corporation({"corporate_no": number}, key="k", attempt=1)


def test_a_corporation_comes_with_name_kana_and_address(system):
    result = ask(system, "5999901000003").result
    assert result["name"] == "株式会社髙田環境"
    assert result["kana"] == "タカダカンキョウ"
    assert result["address"] == "東京都練馬区豊玉北六丁目12番1号"
    assert result["closed"] is False


def test_a_closed_a_merged_an_image_and_a_foreign_corporation(system):
    closed = ask(system, with_check_digit("999901000101")).result
    assert (closed["closed"], closed["close_date"]) == (True, "2024-03-31")
    merged = ask(system, with_check_digit("999901000102")).result
    assert (merged["closed"], merged["successor"]) == (True, "7999901000001")
    assert ask(system, with_check_digit("999901000103")).result["name_is_image"] is True
    foreign = ask(system, with_check_digit("999901000104")).result
    assert foreign["address"].startswith("アメリカ合衆国")


def test_a_number_nobody_has_is_done_with_nothing_found(system):
    outcome = ask(system, with_check_digit("999999999999"))
    assert isinstance(outcome, Done)
    assert outcome.result["found"] is False


@pytest.mark.parametrize(
    "number", ["799990100000", "1999901000001", "79999010000 1", "７９９９９０１００００１１"]
)
def test_a_wrong_check_digit_is_refused_before_anything_is_sent(system, number):
    before = len(system.standin.journal())
    assert isinstance(ask(system, number), Refused)
    assert len(system.standin.journal()) == before


def test_a_burst_gives_403_which_is_temporary(system):
    system.standin.control(burst=1)
    outcomes = [ask(system, "7999901000001") for _ in range(4)]
    assert any(isinstance(outcome, Temporary) for outcome in outcomes)
    assert not any(isinstance(outcome, Permanent) for outcome in outcomes)


def test_a_wrong_application_id_is_permanent(system):
    adapter = CorporateNumber(base_url=system.standin.url, application_id="nobody", pace_s=0.0)
    outcome = adapter.find_corporation({"corporate_no": "7999901000001"}, key="k", attempt=1)
    assert isinstance(outcome, Permanent)


@pytest.mark.parametrize(
    "extra", ["&number=1", "&number=7999901000001&type=99", "&number=7999901000001&type=12&foo=1"]
)
def test_the_stand_in_answers_400_to_bad_parameters(system, extra):
    reply = httpx.get(f"{system.standin.url}/4/num?id={APPLICATION_ID}{extra}")
    assert reply.status_code == 400


def test_the_stand_in_speaks_csv_too(system):
    query = f"id={APPLICATION_ID}&number=7999901000001&type=02"
    text = httpx.get(f"{system.standin.url}/4/num?{query}").text
    assert text.splitlines()[1].count('","') == 29
    assert "株式会社多摩クリーン運輸" in text


def test_all_fixtures_carry_right_check_digits():
    assert len(FIXTURES) == 50
    assert all(check_digit_fits(row.corporate_number) for row in FIXTURES)


def test_a_request_whose_turn_is_far_off_is_told_so_at_once(standins):
    """The button of the form waits in a web request: it must not hold the thread until the queue is through."""
    standins["corporate_number"].control(fault="none")
    url = corporate_number(standins["corporate_number"]).adapter.config["base_url"]
    slow = CorporateNumber(base_url=url, application_id=APPLICATION_ID, pace_s=60.0)
    assert isinstance(ask_of(slow), Done)
    before = time.monotonic()
    assert isinstance(ask_of(slow), Temporary)
    assert time.monotonic() - before < 2


def ask_of(adapter):
    return adapter.find_corporation({"corporate_no": "7999901000001"}, key="k", attempt=1)
