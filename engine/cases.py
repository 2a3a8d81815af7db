"""Cases: filed, looked up, withdrawn. What a case does in between stands in apply.py."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from engine import (
    apply,
    case_state,
    correcting,
    correspondence,
    drafts,
    files,
    jobs,
    kernel,
    locks,
    numbering,
    operations,
    versions,
)
from engine.access import SYSTEM, Actor, Subject
from engine.calendar import jst_date
from engine.errors import CaseDamaged, NotAllowed, NotFound
from engine.feel.values import to_feel
from engine.kernel import State
from engine.kernel import effects as fx
from engine.tables import cases, letters, subscriptions, tasks
from engine.tables import versions as versions_table
from engine.versions import Version

RECEIPT = "receipt"  # the letter the engine makes by itself when a filing arrives


@dataclass(frozen=True)
class CaseRow:
    """A case as lists and pages show it. clock: see deadlines.load.  last_seq: entries in its record."""

    id: int
    public_key: str
    number: str
    procedure: str
    version_id: int
    status: str
    title: str
    applicant_name: str
    account_id: int | None
    channel: str
    arrived_at: datetime
    due_on: date | None
    clock: Mapping[str, Any] | None
    stage: str
    ended_at: datetime | None
    end_event: str | None
    outcome: str | None
    retain_from: date | None
    retain_until: date | None
    erased_at: datetime | None
    last_seq: int


_columns = [cases.c[name] for name in CaseRow.__dataclass_fields__]


def start(
    db: Connection,
    *,
    version: Version,
    answers: Mapping[str, Any],
    actor: Actor,
    channel: str,
    now: datetime,
    files: Collection[str] = (),
    corrects: int | None = None,
) -> CaseRow:
    """The filed case, moved on to its first waits; its receipt is on the way.

    answers: checked answers of the filing form, FEEL values.  channel: account | guest | counter.
    files: public keys of uploads that belong to the answers; raises NotFound for one of somebody else.
    corrects: the finished case it puts right; raises NotAllowed when that one may not be corrected.
    """
    corrected = None if corrects is None else correcting.take(db, corrects, version.settings)
    case_id, facts = _insert(db, version, actor, channel, now, corrects_id=corrects)
    attach(db, files, case_id=case_id, actor=actor)
    variables = {
        version.settings["filing"]["form"]: dict(answers),
        "case": facts,
        "corrects": corrected,
    }
    apply.step(db, case_id=case_id, input=fx.Start(variables), actor=actor, now=now)
    public_key = facts["public_key"]
    _order_receipt(db, version, case_id, public_key, now)
    if channel == "guest":
        context = _context(db, version, case_id, f"{public_key}-filed", now)
        correspondence.tell_guest(db, context, facts["number"])
    return get(db, public_key)


def begin(
    db: Connection,
    *,
    version: Version,
    start_event: str,
    payload: Any,
    now: datetime,
    key: str | None = None,
) -> CaseRow:
    """The case that a start event other than a filing began, moved on to its first waits.

    payload: of the message or signal.  key: of the message, where one case per key is allowed.
    """
    case_id, facts = _insert(db, version, SYSTEM, "event", now, start_key=key)
    item = fx.Start({"case": facts, "corrects": None}, start_event, payload)
    apply.step(db, case_id=case_id, input=item, actor=SYSTEM, now=now)
    return get_by_id(db, case_id)


def begin_called(
    db: Connection,
    *,
    version: Version,
    given: Mapping[str, Any],
    caller_id: int,
    caller_token: int,
    now: datetime,
) -> CaseRow:
    """The case that another one began at a call activity and waits for, moved on to its first waits.

    given: its first variables, FEEL values.
    """
    case_id, facts = _insert(
        db, version, SYSTEM, "event", now, caller_id=caller_id, caller_token=caller_token
    )
    item = fx.Start({**given, "case": facts, "corrects": None})
    apply.step(db, case_id=case_id, input=item, actor=SYSTEM, now=now)
    return get_by_id(db, case_id)


def is_begun(db: Connection, procedure: str, key: str) -> bool:
    """Whether a case that a message with this key began is still open."""
    found = select(cases.c.id).where(
        cases.c.procedure == procedure, cases.c.start_key == key, cases.c.status != "ended"
    )
    return db.execute(found.limit(1)).first() is not None


def _insert(
    db: Connection, version: Version, actor: Actor, channel: str, now: datetime, **more: Any
) -> tuple[int, dict[str, Any]]:
    """(id, what its variable `case` says)."""
    public_key = secrets.token_urlsafe(18)
    prefix = version.settings["number"]["prefix"]
    number = numbering.case_number(db, day=jst_date(now), prefix=prefix)
    row = {
        "public_key": public_key,
        "number": number,
        "procedure": version.procedure,
        "version_id": version.id,
        "status": "open",
        "state": kernel.dump(kernel.new_state(version.main)),
        "state_format": kernel.FORMAT,
        "title": version.settings["short_name"],  # until its variables give a better one
        "account_id": actor.account_id if actor.kind == "applicant" else None,
        "channel": channel,
        "arrived_at": now,
    }
    case_id = db.execute(cases.insert().values(**row, **more).returning(cases.c.id)).scalar_one()
    facts = {
        "number": number,
        "arrived_at": to_feel(now),
        "arrived_on": to_feel(jst_date(now)),
        "channel": channel,
        "public_key": public_key,
        "filer": actor.name,
    }
    return int(case_id), facts


def _order_receipt(
    db: Connection, version: Version, case_id: int, public_key: str, now: datetime
) -> None:
    """The receipt, unless the procedure has none or its model has just ordered one itself."""
    if RECEIPT not in version.settings["letters"] or RECEIPT not in version.letters:
        return
    ordered = select(letters.c.id).where(letters.c.case_id == case_id, letters.c.name == RECEIPT)
    if db.execute(ordered).first() is not None:
        return
    context = _context(db, version, case_id, f"{public_key}-{RECEIPT}", now)
    jobs.defer(db, jobs.MAKE_LETTER, operations.new_letter(db, context, RECEIPT))


def _context(
    db: Connection, version: Version, case_id: int, key: str, now: datetime
) -> operations.Context:
    return operations.Context(
        version=version,
        case_id=case_id,
        token=0,
        key=key,
        now=now,
        variables=variables(db, case_id),
    )


def attach(db: Connection, public_keys: Collection[str], *, case_id: int, actor: Actor) -> None:
    """The actor's uploads belong to the case from this step's commit on. Raises NotFound for one of somebody else."""
    files.attach(
        db,
        public_keys,
        case_id=case_id,
        account_id=actor.account_id,
        draft_ids=drafts.ids_of_guest(db, actor),
    )


def get(db: Connection, public_key: str) -> CaseRow:
    """Raises NotFound. Who may see it: the caller asks access.require with `subject`."""
    row = db.execute(select(*_columns).where(cases.c.public_key == public_key)).one_or_none()
    if row is None:
        raise NotFound("this case does not exist")
    return CaseRow(*row)


def get_by_id(db: Connection, case_id: int) -> CaseRow:
    """Raises NotFound."""
    row = db.execute(select(*_columns).where(cases.c.id == case_id)).one_or_none()
    if row is None:
        raise NotFound(f"case {case_id} does not exist")
    return CaseRow(*row)


def get_by_number(db: Connection, number: str) -> CaseRow:
    """Raises NotFound."""
    row = db.execute(select(*_columns).where(cases.c.number == number)).one_or_none()
    if row is None:
        raise NotFound(f"受付番号 {number} の案件はありません。番号を確かめてください。")
    return CaseRow(*row)


def find_of_account(
    db: Connection, account_id: int, *, limit: int = 50, before: datetime | None = None
) -> list[CaseRow]:
    """The cases an applicant filed, newest first; before: only those that arrived earlier (next page)."""
    query = select(*_columns).where(cases.c.account_id == account_id)
    if before is not None:
        query = query.where(cases.c.arrived_at < before)
    rows = db.execute(query.order_by(cases.c.arrived_at.desc(), cases.c.id.desc()).limit(limit))
    return [CaseRow(*row) for row in rows]


def subject(db: Connection, case: CaseRow) -> Subject:
    """What decides who may see the case: who filed it and the sections that have or had a task of it."""
    return Subject(
        account_id=case.account_id,
        case_id=case.id if case.channel == "guest" else None,
        sections=sections(db, [case.id]).get(case.id, frozenset()),
    )


def sections(db: Connection, case_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Id of each case -> the sections that have or had a task of it; those without any are left out. One query."""
    found = (
        select(tasks.c.case_id, func.array_agg(tasks.c.section_code.distinct()))
        .where(tasks.c.case_id.in_(case_ids), tasks.c.section_code.is_not(None))
        .group_by(tasks.c.case_id)
    )
    return {case_id: frozenset(codes) for case_id, codes in db.execute(found)}


def variables(db: Connection, case_id: int, *, token: int | None = None) -> dict[str, Any]:
    """The variables of the case as a whole, FEEL values; also after its end. Raises NotFound once it was erased.

    A called process works on values of its own until it ends: what it has changed (a correction) counts already.
    token: those that are visible where it stands, a called process or one run of many; those of the main process when it is gone.
    """
    found = state(db, case_id)
    if token is None:
        return kernel.newest(found)
    try:
        return dict(kernel.variables(found, token))
    except KeyError:  # the token went on
        return dict(kernel.variables(found))


def state(db: Connection, case_id: int) -> State:
    """What of the case is open. Raises NotFound once it was erased, CaseDamaged."""
    row = db.execute(
        select(cases.c.state, cases.c.version_id, cases.c.number).where(cases.c.id == case_id)
    ).one_or_none()
    if row is None or row.state is None:
        raise NotFound(f"case {case_id} does not exist or was erased")
    version = versions.get(db, row.version_id)
    return case_state.read(row.state, version, case_id=case_id, number=row.number)


def with_variables(
    db: Connection, case_ids: Collection[int]
) -> dict[int, tuple[Version, dict[str, Any]]]:
    """Id of each of the cases -> its version and its variables ({} once erased); one query.

    One whose state cannot be read is left out: a page of many shows the others.
    """
    query = (
        select(cases.c.id, cases.c.number, cases.c.state, *versions.head_columns())
        .join(versions_table, versions_table.c.id == cases.c.version_id)
        .where(cases.c.id.in_(case_ids))
    )
    found = {}
    for row in db.execute(query):
        version = versions.of_row(db, row)
        try:
            state = row.state and case_state.read(
                row.state, version, case_id=row.id, number=row.number
            )
        except CaseDamaged:
            continue
        found[row.id] = (version, kernel.newest(state) if state else {})
    return found


def can_withdraw(db: Connection, case: CaseRow) -> bool:
    """Whether the case listens for the withdrawal its procedure names."""
    return _withdrawal_token(db, case.id, versions.get(db, case.version_id)) is not None


def withdraw(
    db: Connection, *, case_id: int, actor: Actor, now: datetime, reason: str
) -> apply.StepResult:
    """The model has taken the withdrawal. Raises NotAllowed when it does not listen for one (decided, ended)."""
    held = locks.case(db, case_id)
    token = _withdrawal_token(db, case_id, held.version)
    if token is None:
        raise NotAllowed(f"case {held.case.number} can no longer be withdrawn; contact the office")
    withdrawal = fx.Message(token, {"reason": reason})
    return apply.step_held(db, held, input=withdrawal, actor=actor, now=now)


def _withdrawal_token(db: Connection, case_id: int, version: Version) -> int | None:
    name = (version.settings.get("withdrawal") or {}).get("message")
    if name is None:
        return None
    token: int | None = db.execute(
        select(subscriptions.c.token)
        .where(
            subscriptions.c.case_id == case_id,
            subscriptions.c.kind == "message",
            subscriptions.c.name == name,
        )
        .order_by(subscriptions.c.id)
        .limit(1)
    ).scalar()
    return token
