"""Every page of every role is opened and looked at. The pages are found as people find them: by following links.

A route that no walk comes to fails the test: link to it, or add its address to what a role opens.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from playwright.sync_api import Browser, Page
from sqlalchemy import delete, insert, select, update
from werkzeug.routing import Map

from engine import (
    calendars,
    changeover_lines,
    changeovers,
    changing_back,
    inbox,
    incidents,
    postgres,
    recounts,
    used_calendars,
    versions,
)
from engine.access import Actor
from engine.calendar import ExtraDay, jst_date
from engine.database import Database
from engine.tables import cases, letters, notifications, recount_cases
from engine.tables import inbox as inbox_rows
from engine.tables import versions as version_rows
from tests.browser import studio, walks
from tests.browser.conftest import PATIENCE_MS, Site
from tests.browser.page_walk import DESKTOP, PHONE, Walk
from tests.support.waiting import until
from web.settings import Settings
from web.wiring import create_app

INQUIRY = "/procedures/inquiry/start"
NOTHING = "ほにゃらら"
# The two notices of the demo.
DECIDED, SENT_BACK = "入替 八王子800さ215", "増車 多摩130あ5678"


def test_every_page_of_every_role_is_as_a_page_must_be(browser: Browser, site: Site) -> None:
    routes = _routes(site)
    walks_done: list[Walk] = []

    @contextmanager
    def role(
        name: str, size: dict[str, int] = DESKTOP, *, reads_files: bool = False
    ) -> Iterator[Walk]:
        # Not routed as `person` is, which would cache nothing: what is outside the CSP refuses, and the console says so.
        context = browser.new_context(
            base_url=site.url, viewport=size, locale="ja-JP", timezone_id="Asia/Tokyo"
        )
        context.set_default_timeout(PATIENCE_MS)
        walks_done.append(Walk(context.new_page(), routes, name, reads_files=reads_files))
        yield walks_done[-1]
        context.close()

    with role("nobody", PHONE) as walk:
        _nobody(walk)
    with role("guest", PHONE) as walk:
        number = _guest(walk)
    with role("clerk") as walk:
        _clerk(walk)
    with role("chief") as walk:
        corrected = _chief(walk)
    with _returned_mail(site, corrected), role("examiner") as walk:
        _examiner(walk, corrected)
    with role("applicant", PHONE) as walk:
        _applicant(walk, corrected)
    with role("applicant with nothing", PHONE) as walk:
        walks.applicant_signs_in(walk.page, "sumida")
        walk.open("/", "/my", "/my/account", "/procedures/sanpai_vehicle_change/start")
    with _changeover(site, number) as changed, role("analyst", reads_files=True) as walk:
        _analyst(walk, changed)
    with (
        _faults(site, number, corrected),
        _recount(site) as counted,
        role("operator", reads_files=True) as walk,
    ):
        walks.staff_signs_in(walk.page, "watanabe")
        walk.go(
            *counted, refused={"/ops/incidents/999999": 404, "/ops/cases?number=R1-000000": 422}
        )

    wrong = [line for walk in walks_done for line in walk.wrong]
    wrong += [
        f"no walk comes to {rule.rule}"
        for rule in routes.iter_rules()
        if "GET" in (rule.methods or ())
        and not any(rule.endpoint in walk.met for walk in walks_done)
    ]
    assert not wrong, "\n".join(wrong)


def _routes(site: Site) -> Map:
    """The addresses of the application."""
    address = postgres.start(site.data).url
    settings = Settings(data=site.data, secret_key="unused", database_url=address)
    return create_app(settings, adapters={}).url_map


def _nobody(walk: Walk) -> None:
    walk.page.goto("/")
    walk.go(
        "/login", "/account/register", "/account/link-sent", "/account/link/gone",
        "/account/email/gone", "/guest", "/guest/link-sent", "/guest/link/gone", f"/?q={NOTHING}", "/api/health", "/api/ready",
        refused={"/no-such-page": 404},
    )  # fmt: skip


def _guest(walk: Walk) -> str:
    """The number of the inquiry the guest files, after having put it off."""
    page = walk.page
    page.goto(INQUIRY)
    walk.press("アカウントなしではじめる")
    walk.press("次へ進む")
    page.get_by_label("相談の種類").select_option("その他")
    page.get_by_label("件名").fill("すべてのページ")
    page.get_by_role("textbox", name="相談の内容").fill("どのページも同じように読めますか。")
    walk.press("保存してあとで続ける")
    walk.go()
    page.goto(INQUIRY)
    page.get_by_role("link", name="保存した下書きを続ける").click()
    walk.press("次へ進む")
    page.get_by_label("お名前").fill("相談 花子")
    page.get_by_label("メールアドレス").fill("every-page@example.jp")
    walk.press("確認へ進む")
    walk.press("提出する")
    number = walks.case_number(page)
    walk.go("/guest/leave")
    return number


def _clerk(walk: Walk) -> None:
    walks.staff_signs_in(walk.page, "sato")
    walk.go(
        f"/desk/?view=section&q={NOTHING}", f"/desk/search?q={NOTHING}", "/desk/search?q=多摩",
        refused={"/desk/cases/no-such-case": 404},
    )  # fmt: skip


def _chief(walk: Walk) -> str:
    """One notice of the demo is decided in a batch, the other sent back to the examiner: its number."""
    page = walk.page
    walks.staff_signs_in(page, "takahashi")
    page.goto("/desk/batch")
    walks.reload_until(page, DECIDED)
    walks.reload_until(page, SENT_BACK)
    walk.press("選んだ案件をまとめて終える")
    page.get_by_role("checkbox", name=DECIDED).check()
    page.get_by_label("決定する").check()
    walk.press("選んだ案件をまとめて終える")
    page.goto("/desk/?view=section")
    number = _number_of(page, SENT_BACK)
    walks.open_task(page, number)
    walk.press("作業を終える")
    page.get_by_label("審査担当へ差し戻す").check()
    walks.finish_task(page, number, {"差戻しの理由": "写真を見直してください。"})
    walk.go()
    return number


def _number_of(page: Page, title: str) -> str:
    return page.get_by_role("row").filter(has_text=title).locator(".number").first.inner_text()


def _examiner(walk: Walk, number: str) -> None:
    """The notice goes back to its applicant with a note to one photo."""
    page = walk.page
    walks.staff_signs_in(page, "suzuki")
    walks.wait_for_task(page, number)
    walks.open_task(page, number)
    page.get_by_text("メモ：車両 1台目　写真（左側面）").click()
    page.get_by_label("直してほしいこと（届出者に見えます）：車両 1台目　写真（左側面）").fill(
        "許可番号が写っていません。"
    )
    page.get_by_label("補正を求める", exact=True).check()
    walks.finish_task(page, number)
    walk.go()


def _applicant(walk: Walk, number: str) -> None:
    page = walk.page
    walks.applicant_signs_in(page, "tama")
    page.get_by_role("row").filter(has_text=number).get_by_role("link").first.click()
    walks.reload_until(page, "直していただきたいところがあります")
    page.get_by_role("link", name="補正する").click()
    walk.press("確認へ進む")
    walk.go(refused={"/cases/no-such-case": 404})


def _analyst(walk: Walk, changed: list[str]) -> None:
    """The inquiry has a draft with a mistake, found by its check; the notice has one with decision tables.

    changed: pages of a changeover.
    """
    notice = "/studio/sanpai_vehicle_change"
    page = studio.start(walk.page)
    studio.rewrite(page, "process.bpmn", 'name="回答を書く"', 'name=""')
    studio.edit(page, notice)
    table = "decisions/row_rules.dmn"
    walk.go(
        "/studio/inquiry/compare",
        "/studio/inquiry/versions/1/restore",
        f"{notice}/draft/edit/{table}",
        f"{notice}/draft/try/{table}",
        f"{notice}/draft/examples/decisions/approver.dmn",
        *changed,
    )
    studio.discard(page)
    studio.discard(page, notice)


@contextmanager
def _changeover(site: Site, inquiry: str) -> Iterator[list[str]]:
    """The inquiry has moved to another version, which nobody else is on, and is brought back afterwards: the pages about it."""
    database = Database(postgres.start(site.data).url)
    actor = Actor(kind="staff", name="伊藤 さくら", account_id=1)
    now = datetime.now(UTC)
    with database.transaction() as db:
        case = db.execute(select(cases).where(cases.c.number == inquiry)).one()
        before = versions.get(db, case.version_id).number
        texts = {**versions.files_of(db, case.version_id).files, "README.md": "移行の試験"}
        row = {
            "procedure": "inquiry", "number": 0, "content_hash": "changeover-test", "files": texts,
            "name": "相談", "published_at": now, "published_by": "試験", "is_current": False,
        }  # fmt: skip
        to_id = db.execute(
            insert(version_rows).values(**row).returning(version_rows.c.id)
        ).scalar_one()
        made = changeovers.plan(
            db, left_id=case.version_id, to_id=to_id, nodes={}, timers={}, actor=actor, now=now
        )
    _until(database, made, "to_check")
    with database.transaction() as db:
        changeovers.start(db, made, reason="試験", actor=actor, now=now)
    _until(database, made, "to_move")
    with database.reading() as db:
        moved = [line.id for line in changeover_lines.lines(db, made)[0] if line.status == "moved"]
    here = "/studio/inquiry/changeovers"
    yield [
        here, f"{here}/new?before={before}&after=0", f"{here}/{made}",
        f"{here}/{made}/live?waiting=0", f"{here}/{made}/cases/{moved[0]}/undo",
    ]  # fmt: skip
    for row_id in moved:
        with database.transaction() as db:
            changing_back.undo(db, row_id, reason="試験", actor=actor, now=datetime.now(UTC))
    database.close()


def _until(database: Database, changeover_id: int, status: str) -> None:
    """No case of the changeover has the status any more: the worker of the demo has taken its turn."""

    def is_done() -> bool:
        with database.reading() as db:
            return not getattr(changeover_lines.counts(db, changeover_id), status)

    until(is_done, what=f"cases did not leave {status}")


@contextmanager
def _recount(site: Site) -> Iterator[list[str]]:
    """A day was closed under the open cases, and they were looked at: the pages about it."""
    database = Database(postgres.start(site.data).url)
    actor = Actor(kind="staff", name="渡辺 健", account_id=1)
    with database.transaction() as db:
        usual = calendars.load(db, used_calendars.settings_in({}))
        day = usual.add_open_days(jst_date(datetime.now(UTC)), 1)
        calendars.put_day(db, usual.id, ExtraDay(day, "試験の休日"))
        made = recounts.begin(db, actor=actor, now=datetime.now(UTC))

    def is_looked_at() -> bool:
        with database.reading() as db:
            return not recounts.counts(db, made).to_look

    until(is_looked_at, what="not all cases were looked at")
    with database.reading() as db:
        lines = recounts.lines(db, made, status="differs", way="later")[0]
    here = f"/ops/recounts/{made}"
    yield [
        here, f"{here}?way=later", f"{here}/live?waiting=1",
        f"{here}/order?what=later", f"{here}/order?what=chosen&row={lines[0].id}",
    ]  # fmt: skip
    with database.transaction() as db:
        calendars.remove_day(db, usual.id, day)
        db.execute(delete(recount_cases))
    database.close()


@contextmanager
def _returned_mail(site: Site, notice: str) -> Iterator[None]:
    """A mail about the notice came back."""
    database = Database(postgres.start(site.data).url)
    case_id = select(cases.c.id).where(cases.c.number == notice).scalar_subquery()
    mails = select(notifications.c.id).where(notifications.c.case_id == case_id)
    with database.transaction() as db:
        mail = db.execute(mails.order_by(notifications.c.id).limit(1)).scalar_one()
        row = update(notifications).where(notifications.c.id == mail)
        db.execute(row.values(status="returned", returned_at=datetime.now(UTC), error="試験の戻り"))
    yield
    with database.transaction() as db:
        db.execute(row.values(status="sent", returned_at=None, error=None))
    database.close()


@contextmanager
def _faults(site: Site, inquiry: str, notice: str) -> Iterator[None]:
    """The inquiry is stopped by an incident, the receipt of the notice could not be made, and a message came to no case."""
    database = Database(postgres.start(site.data).url)
    receipt = (
        letters.c.name == "receipt",
        letters.c.case_id == select(cases.c.id).where(cases.c.number == notice).scalar_subquery(),
    )
    with database.transaction() as db:
        stopped = db.execute(select(cases.c.id).where(cases.c.number == inquiry)).scalar_one()
        incidents.stop(
            db,
            case_id=stopped,
            code=incidents.CRASHED,
            message="試験の停止",
            now=datetime.now(UTC),
        )
        db.execute(update(letters).where(*receipt).values(status="failed", error="試験の失敗"))
        lost = inbox.put(
            db, name="試験の連絡", key="1", payload={}, message_id="1", now=datetime.now(UTC)
        )
        of_lost = inbox_rows.c.id == lost
        db.execute(update(inbox_rows).where(of_lost).values(status="expired"))
    yield
    with database.transaction() as db:
        db.execute(update(letters).where(*receipt).values(status="made", error=None))
        db.execute(delete(inbox_rows).where(of_lost))
    database.close()
