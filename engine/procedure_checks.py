"""What is wrong with a procedure, before it is deployed: every check over its folder, and the examples of its decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine import (
    calendar_checks,
    catch_checks,
    element_checks,
    end_checks,
    example_runs,
    expression_checks,
    expression_limits,
    feel,
    given_checks,
    letter_checks,
    letter_readings,
    operation_checks,
    operation_results,
    parameter_checks,
    parameters,
    procedure,
    readings,
    safe_xml,
    setting_checks,
    sources,
    start_checks,
    yaml_checks,
)
from engine.dmn import TableProof, unproven
from engine.dmn import examine as examine_model
from engine.element_checks import Callees, Callers, Holds
from engine.errors import Problem
from engine.feel.types import Type
from engine.procedure import Folder
from forms import definition


@dataclass(frozen=True)
class Examined:
    """problems: everything wrong, errors first.  examples: what came out of every example that can be tried.

    tables: what is proven of the decision tables that can be read.  procedure: what would run, if all of it can be read.
    """

    problems: list[Problem]
    examples: tuple[example_runs.Tried, ...]
    tables: list[TableProof]
    procedure: procedure.Procedure | None


def examine(
    folder: Folder,
    *,
    operations: Mapping[str, Any],
    today: date | None = None,
    xml: safe_xml.Limits = safe_xml.LARGEST,
    expressions: feel.Limits = feel.DEFAULT,
    callees: Callees | None = None,
    callers: Callers | None = None,
) -> Examined:
    """Everything wrong with the folder; the examples of its decisions have been tried.

    operations: names a model may ask for (adapters and engine).  today: the day from which it is to run; None leaves out
    whether its dated parameters hold by then.  xml, expressions: what a file and an expression in it may be to be deployed;
    a version that was deployed stays readable.  callees: judges the procedures of which it begins cases; None: a warning says that nobody has looked.
    callers: finds those that begin cases of it and no longer could; None: nobody looks.
    """
    read = procedure.read(folder, xml)
    parts = read.procedure
    tried = example_runs.run_all(folder.files, read.models, read.dated)
    problems = [*read.problems, *tried.problems]
    for path, text in folder.files.items():
        if path.endswith(".yaml"):
            problems += yaml_checks.problems(text, file=path)
    problems += parameters.strange(folder.files.get("parameters.yaml", ""))
    types: Mapping[str, Type] = {}
    if parts is not None:
        settings, holds = parts.settings, Holds(parts.files, parts.models)
        results = operation_results.types(operations)
        known = sources.find(
            settings, parts.processes, parts.forms, parts.decisions, parts.parameters, results
        )
        types = known.types
        written = list(readings.find(settings, parts.processes, parts.forms, parts.models))
        problems += [
            *end_checks.problems(parts.main, settings["ends"]),
            *start_checks.problems(settings, parts.main, parts.processes),
            *(callers(settings) if callers is not None else ()),
            *element_checks.problems(settings, parts.processes, holds, operations, callees),
            *given_checks.problems(parts.processes),
            *given_checks.filing(settings),
            *operation_checks.problems(settings, parts.processes, parts.mails),
            *catch_checks.problems(settings, parts.processes, parts.main),
            *setting_checks.problems(settings, parts.processes, holds, parts.forms),
            *expression_checks.problems(settings, parts.processes, parts.forms, known, results),
            *calendar_checks.problems(settings, written),
            *parameter_checks.problems(settings, written, parts.parameters, today=today),
            *(
                problem
                for form in parts.forms.values()
                for problem in definition.check(form, names=known.names, types=types)
            ),
            *letter_checks.problems(
                settings, parts.letters, parts.mails, parts.processes, parts.forms
            ),
            *letter_readings.problems(settings, parts.letters, parts.mails, parts.processes, known),
        ]
    tables: list[TableProof] = []
    for model in read.models.values():
        found = examine_model(model, types)
        # What the model's own findings leave of its proofs is known there.
        tables += unproven(found.proofs, (p for p in problems if p.file == model.file))
        problems += found.problems
    processes = {} if parts is None else parts.processes
    problems += expression_limits.problems(processes, read.models.values(), expressions)
    problems = yaml_checks.with_lines(problems, folder.files)
    problems.sort(key=lambda p: (p.severity != "error", p.file, p.line or 0))
    return Examined(problems, tried.tried, tables, parts)
