"""Scenarios of a procedure: a case played through on the kernel as its YAML tells it, compared with what it expects.

No database and no network. The walks go on to the second engine; coverage says what no scenario reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.base import Operation
from engine import procedure_file, yaml_checks
from engine.errors import Problem
from engine.kernel import Limits
from engine.kernel.env import DEFAULT_LIMITS
from engine.procedure import Procedure
from engine.scenarios import standing
from engine.scenarios.coverage import FLOW, Coverage, coverage, unreached
from engine.scenarios.reading import Scenario, Unreadable, read_all
from engine.scenarios.running import Result, filed_answers, run
from engine.scenarios.walk import Walk

__all__ = [
    "FLOW",
    "Coverage",
    "Report",
    "Result",
    "Scenario",
    "Unreadable",
    "Walk",
    "filed_answers",
    "folders",
    "problems",
    "read_all",
    "run",
    "run_all",
]


@dataclass(frozen=True)
class Report:
    """All scenarios of a procedure. problems: errors keep it from being deployed.

    unused: a warning for each standing answer that nothing used; among the problems too.
    """

    results: tuple[Result, ...]
    coverage: Coverage
    problems: tuple[Problem, ...]
    unused: tuple[Problem, ...]


def run_all(
    procedure: Procedure,
    *,
    operations: Mapping[str, Any] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Report:
    """Every scenario has run, in order of file names.

    operations: those a model may ask for, by name; what calls give and get is checked against the schemas of the
    adapters' ones, the engine's own have none.
    limits: what the case of a scenario may use.  progress: told how many have run, of how many.
    """
    known = {name: one for name, one in (operations or {}).items() if isinstance(one, Operation)}
    scenarios, unreadable = read_all(procedure.scenarios)
    results = [
        Result(procedure.code, name, f"scenarios/{name}.yaml", name, reasons, None)
        for name, reasons in unreadable.items()
    ]
    for done, scenario in enumerate(scenarios):
        progress(done, len(scenarios))
        results.append(run(procedure, scenario, operations=known, limits=limits))
    results.sort(key=lambda result: result.name)
    covered = coverage(procedure, [r.walk for r in results if r.walk is not None])
    unused = standing.unused(scenarios, {r.name: r.answered for r in results if r.passed})
    lines = yaml_checks.with_lines(unused, procedure.files)
    found = (*problems(results), *unreached(procedure, covered), *lines)
    return Report(tuple(results), covered, found, tuple(lines))


def problems(results: Iterable[Result]) -> list[Problem]:
    """One error for each failure of a scenario."""
    return [
        Problem(
            result.file,
            failure.text,
            "図・規則を直すか、シナリオの期待を直してください。",
            element=result.name,
            name=result.title,
            line=failure.line,
        )
        for result in results
        for failure in result.told
    ]


def folders(paths: Iterable[Path]) -> list[Path]:
    """The procedure folders among the paths: each path itself, or the procedures inside it."""
    found = []
    for path in paths:
        if (path / procedure_file.FILE).is_file():
            found.append(path)
        else:
            found += sorted(p.parent for p in path.glob(f"*/{procedure_file.FILE}"))
    return found
