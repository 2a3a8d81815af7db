"""Reading what a model gave an operation: the same for a running case and for a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from engine.calendar import jst_date
from engine.errors import TetsuzukiError
from engine.feel.values import FeelDate, FeelDateTime, from_feel

# What each of the engine's own operations takes: (required, optional).
TAKEN: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "letter.issue": (("letter",), ("data",)),
    "message.send": (("name",), ("key", "payload")),
    "notify": (("to", "mail"), ("data",)),
    "number.take": (("sign",), ()),
    "register.apply": (("register", "owner", "entries"), ()),
    "register.close": (("register", "key", "valid_to"), ()),
    "register.find": (("register", "key"), ("on",)),
    "register.list": (("register", "owner"), ("on",)),
    "register.search": (("register", "field", "value"), ("on",)),
    "register.undo": (("register",), ("of",)),
    "register.write": (("register", "key", "data", "valid_from"), ("valid_to", "owner")),
}


class WrongParameters(TetsuzukiError):
    """A model gave an operation something else than it takes; the message names parameter and remedy."""


def text_of(given: Mapping[str, Any], name: str) -> str:
    """The text of that name; raises WrongParameters for anything else."""
    value = given.get(name)
    if isinstance(value, str) and value:
        return value
    raise WrongParameters(
        f"引数「{name}」は文字で渡します。タスクの入力の対応（input）を確かめてください。"
    )


def day_of(given: Mapping[str, Any], name: str, *, default: date | None = None) -> date:
    """The JST day of that name; the default for a null; raises WrongParameters for anything else."""
    value = given.get(name)
    if value is None and default is not None:
        return default
    plain = from_feel(value) if isinstance(value, FeelDate | FeelDateTime) else value
    if isinstance(plain, datetime):
        return jst_date(plain)
    if isinstance(plain, date):
        return plain
    raise WrongParameters(
        f"引数「{name}」は日付で渡します。タスクの入力の対応（input）を確かめてください。"
    )
