"""Every address × role × whose case it is: what comes back is what one table and engine.access.RULES say."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from engine import (
    access,
    accounts,
    files,
    incidents,
    organisation,
    procedure,
    tasks,
    version_drafts,
)
from engine import cases as engine_cases
from engine import drafts as engine_drafts
from engine import guests as engine_guests
from engine.access import HIDDEN, SYSTEM, Actor, Subject
from engine.database import Database
from engine.file_store import Store
from engine.tables import cases, changeover_cases, changeovers, drafts, letters, recounts
from engine.tables import tasks as task_rows
from engine.tables import version_drafts as draft_rows
from tests.support import office
from tests.web import test_portal_guests as guest_walk
from tests.web.person import Person
from tests.web.test_portal_cases import ask_for_correction
from tests.web.test_portal_filing import begin, to_review

TODOKE = Path(__file__).parent / "todoke"


@dataclass(frozen=True)
class Area:
    """What an address is about. action: of RULES, None for everybody.  kind: who signs in there.  of: whose thing."""

    action: str | None = None
    kind: str = "applicant"
    of: str = ""


PUBLIC = Area()
# The longest prefix that fits a rule decides; "/" stands for itself only.
AREAS = {
    "/": PUBLIC,
    "/<any(": PUBLIC,
    "/static/": PUBLIC,
    "/api/health": PUBLIC,
    "/api/ready": PUBLIC,
    "/login": PUBLIC,
    "/logout": PUBLIC,
    "/session": PUBLIC,
    "/account/": PUBLIC,
    "/guest": PUBLIC,
    "/procedures/<code>": PUBLIC,
    "/procedures/<code>/start": Area("portal.file"),
    "/my": Area("portal.my"),
    "/drafts/": Area("portal.draft", of="draft"),
    "/files/": Area("portal.case", of="case"),
    "/cases/": Area("portal.case", of="case"),
    "/cases/<key>/withdraw": Area("portal.withdraw", of="case"),
    "/cases/<key>/tasks/": Area("portal.task", of="case"),
    "/desk/": Area("desk", kind="staff"),
    "/desk/cases/": Area("desk.case", kind="staff", of="case"),
    "/desk/tasks/": Area("desk.case", kind="staff", of="task"),
    "/studio/": Area("studio", kind="staff"),
    "/ops/": Area("ops", kind="staff"),
    "/ops/cases/": Area("ops.case", kind="staff", of="case"),
}
ROLES = {
    "anonymous": None,
    "owner": "tama@example.jp",
    "other applicant": "kita@example.jp",
    "clerk": "sato",
    "clerk of the same post": "suzuki",
    "chief of the same section": "abe",
    "clerk of another section": "kato",
    "analyst": "ito",
    "operator": "watanabe",
}
MORE = {
    "people": [
        {"key": "ito", "name": "伊藤 さくら", "kana": "イトウ サクラ"},
        {"key": "watanabe", "name": "渡辺 健", "kana": "ワタナベ ケン"},
    ],
    "accounts": [
        {"login": "ito", "password": "ito-demo-2026", "roles": ["analyst"], "person": "ito"},
        {"login": "watanabe", "password": "watanabe-demo-2026", "roles": ["operator"], "person": "watanabe"},
    ],
    "applicants": [{"email": "kita@example.jp", "name": "有限会社北区産業", "password": "kita-demo-2026"}],
}  # fmt: skip
EMPTY_TABLE = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="fee"/>'
# What ends or takes away what later requests need comes last, in this order.
LAST = ("remove", "draft/publish", "discard", "/withdraw", "/delete", "/release", "/hand-over")


@dataclass(frozen=True)
class World:
    """One office with one case of tama in its desk (claimed by sato) and one in correction, and the keys of all that."""

    app: Flask
    values: dict[str, dict[str, Any]]
    subjects: dict[str, Subject]
    colleague: int  # person id of suzuki, to whom sato may hand a task over


def area_of(rule: str) -> Area | None:
    found = [p for p in AREAS if rule == p or (p != "/" and rule.startswith(p))]
    return AREAS[max(found, key=len)] if found else None


@pytest.fixture
def world(app: Flask, applicant: Person, database: Database, store: Store, todoke: int) -> World:
    app.config["WTF_CSRF_ENABLED"] = (
        False  # who may do it is asked here; tokens have their own tests
    )
    with database.transaction() as db:
        people = organisation.load(db, MORE)
        accounts.load(db, MORE, people, now=office.NOW)
        version_drafts.start(
            db,
            "todoke",
            {**procedure.read_folder(TODOKE).files, "decisions/fee.dmn": EMPTY_TABLE},
            actor=SYSTEM,
            now=office.NOW,
        )
    corrected = _file(applicant, database)
    ask_for_correction(database)
    applicant.open(f"/cases/{corrected.public_key}").follow("補正する")
    at_desk = _file(applicant, database)
    begin(applicant)
    with database.transaction() as db:
        task = db.execute(
            select(task_rows).where(task_rows.c.case_id == at_desk.id, task_rows.c.status == "open")
        ).one()
        tasks.claim(db, task_id=task.id, actor=office.clerk(db, "sato"), now=office.NOW)
        mine = tasks.open_of_case(db, corrected.id)[0]
        photo = files.list_of_case(db, at_desk.id)[0]
        letter = _letter(db, store, corrected.id)
        incident = incidents.stop(
            db, case_id=at_desk.id, code=incidents.CRASHED, message="試験の停止", now=office.NOW
        )
        colleague = office.clerk(db, "suzuki").person_id
        assert colleague is not None
        draft = db.execute(
            select(drafts.c.public_key).where(drafts.c.task_id.is_(None))
        ).scalar_one()
        found = engine_drafts.get(db, draft)
        revision = db.execute(select(draft_rows.c.revision)).scalar_one()
        subjects = {
            "case": engine_cases.subject(db, at_desk),
            "task": engine_cases.subject(db, at_desk),
            "draft": engine_drafts.subject(db, found),
        }
        changeover, of_case = _changeover(db, at_desk)
        counted = {"calendars": [], "total": 0, "begun_at": office.NOW, "begun_by": "試験"}
        recount = db.execute(insert(recounts).values(counted).returning(recounts.c.id)).scalar_one()
    common = {
        "changeover_id": changeover, "row_id": of_case, "recount_id": recount,
        "code": "todoke", "page": "help", "filename": "dist/app.css", "secret": "no-such-secret", "number": 1,
        "path": "forms/review.form", "index": 0, "hold_id": 1, "incident_id": incident, "file_key": photo.public_key,
        "letter_key": letter, "revision": revision, "letter_id": 1, "mail_id": 1, "call_id": 1, "message_id": 1, "name": "suspend",
    }  # fmt: skip
    values = {
        "/cases/": {**common, "key": corrected.public_key, "task_id": mine.id},
        "/desk/": {**common, "key": at_desk.public_key, "task_id": task.id},
        "/drafts/": {**common, "key": draft},
        "/files/": {**common, "key": photo.public_key},
        "/studio/<code>/draft/try/": {**common, "path": "decisions/fee.dmn"},
        "/studio/<code>/draft/examples/": {**common, "path": "decisions/fee.dmn"},
        "/studio/<code>/draft/remove-example/": {**common, "path": "decisions/fee.dmn"},
    }
    return World(app, values, subjects, colleague)


def _changeover(db: Any, case: Any) -> tuple[int, int]:
    """A changeover of the procedure that was looked at, and its row of the case."""
    version = {"left_id": case.version_id, "to_id": case.version_id, "procedure": case.procedure}
    row = {**version, "nodes": {}, "timers": {}, "planned_at": office.NOW, "planned_by": "試験"}
    made = db.execute(insert(changeovers).values(**row).returning(changeovers.c.id)).scalar_one()
    of_case = {"changeover_id": made, "case_id": case.id, "status": "fits", "findings": []}
    added = insert(changeover_cases).values(**of_case).returning(changeover_cases.c.id)
    return made, db.execute(added).scalar_one()


def _file(applicant: Person, database: Database) -> Any:
    to_review(applicant).press("提出する")
    with database.reading() as db:
        key = db.execute(select(cases.c.public_key).order_by(cases.c.id.desc())).scalars().first()
        return engine_cases.get(db, str(key))


def _letter(db: Any, store: Store, case_id: int, key: str = "letter-of-the-test") -> str:
    made = files.keep(store, io.BytesIO(b"%PDF-1.7 test"), "通知.pdf", "application/pdf")
    file = files.add_made(db, made, case_id=case_id, field="letter", now=office.NOW)
    row = {
        "public_key": key, "case_id": case_id, "name": "completion", "title": "通知",
        "dated_on": office.TODAY, "status": "made", "ordered_at": office.NOW, "available_at": office.NOW,
        "file_id": file.id, "data": {},
    }  # fmt: skip
    db.execute(letters.insert().values(**row))
    return key


def requests(app: Flask) -> Iterator[tuple[str, Rule]]:
    """(method, rule) of the whole application; reading first, what takes things away last."""

    def turn(asked: tuple[str, Rule]) -> tuple[int, str]:
        method, rule = asked
        late = next((n for n, words in enumerate(LAST, 2) if words in rule.rule), 1)
        return (0 if method == "GET" else late), rule.rule

    both = [(m, r) for r in app.url_map.iter_rules() for m in ("GET", "POST") if m in r.methods]
    return iter(sorted(both, key=turn))


def address(world: World, rule: Rule) -> str:
    values = next((v for p, v in world.values.items() if rule.rule.startswith(p)), None)
    values = values or world.values["/desk/"]
    built = rule.build({k: values[k] for k in rule.arguments}, append_unknown=False)
    assert built is not None
    return str(built[1])


def expected(area: Area, actor: Actor, subject: Subject | None) -> str:
    """page | sign-in | 403 | 404."""
    if area.action is None or access.is_allowed(actor, area.action, subject):
        return "page"
    own = area.of in ("case", "draft") and area.kind == "applicant"
    if actor.kind == "anonymous" or (actor.kind == "guest" and not own):
        return "sign-in"
    if actor.kind == "staff" and area.kind == "applicant":
        return "403"  # whatever the address is: a page that says so, and nothing of any case
    return "404" if area.action in HIDDEN else "403"


def answered(reply: TestResponse, area: Area) -> str:
    place = reply.headers.get("Location", "")
    sign_in = "/login" if area.kind == "staff" else "/account/login"
    if reply.status_code in (302, 303) and re.match(rf"{sign_in}(\?|$)", place):
        return "sign-in"
    # 503: the health page says that no worker runs in this test.
    if reply.status_code in (200, 204, 302, 303, 400, 405, 409, 422, 503):
        return "page"
    return str(reply.status_code)


def signed_in(app: Flask, login: str | None) -> Person:
    person = Person(app)
    if login is None:
        return person
    password = f"{login.partition('@')[0]}-demo-2026"
    page, field = ("/account/login", "email") if "@" in login else ("/login", "login")
    person.open(page).press("ログイン", {field: login, "password": password})
    assert person.status != 422, person.text
    return person


def actor_of(database: Database, login: str | None) -> Actor:
    if login is None:
        return access.ANONYMOUS
    with database.transaction() as db:
        found = accounts.authenticate(db, login, f"{login.partition('@')[0]}-demo-2026", office.NOW)
        assert found is not None
        return accounts.actor(db, found, today=office.TODAY)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_answers_a_role_as_the_permission_table_says(
    role: str, world: World, database: Database
) -> None:
    actor = actor_of(database, ROLES[role])
    person = signed_in(world.app, ROLES[role])
    wrong = []
    for method, rule in requests(world.app):
        area = area_of(rule.rule)
        assert area is not None, f"{rule.rule} stands in no area of this table"
        should = expected(area, actor, world.subjects.get(area.of))
        if method == "POST" and rule.rule in AT_A_TASK:
            continue  # whose task it is decides; judged press by press below
        if rule.endpoint == "auth.logout" or (rule.endpoint == "auth.link" and should == "page"):
            continue  # ends the session of the test; a link's page has its own tests
        data = {"person": world.colleague} if method == "POST" else None
        reply = person.client.open(address(world, rule), method=method, data=data)
        if (found := answered(reply, area)) != should:
            wrong.append(f"{method} {rule.rule}: {found}, not {should}")
    assert not wrong, "\n".join([f"as {role}:", *wrong])


@pytest.mark.usefixtures("soudan")
@pytest.mark.parametrize("role", [*ROLES, "guest of the case", "guest of the draft"])
def test_what_a_guest_filed_answers_a_role_as_the_permission_table_says(
    role: str, world: World, database: Database, store: Store
) -> None:
    of_case, of_draft = Person(world.app), Person(world.app)
    filed = guest_walk.file(of_case)
    assert filed.status == 200, filed.text
    begun = guest_walk.begin(of_draft).address.split("/")[2]
    with database.transaction() as db:
        row = db.execute(select(cases).order_by(cases.c.id.desc()).limit(1)).one()
        found = engine_cases.get_by_id(db, row.id)
        photo = files.list_of_case(db, row.id)[0]
        letter = _letter(db, store, row.id, "letter-of-the-guest")
        subjects = {
            "case": engine_cases.subject(db, found),
            "draft": engine_drafts.subject(db, engine_drafts.get(db, begun)),
        }
    common = world.values["/desk/"] | {"letter_key": letter, "key": found.public_key}
    values = {
        "/cases/": common,
        "/drafts/": {**common, "key": begun},
        "/files/": {**common, "key": photo.public_key},
    }
    theirs = World(world.app, values, subjects, world.colleague)
    if role in ROLES:
        actor, person = actor_of(database, ROLES[role]), signed_in(world.app, ROLES[role])
    else:
        person = of_case if role == "guest of the case" else of_draft
        cookie = person.client.get_cookie("guest")
        with database.transaction() as db:
            guest = engine_guests.find(db, cookie.value if cookie else "", office.NOW)
        assert guest is not None
        actor = guest.actor
    wrong, asked = [], 0
    for method, rule in requests(world.app):
        area = area_of(rule.rule)
        if not rule.rule.startswith(tuple(values)) or "/tasks/" in rule.rule:
            continue  # a correction of a guest is walked in test_portal_guests
        assert area is not None
        asked += 1
        should = expected(area, actor, subjects[area.of])
        reply = person.client.open(address(theirs, rule), method=method)
        if (answer := answered(reply, area)) != should:
            wrong.append(f"{method} {rule.rule}: {answer}, not {should}")
    assert not wrong, "\n".join([f"as {role}:", *wrong])
    assert asked > 15


@pytest.mark.usefixtures("soudan")
@pytest.mark.parametrize("what", ["case", "draft"])
def test_a_guest_is_nobody_on_pages_of_staff_and_of_accounts(
    what: str, world: World, database: Database
) -> None:
    person = Person(world.app)
    (guest_walk.file if what == "case" else guest_walk.begin)(person)
    cookie = person.client.get_cookie("guest")
    with database.transaction() as db:
        found = engine_guests.find(db, cookie.value if cookie else "", office.NOW)
    assert found is not None
    wrong = []
    for method, rule in requests(world.app):
        area = area_of(rule.rule)
        assert area is not None
        if area.action is None:
            continue  # open to everybody; some of them end the session
        should = expected(area, found.actor, world.subjects.get(area.of))
        reply = person.client.open(address(world, rule), method=method)
        if (answer := answered(reply, area)) != should:
            wrong.append(f"{method} {rule.rule}: {answer}, not {should}")
    assert not wrong, "\n".join(wrong)


def test_a_page_that_is_in_no_area_fails_this_table() -> None:
    assert area_of("/minutes/<key>") is None
    assert area_of("/") == PUBLIC


# What is pressed at a task -> (its action in RULES, what is sent with it).
PRESSES = {
    "claim": ("desk.claim", {}),
    "release": ("desk.complete", {}),
    "hand-over": ("desk.hand_over", {"person": "suzuki"}),
    "": ("desk.complete", {"result": "ok"}),
}
AT_A_TASK = {f"/desk/tasks/<int:task_id>/{press}".rstrip("/") for press in PRESSES}
STAFF = [role for role, login in ROLES.items() if login is None or "@" not in login]


@pytest.mark.parametrize("held_by", [None, "sato"])
@pytest.mark.parametrize("press", PRESSES)
@pytest.mark.parametrize("role", STAFF)
def test_a_press_at_a_task_does_what_the_permission_table_says_or_nothing(
    role: str, press: str, held_by: str | None, world: World, database: Database
) -> None:
    task_id = world.values["/desk/"]["task_id"]
    if held_by is None:
        with database.transaction() as db:
            tasks.release(db, task_id=task_id, actor=office.clerk(db, "sato"), now=office.NOW)
    actor, person = actor_of(database, ROLES[role]), signed_in(world.app, ROLES[role])
    before = _task_as_it_stands(database, task_id)
    action, data = PRESSES[press]
    if "person" in data:
        data = {"person": world.colleague}
    subject = replace(world.subjects["task"], post=before.post_code, person_id=before.person_id)
    if press == "" and access.is_allowed(actor, action, subject):
        with database.transaction() as db:  # the incident of this world stops every completion
            db.execute(update(cases).where(cases.c.id == before.case_id).values(status="open"))
        person.open(f"/desk/tasks/{task_id}").press("作業を終える", data)
        assert _task_as_it_stands(database, task_id).status == "done", person.text
        return
    reply = person.client.post(f"/desk/tasks/{task_id}/{press}".rstrip("/"), data=data)
    after = _task_as_it_stands(database, task_id)
    if role == "anonymous":
        assert answered(reply, Area("desk", kind="staff")) == "sign-in"
    elif not access.is_allowed(actor, "desk.case", world.subjects["task"]):
        assert reply.status_code == 404
    elif not access.is_allowed(actor, action, subject):
        assert reply.status_code == 403
    else:
        assert reply.status_code in (200, 302, 303)
        taken = press == "claim" and held_by is not None and ROLES[role] != held_by
        assert (after == before) is (taken or (press == "claim" and ROLES[role] == held_by))
        return
    assert after == before


def _task_as_it_stands(database: Database, task_id: int) -> Any:
    """Its row beside what its holder has typed."""
    typed = (
        select(drafts.c.revision)
        .where(drafts.c.task_id == task_rows.c.id)
        .order_by(drafts.c.id)
        .limit(1)
        .scalar_subquery()
    )
    with database.reading() as db:
        return db.execute(
            select(task_rows, typed.label("typed")).where(task_rows.c.id == task_id)
        ).one()


COLLEAGUES = ("clerk", "clerk of the same post", "chief of the same section", "anonymous")


@pytest.mark.parametrize("role", [r for r in ROLES if r not in COLLEAGUES])
def test_a_clerks_page_of_a_case_says_the_same_as_one_that_does_not_exist(
    role: str, world: World
) -> None:
    person = signed_in(world.app, ROLES[role])
    key = world.values["/desk/"]["key"]
    there = person.client.get(f"/desk/cases/{key}")
    nowhere = person.client.get("/desk/cases/no-such-case")
    assert there.status_code == nowhere.status_code == 404
    assert said(there).replace(key, "no-such-case") == said(nowhere)


def said(reply: TestResponse) -> str:
    """The page but for its CSRF tokens, which hold the second they were made in."""
    return re.sub(
        r'(?:name="csrf_token" value|data-token)="[^"]+"', "", reply.get_data(as_text=True)
    )
