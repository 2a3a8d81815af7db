"""The lists of the desk: narrowed, polled, searched, and work taken from them."""

from typing import Any

import pytest

from engine import tasks
from engine.cases import CaseRow
from engine.database import Database
from tests.support import office
from tests.web import desk_work
from tests.web.conftest import Clock, Sign
from tests.web.person import Person


def test_new_work_is_in_the_sections_list_and_is_taken_with_one_button(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = sign_in("sato")
    assert "担当している作業はありません" in sato.open("/desk/").text
    sato.open("/desk/?view=section")
    for words in (
        filed.number,
        "届 株式会社髙田環境",
        "審査",
        "あと3開庁日",
        "令和8年5月15日（金）",
        "未着手",
    ):
        assert words in sato.text
    sato.press("着手する")
    assert sato.address.startswith("/desk/tasks/") and "審査の結果" in sato.text
    assert desk_work.open_task(database, filed).person_name == "佐藤 花子"
    assert filed.number in sato.open("/desk/").text


def test_a_chief_sees_the_examiners_work_but_cannot_take_it(sign_in: Sign, filed: CaseRow) -> None:
    abe = sign_in("abe").open("/desk/?view=section")
    assert filed.number in abe.text and "着手する" not in abe.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=高田", True),
        ("q=髙田　届", True),
        ("q=北区", False),
        ("due=over", False),
        ("due=week", True),
    ],
)
def test_the_list_is_narrowed_by_what_is_asked(
    sign_in: Sign, filed: CaseRow, query: str, found: bool
) -> None:
    sato = sign_in("sato").open(f"/desk/?view=section&{query}")
    assert (filed.number in sato.text) is found
    assert ("あてはまる案件はありません" in sato.text) is not found


def test_a_word_the_list_does_not_hold_is_carried_to_the_search_of_cases(
    sign_in: Sign, filed: CaseRow
) -> None:
    sato = sign_in("sato").open("/desk/?view=section&q=タマクリ").follow("フリガナでも探せます")
    assert sato.address.startswith("/desk/search")
    assert sato.root.xpath("//input[@name='q']")[0].get("value") == "タマクリ"


def test_the_sections_list_says_how_much_of_it_one_may_take(sign_in: Sign, filed: CaseRow) -> None:
    abe, sato = sign_in("abe").open("/desk/?view=section"), sign_in("sato")
    assert "1（着手できる 0）" in abe.text and filed.number in abe.text
    abe.follow("うち自分が着手できるもの 0件")
    assert filed.number not in abe.text
    (chosen,) = abe.root.xpath("//select[@name='state']/option[@selected]")
    assert chosen.text == "自分が着手できるもの"
    assert "着手できる 1" not in sato.open("/desk/?view=section").text
    assert filed.number in sato.open("/desk/?view=section&state=able").text


def test_polling_says_nothing_until_something_arrives(
    sign_in: Sign, version: Any, database: Database
) -> None:
    sato = sign_in("sato")
    address = _polled(sato.open("/desk/"))
    assert sato.client.get(address).status_code == 204
    desk_work.file_case(database, version)
    answer = sato.client.get(address)
    assert "新しい仕事が1件届きました" in answer.get_data(as_text=True)


def test_only_what_one_may_take_or_was_given_counts_as_new_work(
    sign_in: Sign, version: Any, database: Database
) -> None:
    abe = sign_in("abe")
    address = _polled(abe.open("/desk/"))
    case = desk_work.file_case(database, version)
    answer = abe.client.get(address).get_data(as_text=True)
    assert "1（着手できる 0）" in answer and "新しい仕事が" not in answer
    task_id = desk_work.open_task(database, case).id
    with database.transaction() as db:
        suzuki, chief = office.clerk(db, "suzuki"), office.clerk(db, "abe").person_id or 0
        tasks.hand_over(db, task_id=task_id, to_person_id=chief, actor=suzuki, now=office.NOW)
    assert "新しい仕事が1件届きました" in abe.client.get(address).get_data(as_text=True)


def _polled(person: Person) -> str:
    """The address by which the open list asks for news."""
    return str(person.root.xpath("//*[@id='live']/@hx-get")[0])


def test_polling_does_not_keep_a_session_alive(sign_in: Sign, filed: CaseRow, clock: Clock) -> None:
    sato = sign_in("sato")
    for _ in range(4):
        clock.go_on(minutes=8)
        sato.client.get("/desk/live?poll=1")
    assert sato.open("/desk/").address.startswith("/login")


def test_the_dense_switch_is_kept_on_this_machine(sign_in: Sign, filed: CaseRow) -> None:
    sato = sign_in("sato").open("/desk/?view=section").press("行をつめて表示する")
    assert sato.address == "/desk/?view=section"
    assert "dense" in sato.root.body.get("class")
    assert "dense" not in sato.press("行の間をひろげる").root.body.get("class")


def test_the_search_finds_cases_of_the_section_by_part_of_a_name(
    sign_in: Sign, filed: CaseRow
) -> None:
    assert filed.number in sign_in("sato").open("/desk/search?q=高田環境").text
    assert "あてはまる案件はありません" in sign_in("kato").open("/desk/search?q=高田環境").text
