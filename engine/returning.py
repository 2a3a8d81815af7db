"""To whom work goes that comes back after a correction or a send-back: to the person who had it before.

The same node of the same case was open before, and it is clear that it was this run of it: then its last holder gets it
again, if they are still in the post. Whatever is not clear waits for the section, as work that is new.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Text,
    any_,
    bindparam,
    exists,
    literal,
    or_,
    select,
)

from engine import organisation
from engine.calendar import jst_date
from engine.kernel import effects as fx
from engine.tables import KEY, accounts, tasks


def noted(effect: fx.OpenTask) -> dict[str, Any]:
    """What the data of a task keeps, so that its run is known again. See effects.OpenTask."""
    return {"run": effect.run, "item": effect.item}


def asked(effect: fx.OpenTask, now: datetime) -> dict[str, Any]:
    """The values `former_holder` is asked with, beside the columns of the task that opens."""
    return noted(effect) | {"on": jst_date(now)}


def former_holder() -> ColumnElement[int]:
    """Id of the person who last had the task that opens now; null when nobody had, who had may not do it any more, or
    it is not clear which of several tasks of the node it is.

    Not clear are two of them that were open at the same time, and elements that stood at several places of their list.
    """
    case_id, node = bindparam("case_id", type_=BigInteger), bindparam("node", type_=KEY)
    run, item = bindparam("run", type_=Text), bindparam("item", type_=Text)
    on: ColumnElement[date] = bindparam("on", type_=Date)

    def of_node(table: Any) -> list[ColumnElement[bool]]:
        same_item = table.c.data["item"].astext == item
        return [table.c.case_id == case_id, table.c.node == node, same_item]

    last = tasks.alias("last")
    last_id = (
        select(last.c.id)
        .where(*of_node(last), last.c.data["run"].astext == run, last.c.status != "open")
        .order_by(last.c.opened_at.desc(), last.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    former, other = tasks.alias("former"), tasks.alias("other")
    is_unclear = exists().where(
        *of_node(other),
        other.c.id != former.c.id,
        or_(
            other.c.data["run"].astext.is_distinct_from(run),
            other.c.status == "open",
            other.c.closed_at > former.c.opened_at,
        ),
    )
    is_clerk = exists().where(
        accounts.c.person_id == former.c.person_id,
        accounts.c.closed_at.is_(None),
        literal("clerk") == any_(accounts.c.roles),
    )
    return (
        select(former.c.person_id)
        .where(
            former.c.id == last_id,
            ~is_unclear,
            is_clerk,
            organisation.is_holder(former.c.person_id, bindparam("post_code", type_=KEY), on),
        )
        .scalar_subquery()
    )
