"""The other lists of an office with 1,100,000 cases: an applicant's, an operator's, an analyst's.

Baseline of the same run: 50 cases by primary key. Goal: p95 under 50 ms of server time each, whatever the size, and a number
of queries that does not depend on the lines.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.support.scale import CLOSED, OPEN, large_office, percentiles
from engine import cases, incidents, jobs, versions, watch

GOAL_MS = 50.0
RUNS = int(os.environ.get("BENCH_RUNS", "20"))


def lists(db: Connection) -> dict[str, Callable[[], Any]]:
    last = cases.find_of_account(db, 1)[-1].arrived_at
    return {
        "my_cases": lambda: cases.find_of_account(db, 1),
        "my_cases_next_page": lambda: cases.find_of_account(db, 1, before=last),
        "totals": lambda: watch.totals(db),
        "incidents": lambda: incidents.list_open(db),
        "calls": lambda: watch.open_calls(db),
        "mails": lambda: watch.open_mails(db),
        "letters": lambda: watch.open_letters(db),
        "jobs": lambda: (watch.list_jobs(db), jobs.counts(db)),
        "versions": lambda: versions.list_all(db, "p3"),
        "procedures": lambda: versions.list_procedures(db),
    }


def main() -> None:
    figures: dict[str, Any] = {"cases": CLOSED + OPEN, "load_before": round(os.getloadavg()[0], 1)}
    with large_office() as engine, engine.connect() as db:
        seen: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
        ids = list(range(1, 50 * 20_011, 20_011))
        figures["baseline"] = percentiles(
            lambda: db.exec_driver_sql("select * from cases where id = any(%s)", (ids,)).all(),
            times=RUNS,
        )
        measured = {}
        for name, run in lists(db).items():
            seen.clear()
            run()
            measured[name] = {"queries": len(seen), **percentiles(run, times=RUNS)}
            print(f"{name:20} {measured[name]}", flush=True)
    worst = max(measured, key=lambda name: measured[name]["p95_ms"])
    figures |= measured
    figures["worst"] = worst
    figures["ratio_to_baseline"] = round(
        measured[worst]["p50_ms"] / figures["baseline"]["p50_ms"], 1
    )
    goals = {"worst_p95_ms": f"< {GOAL_MS:g}", "queries": "at most 2 each"}
    holds = {
        "worst_p95_ms": measured[worst]["p95_ms"] < GOAL_MS,
        "queries": all(figure["queries"] <= 2 for figure in measured.values()),
    }
    print(json.dumps({"bench": "lists", "figures": figures, "goals": goals, "holds": holds}))


if __name__ == "__main__":
    main()
