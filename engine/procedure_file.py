"""procedure.yaml: what it may say, checked with marshmallow; every mistake comes back as a Problem with its remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import INCLUDE, RAISE, Schema, ValidationError, fields, validate

from engine import safe_yaml, setting_faults
from engine.errors import Problem
from engine.used_calendars import CalendarsSchema

FILE = "procedure.yaml"
# Where a retention is counted from when procedure.yaml says nothing else: the end of the case.
COMPLETION = "completion"
# A change of a register by another case is a message of this name and the register's, its key the entry's.
REGISTER_CHANGED = "register."
# Stands in the texts of a new procedure (web/new_procedure) until somebody writes the real ones.
PLACEHOLDER = "○○"
_required: dict[str, Any] = {"required": "この項目がありません。", "null": "空にはできません。"}


def _text(*, required: bool = True, **options: Any) -> fields.String:
    return fields.String(required=required, error_messages=_required, **options)


class _Strict(Schema):
    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "知らない項目です。"}  # noqa: RUF012 - as marshmallow declares it


class LawSchema(_Strict):
    law = _text()
    article = _text()
    valid_from = fields.Date()
    text = _text(required=False)
    link = _text(required=False)


class OfficeSchema(_Strict):
    bureau = _text()
    section = _text()
    name = _text()
    sender = _text()
    phone = _text()
    email = _text()
    hours = _text()


class PeriodSchema(_Strict):
    days = fields.Integer(required=True, validate=validate.Range(min=1))
    unit = _text(validate=validate.OneOf(["open_days", "days"]))
    stops = fields.List(fields.String())
    text = _text(required=False)


class RetentionSchema(_Strict):
    years = fields.Integer(required=True, validate=validate.Range(min=1))
    counted_from = fields.String(
        data_key="from",
        load_default=COMPLETION,
        validate=validate.Regexp(
            f"{COMPLETION}$|=", error=f"{COMPLETION} か、日付になる式（=…）を書いてください。"
        ),
    )
    rule = _text(required=False)


class BindingSchema(_Strict):
    register = _text()
    field = _text()


class FilingSchema(_Strict):
    by = fields.List(
        fields.String(validate=validate.OneOf(["account", "guest", "counter"])),
        required=True,
    )
    form = _text(required=False)
    title = _text()
    applicant = _text()
    email = _text(required=False)
    binding = fields.Nested(BindingSchema)
    caution = _text(required=False)


class LaneSchema(_Strict):
    audience = fields.String(validate=validate.OneOf(["applicant", "staff", "system"]))
    post = fields.String()


class RegisterSchema(Schema):
    class Meta:
        unknown = INCLUDE

    title = _text()
    owner = _text(required=False)


class SearchSchema(_Strict):
    field = _text()
    kind = _text(validate=validate.OneOf(["name", "text", "code", "date", "number"]))
    kana = _text(required=False)
    label = _text(required=False)


class FactSchema(_Strict):
    label = _text()
    value = _text()


class LetterSchema(_Strict):
    title = _text()
    number = fields.Boolean(load_default=False)
    sign = _text(required=False)
    disposition = fields.Boolean(load_default=False)


class DraftsSchema(_Strict):
    remind_after_days = fields.Integer(load_default=14)
    delete_after_days = fields.Integer(load_default=30)


class NumberSchema(_Strict):
    prefix = _text()
    sign = _text()


class WithdrawalSchema(_Strict):
    message = _text()
    label = _text()


class CorrectingSchema(_Strict):
    label = _text()
    ends = fields.List(fields.String(), required=True, validate=validate.Length(min=1))


class CallableSchema(_Strict):
    takes = fields.List(
        fields.String(
            validate=[
                validate.Regexp(r"^[^\W\d]\w*$", error="変数の名前を書いてください。"),
                validate.NoneOf(["case", "corrects", "parameters"], error="この名前は使えません。"),
            ]
        ),
        load_default=list,
    )


class EndSchema(_Strict):
    kind = fields.String(
        load_default="done", validate=validate.OneOf(["done", "returned", "withdrawn"])
    )
    chip = fields.String(load_default="終了")
    headline = _text()
    next = fields.List(fields.String(), load_default=list)
    letter = fields.String()


class ProcedureSchema(_Strict, CalendarsSchema):
    id = _text(
        validate=validate.Regexp(
            r"^[a-z][a-z0-9_]*$", error="英小文字で始まり、英小文字・数字・_ だけの名前にします。"
        )
    )
    name = _text()
    short_name = _text()
    kind = _text(validate=validate.OneOf(["申請", "届出", "職権"]))
    category = _text(required=False)
    summary = _text()
    who = _text()
    keywords = fields.List(_text(required=False), load_default=list)
    needed = fields.List(fields.String(), load_default=list)
    steps = fields.List(fields.String(), load_default=list)
    fee = _text(required=False)
    office = fields.Nested(OfficeSchema, required=True)
    laws = fields.List(fields.Nested(LawSchema), load_default=list)
    valid_from = fields.Date()
    standard_period = fields.Nested(PeriodSchema)
    retention = fields.Nested(RetentionSchema, required=True)
    zone = fields.String(
        load_default="internet", validate=validate.OneOf(["internet", "lgwan", "my-number"])
    )
    filing = fields.Nested(FilingSchema, required=True)
    prefill = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    drafts = fields.Nested(DraftsSchema)
    number = fields.Nested(NumberSchema, required=True)
    lanes = fields.Dict(keys=fields.String(), values=fields.Nested(LaneSchema), required=True)
    operations = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    registers = fields.Dict(
        keys=fields.String(), values=fields.Nested(RegisterSchema), load_default=dict
    )
    search = fields.List(fields.Nested(SearchSchema), load_default=list)
    facts = fields.List(fields.Nested(FactSchema), load_default=list)
    personal_data = fields.Dict(load_default=dict)
    letters = fields.Dict(
        keys=fields.String(), values=fields.Nested(LetterSchema), load_default=dict
    )
    withdrawal = fields.Nested(WithdrawalSchema)
    correcting = fields.Nested(CorrectingSchema)
    callable = fields.Nested(CallableSchema, error_messages=_required)
    stages = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    finished = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    ends = fields.Dict(keys=fields.String(), values=fields.Nested(EndSchema), load_default=dict)
    words = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    findings = _text(required=False)
    feedback = fields.Boolean(load_default=True)


def read(text: str) -> tuple[dict[str, Any], list[Problem]]:
    """The settings and the problems; the settings are usable only when there is no problem."""
    try:
        raw = safe_yaml.load(text)
    except safe_yaml.Unreadable as error:
        return {}, error.problems(FILE)
    if not isinstance(raw, dict):
        return {}, [
            Problem(FILE, "項目の一覧になっていません。", "「項目名: 値」の形で書いてください。")
        ]
    try:
        return dict(ProcedureSchema().load(raw)), []
    except ValidationError as error:
        return {}, list(
            setting_faults.problems(error.messages_dict, ProcedureSchema(), raw, file=FILE)
        )


@dataclass(frozen=True)
class Written:
    """An expression of procedure.yaml.  element: where it stands.  is_of_case: it reads the variables of a case."""

    element: str
    source: str
    is_of_case: bool = True


def expressions(settings: Mapping[str, Any]) -> Iterator[Written]:
    """Every expression of the settings. What the others read: `prefill` the registers, `ends` the values of a letter."""
    for key in ("title", "applicant", "email"):
        if source := settings["filing"].get(key):
            yield Written(f"filing.{key}", source)
    if (counted_from := settings["retention"]["counted_from"]) != COMPLETION:
        yield Written("retention.from", counted_from)
    for fact in settings["facts"]:
        yield Written(f"facts.{fact['label']}", fact["value"])
    for name, source in settings["prefill"].items():
        yield Written(f"prefill.{name}", source, is_of_case=False)
    for node, end in settings["ends"].items():
        for text in end["next"]:
            if text.startswith("="):
                yield Written(f"ends.{node}.next", text, is_of_case=False)


def filer(settings: Mapping[str, Any]) -> str:
    """「届出者」 of a notice, 「申請者」 of everything else."""
    return "届出者" if settings["kind"] == "届出" else "申請者"


def placeholders(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """A problem for every text that is still the one of a new procedure: citizens would read it."""
    for at, text in _texts(settings):
        if PLACEHOLDER in text:
            yield Problem(
                FILE,
                f"{at} がひな型のまま（{text}）です。",
                f"「{PLACEHOLDER}」を実際の文言に直してください。公開すると{filer(settings)}や職員が読みます。",
                element=at,
            )


def _texts(settings: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every text with its place."""
    if isinstance(settings, Mapping):
        for name, value in settings.items():
            yield from _texts(value, f"{at}.{name}" if at else str(name))
    elif isinstance(settings, list):
        for value in settings:
            yield from _texts(value, at)
    elif isinstance(settings, str):
        yield at, settings
