"""Publishing a procedure: every check, every scenario on both engines, then the new version. Nothing is stored before."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from engine import (
    callees,
    environment,
    kernel,
    procedure_checks,
    safe_xml,
    scenarios,
    second_engine,
    starts,
    used_calendars,
    versions,
)
from engine.access import Actor
from engine.calendar import jst_date
from engine.database import Database
from engine.errors import ModelRejected, Problem
from engine.kernel.env import DEFAULT_LIMITS
from engine.procedure import Folder, Procedure

# A scenario with such a comparison keeps the procedure from being published.
_REFUSED = (second_engine.DISAGREES, second_engine.BROKEN)


@dataclass(frozen=True)
class Tried:
    """One scenario on both engines. second: agrees | parts | outside | disagrees | broken | "" when it did not pass on the kernel."""

    procedure: str
    file: str
    name: str
    failures: tuple[str, ...]
    second: str = ""
    second_detail: str = ""

    @property
    def passed(self) -> bool:
        return not self.failures and self.second not in _REFUSED

    def as_json(self) -> str:
        return json.dumps(
            {
                "procedure": self.procedure,
                "file": self.file,
                "scenario": self.name,
                "passed": self.passed,
                "failures": list(self.failures),
                "second_engine": self.second,
                "second_engine_detail": self.second_detail,
            },
            ensure_ascii=False,
        )

    def as_text(self) -> str:
        head = f"{'○' if self.passed else '×'} {self.procedure} {self.file}「{self.name}」"
        lines = [f"   {failure}" for failure in self.failures]
        if self.second == second_engine.DISAGREES:
            lines.append(f"   二つめのエンジンと結果が違います: {self.second_detail}")
        elif self.second == second_engine.BROKEN:
            lines.append(f"   二つめのエンジンと比べられませんでした: {self.second_detail}")
        elif self.second == second_engine.OUTSIDE:
            lines.append(f"   二つめのエンジンの対象外: {self.second_detail}")
        elif self.second == second_engine.IN_PARTS:
            lines.append(f"   部分ごとに二つめのエンジンと同じ結果でした: {self.second_detail}")
        elif self.second == second_engine.AGREES:
            lines.append("   二つめのエンジンと同じ結果でした。")
        return "\n".join([head, *lines])


@dataclass(frozen=True)
class Published:
    """What was stored. is_new is False when the same content stood there already.  warnings: what it was stored with."""

    version_id: int
    number: int
    is_new: bool
    name: str
    warnings: tuple[Problem, ...]

    @property
    def text(self) -> str:
        if self.is_new:
            return f"「{self.name}」の第{self.number}版を公開しました。"
        return f"「{self.name}」は第{self.number}版と同じ内容です。公開中の版にしました。"


def try_scenarios(
    procedure: Procedure, report: scenarios.Report, *, limits: kernel.Limits = DEFAULT_LIMITS
) -> Iterator[Tried]:
    """Every scenario that ran on the kernel, and where it passed run on the second engine too.

    limits: those under which they ran.
    """
    for result in report.results:
        yield _tried(procedure, result, limits)


def publish(
    database: Database,
    folder: Folder,
    *,
    operations: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    note: str = "",
    xml: safe_xml.Limits = safe_xml.LARGEST,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Published:
    """The folder is the current version of its procedure. Raises ModelRejected with every problem; then nothing changed.

    Checks and scenarios run before the transaction: they may take seconds.
    xml: what a file may be.
    progress: told how many scenarios have run, of how many; a scenario runs once on each engine.
    """
    found = procedure_checks.examine(
        folder,
        operations=operations,
        today=jst_date(now),
        xml=xml,
        expressions=database.limits.feel,
        callees=partial(callees.why_not, database),
    )
    problems = [p for p in found.problems if p.severity == "error"]
    procedure = found.procedure
    if problems or procedure is None:
        raise ModelRejected(problems)
    report = scenarios.run_all(
        procedure,
        operations=operations,
        limits=database.limits,
        progress=lambda done, total: progress(done, 2 * total),
    )
    problems = [p for p in report.problems if p.severity == "error"]
    for done, result in enumerate(report.results, len(report.results)):
        progress(done, 2 * len(report.results))
        problems += _disagreement(_tried(procedure, result, database.limits))
    if problems:
        raise ModelRejected(problems)
    with database.transaction() as db:
        version_id, is_new = versions.store(
            db, folder, name=procedure.name, note=note, actor=actor, now=now
        )
        version = versions.get(db, version_id)
        starts.arm(db, version, now)
    told = (*found.problems, *report.problems)
    warnings = tuple(p for p in told if p.severity == "warning")
    return Published(version_id, version.number, is_new, procedure.name, warnings)


def _tried(procedure: Procedure, result: scenarios.Result, limits: kernel.Limits) -> Tried:
    if not result.passed or result.walk is None:
        return Tried(procedure.code, result.file, result.title, result.failures)
    env = lru_cache(partial(_env, procedure, limits))
    compared = second_engine.compare_moves(
        procedure.processes, procedure.main, result.walk.moves, env
    )
    return Tried(procedure.code, result.file, result.title, (), compared.status, compared.detail)


def _env(procedure: Procedure, limits: kernel.Limits, now: datetime) -> kernel.Env:
    calendar = used_calendars.unedited(procedure.settings)
    return environment.build(procedure, now=now, calendar=calendar, limits=limits)


def _disagreement(tried: Tried) -> list[Problem]:
    if tried.second not in _REFUSED:
        return []
    if tried.second == second_engine.BROKEN:
        problem = f"二つめのエンジンと比べられませんでした: {tried.second_detail}"
        remedy = "図の誤りではなく、この製品の不具合です。この表示と図を添えて、開発元に知らせてください。"
    else:
        problem = f"二つのエンジンの結果が違います: {tried.second_detail}"
        remedy = "図の書き方があいまいです。名前の挙がった要素のまわりを、はっきりした形に直してください。"
    return [Problem(tried.file, problem, remedy, element=tried.name)]
