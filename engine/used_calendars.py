"""The calendars a procedure uses: that of its own office, and those of other bodies its expressions may name. No database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from engine import safe_yaml
from engine.calendar import Calendar, ExtraDay

USUAL = "tokyo"
# Letters that a version of a calendar (Calendar.version) and an address can hold.
_ID = validate.Regexp(
    r"^[a-z][a-z0-9_-]{0,39}$",
    error="暦の名前は、英小文字で始め、英小文字・数字・_・- で40文字までにしてください。",
)


class RuleSchema(Schema):
    """How a body's days differ by rule. year_end: closed 12-29 to 01-03."""

    class Meta:
        unknown = RAISE

    error_messages = {  # noqa: RUF012 - as marshmallow declares it
        "unknown": "知らない項目です。",
        "type": "{} か {year_end: false} の形で書いてください。",
    }
    year_end = fields.Boolean(load_default=True)


class CalendarsSchema(Schema):
    """What procedure.yaml says about calendars."""

    calendar = fields.String(load_default=USUAL, validate=_ID)
    calendars = fields.Dict(
        keys=fields.String(validate=_ID),
        values=fields.Nested(
            RuleSchema,
            error_messages={"null": "{{}} か {{year_end: false}} の形で書いてください。"},
        ),
        load_default=dict,
    )


class Rule(NamedTuple):
    """A calendar before anybody has edited it."""

    id: str
    year_end: bool


def rules(settings: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Of every calendar the procedure uses, its own first."""
    own = settings["calendar"]
    listed = {own: {"year_end": True}} | settings["calendars"]
    return tuple(Rule(id, rule["year_end"]) for id, rule in listed.items())


def join(rules: tuple[Rule, ...], extra: Mapping[str, tuple[ExtraDay, ...]]) -> Calendar:
    """The first as the office's own, with the others. extra: edited rows by id."""
    own, *others = (Calendar(one.id, extra.get(one.id, ()), one.year_end) for one in rules)
    return Calendar(own.id, own.extra, own.year_end, tuple(others))


def unedited(settings: Mapping[str, Any]) -> Calendar:
    """The procedure's calendar as law and procedure.yaml have it, with the others it uses."""
    return join(rules(settings), {})


def settings_in(files: Mapping[str, str]) -> dict[str, Any]:
    """`calendar` and `calendars` of a folder whose procedure.yaml need not be right; as if left out when they are not."""
    try:
        return dict(
            CalendarsSchema(unknown=EXCLUDE).load(safe_yaml.load(files.get("procedure.yaml", "")))
        )
    except (safe_yaml.Unreadable, ValidationError):
        return dict(CalendarsSchema().load({}))
