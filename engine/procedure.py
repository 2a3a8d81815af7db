"""A procedure: one folder of data, read and compiled. No database.

`read_folder` gives the texts, `compile` turns texts that engine/procedure_checks found right into what runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from engine import parameters, procedure_file, safe_xml, yaml_checks
from engine.bpmn import checks as bpmn_checks
from engine.bpmn import drawn, reader
from engine.bpmn.document import Document
from engine.bpmn.model import Process
from engine.dmn import Model
from engine.dmn import read as read_dmn
from engine.errors import ModelRejected, Problem
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
    models: Mapping[str, Model]  # by file
    parameters: parameters.Parameters
    letters: Mapping[str, str]
    mails: Mapping[str, str]
    scenarios: Mapping[str, str]
    files: Mapping[str, str]

    @cached_property
    def decisions(self) -> Mapping[str, Model]:
        """Id of each decision -> the model that holds it."""
        return {name: model for model in self.models.values() for name in model.decisions}


def read_folder(path: Path) -> Folder:
    """The texts of the folder; raises ModelRejected for a missing folder, a strange, unreadable or too large file."""
    if not path.is_dir():
        remedy = "手続のフォルダー（procedure.yaml のある場所）を指定してください。"
        what = "フォルダーではありません。" if path.exists() else "フォルダーがありません。"
        raise ModelRejected([Problem(str(path), what, remedy)])
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
        else:
            text = _text_at(file, relative)
            if isinstance(text, Problem):
                problems.append(text)
            else:
                files[relative] = text
    if problems:
        raise ModelRejected(problems)
    return Folder(path.resolve().name, files)


def _text_at(file: Path, path: str) -> str | Problem:
    try:
        if file.stat().st_size > LARGEST_FILE_BYTES:
            return Problem(path, "10MBを超えています。", "ファイルを小さくしてください。")
        return text_of(path, file.read_bytes())
    except OSError as error:
        return unread(path, error)


def unread(path: str, error: OSError) -> Problem:
    """The problem of a file that the machine does not give."""
    if isinstance(error, FileNotFoundError):
        remedy = "場所と名前のつづりを確かめてください。"
        return Problem(path, "ファイルもフォルダーもありません。", remedy)
    if isinstance(error, PermissionError):
        return Problem(path, "読む権限がありません。", "ファイルの権限を確かめてください。")
    remedy = "ディスクと、ファイルの権限を確かめてください。"
    return Problem(path, f"読めません（{error.strerror}）。", remedy)


def text_of(path: str, content: bytes) -> str | Problem:
    """The text of one file: of a diagram or a decision table in the encoding it says, of any other in UTF-8."""
    if path.endswith((".bpmn", ".dmn")):
        text = safe_xml.text(content, file=path)
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = Problem(path, "UTF-8の文字ではありません。", "UTF-8で保存し直してください。")
    if isinstance(text, Problem):
        return text
    if "\0" in text:  # the database holds none
        return Problem(path, "使えない文字（NUL）があります。", "その文字を消してください。")
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True)
class Read:
    """procedure: what runs, if all of it can be read.  models: the decision models that can be, by file.

    dated: the parameters, None when they cannot be read.  problems: what is wrong with the files.
    """

    procedure: Procedure | None
    models: Mapping[str, Model]
    dated: parameters.Parameters | None
    problems: list[Problem]


def compile(folder: Folder) -> Procedure:
    """What runs, from texts that were found right; raises ModelRejected with everything that keeps it from running."""
    found = read(folder)
    if found.procedure is None or any(p.severity == "error" for p in found.problems):
        raise ModelRejected(yaml_checks.with_lines(found.problems, folder.files))
    return found.procedure


def read(folder: Folder, xml: safe_xml.Limits = safe_xml.LARGEST) -> Read:
    """What the files hold. xml: the largest they may be."""
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
    documents: list[Document] = []
    for path in sorted(p for p in folder.files if p.endswith(".bpmn")):
        document = reader.read(
            folder.files[path].encode(),
            file=path,
            limits=xml,
            operations=settings.get("operations", {}),
            main=folder.name,
        )
        documents.append(document)
        problems += bpmn_checks.check(document)
    processes, found = drawn.settle(documents)
    problems += found
    is_whole = bool(settings) and all(document.processes for document in documents)
    values = None
    with _collecting(problems):
        values = parameters.read(folder.files.get("parameters.yaml", ""))
    given = {} if values is None else {"parameters": values.type()}
    models: dict[str, Model] = {}
    for _, path, text in folder.under("decisions", ".dmn"):
        with _collecting(problems):
            models[path] = read_dmn(text.encode(), file=path, limits=xml, given=given)
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
        return Read(None, models, values, problems)
    main = processes.get(folder.name)
    if main is None:
        problems.append(
            Problem(
                "process.bpmn",
                f"id「{folder.name}」のプロセスがありません。",
                "主プロセスのidをフォルダー名と同じにしてください。",
            )
        )
        return Read(None, models, values, problems)
    procedure = Procedure(
        code=folder.name,
        name=settings["name"],
        settings=settings,
        processes=processes,
        main=main,
        forms=forms,
        models=models,
        parameters=values,
        letters={n: t for n, _, t in folder.under("letters", ".html")},
        mails={n: t for n, _, t in folder.under("letters", ".mail.txt")},
        scenarios={n: t for n, _, t in folder.under("scenarios", ".yaml")},
        files=dict(folder.files),
    )
    return Read(procedure, models, values, problems)


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
