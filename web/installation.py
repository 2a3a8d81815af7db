"""One machine's installation: its database, its parts, its processes. What the commands call."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import click
import psycopg

from adapters import bounces
from engine import (
    cases,
    deploy,
    history,
    incidents,
    notifications,
    postgres,
    procedure,
    upkeep,
    versions,
)
from engine import rebuild as rebuilding
from engine import worker as workers
from engine.access import SYSTEM
from engine.database import Database, DatabaseDown
from engine.database import migrate as run_migrations
from engine.errors import CaseDamaged, ModelRejected
from engine.file_store import Store
from engine.postgres_place import PostgresFailed
from web import standins, supervisor
from web.alone import alone
from web.operations import operations
from web.parts import FONTS
from web.settings import Settings, WrongSetting
from web.wiring import configured_adapters

# What a command that may come again later waits for.
DATABASE_AWAY = (DatabaseDown, psycopg.OperationalError, PostgresFailed)


@dataclass(frozen=True)
class Opened:
    """What a command works with."""

    database: Database
    settings: Settings
    operations: Mapping[str, Any]

    def now(self) -> datetime:
        return self.settings.clock()


@contextmanager
def database_running(settings: Settings) -> Iterator[tuple[Settings, postgres.Server | None]]:
    """(settings with the address of a running database, the embedded server when none is named).

    The embedded server is started, and stopped by the last process that uses it.
    """
    if settings.database_url:
        yield settings, None
        return
    with postgres.using(settings.data) as server:
        yield replace(settings, database_url=server.url), server


@contextmanager
def opened(settings: Settings) -> Iterator[Opened]:
    """A database with all and what goes with it."""
    with database_running(settings) as (running, _):
        upgrade(running)
        yield Opened(_database(running), running, operations())


def migrate(settings: Settings, revision: str) -> str:
    """The tables are those of the revision; returns its name."""
    with database_running(settings) as (running, _):
        upgrade(running, revision)
    return revision


def upgrade(settings: Settings, revision: str = "head") -> None:
    """The tables of a running database are those of the revision."""
    database = _database(settings)
    try:
        run_migrations(database, revision)
    finally:
        database.close()


def deploy_missing(parts: Opened, *, say: Callable[[str], None]) -> None:
    """Every procedure of the folder that was never deployed is deployed; what analysts published stays.

    One that the check refuses is left out, with a line that says so: the others go on.
    """
    with parts.database.reading() as db:
        known = versions.list_procedures(db)
    for folder in sorted(
        p for p in parts.settings.procedures.iterdir() if (p / "procedure.yaml").exists()
    ):
        if folder.name in known:
            continue
        say(f"手続を公開します: {folder.name}")
        try:
            deploy.publish(
                parts.database,
                procedure.read_folder(folder),
                operations=parts.operations,
                actor=SYSTEM,
                now=parts.now(),
                note="はじめの版",
                xml=parts.settings.xml,
            )
        except ModelRejected as error:
            first, others = error.problems[0], len(error.problems) - 1
            more = f"（ほか{others}件）" if others else ""
            say(
                f"手続を公開しませんでした: {folder.name}。{first.file}: {first.problem}{more}"
                f" → tetsuzuki check {folder} で確かめ、直して起動し直してください。"
            )


def serve(
    settings: Settings,
    *,
    prepare: Callable[[Opened], None] | None = None,
    announce: Callable[[Settings], None] | None = None,
) -> int:
    """Database, procedures, web, worker and stand-ins run until a signal; the exit code.

    prepare: called once the database is ready and the stand-ins' addresses are known.
    announce: called when the web process takes requests; prints the address by default.
    Raises AlreadyRunning, before anything is started, where another one has the data folder or the port.
    """
    with alone(settings), database_running(settings) as (running, server):
        parts_of_standins, adapter_settings = standins.parts(running)
        running = replace(running, adapters={**adapter_settings, **running.adapters})
        upgrade(running)
        parts = Opened(_database(running), running, operations())
        deploy_missing(parts, say=click.echo)
        if prepare is not None:
            prepare(parts)
        env = _environment(running)
        processes = [
            *parts_of_standins,
            supervisor.Part("worker", [sys.executable, "-m", "web", "worker"], env),
            supervisor.Part("web", _web_command(running), env),
        ]
        return supervisor.run(
            processes,
            logs=running.data / "logs",
            is_ready=lambda: _is_listening(running),
            when_ready=lambda: (announce or _announce)(running),
            beside=[] if server is None else [_embedded(server, settings)],
        )


def _is_listening(settings: Settings) -> bool:
    """Whether somebody who opens the address now is answered."""
    try:
        with socket.create_connection((settings.host.strip("[]"), settings.port), timeout=1):
            return True
    except OSError:
        return False


def _embedded(server: postgres.Server, settings: Settings) -> supervisor.Beside:
    """The embedded database as the supervisor watches it; its address stays the same over restarts."""
    return supervisor.Beside(
        "データベース", server.is_running, partial(postgres.start, settings.data)
    )


def work(settings: Settings, *, concurrency: int) -> None:
    """A worker runs until a signal."""
    with database_running(settings) as (running, _):
        store = Store(running.files)
        parts = workers.Parts(
            database=_database(running),
            store=store,
            adapters=configured_adapters(running),
            fonts=FONTS,
            portal_url=running.public_url,
            clock=running.clock,
        )
        name = f"{socket.gethostname()}-{os.getpid()}"
        workers.run(parts, concurrency=concurrency, name=name, sweeps=upkeep.sweeps(store))


@dataclass(frozen=True)
class Rebuilt:
    """cases: how many were looked at.  differences: a sentence for each whose state cannot be read or is not the replayed one."""

    cases: int
    differences: tuple[str, ...]


# (how many are done, of how many)
Progress = Callable[[int, int], None]


def rebuild(settings: Settings, *, progress: Progress) -> Rebuilt:
    """The projections of every open case say what state and history say, ended ones are found by what they hold; one
    transaction per case."""
    wrong: list[str] = []
    with opened(settings) as parts:
        with parts.database.reading() as db:
            ids, ended = rebuilding.open_cases(db), rebuilding.ended_cases(db)
        count = len(ids) + len(ended)
        for done, case_id in enumerate(ids):
            progress(done, count)
            try:
                with parts.database.transaction() as db:
                    wrong += rebuilding.rebuild(db, case_id, parts.now())
            except rebuilding.ReplayImpossible as error:
                wrong.append(str(error))
            except CaseDamaged as error:
                wrong.append(str(error))
                with parts.database.transaction() as db:
                    incidents.stop_damaged(db, error, parts.now())
        for done, case_id in enumerate(ended, len(ids)):
            progress(done, count)
            try:
                with parts.database.transaction() as db:
                    rebuilding.rebuild_search(db, case_id)
            except CaseDamaged as error:
                wrong.append(str(error))
    return Rebuilt(count, tuple(wrong))


def restore(settings: Settings, number: str) -> bool:
    """The damaged case with this number has the state its history gives; whether it stands still until that is retried.

    Raises NotFound, NotAllowed, ReplayImpossible.
    """
    with opened(settings) as parts, parts.database.transaction() as db:
        case_id = cases.get_by_number(db, number).id
        rebuilding.restore(db, case_id, parts.now())
        return any(
            one.status == "open" and one.code == incidents.DAMAGED
            for one in incidents.list_of_case(db, case_id)
        )


def receive_bounce(settings: Settings, raw: bytes, *, to: str) -> str:
    """One sentence on what the returned message meant. raw: the message.  to: the address it was delivered to, or ""."""
    bounce = bounces.read(raw, to=to)
    if bounce is None:
        return "配送できなかった知らせではないので、何もしませんでした。"
    status = f"（{bounce.status}）" if bounce.status else ""
    reason = f"送ったあとで、配送できなかったと知らせがありました{status}"
    with opened(settings) as parts, parts.database.transaction() as db:
        is_ours = notifications.came_back(db, bounce.key, reason, parts.now())
    if not is_ours:
        return "この知らせにあたるメールは見つからないか、もう記してあります。"
    return "メールが届かなかったことを記しました。案件のページと、職員・運用担当の一覧に出ます。"


def verify(settings: Settings, *, progress: Progress) -> tuple[int, list[str]]:
    """(number of cases, what does not fit) over the chains of all cases."""
    wrong: list[str] = []
    with opened(settings) as parts, parts.database.reading() as db:
        ids = rebuilding.all_cases(db)
        for done, case_id in enumerate(ids):
            progress(done, len(ids))
            wrong += history.verify(db, case_id)
    return len(ids), wrong


def _database(settings: Settings) -> Database:
    return Database(_address(settings), limits=settings.limits)


def _address(settings: Settings) -> str:
    if settings.database_url is None:
        raise WrongSetting(
            "データベースが動いていません。tetsuzuki serve を起動するか、TETSUZUKI_DATABASE_URL を設定してください。"
        )
    return settings.database_url


def _web_command(settings: Settings) -> list[str]:
    return [
        sys.executable, "-m", "gunicorn", "--workers", "2", "--threads", "8", "--worker-class", "gthread",
        "--bind", f"{settings.host}:{settings.port}", "--graceful-timeout", "10", "--no-control-socket",
        "--preload",  # imported once; no connection is opened before the fork
        "--access-logfile", "/dev/null", "web.wiring:create_app()",
    ]  # fmt: skip


def _environment(settings: Settings) -> dict[str, str]:
    """What the child processes read: the same settings, with the addresses found out at the start."""
    env = {
        "TETSUZUKI_DATA": str(settings.data),
        "TETSUZUKI_DATABASE_URL": settings.database_url or "",
    }
    for adapter, values in settings.adapters.items():
        for name, value in values.items():
            env[f"TETSUZUKI_{adapter.upper()}__{name.upper()}"] = value
    return env


def _announce(settings: Settings) -> None:
    click.echo(
        f"動いています: {settings.public_url} （終了は Ctrl+C、記録は {settings.data / 'logs'}）"
    )
