"""The state of a case: a tree of scopes with variables, the tokens in them and their open waits. No history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.feel.values import from_json, to_json

# The one way JSON is written here: the same text for the same value, everything on one line.
compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class Variables:
    """Name -> FEEL value. Each value is kept as its JSON text and read only when somebody asks for it.

    So the cost of a step depends on the variables it touches, not on all that the case has gathered.
    """

    __slots__ = ("_texts", "_values")

    def __init__(
        self, texts: dict[str, str] | None = None, values: dict[str, Any] | None = None
    ) -> None:
        self._texts: dict[str, str] = {} if texts is None else texts
        self._values: dict[str, Any] = {} if values is None else values

    def __contains__(self, name: str) -> bool:
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = from_json(json.loads(self._texts[name]))
        return self._values[name]

    def get(self, name: str) -> Any:
        """The value, None for a name nobody declared here."""
        return self[name] if name in self._texts else None

    def set(self, name: str, value: Any) -> str | None:
        """The JSON text it had before; None for a new name. Raises TypeError for a value that cannot be stored (a function)."""
        before = self._texts.get(name)
        self._texts[name] = compact(to_json(value))
        self._values[name] = value
        return before

    def remove(self, name: str) -> None:
        self._texts.pop(name, None)
        self._values.pop(name, None)

    def restore(self, name: str, text: str | None) -> None:
        """The variable has that JSON text again; None: it is gone again."""
        if text is None:
            self.remove(name)
            return
        self._texts[name] = text
        self._values.pop(name, None)

    def copy(self) -> Variables:
        return Variables(self._texts.copy(), self._values.copy())

    def texts(self) -> dict[str, str]:
        """Name -> JSON text of the value, without line breaks."""
        return self._texts

    def as_dict(self) -> dict[str, Any]:
        return {name: self[name] for name in self._texts}


@dataclass(slots=True)
class Loop:
    """The counters of a multi-instance body, a standard loop or an ad hoc subprocess.

    items: what is left to run one after the other.
    """

    total: int
    completed: int = 0
    active: int = 0
    terminated: int = 0
    items: tuple[Any, ...] = ()
    outputs: tuple[Any, ...] = ()

    def copy(self) -> Loop:
        return Loop(
            self.total, self.completed, self.active, self.terminated, self.items, self.outputs
        )


@dataclass(slots=True)
class Scope:
    """kind: process | call | isolated | subprocess | adhoc | event | local | loop | iteration | round | undo | kept.

    parent, owner: ids of the scope around it and of the token that waits for it; 0 for the process.
    node: the activity it belongs to.  process: id of the process its nodes are of.
    index: which run of a multi-instance, from 0.  live: tokens that stand in it.
    round: one run of a standard loop.  undo: where an activity that undoes another runs.
    kept: a subprocess (ad hoc, of an event too) that is over and can still be compensated, with its variables as they were.
    """

    id: int
    parent: int
    owner: int
    kind: str
    node: str
    process: str
    variables: Variables
    index: int = 0
    loop: Loop | None = None
    live: int = 0

    def copy(self) -> Scope:
        return Scope(
            self.id,
            self.parent,
            self.owner,
            self.kind,
            self.node,
            self.process,
            self.variables.copy(),
            self.index,
            self.loop.copy() if self.loop is not None else None,
            self.live,
        )


# Kinds of scopes: one run of a loop; a called process; the inside of a subprocess; every one that nodes stand in.
RUNS = ("iteration", "round")
CALLED = ("call", "isolated")
INSIDES = ("subprocess", "adhoc", "event")
LEVELS = ("process", *CALLED, *INSIDES)
# Status of a token that itself waits for something from outside, or for a condition.
WAITING = ("task", "call", "timer", "message", "signal", "condition")
# Phase of a token that carries the incident of a condition beside something else.
RECHECK = "recheck"
# Detail of a token that undoes while the flow went on; what it repeats after an incident.
ASIDE = "aside"


@dataclass(slots=True)
class Token:
    """Where a case stands.

    status: ready | task | call | message | signal | timer | condition | events | scope | loop | undo | join | incident
    | stopped.
    flow: id of the flow it came by.  local: scope of its input mappings or 0.
    detail: due instant or message key of its own wait; the code of an incident.
    phase, payload: what to repeat after an incident.  since: seconds since 1970.
    """

    id: int
    scope: int
    node: str
    status: str
    since: int
    flow: str = ""
    local: int = 0
    detail: str = ""
    phase: str = ""
    payload: Any = None

    @property
    def is_aside(self) -> bool:
        """Whether it goes no flow, and ends where it stands."""
        if self.phase == "undo" or self.status == "undo":
            return ASIDE in (self.detail, self.payload)
        return self.phase == RECHECK

    def copy(self) -> Token:
        return Token(
            self.id,
            self.scope,
            self.node,
            self.status,
            self.since,
            self.flow,
            self.local,
            self.detail,
            self.phase,
            self.payload,
        )


@dataclass(slots=True)
class Wait:
    """An event that is armed beside a token: boundary, event gateway target, event subprocess.

    host: the token it belongs to, 0 for an event subprocess.  kind: message | signal | timer | condition.
    detail: due instant or message key.  left: further firings of a cycle, -1 without end; of a condition: 1 while
    it is true, 2 after it could not be computed, 3 when it had been true before.
    """

    id: int
    scope: int
    host: int
    node: str
    kind: str
    detail: str
    left: int = 0


@dataclass(slots=True)
class Record:
    """A completed activity that can still be compensated; younger ones have higher ids.

    scope: where it stood.  kept: its own scope when it was a subprocess, else 0.  claim: the token that compensates it.
    """

    id: int
    scope: int
    node: str
    kept: int = 0
    claim: int = 0

    def copy(self) -> Record:
        return Record(self.id, self.scope, self.node, self.kept, self.claim)


@dataclass(frozen=True, slots=True)
class Writer:
    """node: who wrote a variable last.  beside: tokens of the same scope that this write is not behind of."""

    node: str
    beside: tuple[int, ...]


@dataclass(slots=True)
class State:
    """All of a case that is open. Treat as a value: only the kernel changes one, and only its own copy.

    status: new | running | ended.  end: id of the last end event reached on the top level.
    writers: scope with several tokens -> variable -> who wrote it (kernel.writers).
    """

    process: str
    status: str
    end: str
    next_id: int
    scopes: dict[int, Scope]
    tokens: dict[int, Token]
    waits: dict[int, Wait]
    records: dict[int, Record] = field(default_factory=dict)
    writers: dict[int, dict[str, Writer]] = field(default_factory=dict)

    @property
    def root(self) -> Scope:
        return next(iter(self.scopes.values()))

    def copy(self) -> State:
        return State(
            self.process,
            self.status,
            self.end,
            self.next_id,
            {i: s.copy() for i, s in self.scopes.items()},
            {i: t.copy() for i, t in self.tokens.items()},
            # A wait is replaced, never changed.
            self.waits.copy(),
            {i: r.copy() for i, r in self.records.items()},
            # What it holds is replaced, never changed.
            self.writers.copy(),
        )


def new_state(process_id: str) -> State:
    """A case before its Start."""
    return State(process_id, "new", "", 1, {}, {}, {})
