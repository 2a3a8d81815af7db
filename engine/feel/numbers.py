"""FEEL numbers: decimals of 34 digits, rounded half to even."""

from __future__ import annotations

import decimal
import re
from decimal import Decimal

CONTEXT = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
TEXT = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
STORED = re.compile(r"-?[0-9]{1,7000}(?:\.[0-9]{1,7000})?(?:[eE][+-]?[0-9]{1,6})?\Z")


def parse(text: str) -> Decimal | None:
    """The number a text writes (ASCII digits, point, exponent), None when it is none or too large."""
    if not TEXT.match(text) or len(text) > 10_000:
        return None
    try:
        return CONTEXT.plus(Decimal(text))
    except (decimal.DecimalException, ValueError):
        return None


def rounded(number: Decimal) -> Decimal | None:
    """The number in 34 digits, None when it is out of range."""
    try:
        return CONTEXT.plus(number)
    except decimal.DecimalException:
        return None


def text(number: Decimal) -> str:
    """The number without an exponent, as string() shows it; very large or small ones keep the exponent."""
    if number.is_zero():
        exponent = number.as_tuple().exponent
        places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        return "0." + "0" * places if 0 < places <= 40 else "0"
    if -60 <= number.adjusted() <= 60:
        return format(number, "f")
    return str(number)


def to_int(number: Decimal) -> int | None:
    """The integer this number is, None when it has a fraction or is absurdly large."""
    if number.adjusted() > 40:
        return None
    integral = int(number)
    return integral if integral == number else None


def stored(text: str) -> Decimal | None:
    """The number str() wrote, with all its digits; None when it is none."""
    return Decimal(text) if STORED.match(text) else None
