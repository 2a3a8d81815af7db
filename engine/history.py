"""What happened to a case: append-only, chained by hash over salted digests, payloads apart so that they can be erased.

hash(n) = sha256(hash(n-1) + header(n) + digest(n)), digest = sha256(salt + payload). Without the payload the
chain still proves that an entry of this kind was made then by this actor, and that none was added or taken out.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from engine.feel.values import from_json, to_feel, to_json
from engine.kernel import effects as kernel_effects
from engine.round_trip import Send, Statement, round_trip
from engine.tables import cases, history, history_payloads

ERASURE = "erasure"
CHANGEOVER = "changeover"
RECOUNT = "recount"
# The case is again as it was before the changeover it follows: no input of the kernel.
UNDO_CHANGEOVER = "undo_changeover"
SALT_BYTES = 16
START = b"\0" * 32
# What an operator does about a chain that does not verify.
REMEDY = (
    "データベースが、この仕組みを通さずに変えられています。だれがいつ変えたかをデータベースの記録で調べ、"
    "変えられる前の控え（バックアップ）の同じ案件と比べてください。"
)
# Fields of inputs that hold FEEL values; the others are plain text and numbers.
VALUES = {"variables", "answers", "result", "data", "payload", "item"}
_dump_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

# Every entry, with its payload as long as that exists.
_WITH_PAYLOADS = history.outerjoin(
    history_payloads,
    (history_payloads.c.case_id == history.c.case_id) & (history_payloads.c.seq == history.c.seq),
)


@dataclass(frozen=True)
class Entry:
    """One link of the chain. payload: what `body` parses to, None after erasure."""

    seq: int
    at: datetime
    kind: str
    actor: str
    payload: Mapping[str, Any] | None


@dataclass(frozen=True)
class New:
    """One entry to record. kind: snake case name of the input, erasure, or undo_changeover."""

    kind: str
    actor: str
    at: datetime
    payload: Mapping[str, Any]


@cache
def kind_of(name: str) -> str:
    """start, completed, call_done, ...: how the type of an input is called in the history."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def entry(
    item: kernel_effects.Input,
    *,
    env_record: Mapping[str, Any],
    effects: Sequence[kernel_effects.Effect],
    actor: str,
    now: datetime,
) -> New:
    """The entry of one input: what went in, the surroundings it met, what came out."""
    payload = {
        "input": dump_input(item),
        "env": dict(env_record),
        "effects": [dump_effect(effect) for effect in effects],
    }
    return New(kind_of(type(item).__name__), actor, now, payload)


@dataclass(frozen=True)
class Last:
    """The end of a chain: what the next entry follows."""

    seq: int
    hash: bytes


def last_hash(case_id: ColumnElement[int]) -> ColumnElement[bytes]:
    """The hash of the last entry of the case; SQL, null when it has none."""
    of_case = select(history.c.hash).where(history.c.case_id == case_id)
    return of_case.order_by(history.c.seq.desc()).limit(1).scalar_subquery()


def append(send: Send, case_id: int, new: Iterable[New], *, last: Last) -> int:
    """Appends entries in order; returns the seq of the last, to be put into cases.last_seq. The case is locked.

    last: the end of its chain now.
    """
    seq, previous = last.seq, last.hash
    for item in new:
        seq += 1
        body = _dump_json(item.payload)
        salt = secrets.token_bytes(SALT_BYTES)
        digest = _digest(salt, body)
        previous = _chained(previous, case_id, seq, item.at, item.kind, item.actor, digest)
        send(
            _ENTRY,
            {
                "case_id": case_id,
                "seq": seq,
                "at": item.at,
                "kind": item.kind,
                "actor": item.actor,
                "digest": digest,
                "hash": previous,
                "salt": salt,
                "body": body,
            },
        )
    return seq


def _entry_with_payload() -> Statement:
    def row(table: Table) -> dict[str, Any]:
        return {column.name: bindparam(column.name, type_=column.type) for column in table.c}

    payload = insert(history_payloads).values(row(history_payloads)).cte("payload")
    return Statement(insert(history).values(row(history)).add_cte(payload))


_ENTRY = _entry_with_payload()


def entries(db: Connection, case_id: int) -> list[Entry]:
    """Every entry of the case in order, with its payload as long as that exists."""
    rows = db.execute(
        select(
            history.c.seq, history.c.at, history.c.kind, history.c.actor, history_payloads.c.body
        )
        .select_from(_WITH_PAYLOADS)
        .where(history.c.case_id == case_id)
        .order_by(history.c.seq)
    )
    return [Entry(*row[:4], json.loads(row.body) if row.body is not None else None) for row in rows]


def decided(db: Connection, case_id: int) -> Iterator[Mapping[str, Any]]:
    """The payloads of the case in which a decision was made, newest first; one query."""
    body = history_payloads.c.body
    # The mark cannot stand inside a text: its quotes would be escaped there.
    made = func.strpos(body, '["Decided",') > 0
    rows = db.execute(
        select(body)
        .where(history_payloads.c.case_id == case_id, made)
        .order_by(history_payloads.c.seq.desc())
    )
    return (json.loads(text) for (text,) in rows)


def erase(
    db: Connection, case_id: int, *, rule: str, actor: str, now: datetime, basis: str = ""
) -> int:
    """All payloads so far are gone; a last entry says when, by whom and under which rule. Returns its seq.

    rule: of the retention schedule or the law; basis: file reference. Neither may hold personal data.
    """
    case = db.execute(
        select(cases.c.last_seq, last_hash(cases.c.id)).where(cases.c.id == case_id)
    ).one()
    erasure = New(ERASURE, actor, now, {"rule": rule, "basis": basis})
    with round_trip(db) as send:
        seq = append(send, case_id, [erasure], last=Last(case[0], bytes(case[1] or START)))
    db.execute(update(cases).where(cases.c.id == case_id).values(last_seq=seq))
    db.execute(
        delete(history_payloads).where(
            history_payloads.c.case_id == case_id, history_payloads.c.seq < seq
        )
    )
    return seq


def verify(db: Connection, case_id: int) -> list[str]:
    """What is wrong with the chain of the case, one sentence for operators each; empty: nothing was changed, added or
    taken out. What to do about it is REMEDY."""
    return list(_verify(db, case_id))


def _verify(db: Connection, case_id: int) -> Iterator[str]:
    rows = db.execute(
        select(history, history_payloads.c.salt, history_payloads.c.body)
        .select_from(_WITH_PAYLOADS)
        .where(history.c.case_id == case_id)
        .order_by(history.c.seq)
    ).all()
    erased_up_to = max((row.seq for row in rows if row.kind == ERASURE), default=0)
    number, last_seq = db.execute(
        select(cases.c.number, cases.c.last_seq).where(cases.c.id == case_id)
    ).one()
    previous = START
    for expected, row in enumerate(rows, start=1):
        if row.seq != expected:
            yield f"{number}：記録の{expected}番目がありません。"
            return
        where = f"{number}：記録の{row.seq}番目"
        if bytes(row.hash) != _chained(
            previous, case_id, row.seq, row.at, row.kind, row.actor, bytes(row.digest)
        ):
            yield f"{where}が、その前の記録とつながりません。これか、これより前の記録が書き換えられています。"
        if row.body is None and row.seq >= erased_up_to:
            yield f"{where}の内容がなく、消去した記録もありません。"
        if row.body is not None and _digest(bytes(row.salt), row.body) != bytes(row.digest):
            yield f"{where}の内容が、記録したときのものと違います。"
        previous = bytes(row.hash)
    if last_seq != len(rows):
        yield f"{number}：記録は{last_seq}件あるはずですが、{len(rows)}件あります。"


def dump_input(item: kernel_effects.Input) -> dict[str, Any]:
    """The input as JSON: its kind and its fields, FEEL values in the tagged form."""
    found: dict[str, Any] = {"kind": type(item).__name__}
    for name in item.__dataclass_fields__:
        value = getattr(item, name)
        found[name] = to_json(to_feel(value)) if name in VALUES else value
    return found


def load_input(data: Mapping[str, Any]) -> kernel_effects.Input:
    """The input that was dumped."""
    kind = getattr(kernel_effects, data["kind"])
    values = {
        name: from_json(value) if name in VALUES else value
        for name, value in data.items()
        if name != "kind"
    }
    item: kernel_effects.Input = kind(**values)
    return item


def dump_effect(effect: kernel_effects.Effect) -> list[Any]:
    """The effect as JSON, for people who read the record: its kind and the fields that say something."""
    return [type(effect).__name__, _fields(effect)]


def _fields(effect: kernel_effects.Effect) -> dict[str, Any]:
    return {
        name: _readable(value)
        for name in effect.__dataclass_fields__
        if (value := getattr(effect, name)) not in (None, "", (), {})
    }


def _readable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, kernel_effects.OpenTask):
        return _fields(value)
    if isinstance(value, int | str) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): _readable(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_readable(item) for item in value]
    return to_json(to_feel(value))


def _digest(salt: bytes, body: str) -> bytes:
    return hashlib.sha256(salt + body.encode()).digest()


def _chained(
    previous: bytes, case_id: int, seq: int, at: datetime, kind: str, actor: str, digest: bytes
) -> bytes:
    header = json.dumps([case_id, seq, at.astimezone(UTC).isoformat(), kind, actor])
    return hashlib.sha256(previous + header.encode() + digest).digest()
