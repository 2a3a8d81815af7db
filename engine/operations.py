"""The engine's own operations, called from models like an adapter's: registers, numbers, mails, letters.

They run inside the step's transaction, because they write our own rows; `letter.issue` only orders the letter,
its PDF is made by the worker. Parameters and results are FEEL values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, exc, select

from engine import inbox, numbering, registers, strict_messages
from engine.bpmn.model import SEND_STRICTLY
from engine.correspondence import (
    LETTER,
    Context,
    new_letter,
    order_letter,
    send_mail,
)
from engine.errors import TetsuzukiError
from engine.feel.values import to_feel
from engine.operation_parameters import WrongParameters, day_of, text_of
from engine.procedure_file import REGISTER_CHANGED
from engine.tables import cases


@dataclass(frozen=True)
class Failed:
    """The operation could not be carried out; becomes an incident of the case. No personal data."""

    code: str
    message: str


__all__ = [
    "LETTER",
    "Context",
    "Failed",
    "WrongParameters",
    "new_letter",
    "order_letter",
    "send_mail",
]

Run = Callable[[Connection, Context, Mapping[str, Any]], Any]


def is_internal(operation: str) -> bool:
    """Whether the operation is carried out inside the step."""
    return operation in _RUN


def names() -> list[str]:
    """Every operation a model may name without an adapter."""
    return [*sorted(_RUN), LETTER]


def perform(
    db: Connection, context: Context, operation: str, parameters: Mapping[str, Any]
) -> Any | Failed:
    """The result as a FEEL value. What fails leaves nothing behind and comes back as Failed."""
    try:
        with db.begin_nested():
            return to_feel(_RUN[operation](db, context, parameters))
    except TetsuzukiError as error:
        return Failed(type(error).__name__, str(error))
    except exc.DataError as error:
        return Failed(
            "DataError",
            f"the database refuses the values ({type(error.orig).__name__})",
        )


def _find(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    entry = registers.find(
        db,
        text_of(parameters, "register"),
        text_of(parameters, "key"),
        on=day_of(parameters, "on", default=context.today),
    )
    if entry is None:
        return {"found": False, "data": None, "valid_from": None}
    return {"found": True, "data": entry.data, "valid_from": entry.valid_from}


def _list(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    found = registers.list_of_owner(
        db,
        text_of(parameters, "register"),
        text_of(parameters, "owner"),
        on=day_of(parameters, "on", default=context.today),
    )
    return {"entries": [_entry(entry) for entry in found]}


def _search(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    found = registers.search(
        db,
        text_of(parameters, "register"),
        text_of(parameters, "field"),
        parameters.get("value"),
        on=day_of(parameters, "on", default=context.today),
    )
    return {"entries": [_entry(entry) for entry in found]}


def _entry(entry: registers.Entry) -> dict[str, Any]:
    return {"key": entry.key, "data": entry.data, "valid_from": entry.valid_from}


def _write(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    data = parameters.get("data")
    if not isinstance(data, Mapping):
        raise WrongParameters("register.write: data must be a context; give the entry's fields")
    registers.write(
        db,
        register=text_of(parameters, "register"),
        key=text_of(parameters, "key"),
        data=data,
        valid_from=day_of(parameters, "valid_from"),
        valid_to=day_of(parameters, "valid_to") if parameters.get("valid_to") is not None else None,
        owner=text_of(parameters, "owner") if parameters.get("owner") is not None else None,
        case_id=context.case_id,
        now=context.now,
    )
    _announce(db, context, parameters["register"], [parameters["key"]])
    return {}


def _close(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    registers.close(
        db,
        register=text_of(parameters, "register"),
        key=text_of(parameters, "key"),
        valid_to=day_of(parameters, "valid_to"),
        case_id=context.case_id,
        now=context.now,
    )
    _announce(db, context, parameters["register"], [parameters["key"]])
    return {}


def _apply(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    wanted = parameters.get("entries")
    if not isinstance(wanted, list):
        raise WrongParameters("register.apply: entries must be a list")
    entries = []
    for item in wanted:
        if not isinstance(item, Mapping):
            raise WrongParameters("register.apply: every entry must be a context")
        entry = {
            "action": text_of(item, "action"),
            "key": text_of(item, "key"),
            "data": item.get("data") or {},
            "valid_from": day_of(item, "valid_from"),
        }
        if item.get("valid_to") is not None:
            entry["valid_to"] = day_of(item, "valid_to")
        entries.append(entry)
    version = registers.apply(
        db,
        register=text_of(parameters, "register"),
        owner=text_of(parameters, "owner"),
        entries=entries,
        case_id=context.case_id,
        now=context.now,
    )
    _announce(db, context, parameters["register"], [str(entry["key"]) for entry in entries])
    return {"version": version}


def _undo(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    of = parameters.get("of")
    if of not in (None, "corrected"):
        raise WrongParameters(f'register.undo: of is {of!r}; give "corrected" or leave it out')
    undone = context.case_id
    if of is not None:
        corrects = db.execute(
            select(cases.c.corrects_id).where(cases.c.id == context.case_id)
        ).scalar_one()
        if corrects is None:
            raise WrongParameters("register.undo: this case corrects no other; test `corrects`")
        undone = corrects
    rows = registers.undo(
        db,
        register=text_of(parameters, "register"),
        case_id=undone,
        now=context.now,
    )
    return {"rows": rows}


def _announce(db: Connection, context: Context, register: str, keys: list[str]) -> None:
    """Other cases that listen for a change of these entries are told of it."""
    for key in dict.fromkeys(keys):
        inbox.announce(
            db,
            name=REGISTER_CHANGED + register,
            key=key,
            payload={"key": key},
            message_id=f"{context.key}-{register}-{key}",
            but=context.case_id,
            now=context.now,
        )


def _take_number(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    sign = text_of(parameters, "sign")
    return {"number": numbering.document_number(db, sign=sign, day=context.today)}


def _notify(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    to, mail = text_of(parameters, "to"), text_of(parameters, "mail")
    if to != "applicant":
        raise WrongParameters(f'notify: to is {to!r}; only "applicant" can be notified')
    send_mail(db, context, mail, data=parameters.get("data"))
    return {}


def _send(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    """The message is the one taker's; raises MessageRefused. Nothing is a result of it."""
    key = parameters.get("key")
    strict_messages.put(
        db,
        name=text_of(parameters, "name"),
        key=None if key is None else text_of(parameters, "key"),
        payload=parameters.get("payload"),
        message_id=context.key,
        now=context.now,
        own=_own_waits(context),
    )


def _own_waits(context: Context) -> strict_messages.Own:
    """What the step so far has made of the case's waits."""
    opened: dict[int, tuple[str, str | None]] = {}
    changed = set()
    for recorded in context.recorded:
        for kind, said in recorded["effects"]:
            if kind == "Subscribe" and said["kind"] == "message":
                opened[said["token"]] = (said["name"], said.get("key"))
            elif kind == "Unsubscribe":
                opened.pop(said["token"], None)
            else:
                continue
            changed.add(said["token"])
    return strict_messages.Own(context.case_id, frozenset(opened.values()), frozenset(changed))


_RUN: dict[str, Run] = {
    SEND_STRICTLY: _send,
    "register.find": _find,
    "register.list": _list,
    "register.search": _search,
    "register.write": _write,
    "register.close": _close,
    "register.apply": _apply,
    "register.undo": _undo,
    "number.take": _take_number,
    "notify": _notify,
}
# What people read instead of the names.
TITLES = {
    LETTER: "通知書を出す",
    SEND_STRICTLY: "待っている案件を確かめて連絡を送る",
    "notify": "申請者にメールで知らせる",
    "number.take": "番号を取る",
    "register.apply": "台帳をまとめて書き換える",
    "register.close": "台帳の登録を終わらせる",
    "register.find": "台帳を引く",
    "register.list": "台帳の登録を並べる",
    "register.search": "台帳を項目で探す",
    "register.undo": "台帳をこの案件の前に戻す",
    "register.write": "台帳に書く",
}
