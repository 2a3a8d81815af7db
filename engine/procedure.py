"""A procedure: one folder of data, read, compiled and checked. No database.

`read_folder` gives the texts, `compile` turns texts that were checked into what runs, `check` says what is wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from engine import (
    decision_examples,
    element_checks,
    end_checks,
    expression_checks,
    letter_checks,
    parameter_checks,
    parameters,
    procedure_file,
    safe_xml,
    setting_checks,
    sources,
    start_checks,
    yaml_checks,
)
from engine.bpmn import checks as bpmn_checks
from engine.bpmn import reader
from engine.bpmn.model import Process
from engine.dmn import Model, TableProof
from engine.dmn import check as check_dmn
from engine.dmn import proofs as table_proofs
from engine.dmn import read as read_dmn
from engine.element_checks import Holds
from engine.errors import ModelRejected, Problem
from engine.feel.types import Type
from engine.feel_functions import NAMES
from forms import definition
from forms.definition import FormDefinition

SUFFIXES = (".bpmn", ".dmn", ".form", ".html", ".txt", ".yaml", ".md")
FOLDERS = ("", "decisions", "forms", "letters", "scenarios")
LARGEST_FILE_BYTES = 10_000_000


@dataclass(frozen=True)
class Folder:
    """The texts of a procedure by relative path with forward slashes."""

    name: str
    files: Mapping[str, str]

    @property
    def content_hash(self) -> str:
        """sha256 over names and texts; the same content has the same hash everywhere."""
        digest = hashlib.sha256(self.name.encode())
        for path in sorted(self.files):
            text = self.files[path].encode()
            digest.update(f"\0{path}\0{len(text)}\0".encode())
            digest.update(text)
        return digest.hexdigest()

    def under(self, folder: str, suffix: str) -> Iterator[tuple[str, str, str]]:
        """(name without suffix, path, text) of the files of one kind, in order of their names."""
        for path in sorted(self.files):
            head, _, tail = path.rpartition("/")
            if head == folder and tail.endswith(suffix):
                yield tail.removesuffix(suffix), path, self.files[path]


@dataclass(frozen=True)
class Procedure:
    """What runs. settings is the checked procedure.yaml."""

    code: str
    name: str
    settings: Mapping[str, Any]
    processes: Mapping[str, Process]
    main: Process
    forms: Mapping[str, FormDefinition]
    decisions: Mapping[str, Model]  # decision id -> the model that holds it
    parameters: parameters.Parameters
    letters: Mapping[str, str]
    mails: Mapping[str, str]
    scenarios: Mapping[str, str]
    files: Mapping[str, str]


def read_folder(path: Path) -> Folder:
    """The texts of the folder; raises ModelRejected for a missing folder, a strange file or one too large."""
    if not path.is_dir():
        raise ModelRejected(
            [
                Problem(
                    str(path),
                    "フォルダーがありません。",
                    "手続のフォルダーの場所を確かめてください。",
                )
            ]
        )
    files = {}
    problems = []
    for file in sorted(path.rglob("*")):
        relative = file.relative_to(path).as_posix()
        if file.is_dir() or any(part.startswith(".") for part in relative.split("/")):
            continue
        if file.suffix not in SUFFIXES or relative.rpartition("/")[0] not in FOLDERS:
            problems.append(
                Problem(
                    relative, "手続のフォルダーに置けないファイルです。", "移すか消してください。"
                )
            )
        elif file.stat().st_size > LARGEST_FILE_BYTES:
            problems.append(
                Problem(relative, "10MBを超えています。", "ファイルを小さくしてください。")
            )
        else:
            try:
                files[relative] = file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                problems.append(
                    Problem(
                        relative, "UTF-8の文字ではありません。", "UTF-8で保存し直してください。"
                    )
                )
    if problems:
        raise ModelRejected(problems)
    return Folder(path.resolve().name, files)


def compile(folder: Folder) -> Procedure:
    """What runs, from texts that `check` found right; raises ModelRejected with everything that keeps it from running."""
    procedure, _, problems = _compile(folder)
    if procedure is None or any(p.severity == "error" for p in problems):
        raise ModelRejected(problems)
    return procedure


def check(
    folder: Folder,
    *,
    operations: Mapping[str, Any],
    today: date | None = None,
    examples: decision_examples.Report | None = None,
    xml: safe_xml.Limits = safe_xml.LARGEST,
) -> list[Problem]:
    """Everything wrong with the folder, as `examine` finds it."""
    return examine(folder, operations=operations, today=today, examples=examples, xml=xml).problems


@dataclass(frozen=True)
class Examined:
    """problems: errors first.  tables: what is proven of the decision tables that can be read."""

    problems: list[Problem]
    tables: list[TableProof]


def examine(
    folder: Folder,
    *,
    operations: Mapping[str, Any],
    today: date | None = None,
    examples: decision_examples.Report | None = None,
    xml: safe_xml.Limits = safe_xml.LARGEST,
) -> Examined:
    """Everything wrong with the folder; the examples of its decisions have been tried.

    operations: names a model may ask for (adapters and engine).  today: the day from which it is to run; None leaves out
    whether its dated parameters hold by then.  examples: what came out of the folder's; None: they are tried here.
    xml: what a file may be to be deployed; a version that was deployed stays readable.
    """
    procedure, models, problems = _compile(folder, xml)
    problems += (examples or decision_examples.run_all(folder.files)).problems
    for path, text in folder.files.items():
        if path.endswith(".yaml"):
            problems += yaml_checks.problems(text, file=path)
    types: Mapping[str, Type] = {}
    if procedure is not None:
        settings, holds = procedure.settings, Holds(procedure.files, procedure.decisions)
        known = sources.find(settings, procedure.processes, procedure.forms, procedure.decisions)
        types = known.types
        problems += [
            *end_checks.problems(procedure.main, settings["ends"]),
            *start_checks.problems(settings, procedure.main, procedure.processes),
            *element_checks.problems(settings["lanes"], procedure.processes, holds, operations),
            *setting_checks.problems(settings, procedure.processes, holds),
            *expression_checks.problems(settings, procedure.processes, procedure.forms, known),
            *parameter_checks.problems(
                settings,
                procedure.processes,
                procedure.forms,
                procedure.decisions,
                procedure.parameters,
                today=today,
            ),
            *letter_checks.problems(
                settings,
                procedure.letters,
                procedure.mails,
                procedure.processes,
                procedure.forms,
            ),
        ]
    for model in models:
        problems += check_dmn(model, types)
    return Examined(
        sorted(problems, key=lambda p: (p.severity != "error", p.file, p.line or 0)),
        [table for model in models for table in table_proofs(model, types)],
    )


def _compile(
    folder: Folder, xml: safe_xml.Limits = safe_xml.LARGEST
) -> tuple[Procedure | None, list[Model], list[Problem]]:
    """What runs, if all of it can be read; the decision models that can be; what is wrong with the files."""
    problems: list[Problem] = []
    settings, found = procedure_file.read(folder.files.get(procedure_file.FILE, ""))
    problems += found
    if settings and settings["id"] != folder.name:
        problems.append(
            Problem(
                procedure_file.FILE,
                f"id「{settings['id']}」がフォルダー名「{folder.name}」と違います。",
                "同じにしてください。",
                element="id",
            )
        )
    processes: dict[str, Process] = {}
    is_whole = bool(settings)
    for path in sorted(p for p in folder.files if p.endswith(".bpmn")):
        document = reader.read(
            folder.files[path].encode(),
            file=path,
            limits=xml,
            operations=settings.get("operations", {}),
        )
        is_whole = is_whole and bool(document.processes)
        problems += document.problems
        problems += bpmn_checks.check(document)
        processes |= document.processes
    values = None
    with _collecting(problems):
        values = parameters.read(folder.files.get("parameters.yaml", ""))
    models: list[Model] = []
    decisions: dict[str, Model] = {}
    for _, path, text in folder.under("decisions", ".dmn"):
        with _collecting(problems):
            model = read_dmn(text.encode(), file=path, limits=xml)
            models.append(model)
            decisions |= dict.fromkeys(model.decisions, model)
    forms: dict[str, FormDefinition] = {}
    for name, path, text in folder.under("forms", ".form"):
        with _collecting(problems):
            form = definition.parse(text, file=path, functions=NAMES)
            if form.id != name:
                problems.append(
                    Problem(
                        path,
                        f"フォームのid「{form.id}」がファイル名と違います。",
                        f"idを「{name}」にしてください。",
                        element=form.id,
                    )
                )
            forms[name] = form
    # What a file that cannot be read would have held is not missing: the rest is judged when it can be read.
    if not is_whole or values is None:
        return None, models, problems
    main = processes.get(folder.name)
    if main is None:
        problems.append(
            Problem(
                "process.bpmn",
                f"id「{folder.name}」のプロセスがありません。",
                "主プロセスのidをフォルダー名と同じにしてください。",
            )
        )
        return None, models, problems
    return (
        Procedure(
            code=folder.name,
            name=settings["name"],
            settings=settings,
            processes=processes,
            main=main,
            forms=forms,
            decisions=decisions,
            parameters=values,
            letters={n: t for n, _, t in folder.under("letters", ".html")},
            mails={n: t for n, _, t in folder.under("letters", ".mail.txt")},
            scenarios={n: t for n, _, t in folder.under("scenarios", ".yaml")},
            files=dict(folder.files),
        ),
        models,
        problems,
    )


class _collecting:
    """Puts the problems of a ModelRejected raised inside into the list and goes on."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        if isinstance(error, ModelRejected):
            self.problems.extend(error.problems)
            return True
        return False
