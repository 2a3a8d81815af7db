"""Finding cases by part of a name, a number, a code. Keys are written in the step that changes them.

All texts of a case stand in one row of `search_texts`. A word many cases have is found among the newest of them by reading
those; any other by its pieces of one and two characters (a GIN index), and then compared whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Text,
    all_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from engine.calendar import end_of
from engine.feel.values import from_feel
from engine.round_trip import Send, Statement
from engine.tables import KEY, cases, posts, search_keys, search_texts, tasks
from engine.text import bigrams, kana_key, pieces, search_key

NUMBER, TITLE, APPLICANT = "case.number", "case.title", "case.applicant"
# So many of the newest cases are read first: a page of a word one in a hundred cases has is full by then.
NEWEST = 5000
# More than this are not sorted: the page asks for another word instead.
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
    clock: Mapping[str, Any] | None  # see deadlines.load


@dataclass(frozen=True)
class FoundPage:
    """rows: newest first.  more: there are others; a further word narrows it down."""

    rows: tuple[Found, ...]
    more: bool


def keys_of(
    version: HasSettings, variables: Mapping[str, Any], *, title: str = "", applicant: str = ""
) -> list[Key]:
    """The search keys of a case: its number, title and applicant, and the fields procedure.yaml names under `search`,
    with their readings.

    variables: FEEL values of the process scope.  A value that does not fit its kind has no key.
    """
    number = next(_walk(variables, ["case", "number"]), None)
    found = [
        _text(NUMBER, 0, number if isinstance(number, str) else ""),
        _text(TITLE, 0, title),
        _text(APPLICANT, 0, applicant),
    ]
    for entry in version.settings.get("search", ()):
        path = str(entry["field"]).split(".")
        kana = list(_walk(variables, str(entry["kana"]).split("."))) if entry.get("kana") else []
        for position, value in enumerate(_walk(variables, path)):
            reading = kana[position] if position < len(kana) else None
            found.append(_key(entry["field"], entry.get("kind", "text"), position, value, reading))
        found += [_text(str(entry["kana"]), at, str(reading)) for at, reading in enumerate(kana)]
    return [key for key in found if key is not None]


def variables_of(version: HasSettings) -> set[str]:
    """Names of the variables that `keys_of` reads; while those and its names stay, a case keeps its keys."""
    entries = version.settings.get("search", ())
    paths = (str(entry[name]) for entry in entries for name in ("field", "kana") if name in entry)
    return {"case", *(path.split(".")[0] for path in paths)}


def write(send: Send, case_id: int, procedure: str, keys: Iterable[Key], *, office: str) -> None:
    """The case has exactly these keys from now on, and is found by their texts.

    office: section the procedure belongs to; it finds the case before anybody has a task of it.
    """
    keys = list(keys)
    texts = dict.fromkeys(key.text_value for key in keys if key.text_value)
    grams = {piece for text in texts for piece in pieces(text)} | {_of_procedure(procedure)}
    row = {"case_id": case_id, "procedure": procedure}
    send(_FORGET, {"case_id": case_id})
    send(_KEY, *(row | key.__dict__ for key in keys))
    send(_TEXT, row | {"office": office, "text": "\n".join(texts), "grams": sorted(grams)})


def seen_by(send: Send, case_id: int, post_codes: Iterable[str]) -> None:
    """The sections of these posts find the case from now on."""
    send(_SEEN_BY, *({"case_id": case_id, "post": code} for code in sorted(set(post_codes))))


def ended(send: Send, case_id: int) -> None:
    """The case is found among the ended ones."""
    send(_ENDED, {"case_id": case_id})


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
    """Cases in which every word is part of a number, name, title or code, newest first. No word: nothing is found.

    sections: only cases of procedures of these sections, and such as they have or had a task of: who may open a case
    finds it (access.Subject.sections).  None: all; the caller has checked who may.
    Where more than CANDIDATES fit and few of them are new, the page is made from that many, and `more` is true.
    """
    keys = keys_in(words)
    if not keys:
        return FoundPage((), False)
    texts = search_texts.c
    when: list[ColumnElement[bool]] = []
    if ended is not None:
        when.append(texts.is_ended == ended)
    if arrived_from is not None:
        when.append(texts.arrived_at >= end_of(arrived_from - timedelta(days=1)))
    if arrived_to is not None:
        when.append(texts.arrived_at < end_of(arrived_to))
    newest = select(search_texts).where(*when).order_by(*_newest(search_texts)).limit(NEWEST)
    some = newest.subquery("some")
    found = _page(db, some, _fits(some, keys, sections, procedure), limit)
    if len(found) > limit:
        return FoundPage(tuple(found[:limit]), True)
    grams = [piece for key in keys for piece in bigrams(key)]
    if procedure is not None:
        grams.append(_of_procedure(procedure))
    conditions = [texts.grams.contains(grams), *when]
    if sections is not None:
        conditions.append(texts.grams.overlap([_of_section(code) for code in sorted(sections)]))
    conditions += _fits(search_texts, keys, sections, procedure)
    older = select(texts.case_id, texts.arrived_at).where(*conditions).limit(CANDIDATES + 1)
    found = _page(db, older.subquery("older"), [], limit)
    return FoundPage(tuple(found[:limit]), len(found) > limit)


def _fits(
    texts: FromClause,
    keys: Iterable[str],
    sections: Collection[str] | None,
    procedure: str | None,
) -> list[ColumnElement[bool]]:
    conditions = [texts.c.text.contains(key, autoescape=True) for key in keys]
    if sections is not None:
        conditions.append(texts.c.sections.overlap(sorted(sections)))
    if procedure is not None:
        conditions.append(texts.c.procedure == procedure)
    return conditions


def _newest(texts: FromClause) -> tuple[ColumnElement[Any], ...]:
    return texts.c.arrived_at.desc(), texts.c.case_id.desc()


def _page(
    db: Connection, texts: FromClause, conditions: Iterable[ColumnElement[bool]], limit: int
) -> list[Found]:
    """One more than the page holds, so that it can say whether there are others."""
    ids = select(texts.c.case_id, texts.c.arrived_at).where(*conditions)
    page = ids.order_by(*_newest(texts)).limit(limit + 1).subquery("page")
    query = select(*_columns).join(page, page.c.case_id == cases.c.id).order_by(*_newest(page))
    return [Found(*row) for row in db.execute(query)]


def keys_in(words: str) -> list[str]:
    """The normalised words a person typed, at most five; signs alone are no word."""
    typed = (word[:LONGEST_WORD] for word in words.replace("\u3000", " ").split())
    return [key for word in typed if (key := search_key(word))][:MOST_WORDS]


# Marks among the pieces, longer than any of them: the index narrows by section and procedure too.
_SECTION_MARK = "s:"


def _of_section(code: str) -> str:
    return _SECTION_MARK + code


def _of_procedure(code: str) -> str:
    return f"p:{code}"


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
    key = search_key(value)
    if not key:
        return None
    sort_key = kana_key(reading) if isinstance(reading, str) and reading else None
    return Key(field, position, key, sort_key)


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
    cases.c.clock,
]

_case_id = bindparam("case_id", type_=BigInteger)
_here = search_texts.c.case_id == _case_id
_FORGET = Statement(delete(search_keys).where(search_keys.c.case_id == _case_id))
_KEY = Statement(insert(search_keys), search_keys.c.keys())
_ENDED = Statement(update(search_texts).where(_here).values(is_ended=True))


def _marked(section: ColumnElement[str]) -> ColumnElement[str]:
    return literal(_SECTION_MARK, Text).concat(section)


def _seeing() -> Statement:
    post = bindparam("post", type_=KEY)
    section = select(posts.c.section_code).where(posts.c.code == post).scalar_subquery()
    sections, grams = search_texts.c.sections, search_texts.c.grams
    return Statement(
        update(search_texts)
        .where(_here, section != all_(sections))
        .values(
            sections=func.array_append(sections, cast(section, Text)),
            grams=func.array_append(grams, _marked(section)),
        )
    )


def _texting() -> Statement:
    """Sections, arrival and end are those of the case now; a row that would stay as it is is not written."""
    given = [
        bindparam(name, type_=search_texts.c[name].type)
        for name in ("case_id", "procedure", "text")
    ]
    code = tasks.c.section_code
    office = bindparam("office", type_=Text).label("code")
    seen = union(
        select(code.label("code")).where(tasks.c.case_id == _case_id, code.is_not(None)),
        select(office),
    ).subquery("seen")
    sections = func.array(
        select(seen.c.code).order_by(seen.c.code).scalar_subquery(),
        type_=search_texts.c.sections.type,
    )
    marks = func.array(
        select(_marked(seen.c.code)).scalar_subquery(), type_=search_texts.c.grams.type
    )
    grams = bindparam("grams", type_=search_texts.c.grams.type)
    of_case = select(
        *given,
        cases.c.arrived_at,
        (cases.c.status == "ended").label("is_ended"),
        sections,
        func.array_cat(grams, marks),
    ).where(cases.c.id == _case_id)
    columns = ["case_id", "procedure", "text", "arrived_at", "is_ended", "sections", "grams"]
    row = upsert(search_texts).from_select(columns, of_case)
    return Statement(
        row.on_conflict_do_update(
            index_elements=["case_id"],
            set_={name: row.excluded[name] for name in columns[1:]},
            where=or_(
                *(search_texts.c[name] != row.excluded[name] for name in ("text", "sections"))
            ),
        )
    )


_SEEN_BY = _seeing()
_TEXT = _texting()
