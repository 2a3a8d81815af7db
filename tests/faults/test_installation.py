"""A whole installation whose parts are killed: each comes back by itself, nothing is lost, nothing is there twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import html
from sqlalchemy import func, select, text

from engine import accounts, organisation, postgres, rebuild
from engine import history as histories
from engine.database import Database
from engine.tables import cases, history, notifications, tasks
from tests.adapters.standin import Running, start
from tests.support.waiting import LIMIT_S, until
from tests.web.person import Person
from web import demo
from web.standins import free_port

ROOT = Path(__file__).parents[2]
PATIENCE_S = 20.0
REPLY = "変更の日から10日以内に届け出てください。"
LATER = ("ただいま利用できません", "ただいま混み合っています")


# --- the installation -------------------------------------------------------------------------------


class Installation:
    """`tetsuzuki serve` as its own process, with one small procedure; the mail server is ours, so that it can be away."""

    def __init__(self, data: Path, mail: Running):
        self.data, self.mail, self.port = data, mail, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes]

    def start(self) -> None:
        """Returns when every page can be asked for."""
        own = {
            "TETSUZUKI_DATA": str(self.data),
            "TETSUZUKI_PORT": str(self.port),
            "TETSUZUKI_PROCEDURES": str(self.data / "procedures"),
            # Nothing here asks for names of firms: one process fewer to start.
            "TETSUZUKI_CORPORATE_NUMBER__APPLICATION_ID": "unused",
            "TETSUZUKI_MAIL__HOST": "127.0.0.1",
            "TETSUZUKI_MAIL__PORT": str(self.mail.smtp_port),
            "TETSUZUKI_MAIL__SECURITY": "none",
            "TETSUZUKI_MAIL__SENDER": "no-reply@tetsuzuki.example",
        }
        with (self.data / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "web", "serve"], cwd=ROOT, env={**os.environ, **own},
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        until(lambda: self.answers("/api/ready"))

    def answers(self, address: str) -> bool:
        try:
            return httpx.get(self.url + address, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(LIMIT_S)

    def parts(self) -> dict[int, str]:
        """Process id -> command line of everything that belongs to this data folder, but PostgreSQL and `serve` itself."""
        mark = f"TETSUZUKI_DATA={self.data}".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().decode()
            except OSError:  # it has just ended
                continue
        found.pop(self.process.pid, None)
        return {pid: line.replace("\0", " ") for pid, line in found.items() if line}

    def oldest(self, word: str) -> int | None:
        """The process of that part; None while there is none."""
        return min((pid for pid, line in self.parts().items() if word in line), default=None)


@pytest.fixture(scope="module")
def mail() -> Iterator[Running]:
    running = start("mailbox", "--smtp-port", "0")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, mail: Running) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("installation")
    shutil.copytree(ROOT / "process_models/inquiry", data / "procedures/inquiry")
    site = Installation(data, mail)
    try:
        site.start()
        with connected(site) as database, database.transaction() as db:
            office = demo.load()
            accounts.load(db, office, organisation.load(db, office), now=datetime.now(UTC))
        yield site
    finally:
        if site.process.poll() is None:
            site.stop()
        postgres.remove(data)  # also where root keeps it outside the folder


@contextmanager
def connected(site: Installation) -> Iterator[Database]:
    """The installation's own database, which runs already."""
    assert postgres.is_running(site.data)
    database = Database(postgres.start(site.data).url)
    yield database
    database.close()


@pytest.fixture
def database(site: Installation) -> Iterator[Database]:
    with connected(site) as database:
        yield database


# --- people -----------------------------------------------------------------------------------------


class Reply:
    """An answer of the real server, as Person reads it."""

    def __init__(self, reply: httpx.Response):
        self.status_code, self.headers, self.request = reply.status_code, reply.headers, self
        self.url, self._text = str(reply.url), reply.text

    def get_data(self, as_text: bool = True) -> str:
        assert as_text
        return self._text


class Client:
    """What Person needs of a client. A page that says "later" is believed: the same is sent again after a moment."""

    def __init__(self, site: Installation):
        self.http = httpx.Client(base_url=site.url, timeout=PATIENCE_S)
        self.put_off: list[tuple[str, str]] = []  # (address, page) of each "later"

    def get(self, address: str, query_string: Any = None) -> Any:
        return self._ask("GET", address, params=_plain(query_string))

    def post(self, address: str, data: Any, headers: Mapping[str, str] | None = None) -> Any:
        del headers
        return self._ask("POST", address, data=_plain(data))

    def _ask(self, method: str, address: str, **content: Any) -> Reply:
        deadline = time.monotonic() + LIMIT_S
        while True:
            reply = self.http.request(method, address, **content)
            if reply.status_code < 500:
                return Reply(reply)
            self.put_off.append((f"{method} {address}", reply.text))
            assert reply.status_code == 503, (reply.status_code, address, reply.text[:2000])
            assert int(reply.headers["Retry-After"]) > 0
            assert any(title in reply.text for title in LATER), reply.text[:2000]
            assert time.monotonic() < deadline, "the server stays away"
            time.sleep(0.3)


def _plain(data: Any) -> dict[str, list[str]] | None:
    return None if data is None else data.to_dict(flat=False)


def someone(site: Installation) -> Person:
    person = Person.__new__(Person)
    person.client, person.address = Client(site), "/"  # type: ignore[assignment]
    return person


def staff(site: Installation, login: str) -> Person:
    person = someone(site).open("/login")
    return person.press("ログイン", {"login": login, "password": f"{login}-demo-2026"})


def file(site: Installation, subject: str, clients: list[Any] | None = None) -> tuple[Person, str]:
    """(the guest at the receipt page, address the mail goes to). clients: the guest's is added."""
    email = f"{subject}@example.jp"
    person = someone(site)
    if clients is not None:
        clients.append(person.client)
    person.open("/procedures/inquiry/start").press("アカウントなしではじめる")
    values = {"topic": "その他", "subject": subject, "question": "どうすればよいですか。"}
    person.press("次へ進む", values)
    person.press("確認へ進む", {"name": "相談 花子", "email": email})
    person.press("提出する")
    assert "受付番号" in person.text, person.text
    return person, email


def open_task(database: Database, subject: str) -> int | None:
    """The open task of the case with that subject."""
    query = (
        select(tasks.c.id)
        .join(cases, cases.c.id == tasks.c.case_id)
        .where(cases.c.title == f"相談 {subject}", tasks.c.status == "open")
    )
    with database.reading() as db:
        found: int | None = db.execute(query).scalar()
    return found


def answer(clerk: Person, task_id: int | None, how: Mapping[str, str]) -> None:
    clerk.open(f"/desk/tasks/{task_id}").press("着手する").press("作業を終える", how)
    assert clerk.status == 200, clerk.text


def arrived(mail: Running, email: str) -> list[str]:
    """Addresses of the mails that the server has for that reader."""
    listed = html.fromstring(httpx.get(f"{mail.url}/", params={"to": email}).text)
    return [str(a.get("href")) for a in listed.iter("a") if "/mail/" in str(a.get("href"))]


# --- one part dies ----------------------------------------------------------------------------------


def test_web_worker_and_stand_in_that_are_killed_are_started_again(site: Installation) -> None:
    words = ("gunicorn", "web worker", "standins.vehicle_register")
    before = {word: site.oldest(word) for word in words}
    for pid in before.values():
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    for word in words:
        until(lambda w=word: site.oldest(w) not in (None, before[w]))
    until(lambda: site.answers("/procedures/inquiry"))
    assert site.process.poll() is None


def test_while_the_mail_server_is_away_cases_go_on_and_each_mail_goes_out_once_afterwards(
    site: Installation, database: Database, mail: Running
) -> None:
    mail.stop()
    _, email = file(site, "mail-away")
    sato, takahashi = staff(site, "sato"), staff(site, "takahashi")
    answer(sato, open_task(database, "mail-away"), {"text": REPLY})
    answer(takahashi, open_task(database, "mail-away"), {"decision": "approve"})

    def rows() -> list[Any]:
        with database.reading() as db:
            return list(db.execute(select(notifications).where(notifications.c.recipient == email)))

    until(lambda: len(rows()) == 2 and all(row.error for row in rows()))
    assert {row.status for row in rows()} == {"waiting"}
    page = staff(site, "watanabe").open("/ops/work").text
    for row in rows():
        why = row.error.removeprefix("mail：")
        assert row.subject in page and f"電子メール（SMTP）：{why}" in page
    back = start("mailbox", "--smtp-port", str(mail.smtp_port))
    mail.process, mail.url = back.process, back.url
    with database.transaction() as db:  # time goes by
        db.execute(text("update notifications set next_at = now() where status = 'waiting'"))
    until(lambda: [row.status for row in rows()] == ["sent"] * 2)
    assert len(arrived(mail, email)) == 2


# --- the database dies ------------------------------------------------------------------------------


def test_a_database_killed_and_stopped_under_load_comes_back_and_what_was_answered_is_there_once(
    site: Installation, database: Database
) -> None:
    given = [f"given-{n}" for n in range(5)]
    for subject in given:
        file(site, subject)
    work = [open_task(database, subject) for subject in given]
    sato = staff(site, "sato")
    filed: list[str] = []
    clients: list[Any] = [sato.client]
    over = threading.Event()

    def guest(name: str) -> None:
        while not over.is_set():
            subject = f"{name}-{len(filed)}"
            file(site, subject, clients)
            filed.append(subject)

    def clerk() -> None:
        for task_id in work:
            answer(sato, task_id, {"text": REPLY})
            time.sleep(0.3)

    first = postgres.start(site.data)
    with ThreadPoolExecutor(3) as threads:
        running = [threads.submit(guest, "left"), threads.submit(guest, "right")]
        running.append(threads.submit(clerk))
        try:
            time.sleep(0.5)
            postgres.kill(first)
            until(lambda: came_back(site, first))
            second = postgres.start(site.data)
            time.sleep(0.5)
            second.stop()
            until(lambda: came_back(site, second))
        finally:
            over.set()
        for one in running:
            one.result(LIMIT_S)
    assert any(client.put_off for client in clients)
    with database.reading() as db:
        titles = db.execute(select(cases.c.title)).scalars().all()
        for subject in given + filed:
            assert titles.count(f"相談 {subject}") == 1, subject
        completed = db.execute(
            select(history.c.case_id, func.count())
            .join(tasks, tasks.c.case_id == history.c.case_id)
            .where(tasks.c.id.in_(work), history.c.kind == "completed")
            .group_by(history.c.case_id)
        ).all()
        assert [count for _, count in completed] == [1] * len(given)
        for case_id in rebuild.all_cases(db):
            assert histories.verify(db, case_id) == []
    _, email = file(site, "afterwards")

    def sent() -> bool:
        with database.reading() as db:
            query = select(notifications.c.status).where(notifications.c.recipient == email)
            return db.execute(query).scalars().all() == ["sent"]

    until(sent)  # the worker works


def came_back(site: Installation, server: postgres.Server) -> bool:
    """Another process of the database answers now."""
    return (
        server.is_running()
        and site.answers("/api/ready")
        and postgres.start(site.data).pid != server.pid
    )


# --- everything dies --------------------------------------------------------------------------------


def test_what_a_killed_serve_leaves_behind_is_taken_over_by_the_next_and_stopped_with_it(
    site: Installation,
) -> None:
    left = postgres.start(site.data)
    site.process.kill()
    site.process.wait()
    until(lambda: not site.parts())
    assert left.is_running() and not postgres.is_used(site.data)
    site.start()
    assert postgres.start(site.data).pid == left.pid
    verified = subprocess.run(
        [sys.executable, "-m", "web", "verify-history"], cwd=ROOT, timeout=LIMIT_S, check=False,
        env={**os.environ, "TETSUZUKI_DATA": str(site.data)}, capture_output=True, text=True,
    )  # fmt: skip
    assert verified.returncode == 0 and "食い違い 0件" in verified.stdout, verified
    assert left.is_running() and site.answers("/procedures/inquiry")
    site.stop()
    assert not left.is_running() and not site.parts()
