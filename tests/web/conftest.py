"""The web application on the real database, with a clock that stands, a mail server in memory and no threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from adapters.base import Done
from engine import accounts, organisation, procedure, registers, versions
from engine.access import SYSTEM
from engine.cases import CaseRow
from engine.database import Database
from engine.file_store import Store
from tests.support import office
from tests.web import desk_procedure, desk_work, ops_cases
from tests.web.person import Person
from tests.web.studio_work import ANALYSTS, MODEL
from web.settings import Settings
from web.wiring import create_app

Sign = Callable[[str], Person]


@dataclass
class Clock:
    """Stands still until moved."""

    at: datetime = office.NOW

    def __call__(self) -> datetime:
        return self.at

    def go_on(self, **span: float) -> None:
        self.at += timedelta(**span)


class Kept(BytecodeCache):
    """The templates every application of the session has compiled so far; each has a new environment."""

    def __init__(self) -> None:
        self.codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.codes:
            bucket.bytecode_from_string(self.codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = Kept()


@dataclass
class Mailbox:
    """Takes the place of the mail adapter; keeps what was sent."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)

    def send(self, message_id: str, to: str, subject: str, body: str) -> Done:
        self.sent.append((to, subject, body))
        return Done({"message_id": message_id})


class AtOnce(Executor):
    """Runs what is submitted before submit returns."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files")


@pytest.fixture
def settings(tmp_path: Path, database: Database) -> Settings:
    return Settings(
        data=tmp_path,
        secret_key="for tests only",
        database_url=database.url,
        public_url="http://localhost",
    )


@pytest.fixture
def make_app(
    settings: Settings, database: Database, store: Store, clock: Clock, mailbox: Mailbox
) -> Callable[..., Flask]:
    def make(**changes: Any) -> Flask:
        parts = {
            "database": database,
            "store": store,
            "adapters": {"mail": mailbox},
            "background": AtOnce(),
            "clock": clock,
        }
        app = create_app(changes.pop("settings", settings), **(parts | changes))
        app.testing = True
        app.jinja_env.bytecode_cache = TEMPLATES
        return app

    return make


@pytest.fixture
def app(make_app: Callable[..., Flask], database: Database) -> Flask:
    """The application with the people of tests/support/office.py."""
    with database.transaction() as db:
        office.office(db)
    made = make_app()
    # A page of ours for errors is what people see: tests look at it too, not at a traceback.
    made.config["PROPAGATE_EXCEPTIONS"] = False
    return made


@pytest.fixture
def somebody(app: Flask) -> Callable[[], Person]:
    """A new browser, nobody signed in."""
    return lambda: Person(app)


@pytest.fixture
def applicant(app: Flask) -> Person:
    person = Person(app).open("/account/login")
    person.press("ログイン", {"email": "tama@example.jp", "password": "tama-demo-2026"})
    assert person.status != 422, person.text
    return person


@pytest.fixture
def clerk(app: Flask) -> Person:
    person = Person(app).open("/login")
    person.press("ログイン", {"login": "sato", "password": "sato-demo-2026"})
    assert person.status != 422, person.text
    return person


@pytest.fixture
def sign_in(app: Flask) -> Sign:
    def sign(login: str) -> Person:
        person = Person(app).open("/login")
        return person.press("ログイン", {"login": login, "password": f"{login}-demo-2026"})

    return sign


@pytest.fixture
def todoke(app: Flask, database: Database) -> int:
    """The procedure of tests/web/todoke is deployed and the firm's permit stands in its register; the version's id."""
    folder = procedure.read_folder(Path(__file__).parent / "todoke")
    with database.transaction() as db:
        made, _ = versions.store(
            db, folder, name="試験用 車両の届出", note="", actor=SYSTEM, now=office.NOW
        )
        registers.write(
            db,
            register="permits",
            key="01300987654",
            data={"holder_name": "株式会社多摩クリーン運輸"},
            valid_from=date(2024, 4, 1),
            now=office.NOW,
            owner="01300987654",
        )
    return made


@pytest.fixture
def soudan(app: Flask, database: Database) -> int:
    """todoke for everybody: no permit, and a guest's address in its place; the version's id."""
    folder = procedure.read_folder(Path(__file__).parent / "todoke")
    files = dict(folder.files)
    for path, changes in {
        "procedure.yaml": {
            "id: todoke": "id: soudan",
            "試験用 車両の届出": "試験用 相談",
            "by: [account]": "by: [account, guest]",
            "  binding: {register: permits, field: permit_no}": "  email: '=notice.contact'",
            "prefill: {holder_name: '=half width(permit.holder_name)'}": "prefill: {contact: '=account.email'}",
        },
        "process.bpmn": {"todoke": "soudan"},
        "forms/notice.form": {
            '"permit_no"': '"contact"',
            "許可番号": "メールアドレス",
            '"properties": {"gov": "permit-number"}, "readonly": true': '"properties": {}',
        },
    }.items():
        for old, new in changes.items():
            assert old in files[path]
            files[path] = files[path].replace(old, new)
    with database.transaction() as db:
        made, _ = versions.store(
            db,
            procedure.Folder("soudan", files),
            name="試験用 相談",
            note="",
            actor=SYSTEM,
            now=office.NOW,
        )
    return made


@pytest.fixture
def operator(app: Flask, database: Database) -> Person:
    """An operator, signed in."""
    with database.transaction() as db:
        ops_cases.register(db)
    return ops_cases.sign_in(Person(app))


@pytest.fixture
def stopped(app: Flask, database: Database) -> CaseRow:
    """A case that an incident stops."""
    return ops_cases.start(database, ops_cases.STOPPING)


@pytest.fixture
def version(app: Flask, database: Database) -> Any:
    """The procedure of tests/web/desk_procedure.py, deployed."""
    with database.transaction() as db:
        return desk_procedure.deploy(db)


@pytest.fixture
def filed(version: Any, database: Database) -> CaseRow:
    """A case of it, nobody at work on it yet."""
    return desk_work.file_case(database, version)


@pytest.fixture
def studio(app: Flask, database: Database) -> Callable[[str], Person]:
    """A signed-in analyst; the procedure `inquiry` is published."""
    folder = procedure.read_folder(MODEL)
    with database.transaction() as db:
        accounts.load(db, ANALYSTS, organisation.load(db, ANALYSTS), now=office.NOW)
        name = procedure.compile(folder).name
        versions.store(db, folder, name=name, note="はじめの版", actor=SYSTEM, now=office.NOW)

    def sign_in(login: str = "ueda") -> Person:
        person = Person(app).open("/login")
        person.press("ログイン", {"login": login, "password": f"{login}-demo-2026"})
        assert person.status == 200, person.text
        return person

    return sign_in


@pytest.fixture
def analyst(studio: Callable[[str], Person]) -> Person:
    return studio("ueda")
