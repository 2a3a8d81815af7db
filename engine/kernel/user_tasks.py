"""User tasks: what a person is asked to do, who, and until when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from engine.bpmn import iso8601
from engine.bpmn.model import Node
from engine.feel.values import FeelDate, FeelDateTime, from_feel
from engine.kernel import loops, timers
from engine.kernel.effects import OpenTask
from engine.kernel.run import Run
from engine.kernel.state import RUNS, Scope, Token
from engine.kernel.stop import misfit

# A date and time of Python is a date, too.
Due = date | FeelDate | FeelDateTime


def opened(run: Run, token: Token, node: Node) -> OpenTask:
    """The task as the model and the variables of now make it; raises Stop for a value of the wrong type."""
    scope, work = run.scope_of(token), node.work
    which, item = loops.run_of(run, token)
    return OpenTask(
        token.id,
        node.id,
        node.name,
        node.form,
        node.lane,
        assignee=_assignee(run, scope, node) if work.assignee is not None else None,
        candidate_groups=_groups(run, scope, node) if work.groups is not None else (),
        due=_due(run, scope, node) if work.due is not None else None,
        properties={n: run.text(t, scope, node) for n, t in node.properties.items()},
        local=_local_variables(run, token),
        run=which,
        item=item,
    )


def _assignee(run: Run, scope: Scope, node: Node) -> str | None:
    value = run.text(node.work.assignee, scope, node)
    if value is None or isinstance(value, str):
        return value
    raise misfit(node, node.work.assignee, "担当者", "文字列")


def _groups(run: Run, scope: Scope, node: Node) -> tuple[str, ...]:
    value = run.text(node.work.groups, scope, node)
    found = () if value is None else groups_of(value)
    if found is None:
        raise misfit(node, node.work.groups, "担当の候補", "文字列か、文字列のリスト")
    return found


def groups_of(value: object) -> tuple[str, ...] | None:
    """The candidate groups that a value says; None when it says none."""
    if isinstance(value, str):
        return tuple(g.strip() for g in value.split(",") if g.strip())
    if isinstance(value, list) and all(isinstance(g, str) for g in value):
        return tuple(value)
    return None


def _due(run: Run, scope: Scope, node: Node) -> Due | None:
    value = run.text(node.work.due, scope, node)
    found = None if value is None else due_of(value, run.env.now)
    if found is None and value is not None:
        raise misfit(node, node.work.due, "期限", "日付・日時・期間のどれか")
    return found


def due_of(value: object, now: datetime) -> Due | None:
    """The due date that a value (FEEL) says; None when it says none.

    A date stays one: work that is due on a day has no time of day. A period counts from now.
    """
    value = from_feel(value)
    if isinstance(value, Due):
        return value
    if isinstance(value, str) and (at := iso8601.read_date(value)) is not None:
        return at if "T" in value else at.date()
    try:
        if (period := timers.period(value)) is not None:
            return iso8601.after(now, period)
    except OverflowError:
        pass
    return None


def _local_variables(run: Run, token: Token) -> dict[str, Any]:
    """The variables of the input mappings and of the iterations around the token."""
    found: dict[str, Any] = {}
    at: Scope | None = run.scope_of(token)
    while at is not None and at.kind in ("local", "loop", *RUNS):
        found = {**at.variables.as_dict(), **found}
        at = run.state.scopes.get(at.parent)
    return found
