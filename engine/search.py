"""Finding cases by part of a name, a number, a code, a date. Typed, indexed keys, written in the step that changes them.

Text is found by its two-character pieces (a GIN index) and then compared whole: part of a name among a million cases costs
about as much as among a thousand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, insert, select

from engine.calendar import end_of
from engine.feel.values import from_feel
from engine.round_trip import Send, Statement
from engine.tables import cases, search_keys, tasks
from engine.text import bigrams, code_key, kana_key, text_key

NUMBER, TITLE, APPLICANT = "case.number", "case.title", "case.applicant"
# More candidates than this are not sorted: the page asks for another word instead.
CANDIDATES = 2000
LONGEST_WORD = 60
MOST_WORDS = 5


class HasSettings(Protocol):
    """What is needed of a version."""

    @property
    def settings(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Key:
    """One searchable value. field: path of procedure.yaml or case.number, case.title, case.applicant."""

    field: str
    position: int
    text_value: str | None = None
    sort_key: str | None = None
    number_value: Decimal | None = None
    date_value: date | None = None
    grams: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """A case that was found; no answers, only what a list shows."""

    case_id: int
    public_key: str
    number: str
    title: str
    applicant_name: str
    procedure: str
    status: str
    stage: str
    arrived_at: datetime
    ended_at: datetime | None
    due_on: date | None


@dataclass(frozen=True)
class FoundPage:
    """rows: newest first.  more: there are others; a further word narrows it down."""

    rows: tuple[Found, ...]
    more: bool


def keys_of(
    version: HasSettings, variables: Mapping[str, Any], *, title: str = "", applicant: str = ""
) -> list[Key]:
    """The search keys of a case: its number, title and applicant, and the fields procedure.yaml names under `search`.

    variables: FEEL values of the process scope.  A value that does not fit its kind has no key.
    """
    number = (variables.get("case") or {}).get("number")
    found = [
        _text(NUMBER, 0, number or ""),
        _text(TITLE, 0, title),
        _text(APPLICANT, 0, applicant),
    ]
    for entry in version.settings.get("search", ()):
        path = str(entry["field"]).split(".")
        kana = list(_walk(variables, str(entry["kana"]).split("."))) if entry.get("kana") else []
        for position, value in enumerate(_walk(variables, path)):
            reading = kana[position] if position < len(kana) else None
            found.append(_key(entry["field"], entry.get("kind", "text"), position, value, reading))
    return [key for key in found if key is not None]


def write(send: Send, case_id: int, procedure: str, keys: Iterable[Key]) -> None:
    """The case has exactly these keys from now on."""
    send(_FORGET, {"case_id": case_id})
    rows = [
        {"case_id": case_id, "procedure": procedure, **key.__dict__, "grams": list(key.grams)}
        for key in keys
    ]
    send(_KEY, *rows)


_FORGET = Statement(delete(search_keys).where(search_keys.c.case_id == bindparam("case_id")))
_KEY = Statement(insert(search_keys), search_keys.c.keys())


def find(
    db: Connection,
    words: str,
    *,
    sections: Collection[str] | None = None,
    procedure: str | None = None,
    ended: bool | None = None,
    arrived_from: date | None = None,
    arrived_to: date | None = None,
    limit: int = 50,
) -> FoundPage:
    """Cases in which every word is part of a number, name, title or code. No word: nothing is found.

    sections: only cases these sections have or had a task of (None: all; the caller has checked who may).
    """
    keys = sorted(keys_in(words), key=len, reverse=True)
    if not keys:
        return FoundPage((), False)
    conditions = [part_of(search_keys.c.text_value, search_keys.c.grams, keys[0])]
    for number, key in enumerate(keys[1:]):
        also = search_keys.alias(f"also_{number}")
        conditions.append(
            exists().where(
                also.c.case_id == search_keys.c.case_id,
                part_of(also.c.text_value, also.c.grams, key),
            )
        )
    if procedure is not None:
        conditions.append(search_keys.c.procedure == procedure)
    if sections is not None:
        conditions.append(
            exists().where(
                tasks.c.case_id == search_keys.c.case_id, tasks.c.section_code.in_(sections)
            )
        )
    candidates = (
        select(search_keys.c.case_id)
        .where(*conditions)
        .limit(CANDIDATES + 1)
        .subquery("candidates")
    )
    query = select(*_columns).where(cases.c.id.in_(select(candidates.c.case_id)))
    if ended is not None:
        query = query.where((cases.c.status == "ended") if ended else (cases.c.status != "ended"))
    if arrived_from is not None:
        query = query.where(cases.c.arrived_at >= end_of(arrived_from - timedelta(days=1)))
    if arrived_to is not None:
        query = query.where(cases.c.arrived_at < end_of(arrived_to))
    rows = db.execute(query.order_by(cases.c.id.desc()).limit(limit + 1)).all()
    return FoundPage(tuple(Found(*row) for row in rows[:limit]), len(rows) > limit)


def keys_in(words: str) -> list[str]:
    """The normalised words a person typed, at most five; signs alone are no word."""
    typed = (word[:LONGEST_WORD] for word in words.replace("\u3000", " ").split())
    return [key for word in typed if (key := word_key(word))][:MOST_WORDS]


def word_key(typed: str) -> str:
    """The key all texts of a case are found by: variants, width, case, spaces and hyphens folded. 髙田 is 高田."""
    return code_key(text_key(typed))


def part_of(value: ColumnElement[str], grams: ColumnElement[Any], key: str) -> ColumnElement[bool]:
    """Whether the key is part of the value; one character: whether the value begins with it (no piece is that short)."""
    if len(key) < 2:
        return value.like(_escape(key) + "%")
    whole = value.like(f"%{_escape(key)}%")
    pieces = [piece for piece in bigrams(key) if piece not in _EVERYWHERE]
    return and_(grams.contains(pieces), whole) if pieces else whole


# Half of all firms have these: reading the rows in order finds a page of them sooner than the index would.
_EVERYWHERE = frozenset((*bigrams("株式会社"), *bigrams("有限会社")))


def _key(field: str, kind: str, position: int, value: Any, reading: Any) -> Key | None:
    if value is None:
        return None
    match kind:
        case "number":
            return Key(field, position, number_value=value) if isinstance(value, Decimal) else None
        case "date":
            day = from_feel(value)
            day = day.date() if isinstance(day, datetime) else day
            return Key(field, position, date_value=day) if isinstance(day, date) else None
        case _:
            return _text(field, position, str(value), reading=reading)


def _text(field: str, position: int, value: str, reading: Any = None) -> Key | None:
    key = word_key(value)
    if not key:
        return None
    sort_key = kana_key(reading) if isinstance(reading, str) and reading else None
    return Key(field, position, key, sort_key, grams=bigrams(key))


def _walk(value: Any, path: list[str]) -> Iterator[Any]:
    """The values at a path; lists are gone through, what is missing gives nothing."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _walk(item, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _walk(value[path[0]], path[1:])


def _escape(key: str) -> str:
    return key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_columns = [
    cases.c.id,
    cases.c.public_key,
    cases.c.number,
    cases.c.title,
    cases.c.applicant_name,
    cases.c.procedure,
    cases.c.status,
    cases.c.stage,
    cases.c.arrived_at,
    cases.c.ended_at,
    cases.c.due_on,
]
