"""`tetsuzuki demo`: an installation with demo people, register entries and cases, all fictional."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import yaml

from engine import accounts, cases, organisation, postgres, registers, versions
from engine.access import Actor
from engine.calendar import jst_date
from engine.feel.values import to_feel
from web import installation, settings
from web.installation import Opened
from web.settings import Settings

FILE = Path(__file__).parent / "demo.yaml"
BANNER = "これは見本です。人・会社・車両はすべて架空で、外部システムは見本サーバーです。"


def run(*, fresh: bool) -> int:
    """Runs the demo until Ctrl+C; the exit code. fresh: the demo's data are deleted first."""
    environ = {"TETSUZUKI_BANNER": BANNER, **os.environ}
    os.environ.update(environ)  # web and worker are our children and read the same
    at = settings.read(environ)
    if fresh and at.data.exists():
        if postgres.is_running(at.data):
            click.echo("エラー: 見本が動いています。先に止めてください（Ctrl+C）。", err=True)
            return 1
        shutil.rmtree(at.data)
        at = settings.read(environ)
    click.echo("見本を用意しています…")
    return installation.serve(at, prepare=prepare, announce=announce)


def prepare(parts: Opened) -> None:
    """People, registers and cases of the demo are there; a second start adds nothing."""
    office = load()
    now = parts.now()
    with parts.database.transaction() as db:
        people = organisation.load(db, office)
        logins = accounts.load(db, office, people, now=now)
        _registers(db, office, now)
    for entry in office.get("cases", ()):
        _file(parts, entry, logins[entry["applicant"]], now)


def load() -> dict[str, Any]:
    """The demo office as demo.yaml describes it."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def announce(running: Settings) -> None:
    """Prints where to look and who one can be."""
    office = load()
    lines = [
        "",
        f"動いています: {running.public_url}   （終了は Ctrl+C）",
        "",
        "申請者の画面    " + running.public_url + "/",
    ]
    for row in office.get("applicants", ()):
        lines.append(f"   {row['email']} ／ {row['password']}   {row['name']}")
    lines.append("職員の画面      " + running.public_url + "/login")
    for row in office.get("accounts", ()):
        lines.append(f"   {row['login']} ／ {row['password']}   {row.get('shown', '')}")
    mailbox = running.adapters.get("mail", {}).get("web")
    if mailbox:
        lines.append(f"届いたメール    {mailbox}/")
    register = running.adapters.get("vehicle_register", {}).get("base_url")
    if register:
        lines.append(f"車両登録の見本  {register}/control")
    lines += ["", f"記録: {running.data / 'logs'}", ""]
    click.echo("\n".join(lines))
    sys.stdout.flush()


def _registers(db: Any, office: dict[str, Any], now: datetime) -> None:
    for name, rows in office.get("registers", {}).items():
        for row in rows:
            since = row.get("valid_from", date(2020, 4, 1))
            if registers.find(db, name, row["key"], on=jst_date(now)) is None:
                registers.write(
                    db,
                    register=name,
                    key=row["key"],
                    data=row["data"],
                    valid_from=since,
                    valid_to=row.get("valid_to"),
                    owner=row.get("owner"),
                    now=now,
                )


def _file(parts: Opened, entry: dict[str, Any], account_id: int, now: datetime) -> None:
    """The demo case is filed by its applicant as the portal files it, unless the applicant has one already."""
    with parts.database.transaction() as db:
        if cases.find_of_account(db, account_id):
            return
        version = versions.current(db, entry["procedure"])
        actor = Actor(kind="applicant", name=entry["applicant"], account_id=account_id)
        cases.start(
            db,
            version=version,
            answers=to_feel(entry["answers"]),
            actor=actor,
            channel="account",
            now=now,
        )
