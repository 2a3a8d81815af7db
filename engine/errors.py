"""Every error the engine raises on purpose. A message names the thing, the fact and the remedy, and holds no personal data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


class TetsuzukiError(Exception):
    """Base of all errors raised on purpose; str(error) is a sentence for developers and operators."""


class NotFound(TetsuzukiError):
    """The named thing does not exist, or the actor may not know that it does."""


class NotAllowed(TetsuzukiError):
    """The actor may know of the thing but not do this with it."""


class TaskClosed(TetsuzukiError):
    """Somebody else completed or the case closed the task first.

    completed_by and completed_at are for the sentence 「10:03 に佐藤さんが完了しています」.
    because: the sentence for a task the case closed, as far as it is known.
    """

    def __init__(
        self,
        message: str,
        *,
        completed_by: str | None = None,
        completed_at: object = None,
        because: str = "",
    ):
        super().__init__(message)
        self.completed_by = completed_by
        self.completed_at = completed_at
        self.because = because


class CaseStopped(TetsuzukiError):
    """The case has an open incident or is suspended; nothing was changed."""


class CaseDamaged(TetsuzukiError):
    """The stored state of the case cannot be used: newer, truncated or altered. Nothing was overwritten."""

    def __init__(self, case_id: int, message: str):
        super().__init__(message)
        self.case_id = case_id


class Duplicate(TetsuzukiError):
    """The same request was already carried out (double click, repeated message); nothing was changed."""


@dataclass(frozen=True)
class Problem:
    """One finding about a model: which file and element, what is wrong, how to mend it.

    severity: "error" blocks the deployment, "warning" does not.  line: 1-based, None when unknown.
    """

    file: str
    problem: str
    remedy: str
    element: str | None = None
    name: str | None = None
    line: int | None = None
    severity: str = "error"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """The problems of one file in the order of its lines; those without a line first."""
    return sorted(problems, key=lambda problem: problem.line or 0)


@dataclass
class ModelRejected(TetsuzukiError):
    """A procedure cannot be deployed; problems says why, each with its remedy."""

    problems: list[Problem] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(
            f"{p.file}: {p.element or ''}{' ' if p.element else ''}{p.problem}; {p.remedy}"
            for p in self.problems
        )
