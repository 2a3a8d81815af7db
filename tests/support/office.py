"""Builders of office data, cases and tasks for tests: rows as the engine would write them, with every column named once."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from engine import accounts, organisation
from engine.access import Actor
from engine.tables import cases, tasks, versions

NOW = datetime(2026, 5, 12, 1, 0, tzinfo=UTC)  # 10:00 JST, a Tuesday
TODAY = date(2026, 5, 12)
_serial = itertools.count(1)

OFFICE: dict[str, Any] = {
    "sections": [
        {"code": "env", "name": "環境局", "from": date(2020, 4, 1)},
        {"code": "sanpai", "name": "産業廃棄物対策課", "parent": "env", "from": date(2020, 4, 1)},
        {"code": "soumu", "name": "総務課", "from": date(2020, 4, 1)},
    ],
    "posts": [
        {"code": "sanpai.examiner", "name": "審査担当", "section": "sanpai", "rank": 1},
        {"code": "sanpai.unit_chief", "name": "課長代理", "section": "sanpai", "rank": 2},
        {"code": "soumu.clerk", "name": "総務担当", "section": "soumu", "rank": 1},
    ],
    "people": [
        {"key": "sato", "name": "佐藤 花子", "kana": "サトウ ハナコ", "posts": ["sanpai.examiner"]},
        {
            "key": "suzuki",
            "name": "鈴木 一郎",
            "kana": "スズキ イチロウ",
            "posts": ["sanpai.examiner"],
        },
        {"key": "abe", "name": "阿部 次郎", "kana": "アベ ジロウ", "posts": ["sanpai.unit_chief"]},
        {"key": "kato", "name": "加藤 三郎", "kana": "カトウ サブロウ", "posts": ["soumu.clerk"]},
    ],
    "accounts": [
        {"login": "sato", "password": "sato-demo-2026", "roles": ["clerk"], "person": "sato"},
        {"login": "suzuki", "password": "suzuki-demo-2026", "roles": ["clerk"], "person": "suzuki"},
        {"login": "abe", "password": "abe-demo-2026", "roles": ["clerk"], "person": "abe"},
        {"login": "kato", "password": "kato-demo-2026", "roles": ["clerk"], "person": "kato"},
    ],
    "applicants": [
        {
            "email": "tama@example.jp",
            "name": "株式会社多摩クリーン運輸",
            "password": "tama-demo-2026",
            "bindings": [{"register": "permits", "key": "01300987654"}],
        }
    ],
}


def office(db: Connection) -> dict[str, int]:
    """The office stands; returns person ids by key."""
    people = organisation.load(db, OFFICE)
    accounts.load(db, OFFICE, people, now=NOW)
    return people


def clerk(db: Connection, login: str, *, on: date = TODAY) -> Actor:
    """The actor behind a login of OFFICE."""
    found = accounts.authenticate(db, login, f"{login}-demo-2026", NOW)
    assert found is not None
    return accounts.actor(db, found, today=on)


def version_id(db: Connection, procedure: str = "inquiry") -> int:
    """A version row; only its id matters to these tests."""
    known = db.execute(select(versions.c.id).where(versions.c.procedure == procedure)).scalar()
    return (
        known
        or db.execute(
            insert(versions)
            .values(
                procedure=procedure,
                number=1,
                content_hash=procedure,
                files={},
                name=procedure,
                published_at=NOW,
                published_by="test",
                is_current=True,
            )
            .returning(versions.c.id)
        ).scalar_one()
    )


def case(db: Connection, **values: Any) -> int:
    """An open case with the given columns; returns its id."""
    n = next(_serial)
    procedure = values.setdefault("procedure", "inquiry")
    row = {
        "public_key": f"key-{n}",
        "number": f"R8-{n:06d}",
        "version_id": version_id(db, procedure),
        "status": "open",
        "state_format": 1,
        "title": f"案件{n}",
        "applicant_name": "株式会社多摩クリーン運輸",
        "channel": "account",
        "arrived_at": NOW,
        **values,
    }
    return int(db.execute(insert(cases).values(**row).returning(cases.c.id)).scalar_one())


def task(db: Connection, case_id: int, **values: Any) -> int:
    """An open, unclaimed task of the examiner with the given columns; returns its id."""
    of = db.execute(select(cases).where(cases.c.id == case_id)).one()
    row = {
        "case_id": case_id,
        "token": next(_serial),
        "node": "examine",
        "name": "審査",
        "form": "review",
        "lane": "examiner",
        "audience": "staff",
        "post_code": "sanpai.examiner",
        "section_code": "sanpai",
        "status": "open",
        "opened_at": NOW,
        "procedure": of.procedure,
        "case_number": of.number,
        "case_title": of.title,
        "applicant_name": of.applicant_name,
        **values,
    }
    if values.get("status") == "done" and values.get("closed_person_id"):
        by = func.array_append(cases.c.worked_by, values["closed_person_id"])
        db.execute(update(cases).where(cases.c.id == case_id).values(worked_by=by))
    return int(db.execute(insert(tasks).values(**row).returning(tasks.c.id)).scalar_one())
