"""Gapless numbers: case numbers (R8-000417) and document numbers (6環産収第123号), one counter per sign and fiscal year.

A number is taken inside the transaction that uses it: rolled back with it, so no number is lost, and the counter's row
stays locked until then. A cancelled document keeps its number and its reason (欠番) in the letters table.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as upsert

from engine.calendar import ERAS, era_of, fiscal_year
from engine.tables import counters


def case_number(db: Connection, *, day: date, prefix: str = "R") -> str:
    """The next case number: era letter and year of the fiscal year, six digits. day: JST day of arrival.

    prefix: "R" stands for the era letter of the day; anything else is put in front of it (SK-R8-000417). Procedures
    with the same prefix share a counter, so that a number names one case of the whole office.
    """
    era, year = fiscal_era(day)
    plain = prefix in {known.code for known in ERAS}
    front = f"{era}{year}" if plain else f"{prefix}-{era}{year}"
    name = "case" if plain else f"case:{prefix}"
    return f"{front}-{take(db, sign=name, day=day):06d}"


def document_number(db: Connection, *, sign: str, day: date) -> str:
    """The next document number of the sign (文書記号), e.g. 6環産収第123号 for 環産収. day: JST day it is ordered.

    Source: conventions of Japanese offices: era year without letter, sign, 第, serial, 号; one counter per fiscal year.
    """
    _, year = fiscal_era(day)
    return f"{year}{sign}第{take(db, sign=f'letter:{sign}', day=day)}号"


def take(db: Connection, *, sign: str, day: date) -> int:
    """The next number of the counter in the fiscal year of the day; 1 is the first."""
    return int(
        db.execute(
            upsert(counters)
            .values(sign=sign, year=fiscal_year(day), last=1)
            .on_conflict_do_update(
                index_elements=["sign", "year"], set_={"last": counters.c.last + 1}
            )
            .returning(counters.c.last)
        ).scalar_one()
    )


def fiscal_era(day: date) -> tuple[str, int]:
    """Code of the era and its year for the fiscal year of the day: 2027-03-31 is (R, 8), all of 2019年度 is (R, 1)."""
    year = fiscal_year(day)
    era, _ = era_of(date(year + 1, 3, 31))
    if era.first.year > year:  # the era changed in the last quarter: the year keeps its first name
        era, _ = era_of(date(year, 4, 1))
    return era.code, year - era.first.year + 1
