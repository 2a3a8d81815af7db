"""What lookups fill into a filing: name and address by the corporate number, the address by the postal code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from adapters.base import Done, Refused, Temporary
from tests.web.person import Person
from tests.web.test_portal_filing import begin
from web.portal.postal_codes import find_places

New = Callable[[], Person]
ROOT = Path(__file__).parents[2]
# What the corporate number service says of a firm.
FOUND = {
    "found": True,
    "name": "株式会社多摩クリーン運輸",
    "address": "東京都多摩市関戸9-9",
    "closed": False,
}
pytestmark = pytest.mark.usefixtures("todoke")


# --- 法人番号 ---------------------------------------------------------------------------------------


class Register:
    """Answers like the corporate number service."""

    config: dict[str, Any] = {}

    def __init__(self, outcome: Any = None, **_: Any):
        self.outcome = outcome

    def find_corporation(self, parameters: dict[str, Any], *, key: str, attempt: int) -> Any:
        return self.outcome


def lookup(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, outcome: Any, **typed: str
) -> Person:
    register = Register(outcome)
    monkeypatch.setattr("web.portal.lookups._quick", lambda adapter: adapter)
    person = Person(make_app(adapters={"corporate_number": register})).open("/account/login")
    person.press("ログイン", {"email": "tama@example.jp", "password": "tama-demo-2026"})
    return begin(person).press("法人番号から", {"corporate_no": "7999901000001", **typed})


def test_the_corporate_number_fills_in_name_and_address(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = lookup(make_app, monkeypatch, Done(FOUND))
    assert person.form("次へ進む")["address"] == "東京都多摩市関戸9-9"
    assert "国税庁" in person.text


def test_what_was_typed_stays_until_the_person_takes_the_registers_word(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = FOUND | {"closed": True, "successor": "6999901000002"}
    person = lookup(make_app, monkeypatch, Done(found), address="東京都多摩市本町1-2")
    assert person.form("次へ進む")["address"] == "東京都多摩市本町1-2"
    assert "登記が閉鎖" in person.text and "6999901000002" in person.text
    person.press("株式会社多摩クリーン運輸")
    assert person.form("次へ進む")["address"] == "東京都多摩市関戸9-9"


@pytest.mark.parametrize(
    "outcome", [Temporary("down"), Refused("INVALID_NUMBER", "no"), Done({"found": False})]
)
def test_a_corporate_number_service_that_is_of_no_help_stops_nobody(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, outcome: Any
) -> None:
    person = lookup(make_app, monkeypatch, outcome)
    assert person.status == 200
    assert person.form("次へ進む")["corporate_no"] == "7999901000001"
    assert "車両" in person.press("次へ進む", {"address": "東京都多摩市本町1-2"}).title


# --- 郵便番号 ---------------------------------------------------------------------------------------


def test_a_postal_code_of_two_prefectures_gives_both() -> None:
    assert [place.address for place in find_places("4980000")] == [
        "愛知県弥富市",
        "三重県桑名郡木曽岬町",
    ]


def test_a_company_code_gives_the_company() -> None:
    (place,) = find_places("1638001")
    assert place.words == "東京都新宿区西新宿2丁目8-1（東京都庁）"


def test_an_unknown_postal_code_gives_nothing() -> None:
    assert find_places("9999999") == []


def test_the_address_comes_from_the_postal_code(applicant: Person) -> None:
    begin(applicant)
    applicant.press("住所を自動入力", {"zip": "206-0011", "address": ""})
    assert applicant.form("次へ進む")["address"] == "東京都多摩市関戸"


def test_a_typed_address_is_not_overwritten_by_the_postal_code(applicant: Person) -> None:
    begin(applicant)
    applicant.press("住所を自動入力", {"zip": "4980000", "address": "弥富市の旧い住所"})
    assert applicant.form("次へ進む")["address"] == "弥富市の旧い住所"
    applicant.press("三重県桑名郡木曽岬町")
    assert applicant.form("次へ進む")["address"] == "三重県桑名郡木曽岬町"


def test_a_postal_code_that_is_none_says_how_to_write_it(applicant: Person) -> None:
    begin(applicant)
    applicant.press("住所を自動入力", {"zip": "20600"})
    assert "7けた" in applicant.text
