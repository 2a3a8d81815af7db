"""The engine's own operations, called from models like an adapter's: registers, numbers, mails, letters.

They run inside the step's transaction, because they write our own rows; `letter.issue` only orders the letter,
its PDF is made by the worker. Parameters and results are FEEL values.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, exc, select

from engine import notifications, numbering, registers
from engine.calendar import jst_date
from engine.errors import NotFound, TetsuzukiError
from engine.feel import Clock
from engine.feel.values import FeelDate, FeelDateTime, from_feel, to_feel, to_json
from engine.naming import text_of
from engine.tables import accounts, cases, letters
from engine.versions import Version
from forms import letters as letter_texts

LETTER = "letter.issue"


class WrongParameters(TetsuzukiError):
    """A model gave an operation something else than it takes; the message names parameter and remedy."""


@dataclass(frozen=True)
class Failed:
    """The operation could not be carried out; becomes an incident of the case. No personal data."""

    code: str
    message: str


@dataclass(frozen=True)
class Context:
    """What an operation may use. key: idempotency key of the call."""

    version: Version
    case_id: int
    token: int
    key: str
    now: datetime
    variables: Mapping[str, Any]

    @property
    def today(self) -> date:
        return jst_date(self.now)


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


def order_letter(db: Connection, context: Context, parameters: Mapping[str, Any]) -> int:
    """Row of the ordered letter, its number taken; the same token again gives the same row and number."""
    known = db.execute(
        select(letters.c.id).where(
            letters.c.case_id == context.case_id, letters.c.token == context.token
        )
    ).scalar()
    if known is not None:
        db.execute(
            letters.update()
            .where(letters.c.id == known, letters.c.status.in_(["failed", "cancelled"]))
            .values(
                status="ordered",
                error=None,
                data=_letter_values(context, parameters.get("data")),
            )
        )
        return int(known)
    return new_letter(
        db,
        context,
        _text(parameters, "letter"),
        data=parameters.get("data"),
        token=context.token,
    )


def new_letter(
    db: Connection, context: Context, name: str, *, data: Any = None, token: int | None = None
) -> int:
    """Row of a letter to be made. data: context of extra values.  Raises NotFound for a letter the procedure lacks."""
    settings = context.version.settings["letters"].get(name)
    if settings is None or name not in context.version.letters:
        raise NotFound(
            f"{context.version.procedure}: letter {name!r} does not exist; add letters/{name}.html and name it in procedure.yaml"
        )
    number = None
    if settings.get("number"):
        sign = settings.get("sign") or context.version.settings["number"]["sign"]
        number = numbering.document_number(db, sign=sign, day=context.today)
    return int(
        db.execute(
            letters.insert()
            .values(
                public_key=secrets.token_urlsafe(18),
                case_id=context.case_id,
                token=token,
                name=name,
                title=settings["title"],
                number=number,
                dated_on=context.today,
                data=_letter_values(context, data),
                status="ordered",
                ordered_at=context.now,
            )
            .returning(letters.c.id)
        ).scalar_one()
    )


def _letter_values(context: Context, data: Any) -> Any:
    """What the letter is made from, fixed when it is ordered: the case as it stands, and the model's own values over it."""
    if data is not None and not isinstance(data, Mapping):
        raise WrongParameters(f"{LETTER}: data must be a context, not {type(data).__name__}")
    return to_json({**context.variables, **(data or {})})


def _find(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    entry = registers.find(
        db, _text(parameters, "register"), _text(parameters, "key"), on=_on(context, parameters)
    )
    if entry is None:
        return {"found": False, "data": None, "valid_from": None}
    return {"found": True, "data": entry.data, "valid_from": entry.valid_from}


def _list(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    found = registers.list_of_owner(
        db, _text(parameters, "register"), _text(parameters, "owner"), on=_on(context, parameters)
    )
    return {"entries": [_entry(entry) for entry in found]}


def _search(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    found = registers.search(
        db,
        _text(parameters, "register"),
        _text(parameters, "field"),
        parameters.get("value"),
        on=_on(context, parameters),
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
        register=_text(parameters, "register"),
        key=_text(parameters, "key"),
        data=data,
        valid_from=_day(parameters, "valid_from"),
        valid_to=_day(parameters, "valid_to") if parameters.get("valid_to") is not None else None,
        owner=_text(parameters, "owner") if parameters.get("owner") is not None else None,
        case_id=context.case_id,
        now=context.now,
    )
    return {}


def _close(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    registers.close(
        db,
        register=_text(parameters, "register"),
        key=_text(parameters, "key"),
        valid_to=_day(parameters, "valid_to"),
        case_id=context.case_id,
        now=context.now,
    )
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
            "action": _text(item, "action"),
            "key": _text(item, "key"),
            "data": item.get("data") or {},
            "valid_from": _day(item, "valid_from"),
        }
        if item.get("valid_to") is not None:
            entry["valid_to"] = _day(item, "valid_to")
        entries.append(entry)
    version = registers.apply(
        db,
        register=_text(parameters, "register"),
        owner=_text(parameters, "owner"),
        entries=entries,
        case_id=context.case_id,
        now=context.now,
    )
    return {"version": version}


def _undo(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    rows = registers.undo(
        db, register=_text(parameters, "register"), case_id=context.case_id, now=context.now
    )
    return {"rows": rows}


def _take_number(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    sign = _text(parameters, "sign")
    return {"number": numbering.document_number(db, sign=sign, day=context.today)}


def _notify(db: Connection, context: Context, parameters: Mapping[str, Any]) -> Any:
    to, mail = _text(parameters, "to"), _text(parameters, "mail")
    if to != "applicant":
        raise WrongParameters(f'notify: to is {to!r}; only "applicant" can be notified')
    send_mail(db, context, mail, data=parameters.get("data"))
    return {}


def send_mail(db: Connection, context: Context, mail: str, *, data: Any = None) -> int | None:
    """Row of the mail to the applicant; None when no address of the applicant is known (filed at the counter)."""
    template = context.version.mails.get(mail)
    if template is None:
        raise NotFound(
            f"{context.version.procedure}: mail {mail!r} does not exist; add letters/{mail}.mail.txt"
        )
    row = db.execute(
        select(cases.c.public_key, cases.c.number, accounts.c.id, accounts.c.email)
        .outerjoin(accounts, accounts.c.id == cases.c.account_id)
        .where(cases.c.id == context.case_id)
    ).one()
    recipient = row.email or _address_of(context)
    if not recipient or not notifications.ADDRESS.fullmatch(recipient):
        return None
    values = {
        "case": {"number": row.number, "public_key": row.public_key},
        "number": row.number,
        "procedure": {
            "name": context.version.name,
            "short_name": context.version.settings["short_name"],
        },
        "office": dict(context.version.settings["office"]),
        "url": f"{notifications.PORTAL}/cases/{row.public_key}",
        **(from_feel(dict(data)) if isinstance(data, Mapping) else {}),
    }
    subject, body = letter_texts.mail(template, values)
    return notifications.order(
        db,
        recipient=recipient,
        subject=subject,
        body=body,
        message_id=re.sub(r"[^A-Za-z0-9._-]", "-", f"{context.key}-{mail}"),
        case_id=context.case_id,
        account_id=row.id,
        now=context.now,
    )


def _address_of(context: Context) -> str | None:
    """The address a guest gave in the filing form, as procedure.yaml says where."""
    source = context.version.settings["filing"].get("email")
    if source is None:
        return None
    return text_of(source, context.variables, clock=Clock(context.now))


def _text(parameters: Mapping[str, Any], name: str) -> str:
    value = parameters.get(name)
    if isinstance(value, str) and value:
        return value
    raise WrongParameters(f"parameter {name!r} must be a text; check the input mapping of the task")


def _day(parameters: Mapping[str, Any], name: str) -> date:
    value = parameters.get(name)
    plain = from_feel(value) if isinstance(value, FeelDate | FeelDateTime) else value
    if isinstance(plain, datetime):
        return jst_date(plain)
    if isinstance(plain, date):
        return plain
    raise WrongParameters(f"parameter {name!r} must be a date; check the input mapping of the task")


def _on(context: Context, parameters: Mapping[str, Any]) -> date:
    return _day(parameters, "on") if parameters.get("on") is not None else context.today


_RUN: dict[str, Run] = {
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
