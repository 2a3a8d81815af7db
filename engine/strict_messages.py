"""Messages sent strictly: exactly one case must wait for them, else the sender is told and nobody has the message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, not_, select, update

from engine import inbox
from engine.errors import TetsuzukiError
from engine.tables import cases, starts, subscriptions
from engine.tables import inbox as rows


class MessageRefused(TetsuzukiError):
    """A message sent strictly that fits no case, or several: nobody has it. Says nothing of its key, which may be personal."""


@dataclass(frozen=True)
class Own:
    """What the sending case itself waits for that stands in no table yet.

    opened: (name, key) of its waits of this step.  changed: tokens whose wait the step ended or opened anew.
    """

    case_id: int
    opened: frozenset[tuple[str, str | None]]
    changed: frozenset[int]


def put(
    db: Connection,
    *,
    name: str,
    key: str | None,
    payload: Any,
    message_id: str,
    now: datetime,
    own: Own | None = None,
) -> int | None:
    """As `inbox.put`, for a sender who must know that somebody takes it: the message goes to the one case that waits for it now,
    or begins the case it would begin.

    own: of the case that sends, in whose step this is.  Raises MessageRefused, and then the caller must undo what was
    written since: nobody waits for the message, or several do.
    """
    row_id = inbox.put(db, name=name, key=key, payload=payload, message_id=message_id, now=now)
    if row_id is None:
        return None
    only = []
    if own is not None:
        is_changed = subscriptions.c.token.in_(own.changed)
        only.append(not_(and_(subscriptions.c.case_id == own.case_id, is_changed)))
    found = {
        case_id for case_id in db.execute(inbox.takers(row_id, *only)).one() if case_id is not None
    }
    if own is not None and (name, key) in own.opened:
        found.add(own.case_id)
    if len(found) > 1:
        raise MessageRefused(
            f"メッセージ「{name}」を、同じ照合キーで2件以上の案件が待っています。"
            "相手が一つに決まるように、照合キーを直してください。"
        )
    if found:
        db.execute(update(rows).where(rows.c.id == row_id).values(case_id=found.pop()))
    elif not db.execute(select(exists().where(_begins(name, key)))).scalar_one():
        raise MessageRefused(
            f"メッセージ「{name}」を、この照合キーで待っている案件がありません。"
            "相手の案件と、照合キーを確かめてください。"
        )
    return row_id


def _begins(name: str, key: str | None) -> ColumnElement[bool]:
    """SQL: a start event that a message of this name and key begins a case at."""
    of_message = and_(starts.c.kind == "message", starts.c.name == name)
    if key is None:
        return of_message
    is_open = exists().where(
        cases.c.procedure == starts.c.procedure, cases.c.start_key == key, cases.c.status != "ended"
    )
    return and_(of_message, not_(and_(starts.c.one_per_key, is_open)))
