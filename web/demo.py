"""`tetsuzuki demo`: an installation with demo people, register entries and cases, all fictional."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import click
import pikepdf
import yaml
from PIL import Image, ImageDraw

from engine import accounts, cases, files, organisation, postgres, registers, scenarios, versions
from engine.access import Actor
from engine.calendar import jst_date
from engine.feel.values import to_feel
from engine.file_store import Store
from engine.versions import Version
from web import installation, settings
from web.alone import alone
from web.installation import Opened
from web.settings import Settings

FILE = Path(__file__).parent / "demo.yaml"
BANNER = "これは見本です。人・会社・車両はすべて架空で、外部システムは見本サーバーです。"


def run(*, fresh: bool) -> int:
    """Runs the demo until Ctrl+C; the exit code. fresh: the demo's data are deleted first."""
    environ = {"TETSUZUKI_BANNER": BANNER, **os.environ}
    os.environ.update(environ)  # web and worker are our children and read the same
    at = settings.read(environ)
    with alone(at):  # refused before data are deleted and anything is said
        pass
    if fresh and at.data.exists():
        if postgres.is_used(at.data):
            click.echo("エラー: 見本が動いています。先に止めてください（Ctrl+C）。", err=True)
            return 1
        postgres.remove(at.data)
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
    lines += ["", f"記録: {running.data / 'logs'}"]
    database = postgres.data_of(running.data)
    if database.exists() and not database.is_relative_to(running.data):
        lines.append(
            f"データベース: {database}   （root では PostgreSQL が動かないため、データのフォルダーの外です）"
        )
    lines.append("")
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
    """The demo case is filed by its applicant as the portal files it, unless the applicant has one of it already."""
    with parts.database.transaction() as db:
        known = cases.find_of_account(db, account_id)
        if sum(case.procedure == entry["procedure"] for case in known) >= entry.get("nth", 1):
            return
        version = versions.current(db, entry["procedure"])
        answers = _answers(version, entry, now)
        keys = _upload(db, Store(parts.settings.files), answers, account_id, now)
        cases.start(
            db,
            version=version,
            answers=answers,
            actor=Actor(kind="applicant", name=entry["applicant"], account_id=account_id),
            channel="account",
            now=now,
            files=keys,
        )


def _answers(version: Version, entry: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Checked answers: given ones, or those a scenario files with, moved to the days before now."""
    if "scenario" not in entry:
        found: dict[str, Any] = to_feel(entry["answers"])
        return found
    known, _ = scenarios.read_all(version.parts.scenarios)
    scenario = next(s for s in known if s.name == entry["scenario"])
    since = jst_date(now) - timedelta(days=entry.get("days_ago", 0))
    moved = {name: since for name in entry.get("dates", ())}
    return scenarios.filed_answers(
        version.parts,
        replace(scenario, filing={**scenario.filing, **moved}),
        now=now,
    )


def _upload(db: Any, store: Store, answers: Any, account_id: int, now: datetime) -> list[str]:
    """Every file the answers name is a real upload afterwards; returns the public keys."""
    keys: list[str] = []
    if isinstance(answers, dict) and "file" in answers and "content_type" in answers:
        accepted = files.accept(store, _sample(answers["name"]), answers["name"])
        stored = files.add(db, accepted, account_id=account_id, now=now)
        answers.update(
            to_feel(
                {
                    "file": stored.public_key,
                    "content_type": accepted.content_type,
                    "size_bytes": accepted.size_bytes,
                }
            )
        )
        keys.append(stored.public_key)
    elif isinstance(answers, dict):
        for value in answers.values():
            keys += _upload(db, store, value, account_id, now)
    elif isinstance(answers, list):
        for value in answers:
            keys += _upload(db, store, value, account_id, now)
    return keys


def _sample(name: str) -> BinaryIO:
    """A small picture of a truck's place, or an empty page for a PDF."""
    content = BytesIO()
    if name.endswith(".pdf"):
        document = pikepdf.new()
        document.add_blank_page(page_size=(595, 842))
        document.save(content)
    else:
        picture = Image.new("RGB", (960, 640), "#dbe4ee")
        draw = ImageDraw.Draw(picture)
        draw.rectangle((120, 200, 620, 480), fill="#f7f7f7", outline="#333333", width=4)
        draw.rectangle((620, 300, 840, 480), fill="#c9d7e8", outline="#333333", width=4)
        for left in (200, 480, 680):
            draw.ellipse((left, 440, left + 90, 530), fill="#333333")
        draw.text((150, 230), "DEMO 987654", fill="#333333", font_size=48)
        picture.save(content, "JPEG", quality=80)
    content.seek(0)
    return content
