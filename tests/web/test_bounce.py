"""`tetsuzuki receive-bounce`: what a mail server hands over, and how it is answered."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from adapters.base import Done
from engine import notifications
from engine.database import Database
from tests.adapters.test_bounces import KEY, report
from tests.support import office
from web import commands


@pytest.fixture
def receive(monkeypatch: pytest.MonkeyPatch, database: Database, tmp_path: Any) -> Iterator[Any]:
    """Runs the command against this database; (exit code, what it said)."""
    monkeypatch.setenv("TETSUZUKI_DATA", str(tmp_path))
    monkeypatch.setenv("TETSUZUKI_DATABASE_URL", database.url)

    def run(raw: bytes, *options: str) -> tuple[int, str]:
        done = CliRunner().invoke(commands.main, ["receive-bounce", *options], input=raw)
        return done.exit_code, done.output

    yield run


def sent(database: Database) -> int:
    with database.transaction() as db:
        row = notifications.order(
            db,
            recipient="gone@example.jp",
            subject="件名",
            body="本文",
            message_id=KEY,
            now=office.NOW,
        )
        claimed = notifications.claim(db, row, office.NOW)
        assert claimed is not None
        notifications.settle(db, claimed, Done({}), office.NOW)
    return row


def test_a_returned_mail_is_noted_and_a_second_report_changes_nothing(
    receive: Any, database: Database
) -> None:
    sent(database)
    code, said = receive(report())
    assert code == 0 and "届かなかったことを記しました" in said and "gone@example.jp" not in said
    code, said = receive(report())
    assert code == 0 and "もう記してあります" in said


def test_what_is_no_report_is_taken_without_a_change(receive: Any, database: Database) -> None:
    sent(database)
    code, said = receive(b"Subject: hello\n\nhello\n")
    assert code == 0 and "何もしませんでした" in said


def test_the_mail_server_keeps_the_report_while_the_database_is_away(
    receive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TETSUZUKI_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    code, said = receive(report())
    assert code == os.EX_TEMPFAIL and "あとでもう一度" in said
