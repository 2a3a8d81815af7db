"""What a step sends to the applicant: letters it orders, mails it puts in line. Both are made after the commit, by the worker."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from engine import calendars, history, letter_values, mail_texts, notifications, numbering
from engine.calendar import jst_date
from engine.errors import NotFound
from engine.feel import Clock
from engine.feel.values import to_json
from engine.feel_functions import feel_functions
from engine.naming import text_of
from engine.operation_parameters import WrongParameters
from engine.operation_parameters import text_of as text_parameter
from engine.tables import accounts, cases, letters
from engine.versions import Version
from forms.letters import decisions_named

LETTER = "letter.issue"
GUEST_PAGE = "/guest"  # of the portal: case number and address in, a mail link out
RECEIVED = """{name}の{kind}を受け付けました。

受付番号　{number}

いまの状況は、次のページで受付番号とこのメールアドレスを入力すると確かめられます。
{url}

このメールには内容を書いていません。心当たりがないときは、このメールを捨ててください。
{office} 電話 {phone}
"""


@dataclass(frozen=True)
class Context:
    """What an operation may use. key: idempotency key of the call.

    recorded: payloads of the history entries of this step so far, which are not in the table yet.
    """

    version: Version
    case_id: int
    token: int
    key: str
    now: datetime
    variables: Mapping[str, Any]
    recorded: Sequence[Mapping[str, Any]] = ()

    @property
    def today(self) -> date:
        return jst_date(self.now)


def order_letter(db: Connection, context: Context, parameters: Mapping[str, Any]) -> int:
    """Row of the ordered letter, its number taken; the same token again gives the same row and number."""
    name = text_parameter(parameters, "letter")
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
                data=_letter_values(db, context, name, parameters.get("data")),
            )
        )
        return int(known)
    return new_letter(
        db,
        context,
        name,
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
                data=_letter_values(db, context, name, data),
                status="ordered",
                ordered_at=context.now,
            )
            .returning(letters.c.id)
        ).scalar_one()
    )


def _letter_values(db: Connection, context: Context, name: str, data: Any) -> Any:
    """What the letter is made from, fixed when it is ordered: the case as it stands, and the model's own values over it.

    The reasons of decisions its template names come with them: one query more, and none for other letters.
    """
    if data is not None and not isinstance(data, Mapping):
        raise WrongParameters(f"{LETTER}: data must be a context, not {type(data).__name__}")
    found = {**context.variables, **(data or {})}
    reasons = _reasons(db, context, context.version.letters.get(name, ""))
    if reasons is not None:
        found[letter_values.DECISIONS] = reasons
    return to_json(found)


def _reasons(db: Connection, context: Context, template: str) -> dict[str, Any] | None:
    """Those of the decisions that the template names; None for a template that names none, and no query for it."""
    wanted = decisions_named(template)
    return letter_values.reasons(_newest_first(db, context), wanted) if wanted else None


def _newest_first(db: Connection, context: Context) -> Iterator[Mapping[str, Any]]:
    """The payloads of the case that may hold a decision: of this step, then of the steps before."""
    yield from reversed(context.recorded)
    yield from history.decided(db, context.case_id)


def send_mail(db: Connection, context: Context, mail: str, *, data: Any = None) -> int | None:
    """Row of the mail to the applicant; None when no address of the applicant is known (filed at the counter)."""
    template = context.version.mails.get(mail)
    if template is None:
        raise NotFound(
            f"{context.version.procedure}: mail {mail!r} does not exist; add letters/{mail}.mail.txt"
        )
    row = db.execute(
        select(cases.c.public_key, cases.c.number, cases.c.channel, accounts.c.id, accounts.c.email)
        .outerjoin(accounts, accounts.c.id == cases.c.account_id)
        .where(cases.c.id == context.case_id)
    ).one()
    recipient = row.email or address_of(db, context.version, context.variables, context.now)
    if not recipient or not notifications.ADDRESS.fullmatch(recipient):
        return None
    # A guest has no page to sign in to: number and address lead to the case.
    page = GUEST_PAGE if row.channel == "guest" else f"/cases/{row.public_key}"
    subject, body = mail_texts.written(
        template,
        context.version.settings,
        number=row.number,
        public_key=row.public_key,
        url=f"{notifications.PORTAL}{page}",
        data=data,
        reasons=_reasons(db, context, template),
    )
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


def tell_guest(db: Connection, context: Context, number: str) -> int | None:
    """Row of the mail with the case number, without which a guest could not come back; None without an address."""
    recipient = address_of(db, context.version, context.variables, context.now)
    if not recipient or not notifications.ADDRESS.fullmatch(recipient):
        return None
    settings = context.version.settings
    office = settings["office"]
    return notifications.order(
        db,
        recipient=recipient,
        subject=f"【{office['name']}】受け付けました（受付番号 {number}）",
        body=RECEIVED.format(
            kind=settings["kind"],
            name=settings["short_name"],
            number=number,
            url=f"{notifications.PORTAL}{GUEST_PAGE}",
            office=f"{office['bureau']}{office['name']}",
            phone=office["phone"],
        ),
        message_id=re.sub(r"[^A-Za-z0-9._-]", "-", context.key),
        case_id=context.case_id,
        now=context.now,
    )


def address_of(
    db: Connection, version: Version, variables: Mapping[str, Any], now: datetime
) -> str | None:
    """The address a guest gave in the filing form, as procedure.yaml says where."""
    source = version.settings["filing"].get("email")
    if source is None:
        return None
    functions = feel_functions(calendars.load(db, version.settings))
    return text_of(source, variables, clock=Clock(now), functions=functions)
