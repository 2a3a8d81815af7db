"""Which dates of a case would be others if the present calendars had always been in force. Pure.

Compared are the case as it is stored and the same case run again by the present calendars (rebuild.replay): what it waits
for, and its variables. Where anything else than dates differs, a calendar has decided something, and only people can
say what follows from that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from engine import kernel
from engine.bpmn.model import Node, drawn_id
from engine.calendar import jst_date
from engine.feel.values import FeelDate, FeelDateTime, from_feel, to_json
from engine.kernel.counterparts import said
from engine.kernel.state import State, Variables
from engine.projections import day_of
from engine.versions import Version

# How a date moves: OVER: the old one has passed, the new one has not.
LATER, EARLIER, OVER = "later", "earlier", "over"
# Why the dates of a case cannot be counted anew: it would have gone another way; something else than a date depends on
# the calendar; the new date would have passed at once.
DIVERGED, DECIDED, PASSED = "diverged", "decided", "passed"


@dataclass(frozen=True)
class Moved:
    """A date that is another one now. kind: task | timer | value | expected (the end the office aims at).

    name: id of the element, or path of the variable.  old, new: ISO 8601.  rule: the expression of the model, or the
    provision; empty when nothing says it.
    """

    kind: str
    name: str
    old: str
    new: str
    rule: str
    way: str

    def record(self) -> dict[str, str]:
        """As the row of the case and its history keep it."""
        return asdict(self)


class NotCounted(Exception):
    """The dates of the case cannot be counted anew. code: DIVERGED, DECIDED or PASSED."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Side:
    """One of the two that are compared. dues: token of an open task -> when it is due."""

    state: State
    dues: Mapping[int, Any]


@dataclass
class Found:
    """What has moved. variables, dues: as in kernel.effects.Recount."""

    dates: list[Moved] = field(default_factory=list)
    variables: dict[str, dict[str, Any]] = field(default_factory=dict)
    dues: dict[str, str] = field(default_factory=dict)

    @property
    def way(self) -> str:
        """EARLIER when one of the dates is, else OVER when one is, else LATER; an aim binds nobody."""
        ways = {one.way for one in self.dates if one.kind != "expected"}
        return next((way for way in (EARLIER, OVER) if way in ways), LATER)


def compare(
    stored: Side, again: Side, *, version: Version, now: datetime, counted_by: Collection[str]
) -> Found:
    """What has moved. counted_by: versions of the calendars in the record. Raises NotCounted.

    Not among it: a date that has passed and would have passed anyway. Nobody can keep it any more.
    """
    old, new = stored.state, again.state
    if _structure(old) != _structure(new):
        raise NotCounted(DIVERGED)
    found = Found()
    for token, due in stored.dues.items():
        node = _node(version, old, old.tokens[token].scope, old.tokens[token].node)
        before, after = day_of(due), day_of(again.dues.get(token))
        if before is not None and after is not None:
            way = way_of(before, after, now)
            if way:
                found.dues[str(token)] = after.isoformat()
                found.dates.append(_moved("task", node, before, after, said(node.work.due), way))
        elif before != after:
            raise NotCounted(DECIDED)
    for id, node, was, at in _timers(version, old, new):
        way = way_of(was, at, now)
        if way:
            found.dues[str(id)] = at.isoformat()
            found.dates.append(_moved("timer", node, was, at, said(node.event.timer), way))
    for id, scope in old.scopes.items():
        values = _Values(now, frozenset(counted_by))
        anew = new.scopes[id].variables
        texts = anew.texts()
        for name, text in scope.variables.texts().items():
            if text != texts[name]:
                value = values.mixed(scope.variables[name], anew[name], name)
                if to_json(value) != to_json(scope.variables[name]):
                    found.variables.setdefault(str(id), {})[name] = value
        found.dates += values.moved
    return found


def way_of(old: date, new: date, now: datetime) -> str:
    """LATER, EARLIER or OVER; empty when nothing is to move. Both are days, or both instants. Raises NotCounted."""
    if old == new or (_has_passed(old, now) and _has_passed(new, now)):
        return ""
    if _has_passed(new, now):
        raise NotCounted(PASSED)
    if _has_passed(old, now):
        return OVER
    return LATER if new > old else EARLIER


def _has_passed(at: date, now: datetime) -> bool:
    return at <= now if isinstance(at, datetime) else at < jst_date(now)


def _structure(state: State) -> str:
    """All of the state but dates: what it waits for and where, and which variables there are."""
    bare = state.copy()
    # Who wrote what beside whom only serves warnings.
    bare.writers = {}
    for token in bare.tokens.values():
        if token.status == "timer":
            token.detail = ""
    for wait in list(bare.waits.values()):
        if wait.kind == "timer":
            bare.waits[wait.id] = replace(wait, detail="")
    for scope in bare.scopes.values():
        scope.variables = Variables(dict.fromkeys(scope.variables.texts(), ""))
    return kernel.dump(bare)


def _timers(
    version: Version, old: State, new: State
) -> Iterator[tuple[int, Node, datetime, datetime]]:
    """(token, element, instant as stored, instant as counted anew) of every timer."""
    for token in old.tokens.values():
        if token.status == "timer":
            node = _node(version, old, token.scope, token.node)
            yield token.id, node, _at(token.detail), _at(new.tokens[token.id].detail)
    for wait in old.waits.values():
        if wait.kind == "timer":
            node = _node(version, old, wait.scope, wait.node)
            yield wait.id, node, _at(wait.detail), _at(new.waits[wait.id].detail)


_at = datetime.fromisoformat


def _node(version: Version, state: State, scope: int, node: str) -> Node:
    return version.processes[state.scopes[scope].process].by_id[node]


def _moved(kind: str, node: Node, old: date, new: date, rule: str | None, way: str) -> Moved:
    return Moved(
        kind, drawn_id(node.id), old.isoformat(), new.isoformat(), (rule or "").lstrip("= "), way
    )


class _Values:
    """The values of variables, as stored but for the dates in them that have moved."""

    def __init__(self, now: datetime, counted_by: frozenset[str]):
        self.now, self.counted_by = now, counted_by
        self.moved: list[Moved] = []

    def mixed(self, old: Any, new: Any, path: str, rule: str = "") -> Any:
        """Raises NotCounted where another thing than a date differs."""
        if to_json(old) == to_json(new):
            return old
        if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
            return self._context(old, new, path)
        if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            pairs = enumerate(zip(old, new, strict=True), start=1)
            return [self.mixed(a, b, f"{path}[{n}]", rule) for n, (a, b) in pairs]
        before, after = from_feel(old), from_feel(new)
        if (
            type(old) is not type(new)
            or not isinstance(before, date)
            or type(before) is not type(after)
        ):
            raise NotCounted(DECIDED)
        way = way_of(before, after, self.now)
        if not way:
            return old
        self.moved.append(Moved("value", path, before.isoformat(), after.isoformat(), rule, way))
        return new

    def _context(self, old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> dict[str, Any]:
        """The texts beside a date that has moved explain it, and go with it."""
        rule = new.get("rule")
        texts, found, has_date, before = [], dict(old), False, len(self.moved)
        for name in old:
            if isinstance(old[name], str) and isinstance(new[name], str):
                texts += [name] if old[name] != new[name] else []
                continue
            found[name] = self.mixed(
                old[name], new[name], f"{path}.{name}", rule if isinstance(rule, str) else ""
            )
            has_date = has_date or (
                isinstance(old[name], FeelDate | FeelDateTime)
                and to_json(old[name]) != to_json(new[name])
            )
        if not has_date and any(old[name] not in self.counted_by for name in texts):
            raise NotCounted(DECIDED)
        if has_date and len(self.moved) > before:
            found |= {name: new[name] for name in texts}
        return found
