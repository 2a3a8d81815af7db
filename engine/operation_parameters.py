"""Reading what a model gave an operation: the same for a running case and for a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from engine.calendar import jst_date
from engine.errors import TetsuzukiError
from engine.feel.values import FeelDate, FeelDateTime, from_feel


class WrongParameters(TetsuzukiError):
    """A model gave an operation something else than it takes; the message names parameter and remedy."""


def text_of(given: Mapping[str, Any], name: str) -> str:
    """The text of that name; raises WrongParameters for anything else."""
    value = given.get(name)
    if isinstance(value, str) and value:
        return value
    raise WrongParameters(f"parameter {name!r} must be a text; check the input mapping of the task")


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
    raise WrongParameters(f"parameter {name!r} must be a date; check the input mapping of the task")
