"""What machines ask: whether the installation is well. No personal data, no sign-in."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

import psycopg
from flask import Blueprint, jsonify

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
    try:
        with parts().database.reading() as db:
            return db.exec_driver_sql(question, {"since": now() - WORKER_SILENT}).first()
    except Exception as error:
        if isinstance(getattr(error, "orig", error), psycopg.Error):
            return None
        raise
