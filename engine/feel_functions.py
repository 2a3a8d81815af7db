"""The functions of ours that FEEL expressions may call: open days, periods, eras, codes, search keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from engine.calendar import (
    ROLLS,
    UNITS,
    Calendar,
    CalendarProblem,
    age,
    age_at_end_of,
    both_dates,
    deadline,
    due,
    era_date,
    fiscal_year,
    jst_date,
    past_all_years,
    reason,
)
from engine.feel import FeelProblem, Function
from engine.feel.callables import Signature
from engine.feel.types import INTEGER, Type, context_type, word
from engine.feel.values import FeelDate, FeelDateTime, from_feel, to_feel
from engine.text import (
    CodeProblem,
    address_key,
    half_width,
    is_valid,
    read_corporate_number,
    read_permit_number,
    read_plate,
    similarity,
    text_key,
)

CALENDAR = "calendar"
# Wider counts are mistakes, and counting day by day would hold up the step.
MOST_DAYS = 4000
_DATE, _NUMBER, _TEXT, _TRUTH = (Type(kind) for kind in ("date", "number", "string", "boolean"))
# A date is taken wherever a date and time is.
_DAY = Type("date and time")


def _only(kind: str, words: str, allowed: Callable[[Any], bool]) -> Type:
    return Type(kind, allowed=allowed, constraints=(words,))


_STEPS = _only("number", f"{MOST_DAYS}までの整数", lambda n: _is_countable(n))
_LENGTH = _only("number", f"1から{MOST_DAYS}までの整数", lambda n: n >= 1 and _is_countable(n))
_UNIT = _only("string", "日・週・月・年・開庁日", UNITS.__contains__)
_ROLL = _only("string", "・".join(ROLLS), ROLLS.__contains__)
_RECKONING = context_type(
    {"due_on": _DATE, "counted_to": _DATE, "rule": _TEXT, "calendar": _TEXT, "reason": _TEXT}
)
# What counts on an office's calendar (the procedure's own, or the one the last argument names): parameters, result.
_BY_CALENDAR: dict[str, tuple[dict[str, Type], Type]] = {
    "workdays": ({"date": _DAY, "n": _STEPS}, _DATE),
    "add period": ({"date": _DAY, "n": _LENGTH, "unit": _UNIT}, _DATE),
    "reckon period": (
        {"date": _DAY, "n": _LENGTH, "unit": _UNIT, "include first": _TRUTH, "roll": _ROLL},
        _RECKONING,
    ),
    "is open day": ({"date": _DAY}, _TRUTH),
    "next open day": ({"date": _DAY}, _DATE),
    "previous open day": ({"date": _DAY}, _DATE),
    "open days between": ({"from": _DAY, "to": _DAY}, INTEGER),
}
_OTHERS: dict[str, tuple[dict[str, Type], Type]] = {
    "era date": ({"date": _DAY}, _TEXT),
    "full date": ({"date": _DAY}, _TEXT),
    "fiscal year": ({"date": _DAY}, INTEGER),
    "age": ({"birth": _DAY, "on": _DAY}, INTEGER),
    "age at end of day": ({"birth": _DAY, "on": _DAY}, INTEGER),
    "corporate number valid": ({"text": _TEXT}, _TRUTH),
    "permit number valid": ({"text": _TEXT}, _TRUTH),
    "plate valid": ({"text": _TEXT}, _TRUTH),
    "plate use": ({"text": _TEXT}, _TEXT),
    "text key": ({"text": _TEXT}, _TEXT),
    "address key": ({"text": _TEXT}, _TEXT),
    "half width": ({"text": _TEXT}, _TEXT),
    "similarity": ({"a": _TEXT, "b": _TEXT}, _NUMBER),
}
SIGNATURES: dict[str, Signature] = {
    **{
        name: Signature((*needed, CALENDAR), True, (*needed.values(), _TEXT), result)
        for name, (needed, result) in _BY_CALENDAR.items()
    },
    **{
        name: Signature(tuple(needed), types=tuple(needed.values()), result=result)
        for name, (needed, result) in _OTHERS.items()
    },
}
NAMES: tuple[str, ...] = tuple(SIGNATURES)


@lru_cache(maxsize=50)  # every step asks for them
def feel_functions(calendar: Calendar) -> dict[str, Function]:
    """Every function of ours by its name, bound to one office's calendar and the others it may name.

    A wrong argument (null, another type, a year whose holidays are unknown) raises FeelProblem, which evaluation
    turns into null with a diagnostic.
    """
    known = {one.id: one for one in (calendar, *calendar.others)}

    def at(named: tuple[Any, ...]) -> Calendar:
        return _named(known, named[0]) if named else calendar

    calls: dict[str, Callable[..., Any]] = {
        # 開庁日: the n-th open day after the date, which is not counted.
        "workdays": lambda day, n, *named: at(named).add_open_days(day_of(day), _count(n)),
        # 民法140条-143条 with 地方自治法4条の2第4項: the last day of the period, on an open day.
        "add period": lambda day, n, unit, *named: due(
            day_of(day), _count(n), _text(unit), calendar=at(named)
        ),
        # The same with its reckoning, for laws that count in other ways.
        "reckon period": lambda day, n, unit, include_first, roll, *named: _reckoned(
            at(named), day, n, unit, include_first, roll
        ),
        "is open day": lambda day, *named: at(named).is_open(day_of(day)),
        "next open day": lambda day, *named: at(named).next_open(day_of(day)),
        "previous open day": lambda day, *named: at(named).previous_open(day_of(day)),
        "open days between": lambda first, last, *named: _between(
            at(named), day_of(first), day_of(last)
        ),
        "era date": lambda day: era_date(day_of(day)),
        "full date": lambda day: both_dates(day_of(day)),
        "fiscal year": lambda day: fiscal_year(day_of(day)),
        "age": lambda birth, on: age(day_of(birth), day_of(on)),
        "age at end of day": lambda birth, on: age_at_end_of(day_of(birth), day_of(on)),
        "corporate number valid": lambda text: is_valid(read_corporate_number, _text(text)),
        "permit number valid": lambda text: is_valid(read_permit_number, _text(text)),
        "plate valid": lambda text: is_valid(read_plate, _text(text)),
        "plate use": lambda text: read_plate(_text(text)).use,
        "text key": lambda text: text_key(_text(text)),
        "address key": lambda text: address_key(_text(text)),
        "half width": lambda text: half_width(_text(text)),
        # Four places, so that 0.9 in a decision table means 0.9.
        "similarity": lambda a, b: Decimal(str(round(similarity(_text(a), _text(b)), 4))),
    }
    return {
        name: Function(name, one.parameters, _guarded(calls[name]), one.is_last_optional)
        for name, one in SIGNATURES.items()
    }


def _named(known: Mapping[str, Calendar], id: Any) -> Calendar:
    """The calendar of that id; raises FeelProblem when the procedure has none. The id may be data: it is not told."""
    found = known.get(_text(id))
    if found is None:
        raise FeelProblem(
            "その名前の開庁日の暦を、この手続は使っていません。",
            f"{'、'.join(known)} のどれかにするか、procedure.yaml の calendars に加えてください。",
        )
    return found


def _guarded(call: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(*arguments: Any) -> Any:
        try:
            return to_feel(call(*arguments))
        except (CalendarProblem, CodeProblem) as problem:
            what, _, how = str(problem).partition("。")
            raise FeelProblem(f"{what}。", how) from None

    return guarded


def _reckoned(
    calendar: Calendar, day: Any, n: Any, unit: Any, include_first: Any, roll: Any
) -> dict[str, Any]:
    """The last day of a period, and what a case keeps to explain it and to reckon it again."""
    if type(include_first) is not bool:
        raise _wrong("真偽", include_first, "true か false を")
    found = deadline(
        day_of(day),
        _count(n),
        _text(unit),
        calendar=calendar,
        include_first=include_first,
        roll=_text(roll),
    )
    return {
        "due_on": found.day,
        "counted_to": found.raw,
        "rule": found.rule,
        "calendar": found.calendar_version,
        "reason": reason(found),
    }


def _between(calendar: Calendar, first: date, last: date) -> int:
    if abs((last - first).days) > MOST_DAYS:
        raise FeelProblem(
            f"{MOST_DAYS}日を超える期間の開庁日は数えられません。", "二つの日付を確かめてください。"
        )
    return calendar.open_days_between(first, last)


def day_of(value: Any) -> date:
    """The JST day of a FEEL date or date and time; raises FeelProblem for anything else."""
    if isinstance(value, FeelDate | FeelDateTime):
        plain = from_feel(value)
        if isinstance(plain, datetime):
            return jst_date(plain)
        if isinstance(plain, date):
            return plain
        raise past_all_years()
    raise _wrong("日付", value, "date(…) で日付にして")


def _count(value: Any) -> int:
    if not isinstance(value, Decimal):
        raise _wrong("整数", value, "number(…) で数にして")
    if not _is_countable(value):
        raise FeelProblem(
            f"数が、{MOST_DAYS}までの整数ではありません。",
            "数を確かめるか、floor(…) で整数にしてください。",
        )
    return int(value)


def _is_countable(number: Decimal) -> bool:
    return number == number.to_integral_value() and abs(number) <= MOST_DAYS


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _wrong("文字列", value, "string(…) で文字列にして")


def _wrong(wanted: str, value: Any, way: str) -> FeelProblem:
    """An argument of another kind; never the value itself: diagnostics hold no personal data."""
    if value is None:
        empty = "空になることがある項目なら、「if 項目 = null then … else …」でそのときの結果を決めてください。"
        return FeelProblem(f"{wanted}が必要ですが、値が入っていません。", empty)
    return FeelProblem(
        f"{wanted}が必要ですが、{word(value)}が渡されました。", f"{way}渡してください。"
    )
