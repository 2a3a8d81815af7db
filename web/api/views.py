"""What machines ask: whether the installation is well. No personal data, no sign-in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
from flask import Blueprint, jsonify

from engine import versions
from engine.database import revisions
from web.parts import now, parts

blueprint = Blueprint("api", __name__, url_prefix="/api")

WORKER_SILENT = timedelta(seconds=60)
DISK_LOW_BYTES = 1_000_000_000


@blueprint.get("/health")
def health() -> Any:
    """200 when everything works, 503 when something a person would notice does not.

    {"status": "ok"|"failing", "checks": {"database", "worker", "disk"}}; each check: {"ok": bool, "detail": text}.
    """
    checks = {"database": _database(), "worker": _worker(), "disk": _disk()}
    good = all(check["ok"] for check in checks.values())
    body = jsonify({"status": "ok" if good else "failing", "checks": checks})
    return body, 200 if good else 503


@blueprint.get("/ready")
def ready() -> Any:
    """200 when this process can serve pages, else 503 and what is to be done: for a load balancer or a start script.

    {"status": "ready"|"not ready", "checks": {"database", "tables", "procedures"}}; each check: {"ok", "detail"}. Workers and disk
    stand in /api/health: a page is better served without them than not at all.
    """
    checks = {"database": _database(), "tables": _tables(), "procedures": _procedures()}
    good = all(check["ok"] for check in checks.values())
    body = jsonify({"status": "ready" if good else "not ready", "checks": checks})
    return body, 200 if good else 503


def _tables() -> dict[str, Any]:
    found = _try(revisions)
    if found is None:
        return {"ok": False, "detail": "unknown: no database"}
    have, need = found
    if have != need:
        return {
            "ok": False,
            "detail": f"at {have or 'none'}, this program needs {need}; run `tetsuzuki migrate`",
        }
    return {"ok": True, "detail": f"at {have}"}


def _procedures() -> dict[str, Any]:
    found = _try(versions.list_procedures)
    if found is None:
        return {"ok": False, "detail": "unknown: no database, or its tables are not there"}
    if not found:
        return {
            "ok": False,
            "detail": "none is published; run `tetsuzuki deploy PATH` or publish one in the studio",
        }
    return {"ok": True, "detail": f"{len(found)} published"}


def _database() -> dict[str, Any]:
    seen = _ask("select 1")
    return {"ok": seen is not None, "detail": "answers" if seen else "cannot be reached"}


def _worker() -> dict[str, Any]:
    seen = _ask("select max(seen_at), count(*) filter (where seen_at > %(since)s) from workers")
    if seen is None:
        return {"ok": False, "detail": "unknown: no database"}
    last, live = seen
    if not live:
        detail = (
            f"last heard of at {last.isoformat(timespec='seconds')}"
            if last
            else "none has ever started"
        )
        return {"ok": False, "detail": detail}
    return {"ok": True, "detail": f"{live} running"}


def _disk() -> dict[str, Any]:
    folder = parts().settings.data
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return {"ok": False, "detail": "the data folder cannot be read"}
    return {"ok": free > DISK_LOW_BYTES, "detail": f"{free // 1_000_000} MB free"}


def _ask(question: str) -> Any:
    return _try(lambda db: db.exec_driver_sql(question, {"since": now() - WORKER_SILENT}).first())


def _try(action: Callable[[Any], Any]) -> Any:
    """What the action finds in the database; None when the database does not answer it."""
    try:
        with parts().database.reading() as db:
            return action(db)
    except Exception as error:
        if isinstance(getattr(error, "orig", error), psycopg.Error):
            return None
        raise
