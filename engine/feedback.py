"""Ratings of applicants after filing and after the end; analysts read them per procedure. Never tied to a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from engine.errors import TetsuzukiError
from engine.tables import feedback

MOMENTS = ("filed", "ended")
LONGEST_COMMENT = 1000


@dataclass(frozen=True)
class Feedback:
    moment: str
    rating: int
    comment: str
    given_at: datetime


@dataclass(frozen=True)
class Summary:
    """count and average of all ratings (average None without any); by_rating: 1..5 -> count."""

    count: int
    average: float | None
    by_rating: dict[int, int]


def give(
    db: Connection,
    *,
    case_id: int,
    procedure: str,
    moment: str,
    rating: int,
    comment: str,
    now: datetime,
) -> None:
    """The rating of the case at this moment is recorded; a second one replaces the first.

    rating: 1 (bad) to 5 (good).  comment: cut to 1,000 characters.  Raises TetsuzukiError for other values.
    """
    if moment not in MOMENTS or rating not in range(1, 6):
        raise TetsuzukiError(
            f"feedback {moment!r} {rating!r}: give filed or ended, and a rating of 1 to 5"
        )
    values = {"rating": rating, "comment": comment.strip()[:LONGEST_COMMENT], "given_at": now}
    db.execute(
        upsert(feedback)
        .values(case_id=case_id, procedure=procedure, moment=moment, **values)
        .on_conflict_do_update(index_elements=["case_id", "moment"], set_=values)
    )


def find(db: Connection, case_id: int, moment: str) -> Feedback | None:
    """What was given for the case at this moment."""
    row = db.execute(
        select(feedback.c.moment, feedback.c.rating, feedback.c.comment, feedback.c.given_at).where(
            feedback.c.case_id == case_id, feedback.c.moment == moment
        )
    ).one_or_none()
    return None if row is None else Feedback(*row)


def summary(db: Connection, procedure: str) -> Summary:
    """Counts per rating of one procedure."""
    rows = db.execute(
        select(feedback.c.rating, func.count())
        .where(feedback.c.procedure == procedure)
        .group_by(feedback.c.rating)
    )
    by_rating = dict.fromkeys(range(1, 6), 0) | {rating: count for rating, count in rows}
    count = sum(by_rating.values())
    average = sum(r * n for r, n in by_rating.items()) / count if count else None
    return Summary(count, average, by_rating)


def latest(db: Connection, procedure: str, *, limit: int = 50) -> list[Feedback]:
    """The newest entries of one procedure, without case or name."""
    rows = db.execute(
        select(feedback.c.moment, feedback.c.rating, feedback.c.comment, feedback.c.given_at)
        .where(feedback.c.procedure == procedure)
        .order_by(feedback.c.given_at.desc())
        .limit(limit)
    )
    return [Feedback(*row) for row in rows]
