"""What is left of a session: asked by the page before it warns, extended by one press; and what was typed meanwhile."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import versions
from engine.database import Database
from engine.tables import cases, drafts
from tests.web import desk_work
from tests.web import test_portal_guests as guest_walk
from tests.web.conftest import Clock, Sign
from tests.web.person import Person
from tests.web.studio_work import changed
from tests.web.test_portal_filing import begin, count, to_review
from web import settings
from web.settings import WrongSetting

New = Callable[[], Person]
TEMPLATES = Path(__file__).parents[2] / "web" / "templates"


def left(person: Person) -> int:
    reply = person.client.get("/session?poll=1").get_json()
    return int(reply["ends_in_s"])


def token(person: Person) -> dict[str, str]:
    [dialog] = person.root.xpath("//dialog[@id='session-end']")
    return {"X-CSRFToken": dialog.get("data-token")}


def test_asking_does_not_extend_the_session_and_one_press_does(sign_in: Sign, clock: Clock) -> None:
    sato = sign_in("sato").open("/desk/")
    assert left(sato) == 1800
    clock.go_on(minutes=26)
    assert left(sato) == 240
    assert sato.client.post("/session", headers=token(sato)).get_json()["ends_in_s"] == 1800
    clock.go_on(minutes=29)
    assert left(sato) == 60


def test_no_part_of_a_page_that_asks_by_itself_extends_the_session() -> None:
    asking = {
        f"{path.relative_to(TEMPLATES)}: {tag[:200]}": "poll=1" in tag
        for path in TEMPLATES.rglob("*.html")
        for tag in re.findall(
            r"<(?:\{\{.*?\}\}|\{%.*?%\}|[^<>{])*>", path.read_text(encoding="utf-8")
        )
        if re.search(r'hx-trigger="[^"]*\bevery\b', tag)
    }
    assert len(asking) >= 2
    assert [where for where, is_said in asking.items() if not is_said] == []


def test_nothing_is_left_after_the_end_and_the_cap_stands(sign_in: Sign, clock: Clock) -> None:
    sato = sign_in("sato").open("/desk/")
    for _ in range(34):
        clock.go_on(minutes=21)
        reply = sato.client.post("/session", headers=token(sato)).get_json()
    assert reply["ends_in_s"] == reply["cap_in_s"] == 360
    clock.go_on(minutes=6)
    assert left(sato) == 0


@pytest.mark.usefixtures("soudan")
def test_a_guest_is_warned_of_the_end_at_a_case_and_not_at_a_draft(
    somebody: New, clock: Clock
) -> None:
    person = guest_walk.to_review(somebody())
    assert not person.root.xpath("//dialog"), "a draft is there as long as it is kept"
    person.press("提出する")
    [dialog] = person.root.xpath("//dialog[@id='session-end']")
    assert dialog.get("data-back") == "/guest" and "利用を続ける" in dialog.text_content()
    assert left(person) == 1800
    clock.go_on(minutes=26)
    assert left(person) == 240
    assert person.client.post("/session", headers=token(person)).get_json()["ends_in_s"] == 1800
    clock.go_on(minutes=29)
    assert left(person) == 60
    clock.go_on(minutes=1)
    assert left(person) == 0


@pytest.mark.usefixtures("soudan")
def test_a_guest_stays_no_longer_than_any_other(somebody: New, clock: Clock) -> None:
    person = guest_walk.file(somebody())
    for _ in range(34):
        clock.go_on(minutes=21)
        reply = person.client.post("/session", headers=token(person)).get_json()
    assert reply["ends_in_s"] == reply["cap_in_s"] == 360
    clock.go_on(minutes=6)
    assert left(person) == 0


def test_nobody_signed_in_is_warned_of_nothing(somebody: New) -> None:
    person = somebody().open("/")
    assert not person.root.xpath("//dialog")
    assert left(person) == 0


@pytest.mark.usefixtures("filed")
def test_what_a_clerk_typed_comes_back_after_signing_in_again(
    sign_in: Sign, clock: Clock, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato"))
    clock.go_on(minutes=31)
    sato.press("作業を終える", {"decision": "accept", "memo": "長い記録"})
    assert sato.page.mimetype == "text/html"  # a browser shows the source of anything else
    assert sato.status == 401 and "入力した内容は、この画面に残っています" in sato.text
    sato.press("ログイン", {"login": "sato", "password": "wrong"})
    sato.press("ログイン", {"login": "sato", "password": "sato-demo-2026"})
    assert sato.page.mimetype == "text/html"
    sato.press("入力を続ける")
    assert sato.form("作業を終える")["memo"].strip() == "長い記録"
    assert sato.form("作業を終える")["decision"] == "accept"
    with database.reading() as db:
        assert "長い記録" in str(db.execute(select(drafts.c.answers)).scalar_one())


OWN_PAGE = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}


@pytest.mark.usefixtures("filed")
def test_what_was_typed_into_a_page_with_an_old_token_is_one_press_away(
    sign_in: Sign, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato"))
    form = sato.form("作業を終える")
    form["csrf_token"] = "old"
    form["decision"] = "accept"
    form["memo"] = "長い記録"
    sato.page = sato.client.post(sato.address, data=form, headers=OWN_PAGE)
    assert sato.status == 403 and "まだ送信されていません" in sato.text
    with database.reading() as db:
        assert "長い記録" not in str(db.execute(select(drafts.c.answers)).scalars().all())
    sato.press("入力を続ける")
    assert sato.status == 200
    assert sato.form("作業を終える")["memo"].strip() == "長い記録"


@pytest.mark.usefixtures("todoke")
def test_an_applicants_page_with_an_old_token_comes_back_with_everything_typed(
    applicant: Person,
) -> None:
    page = begin(applicant).address
    form = applicant.form("次へ進む")
    form["csrf_token"] = "old"
    form["address"] = "東京都多摩市本町1-2"
    applicant.page = applicant.client.post(page, data=form, headers=OWN_PAGE)
    assert applicant.status == 403
    applicant.press("入力を続ける")
    assert applicant.address == page
    assert applicant.form("次へ進む")["address"] == "東京都多摩市本町1-2"


def press_with_an_old_token(person: Person, button: str, action: str, **values: str) -> None:
    form = person.form(button).to_dict() | values | {"csrf_token": "old"}
    person.page = person.client.post(action, data=form, headers=OWN_PAGE)


def no_button_sends(person: Person, address: str) -> bool:
    return not person.root.xpath(f"//form[@action='{address}']")


@pytest.mark.usefixtures("todoke")
def test_handing_in_with_an_old_token_hands_in_nothing_and_leads_back_to_the_review(
    applicant: Person, database: Database
) -> None:
    review = to_review(applicant).address
    submit = review.replace("/review", "/submit")
    press_with_an_old_token(applicant, "提出する", submit)
    assert applicant.status == 403 and "提出を受け付けませんでした" in applicant.text
    assert no_button_sends(applicant, submit)
    applicant.follow("確認の画面に戻る")
    assert (applicant.status, applicant.address) == (200, review)
    assert count(database, cases) == 0
    applicant.press("提出する")
    assert count(database, cases) == 1


@pytest.mark.usefixtures("todoke")
def test_handing_in_after_the_session_ended_leads_back_to_the_review_by_signing_in(
    applicant: Person, database: Database, clock: Clock
) -> None:
    review = to_review(applicant).address
    clock.go_on(minutes=31)
    applicant.press("提出する")
    assert "提出を受け付けませんでした" in applicant.text
    applicant.press("ログイン", {"email": "tama@example.jp", "password": "tama-demo-2026"})
    assert (applicant.status, applicant.address) == (200, review)
    assert count(database, cases) == 0


def test_publishing_with_an_old_token_publishes_nothing_and_keeps_the_note(
    analyst: Person, database: Database
) -> None:
    publish = "/studio/inquiry/draft/publish"
    changed(analyst).open(publish)
    press_with_an_old_token(analyst, "公開する", publish, note="説明を直した")
    assert analyst.status == 403 and "まだ送信されていません" in analyst.text
    analyst.press("入力を続ける")
    assert (analyst.status, analyst.address) == (200, publish)
    assert analyst.form("公開する")["note"].strip() == "説明を直した"
    with database.reading() as db:
        assert versions.current(db, "inquiry").number == 1


def test_publishing_after_the_session_ended_publishes_nothing_and_keeps_the_note(
    analyst: Person, database: Database, clock: Clock
) -> None:
    changed(analyst).open("/studio/inquiry/draft/publish")
    clock.go_on(minutes=31)
    analyst.press("公開する", {"note": "説明を直した"})
    assert analyst.status == 401
    analyst.press("ログイン", {"login": "ueda", "password": "ueda-demo-2026"})
    analyst.press("入力を続ける")
    assert analyst.form("公開する")["note"].strip() == "説明を直した"
    with database.reading() as db:
        assert versions.current(db, "inquiry").number == 1
    analyst.press("公開する")
    with database.reading() as db:
        assert versions.current(db, "inquiry").number == 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        OWN_PAGE | {"Sec-Fetch-Site": "cross-site"},
        OWN_PAGE | {"Sec-Fetch-Site": "same-site"},
        OWN_PAGE | {"Sec-Fetch-Mode": "cors"},
    ],
)
@pytest.mark.usefixtures("filed")
def test_a_post_from_elsewhere_gets_nothing_of_it_back(
    sign_in: Sign, headers: dict[str, str]
) -> None:
    sato = desk_work.take(sign_in("sato"))
    form = sato.form("作業を終える")
    form["csrf_token"] = "forged"
    form["memo"] = "よそで書いた文"
    sato.page = sato.client.post(sato.address, data=form, headers=headers)
    assert sato.status == 403 and "画面を開き直してください" in sato.text
    assert "よそで書いた文" not in sato.page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("IDLE_MINUTES", "5"), ("WARNING_MINUTES", "0"), ("HOURS", "25"), ("HOURS", "0")],
)
def test_a_session_that_could_not_be_warned_of_is_refused(
    tmp_path: object, name: str, value: str
) -> None:
    with pytest.raises(WrongSetting, match="TETSUZUKI_SESSION_"):
        settings.read({"TETSUZUKI_DATA": str(tmp_path), f"TETSUZUKI_SESSION_{name}": value})
