"""Sections, posts and the people who hold them. Everything is held from a day to a day: half-open [valid_from, valid_to).

A task waits for a post, never for a person; who may do it is asked anew at every request, as of that day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Table,
    and_,
    exists,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from engine.errors import NotFound, TetsuzukiError
from engine.tables import people, post_holders, posts, sections


@dataclass(frozen=True)
class Post:
    """A position in the office. rank: 担当 1, 課長代理 2, 課長 3 and upwards."""

    code: str
    name: str
    section_code: str
    section_name: str
    rank: int


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    kana: str


def posts_of(db: Connection, person_id: int, on: date) -> list[Post]:
    """The posts the person holds on that JST day, highest rank first. A closed post or section does not count."""
    found = db.execute(
        _posts(on)
        .join(post_holders, post_holders.c.post_code == posts.c.code)
        .where(post_holders.c.person_id == person_id, _holds(post_holders, on))
        .order_by(posts.c.rank.desc(), posts.c.code)
        .distinct()
    )
    return [Post(*row) for row in found]


def holders(db: Connection, post_code: str, on: date) -> list[Person]:
    """The people who hold the post on that JST day, in kana order; empty when the post is vacant."""
    found = db.execute(
        select(people.c.id, people.c.name, people.c.kana)
        .where(is_holder(people.c.id, literal(post_code), literal(on)))
        .order_by(people.c.kana, people.c.id)
    )
    return [Person(*row) for row in found]


def is_holder(
    person_id: ColumnElement[int], post_code: ColumnElement[str], on: ColumnElement[date]
) -> ColumnElement[bool]:
    """Whether that person is in the office and holds that post on that JST day, for a query."""
    who = people.alias("who")
    return exists().where(
        who.c.id == person_id,
        post_holders.c.person_id == who.c.id,
        post_holders.c.post_code == post_code,
        posts.c.code == post_holders.c.post_code,
        _holds(post_holders, on),
        _holds(who, on),
        _holds(posts, on),
    )


def list_posts(db: Connection, on: date) -> list[Post]:
    """Every post there is on that JST day, by its code."""
    return [Post(*row) for row in db.execute(_posts(on).order_by(posts.c.code))]


def get_post(db: Connection, code: str, on: date) -> Post:
    """The post as of that day. Raises NotFound for an unknown, not yet open or closed one."""
    row = db.execute(_posts(on).where(posts.c.code == code)).one_or_none()
    if row is None:
        raise NotFound(f"post {code!r} does not exist on {on}; add it to the office data")
    return Post(*row)


def get_person(db: Connection, person_id: int) -> Person:
    """Raises NotFound for an unknown id. People who have left are found too: their name stands in old records."""
    row = db.execute(
        select(people.c.id, people.c.name, people.c.kana).where(people.c.id == person_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"person {person_id} does not exist")
    return Person(*row)


def appoint(
    db: Connection,
    *,
    person_id: int,
    post_code: str,
    valid_from: date,
    valid_to: date | None = None,
) -> None:
    """The person holds the post from valid_from up to, not including, valid_to (None: until changed).

    Raises TetsuzukiError when the period is empty or the person already holds the post within it.
    """
    if valid_to is not None and valid_to <= valid_from:
        raise TetsuzukiError(
            f"{post_code}: the period {valid_from} to {valid_to} is empty; mend it"
        )
    clash = db.execute(
        select(post_holders.c.id).where(
            post_holders.c.person_id == person_id,
            post_holders.c.post_code == post_code,
            or_(post_holders.c.valid_to.is_(None), post_holders.c.valid_to > valid_from),
            true() if valid_to is None else post_holders.c.valid_from < valid_to,
        )
    ).first()
    if clash:
        raise TetsuzukiError(
            f"person {person_id} already holds {post_code} within {valid_from} to {valid_to or 'open'}; end it first"
        )
    db.execute(
        insert(post_holders).values(
            person_id=person_id, post_code=post_code, valid_from=valid_from, valid_to=valid_to
        )
    )


def leave(db: Connection, *, person_id: int, post_code: str, on: date) -> None:
    """From `on` the person no longer holds the post. Raises NotFound when it is not held on the day before."""
    ended = db.execute(
        update(post_holders)
        .where(
            post_holders.c.person_id == person_id,
            post_holders.c.post_code == post_code,
            post_holders.c.valid_from < on,
            or_(post_holders.c.valid_to.is_(None), post_holders.c.valid_to > on),
        )
        .values(valid_to=on)
    )
    if ended.rowcount == 0:
        raise NotFound(f"person {person_id} does not hold {post_code} up to {on}")


def load(db: Connection, office: Mapping[str, Any]) -> dict[str, int]:
    """Puts sections, posts and people of an office file in place; returns key -> person id.

    office: {"sections": [{code, name, parent?, from, to?}],
             "posts": [{code, name, section, rank, from?, to?}],
             "people": [{key, name, kana, from?, to?, posts: [code | {post, from, to?}]}]}; days are dates.
    Sections and posts are brought up to date by code. People are known by name and kana: loading the same file twice
    changes nothing.
    """
    first = _first_day(office)
    for row in office.get("sections", ()):
        _put(db, sections, row, first, name=row["name"], parent=row.get("parent"))
    for row in office.get("posts", ()):
        _put(db, posts, row, first, name=row["name"], section_code=row["section"], rank=row["rank"])
    return {row["key"]: _load_person(db, row, first) for row in office.get("people", ())}


def _load_person(db: Connection, row: Mapping[str, Any], first: date) -> int:
    known = db.execute(
        select(people.c.id).where(
            people.c.name == row["name"], people.c.kana == row.get("kana", "")
        )
    ).scalar_one_or_none()
    if known is not None:
        return int(known)
    person_id = db.execute(
        insert(people)
        .values(
            name=row["name"],
            kana=row.get("kana", ""),
            valid_from=row.get("from", first),
            valid_to=row.get("to"),
        )
        .returning(people.c.id)
    ).scalar_one()
    for held in row.get("posts", ()):
        post: Mapping[str, Any] = {"post": held} if isinstance(held, str) else held
        appoint(
            db,
            person_id=person_id,
            post_code=post["post"],
            valid_from=post.get("from", row.get("from", first)),
            valid_to=post.get("to"),
        )
    return int(person_id)


def _put(db: Connection, table: Table, row: Mapping[str, Any], first: date, **values: Any) -> None:
    values |= {"valid_from": row.get("from", first), "valid_to": row.get("to")}
    db.execute(
        upsert(table)
        .values(code=row["code"], **values)
        .on_conflict_do_update(index_elements=["code"], set_=values)
    )


def _first_day(office: Mapping[str, Any]) -> date:
    rows: Sequence[Mapping[str, Any]] = office.get("sections", ())
    return min((row["from"] for row in rows if "from" in row), default=date(2000, 4, 1))


def _posts(on: date) -> Any:
    return (
        select(
            posts.c.code,
            posts.c.name,
            posts.c.section_code,
            sections.c.name.label("section"),
            posts.c.rank,
        )
        .join(sections, sections.c.code == posts.c.section_code)
        .where(_holds(posts, on), _holds(sections, on))
    )


def _holds(table: FromClause, on: date | ColumnElement[date]) -> ColumnElement[bool]:
    return and_(table.c.valid_from <= on, or_(table.c.valid_to.is_(None), table.c.valid_to > on))
