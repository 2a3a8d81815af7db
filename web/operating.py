"""What an operator does to a case from the command line: as on the pages of web.ops, with the same record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine import access, accounts, case_file, cases, incidents, interventions, versions
from engine.access import Actor
from engine.cases import CaseRow
from engine.errors import NotFound, TetsuzukiError
from web.failures import word_of
from web.installation import Opened
from web.ops.foreseen import CHOICES, Foreseen, due_words, foresee
from web.ops.incident import DONE
from web.ops.operations import OPERATIONS
from web.words import japan_day


class Unsaid(TetsuzukiError):
    """Something has to be chosen before the operation can be carried out; nothing was changed. The message lists it."""


@dataclass(frozen=True)
class Asked:
    """An operation that an operator asked for. login: of the operator.  more: what its function takes besides."""

    name: str  # suspend | resume | cancel | retry
    number: str
    login: str
    reason: str
    more: Mapping[str, Any]


@dataclass(frozen=True)
class Ahead:
    """What an operation would do, looked at and undone. seen: the end of the record it was looked at."""

    title: str
    lead: tuple[str, ...]
    foreseen: Foreseen
    seen: int


def look_ahead(parts: Opened, asked: Asked) -> Ahead:
    """What the operation would do; the look at the case is recorded. Raises NotFound, Unsaid, TetsuzukiError."""
    with parts.database.transaction() as db:
        operator = _operator(db, parts, asked.login)
        row = cases.get_by_number(db, asked.number)
        assert operator.account_id is not None
        case_file.note_view(
            db,
            case_id=row.id,
            account_id=operator.account_id,
            what=f"ops.{asked.name}",
            now=parts.now(),
        )
        act = _act(db, parts, asked, row, operator, row.last_seq)
        found = interventions.preview(db, row.id, act)
        names = versions.get(db, row.version_id).node_names()
    title, lead = _WORDS[asked.name]
    return Ahead(title, lead, foresee(found, names), row.last_seq)


def carry_out(parts: Opened, asked: Asked, *, seen: int) -> str:
    """The operation is done and in the record; what to say of it. Raises CaseMoved when the case has gone on since."""
    with parts.database.transaction() as db:
        operator = _operator(db, parts, asked.login)
        row = cases.get_by_number(db, asked.number)
        _act(db, parts, asked, row, operator, seen)()
    done = DONE["retry"] if asked.name == "retry" else OPERATIONS[asked.name].done
    return f"{row.number}：{done}"


_WORDS = {
    **{name: (one.title, one.lead) for name, one in OPERATIONS.items()},
    "retry": ("止まったところをもう一度実行する", ()),
}


def _operator(db: Any, parts: Opened, login: str) -> Actor:
    """Who acts, as the record will name them. Raises NotFound for somebody who is no operator."""
    account_id = accounts.find_id(db, login)
    if account_id is None:
        raise NotFound(f"account {login} does not exist or is closed; name an operator with --as")
    actor = accounts.actor(db, accounts.get(db, account_id), today=japan_day(parts.now()))
    if not access.is_allowed(actor, "ops.case"):
        raise NotFound(f"account {login} is no operator; name one with --as")
    return actor


def _act(
    db: Any, parts: Opened, asked: Asked, row: CaseRow, operator: Actor, seen: int
) -> Callable[[], object]:
    given = {"actor": operator, "now": parts.now(), "reason": asked.reason}
    if asked.name == "retry":
        incident_id = _incident(db, row, asked.more.get("incident"))

        def retry() -> object:
            interventions.hold(db, row.id, seen)
            return incidents.retry(db, incident_id=incident_id, **given)

        return retry
    if asked.name == "resume":
        given["decided"] = _decided(db, parts, row, asked.more["decided"])
    return lambda: OPERATIONS[asked.name].act(db, case_id=row.id, seen=seen, **given)


def _incident(db: Any, row: CaseRow, chosen: int | None) -> int:
    """The open incident that is meant. Raises NotFound without one, Unsaid for one of several."""
    found = [one for one in incidents.list_of_case(db, row.id) if one.status == "open"]
    meant = [one.id for one in found if chosen in (None, one.id)]
    if not meant:
        raise NotFound(f"case {row.number} has no such open incident")
    if len(meant) > 1:
        names = versions.get(db, row.version_id).node_names()
        lines = [
            f"  --incident {one.id}  {names.get(one.node or '', '案件全体')}（{word_of(one.code)}）"
            for one in found
        ]
        raise Unsaid("\n".join(["障害が二つ以上あります。どれかを選んでください。", *lines]))
    return meant[0]


def _decided(db: Any, parts: Opened, row: CaseRow, decided: Mapping[str, str]) -> Mapping[str, str]:
    """What is to become of all that fell due. Raises Unsaid where it is not said."""
    due = interventions.fallen_due(db, row.id, parts.now())
    if all(decided.get(one.key) in one.choices for one in due):
        return decided
    names = versions.get(db, row.version_id).node_names()
    lines = ["止めている間に届いたものを、どうするか選んでください。"]
    for one in due:
        lines.append(due_words(one, names))
        lines += [f"  --decide {one.key}={choice}  {CHOICES[choice]}" for choice in one.choices]
    raise Unsaid("\n".join(lines))
