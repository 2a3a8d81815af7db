"""Doubles that keep state as the other side would: an adapter with a memory of keys, a mail server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from marshmallow import Schema, fields

from adapters.base import Adapter, Done, Outcome, RetryPolicy, Temporary, operation
from engine.database import Database
from engine.file_store import Store
from engine.worker import Parts


class Question(Schema):
    who = fields.String(required=True)
    day = fields.Date(load_default=None)


class Answer(Schema):
    number = fields.Integer(required=True)
    as_of = fields.Date(required=True)


class Demo(Adapter):
    """Counts what it processed under which key. replies: outcomes given before it works normally."""

    name = "demo"
    title = "見本"
    settings = Schema
    retry: ClassVar[RetryPolicy] = RetryPolicy(attempts=3)

    def __init__(self) -> None:
        super().__init__()
        self.processed: dict[str, int] = {}
        self.asked: list[str] = []
        self.replies: list[Outcome | Exception] = []
        self.found: list[Outcome] = []  # what `find` answers before it works normally
        self.on_request: Callable[[], None] = lambda: None

    @operation(Question, Answer)
    def ask(self, parameters: Mapping[str, Any], *, key: str, attempt: int) -> Outcome:
        """見本の照会。"""
        self.on_request()
        if self.replies:
            reply = self.replies.pop(0)
            if isinstance(reply, Exception):
                raise reply
            if not isinstance(reply, Temporary):
                self.processed[key] = self.processed.get(key, 0) + 1
            return reply
        self.processed[key] = self.processed.get(key, 0) + 1
        return self._answer()

    def find(self, operation: str, key: str) -> Outcome | None:
        self.asked.append(key)
        if self.found:
            return self.found.pop(0)
        return self._answer() if key in self.processed else None

    def poll(self, operation: str, external_ref: str) -> Outcome:
        return self._answer()

    def _answer(self) -> Outcome:
        return Done({"number": 7, "as_of": "2026-05-11"})


class Mail(Adapter):
    """Keeps what was sent; replies as Demo."""

    name = "mail"
    title = "メール"
    settings = Schema

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str, str, str]] = []
        self.replies: list[Outcome] = []

    def send(self, message_id: str, to: str, subject: str, body: str) -> Outcome:
        if self.replies:
            return self.replies.pop(0)
        self.sent.append((message_id, to, subject, body))
        return Done({"message_id": message_id})


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime):
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def parts(database: Database, folder: Path, clock: Clock, *adapters: Adapter) -> Parts:
    """What the jobs work with, in a test."""
    return Parts(
        database=database,
        store=Store(folder),
        adapters={adapter.name: adapter for adapter in adapters},
        fonts=Path(__file__).parents[2] / "web" / "static" / "dist" / "fonts",
        portal_url="https://portal.example",
        clock=clock,
    )
