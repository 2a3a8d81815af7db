"""A clerk's queue page with 100,000 open tasks and 1,000,000 closed cases: every view with every combination of filters.

Baseline of the same run: 50 tasks with case and person by primary key, which is what the lines of any page cost. Goal: p95
under 50 ms of server time for every combination, first page and last, and the same number of queries whatever the size.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from sqlalchemy import Connection, event

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.support.scale import CLOSED, OPEN, large_office, percentiles
from engine import queues
from engine.access import Actor
from engine.queues import DUES, LAST_PAGE, SORTS, VIEWS, Filters

NOW = datetime(2026, 5, 20, 1, 0, tzinfo=UTC)
GOAL_MS = 50.0
# The p95 of ten runs is their slowest one, so a single pause of the machine would stand for the query.
RUNS = int(os.environ.get("BENCH_RUNS", "40"))
# With every other filter: none, rare, common, a single character.  Alone: kana, part of a number, two words, nothing found.
WORDS = ("", "多摩環境東", "株式会社", "多")
ALONE = ("サービス", "ｻｰﾋﾞｽ", "R8-10", "株式会社 多摩", "社", "存在しない名")
STATES = {
    "section": (None, "working"),
    "waiting": (None, "applicant", "unclaimed", "working", "system"),
}
BARE = (
    "select t.*, c.public_key, p.name from tasks t join cases c on c.id = t.case_id "
    "left join people p on p.id = t.person_id where t.id = any(%s)"
)
Way = tuple[str, Filters, str]


def ways() -> Iterator[Way]:
    """Everything the page can be asked for."""
    for view in VIEWS:
        dues = (None,) if view == "done" else (None, *DUES)
        sorts = ("due",) if view == "done" else SORTS
        choices = product((None, "p3"), STATES.get(view, (None,)), dues, WORDS, sorts)
        for procedure, state, due, words, sort in choices:
            yield view, Filters(procedure=procedure, state=state, due=due, words=words), sort
        for words in ALONE:
            yield view, Filters(words=words), "due"


def clerk(*sections: str) -> Actor:
    return Actor(
        kind="staff",
        account_id=1,
        person_id=1,
        roles=frozenset({"clerk"}),
        posts=frozenset(f"{section}.examiner" for section in sections),
        sections=frozenset(sections),
    )


def measure(db: Connection, actor: Actor, way: Way) -> dict[str, float]:
    """The slower one of the first page and the last."""
    view, filters, sort = way

    def page(number: int) -> queues.QueuePage:
        return queues.page(
            db, actor=actor, view=view, filters=filters, sort=sort, page=number, now=NOW
        )

    figures = percentiles(lambda: page(1), times=RUNS)
    if page(1).pages > 1:
        last = percentiles(lambda: page(LAST_PAGE), times=RUNS)
        figures = max(figures, last, key=lambda figure: figure["p95_ms"])
    return figures


def named(way: Way) -> str:
    view, filters, sort = way
    said = (filters.procedure, filters.state, filters.due, filters.words, sort)
    return " ".join((view, *(str(word) for word in said if word)))


def main() -> None:
    figures: dict[str, object] = {
        "open_tasks": OPEN,
        "closed_cases": CLOSED,
        "load_before": round(os.getloadavg()[0], 1),
    }
    measured: dict[str, dict[str, float]] = {}
    queries: set[int] = set()
    with large_office() as engine, engine.connect() as db:
        seen: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
        ids = list(range(CLOSED + 1000, CLOSED + 1000 + 50 * 97, 97))
        bare = percentiles(lambda: db.exec_driver_sql(BARE, (ids,)).all(), times=RUNS)
        for actor in (clerk("s2"), clerk("s1", "s2")):
            prefix = "" if len(actor.sections) == 1 else "2 sections: "
            for way in ways():
                if prefix and way[0] != "section":
                    continue
                seen.clear()
                view, filters, sort = way
                queues.page(db, actor=actor, view=view, filters=filters, sort=sort, now=NOW)
                queries.add(len(seen))
                measured[prefix + named(way)] = measure(db, actor, way)
            for view in VIEWS:
                mine = {k: v for k, v in measured.items() if k.startswith(prefix + view)}
                if mine:
                    name = max(mine, key=lambda key: mine[key]["p95_ms"])
                    print(
                        f"{prefix + view:20} {len(mine):4} ways, worst: {mine[name]}  {name}",
                        flush=True,
                    )
                    figures[f"worst_{prefix}{view}"] = {"way": name, **mine[name]}
        others = {
            "counts_polled": lambda: queues.counts(db, actor=clerk("s2"), now=NOW),
            "next_task": lambda: queues.next_of(db, actor=clerk("s2"), now=NOW),
            "batch_count": lambda: queues.count_batchable(db, actor=clerk("s2")),
            "batch_list": lambda: queues.list_batchable(db, actor=clerk("s2")),
        }
        for name, run in others.items():
            measured[name] = percentiles(run, times=RUNS)
            print(f"{name:20} {measured[name]}", flush=True)
            figures[name] = measured[name]
    worst = max(figure["p95_ms"] for figure in measured.values())
    plain = [measured[f"{view} due"]["p50_ms"] for view in VIEWS]
    figures |= {
        "ways": len(measured),
        "worst_p95_ms": worst,
        "over_the_goal": sum(figure["p95_ms"] >= GOAL_MS for figure in measured.values()),
        "baseline": bare,
        "ratio_unfiltered_to_baseline": round(max(plain) / bare["p50_ms"], 1),
        "queries": sorted(queries),
    }
    goals = {"worst_p95_ms": f"< {GOAL_MS:g}", "queries": "3, whatever the size"}
    holds = {"worst_p95_ms": worst < GOAL_MS, "queries": queries == {3}}
    line = {"bench": "queue", "figures": figures, "goals": goals, "holds": holds}
    print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
