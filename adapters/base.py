"""The contract of an adapter: one file per outside system, one @operation method per request.

An operation gets checked parameters and one idempotency key for all attempts, and returns what happened:
Done, Accepted, Refused, Temporary, Permanent or Unknown. It never raises for what the other side said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from marshmallow import Schema


@dataclass(frozen=True)
class Done:
    """The other side did it; result is checked against the operation's result schema."""

    result: Mapping[str, Any]


@dataclass(frozen=True)
class Accepted:
    """The other side took it and will finish later; ask again by poll after the given time or on its callback."""

    external_ref: str
    poll_after: timedelta


@dataclass(frozen=True)
class Refused:
    """A final no with a business meaning; becomes a BPMN error event with this code."""

    code: str
    message: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Temporary:
    """Not processed for sure (no connection, 429, 503): try again by the retry policy."""

    message: str
    retry_after: timedelta | None = None


@dataclass(frozen=True)
class Permanent:
    """Wrong request, wrong credentials: an incident, no further attempt."""

    message: str


@dataclass(frozen=True)
class Unreadable(Permanent):
    """A reply that breaks the protocol: an incident, no further attempt, and nothing that is wrong on our side."""


@dataclass(frozen=True)
class Unknown:
    """Sent, no answer: it may have been processed. Ask by our key (`find`), never send blindly again."""

    message: str


Outcome = Done | Accepted | Refused | Temporary | Permanent | Unknown


@dataclass(frozen=True)
class RetryPolicy:
    """When the next attempt is due. Pure: no clock, no randomness (jitter comes from the call's own key)."""

    attempts: int = 5
    first: timedelta = timedelta(seconds=30)
    factor: float = 2.0
    longest: timedelta = timedelta(hours=1)

    def wait_after(self, attempt: int, *, jitter: float = 0.0) -> timedelta | None:
        """How long to wait after the given failed attempt (1-based); None when there is no further one.

        jitter: 0.0 to 1.0, adds up to a fifth of the wait.
        """
        if attempt >= self.attempts:
            return None
        wait = min(self.first * self.factor ** (attempt - 1), self.longest)
        return wait * (1 + 0.2 * jitter)


F = TypeVar("F", bound=Callable[..., Outcome])


@dataclass(frozen=True)
class Operation:
    """What a model may ask for: `<adapter name>.<method name>` in zeebe:taskDefinition type."""

    name: str
    parameters: Schema
    result: Schema
    method: str
    summary: str


def operation(parameters: type[Schema], result: type[Schema]) -> Callable[[F], F]:
    """Marks a method `(self, parameters: dict, *, key: str, attempt: int) -> Outcome` as callable from models."""

    def mark(method: F) -> F:
        method.__operation__ = (parameters, result)  # type: ignore[attr-defined]
        return method

    return mark


class Adapter:
    """Base of all adapters. Instances hold settings and a client, never the state of a case.

    name: prefix of its operations.  settings: marshmallow schema of what the operator sets.
    zone: internet | lgwan | my-number.  retry: policy for Temporary and Unknown.
    An adapter whose operation may answer Unknown implements `find`.
    """

    name: ClassVar[str]
    title: ClassVar[str]  # 日本語 name for ops
    settings: ClassVar[type[Schema]]
    zone: ClassVar[str] = "internet"
    retry: ClassVar[RetryPolicy] = RetryPolicy()

    def __init__(self, **settings: Any):
        self.config = settings

    def find(self, operation: str, key: str) -> Outcome | None:
        """What became of the request with this key; None when the other side never got it (then send again)."""
        raise NotImplementedError(f"{self.name} cannot look up a request by key")

    def poll(self, operation: str, external_ref: str) -> Outcome:
        """The state now of a request that was Accepted."""
        raise NotImplementedError(f"{self.name} has no requests that finish later")

    @classmethod
    def operations(cls) -> dict[str, Operation]:
        """Every operation of this adapter by full name."""
        found = {}
        for method in dir(cls):
            marked = getattr(getattr(cls, method), "__operation__", None)
            if marked:
                name = f"{cls.name}.{method}"
                doc = (getattr(cls, method).__doc__ or "").strip().split("\n")[0]
                found[name] = Operation(name, marked[0](), marked[1](), method, doc)
        return found
