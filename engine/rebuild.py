"""What must follow from state and history, made anew: replay of a case, its projections, the check of all chains."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from engine import (
    calendars,
    case_state,
    environment,
    history,
    kernel,
    projections,
    search,
    used_calendars,
    versions,
)
from engine.access import SYSTEM
from engine.calendar import Calendar
from engine.changes import Changes, Head
from engine.errors import CaseDamaged, NotAllowed, TetsuzukiError
from engine.round_trip import Send, round_trip
from engine.tables import cases, subscriptions, tasks, timers
from engine.versions import Version


class ReplayImpossible(TetsuzukiError):
    """The case cannot be replayed: its payloads were erased or its calendar is unknown."""


@dataclass(frozen=True)
class Replayed:
    """state: text after the last input.  changes: effects of all inputs, folded.  opened_at: token -> when.

    before: the same before the last changeover; None for a case that never had one.
    """

    state: str
    changes: Changes
    opened_at: dict[int, datetime]
    before: Replayed | None = None


def replay(db: Connection, case_id: int, *, by_present_calendars: bool = False) -> Replayed:
    """The case, run again from its recorded inputs. Its state must be the stored one, byte for byte.

    by_present_calendars: as if the office's calendars had always been those of now, and no date had been counted anew;
    raises what the kernel raises when the case would have gone another way.
    """
    case = db.execute(select(cases).where(cases.c.id == case_id)).one()
    version = versions.get(db, case.version_id)
    present = db.execute(select(calendars.every_day())).one() if by_present_calendars else None
    run = _Replay(case.number, version, present)
    for entry in history.entries(db, case_id):
        if entry.kind == history.ERASURE or entry.payload is None:
            raise ReplayImpossible(
                f"{case.number}：記録の{entry.seq}番目の内容が消去されているため、記録から作り直せません。"
            )
        run.take(db, entry, entry.payload)
    if run.state is None:
        raise ReplayImpossible(f"{case.number}：記録がないため、作り直せません。")
    back = run.before
    before = (
        Replayed(kernel.dump(back["state"]), back["changes"], back["opened_at"]) if back else None
    )
    return Replayed(kernel.dump(run.state), run.changes, run.opened_at, before)


class _Replay:
    """A case while it runs again. before: as it was before the last changeover, to which an undoing of it goes back.

    present: the edited days of now, when they are to count instead of those of then.
    """

    def __init__(self, number: str, version: Version, present: Row[Any] | None):
        self.number = number
        self.version = version  # of a case that has no entry yet
        self.present = present
        self.state: kernel.State | None = None
        self.changes = Changes()
        self.opened_at: dict[int, datetime] = {}
        self.before: dict[str, Any] = {}
        self.calendars: dict[str, Calendar] = {}

    def take(self, db: Connection, entry: history.Entry, payload: Mapping[str, Any]) -> None:
        if entry.kind == history.UNDO_CHANGEOVER:
            self.__dict__.update(self.before)
            return
        if self.present is not None and entry.kind == history.RECOUNT:
            return
        recorded = payload["env"]
        left = self.version
        version = versions.get(db, recorded["version"])
        if self.state is None:
            left = version
            self.state = kernel.new_state(version.main)
        is_changeover = entry.kind == history.CHANGEOVER
        if is_changeover:
            self.before = copy.deepcopy(
                {name: getattr(self, name) for name in ("state", "changes", "opened_at")}
            ) | {"version": left}
        self.version = version
        env = environment.build(
            version.parts,
            calendar=(
                self._calendars(db, version, recorded)
                if self.present is None
                else calendars.of_days(version.settings, self.present[0])
            ),
            now=datetime.fromisoformat(recorded["now"]),
            limits=environment.of_record(recorded.get("limits", {})),
            left=left.parts if is_changeover else None,
            is_called="called_by" in recorded,
        )
        # Through the text at every input, as the live case went.
        state = kernel.load(kernel.dump(self.state), left.main)
        advanced = kernel.advance(version.main, state, history.load_input(payload["input"]), env)
        self.state = advanced.state
        for call in self.changes.take(advanced.effects):
            self.changes.requested[call.token] = call
        for token in self.changes.opened:
            self.opened_at.setdefault(token, entry.at)

    def _calendars(self, db: Connection, version: Version, recorded: Mapping[str, Any]) -> Calendar:
        """The calendar of the office and the others an expression could name, as they were."""
        year_end = dict(used_calendars.rules(version.settings))
        met = (recorded["calendar"], *recorded.get("calendars", ()))
        for one in met:
            if one not in self.calendars:
                closes = year_end[one.split("/", 1)[0]]
                found = calendars.of_version(db, one, year_end=closes)
                if found is None:
                    raise ReplayImpossible(
                        f"{self.number}：開庁日の暦「{one}」がもうないため、記録から作り直せません。"
                    )
                self.calendars[one] = found
        own, *others = (self.calendars[one] for one in met)
        return replace(own, others=tuple(others))


def differences(db: Connection, case_id: int) -> list[str]:
    """How the replay differs from what is stored; empty: it does not."""
    stored = db.execute(select(cases).where(cases.c.id == case_id)).one()
    return _differences(stored, replay(db, case_id))


def _differences(case: Row[Any], replayed: Replayed) -> list[str]:
    if replayed.state == case.state:
        return []
    return [f"{case.number}：記録のとおりに進めた状態が、保存されている状態と違います。"]


def rebuild(
    db: Connection, case_id: int, now: datetime, *, replayed: Replayed | None = None
) -> list[str]:
    """The open tasks, timers, subscriptions and search keys of the case are made from state and history; rows of its
    calls stay: they hold what the other side knows them by. Who had claimed a task is kept. What comes back: `differences`.

    replayed: what a replay gives now, when the caller knows it.  Raises CaseDamaged, ReplayImpossible.
    """
    case = db.execute(
        select(cases).where(cases.c.id == case_id).with_for_update(key_share=True)
    ).one()
    version = versions.get(db, case.version_id)
    state = case_state.read(case.state, version, case_id=case_id, number=case.number)
    replayed = replayed or replay(db, case_id)
    open_tokens = {wait.token for wait in kernel.open_waits(state)}
    changes = replayed.changes
    _tasks(db, case, version, replayed, open_tokens, now)
    db.execute(delete(timers).where(timers.c.case_id == case_id, timers.c.status == "waiting"))
    db.execute(delete(subscriptions).where(subscriptions.c.case_id == case_id))
    with round_trip(db) as send:
        waiting = [t for token, t in changes.timers.items() if token in open_tokens]
        projections.set_timers(send, case_id, waiting)
        subscribed = [s for token, s in changes.subscribed.items() if token in open_tokens]
        projections.subscribe(send, case_id, subscribed)
        _search_keys(send, case, version, state)
    return _differences(case, replayed)


def rebuild_search(db: Connection, case_id: int) -> None:
    """The case, open or ended, is found by what its state holds and its procedure makes searchable. Raises CaseDamaged."""
    case = db.execute(
        select(cases).where(cases.c.id == case_id).with_for_update(key_share=True)
    ).one()
    if case.state is None:  # erased meanwhile
        return
    version = versions.get(db, case.version_id)
    state = case_state.read(case.state, version, case_id=case_id, number=case.number)
    with round_trip(db) as send:
        _search_keys(send, case, version, state)


def _search_keys(send: Send, case: Row[Any], version: Version, state: kernel.State) -> None:
    keys = search.keys_of(
        version, kernel.newest(state), title=case.title, applicant=case.applicant_name
    )
    office = version.settings["office"]["section"]
    search.write(send, case.id, case.procedure, keys, office=office)


def restore(db: Connection, case_id: int, now: datetime) -> None:
    """The state of a damaged case is the one its history gives, the projections follow from it.

    Raises NotAllowed for a state that can be read (it is the truth for what is open), ReplayImpossible for a history
    that was erased or does not hold together.
    """
    case = db.execute(
        select(cases).where(cases.c.id == case_id).with_for_update(key_share=True)
    ).one()
    version = versions.get(db, case.version_id)
    try:
        case_state.read(case.state or "", version, case_id=case_id, number=case.number)
    except CaseDamaged:
        broken = history.verify(db, case_id)
        if broken:
            raise ReplayImpossible(
                f"{broken[0]}記録から作り直せないため、何もしていません。{history.REMEDY}"
            ) from None
    else:
        raise NotAllowed(
            f"{case.number}：案件の状態は読めるため、作り直しません。障害で止まっているときは、"
            "運用の画面の障害のページで対応してください。"
        )
    replayed = replay(db, case_id)
    db.execute(
        update(cases)
        .where(cases.c.id == case_id)
        .values(state=replayed.state, state_format=kernel.FORMAT)
    )
    rebuild(db, case_id, now, replayed=replayed)


def _tasks(
    db: Connection,
    case: Row[Any],
    version: Version,
    replayed: Replayed,
    open_tokens: set[int],
    now: datetime,
) -> None:
    opened = {t: e for t, e in replayed.changes.opened.items() if t in open_tokens}
    held = db.execute(
        select(tasks.c.token, tasks.c.person_id, tasks.c.claimed_at, tasks.c.returned_to).where(
            tasks.c.case_id == case.id, tasks.c.status == "open"
        )
    ).all()
    wrong = [row.token for row in held if row.token not in opened]
    closed = Changes(closed=dict.fromkeys(wrong, "cancelled"))
    head = Head(
        case_id=case.id,
        public_key=case.public_key,
        procedure=case.procedure,
        number=case.number,
        title=case.title,
        applicant_name=case.applicant_name,
        lanes=version.settings["lanes"],
    )
    with round_trip(db) as send:
        for changes in (closed, Changes(opened=opened)):
            projections.write(send, head, changes, actor=SYSTEM, shown_as="", now=now)
    for token in opened:
        person = next((row for row in held if row.token == token), None)
        db.execute(
            update(tasks)
            .where(tasks.c.case_id == case.id, tasks.c.token == token)
            .values(
                opened_at=replayed.opened_at[token],
                person_id=person.person_id if person else None,
                claimed_at=person.claimed_at if person else None,
                returned_to=person.returned_to if person else None,
            )
        )


def open_cases(db: Connection) -> list[int]:
    """Ids of the cases whose projections can be rebuilt."""
    return list(
        db.execute(
            select(cases.c.id)
            .where(cases.c.status != "ended", cases.c.state.is_not(None))
            .order_by(cases.c.id)
        ).scalars()
    )


def ended_cases(db: Connection) -> list[int]:
    """Ids of the ended cases that were not erased: what is left of their projections is what they are found by."""
    return list(
        db.execute(
            select(cases.c.id)
            .where(cases.c.status == "ended", cases.c.state.is_not(None))
            .order_by(cases.c.id)
        ).scalars()
    )


def all_cases(db: Connection) -> list[int]:
    """Ids of every case, oldest first."""
    return list(db.execute(select(cases.c.id).order_by(cases.c.id)).scalars())
