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
    end_checks,
    expression_checks,
    feel,
    letter_checks,
    parameter_checks,
    parameters,
    procedure_file,
    start_checks,
    yaml_checks,
)
from engine.bpmn import checks as bpmn_checks
from engine.bpmn import reader
from engine.bpmn.model import Node, Process
from engine.dmn import Model
from engine.dmn import check as check_dmn
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
    procedure, problems = _compile(folder)
    if procedure is None or any(p.severity == "error" for p in problems):
        raise ModelRejected(problems)
    return procedure


def check(
    folder: Folder, *, operations: Mapping[str, Any], today: date | None = None
) -> list[Problem]:
    """Everything wrong with the folder, errors first; the examples of its decisions have been tried.

    operations: names a model may ask for (adapters and engine).  today: the day from which it is to run; None leaves out
    whether its dated parameters hold by then.
    """
    procedure, problems = _compile(folder)
    problems += decision_examples.run_all(folder.files).problems
    for path, text in folder.files.items():
        if path.endswith(".yaml"):
            problems += yaml_checks.problems(text, file=path)
    if procedure is not None:
        problems += [
            *_process_problems(procedure, operations),
            *_setting_problems(procedure),
            *expression_checks.problems(procedure.settings, procedure.processes, procedure.forms),
            *parameter_checks.problems(
                procedure.settings,
                procedure.processes,
                procedure.forms,
                procedure.decisions,
                procedure.parameters,
                today=today,
            ),
            *letter_checks.problems(
                procedure.settings,
                procedure.letters,
                procedure.mails,
                procedure.processes,
                procedure.forms,
            ),
        ]
    return sorted(problems, key=lambda p: (p.severity != "error", p.file, p.line or 0))


def _compile(folder: Folder) -> tuple[Procedure | None, list[Problem]]:
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
            folder.files[path].encode(), file=path, operations=settings.get("operations", {})
        )
        is_whole = is_whole and bool(document.processes)
        problems += document.problems
        problems += bpmn_checks.check(document)
        processes |= document.processes
    values = None
    with _collecting(problems):
        values = parameters.read(folder.files.get("parameters.yaml", ""))
    decisions: dict[str, Model] = {}
    for _, path, text in folder.under("decisions", ".dmn"):
        with _collecting(problems):
            model = read_dmn(text.encode(), file=path)
            problems += check_dmn(model)
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
        return None, problems
    main = processes.get(folder.name)
    if main is None:
        problems.append(
            Problem(
                "process.bpmn",
                f"id「{folder.name}」のプロセスがありません。",
                "主プロセスのidをフォルダー名と同じにしてください。",
            )
        )
        return None, problems
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


def _process_problems(procedure: Procedure, operations: Mapping[str, Any]) -> Iterator[Problem]:
    yield from end_checks.problems(procedure.main, procedure.settings["ends"])
    yield from start_checks.problems(procedure.settings, procedure.main, procedure.processes)
    for process in procedure.processes.values():
        for node in process.nodes:
            if node.kind == "userTask":
                yield from _user_task(procedure, process, node)
                continue
            work = node.work
            if work.operation and work.operation not in operations:
                yield _at(
                    process,
                    node,
                    f"操作「{work.operation}」はありません。",
                    "使える操作の名前に直すか、procedure.yaml の operations に"
                    f"「{work.operation}: アダプター.操作」と書いてください。",
                )
            if work.decision and _is_missing(procedure, work.decision):
                yield _at(
                    process,
                    node,
                    f"判定表「{work.decision}」がありません。",
                    "decisions/ にその判定表を置いてください。",
                )
            if isinstance(work.called, str) and work.called not in procedure.processes:
                yield _at(
                    process,
                    node,
                    f"呼び出すプロセス「{work.called}」がありません。",
                    "同じフォルダーの .bpmn に置いてください。",
                )


def _is_missing(procedure: Procedure, decision: str) -> bool:
    """No table decides it; False too while a .dmn file cannot be read, which may hold it."""
    read = {model.file for model in procedure.decisions.values()}
    unread = any(path not in read for path in procedure.files if path.endswith(".dmn"))
    return decision not in procedure.decisions and not unread


def _has_form(procedure: Procedure, name: str) -> bool:
    """The folder holds the form, be it readable or not."""
    return f"forms/{name}.form" in procedure.files


def _user_task(procedure: Procedure, process: Process, node: Node) -> Iterator[Problem]:
    lanes = procedure.settings["lanes"]
    if node.form is None:
        yield _at(
            process, node, "フォームが決まっていません。", "「使うフォーム」を選んでください。"
        )
    elif not _has_form(procedure, node.form):
        yield _at(
            process,
            node,
            f"フォーム「{node.form}」がありません。",
            f"forms/{node.form}.form を作るか、名前を直してください。",
        )
    if node.lane is None:
        yield _at(process, node, "レーンに入っていません。", "担当のレーンの中に置いてください。")
    elif node.lane not in lanes:
        yield _at(
            process,
            node,
            f"レーン「{node.lane}」の担当が決まっていません。",
            "procedure.yaml の lanes に職（post）を書いてください。",
        )
    elif lanes[node.lane].get("audience") == "system":
        yield _at(
            process,
            node,
            "システムのレーンに人の作業があります。",
            "担当のレーンへ移してください。",
        )


def _setting_problems(procedure: Procedure) -> Iterator[Problem]:
    settings = procedure.settings
    file = procedure_file.FILE
    yield from procedure_file.placeholders(settings)
    start_form = settings["filing"].get("form")
    if start_form is not None and not _has_form(procedure, start_form):
        yield Problem(
            file,
            f"届出のフォーム「{start_form}」がありません。",
            f"forms/{start_form}.form を作ってください。",
            element="filing.form",
        )
    yield from _guest_problems(settings["filing"])
    yield from _caution_problems(procedure)
    for key in ("title", "applicant", "email"):
        yield from _expression(file, f"filing.{key}", settings["filing"].get(key))
    counted_from = settings["retention"]["counted_from"]
    if counted_from != procedure_file.COMPLETION:
        yield from _expression(file, "retention.from", counted_from)
    for name, source in settings["prefill"].items():
        yield from _expression(file, f"prefill.{name}", source)
    for lane, entry in settings["lanes"].items():
        if entry.get("audience", "staff") == "staff" and not entry.get("post"):
            yield Problem(
                file,
                f"レーン「{lane}」に職（post）がありません。",
                "post を書いてください。",
                element=f"lanes.{lane}",
            )
    asked = {node.operation for p in procedure.processes.values() for node in p.nodes}
    for job_type, operation in settings["operations"].items():
        if operation not in asked:
            yield Problem(
                file,
                f"ジョブの種類「{job_type}」を使う要素が図にありません。",
                "名前を直すか、行を消してください。",
                element=f"operations.{job_type}",
                severity="warning",
            )
    yield from _node_problems(procedure)
    for node, end in settings["ends"].items():
        yield from _end_problems(procedure, node, end)
    for fact in settings["facts"]:
        yield from _expression(file, f"facts.{fact['label']}", fact["value"])
    searched = [
        entry[key] for entry in settings["search"] for key in ("field", "kana") if key in entry
    ]
    for path in searched:
        if not _has_form(procedure, path.split(".")[0]):
            yield Problem(
                file,
                f"検索の項目「{path}」のフォームがありません。",
                "「フォーム名.項目名」で書いてください。",
                element="search",
            )


def _end_problems(procedure: Procedure, node: str, end: Mapping[str, Any]) -> Iterator[Problem]:
    letter = end.get("letter")
    if letter is not None and letter not in procedure.settings["letters"]:
        yield Problem(
            procedure_file.FILE,
            f"終わり「{node}」の通知書「{letter}」がありません。",
            "letters にある名前を書いてください。",
            element=f"ends.{node}.letter",
        )
    for text in end["next"]:
        if text.startswith("="):
            yield from _expression(procedure_file.FILE, f"ends.{node}.next", text)


def _node_problems(procedure: Procedure) -> Iterator[Problem]:
    """Settings about an element that the diagrams do not hold (any more)."""
    settings = procedure.settings
    stops = settings.get("standard_period", {}).get("stops", [])
    ends = settings.get("correcting", {}).get("ends", [])
    named = [
        *(("標準処理期間を止める作業", "standard_period.stops", node, "") for node in stops),
        *(("進み具合の段階", "stages", *line) for line in settings["stages"].items()),
        *(("作業が終わったときの言葉", "finished", *line) for line in settings["finished"].items()),
        *(("終わりの見せ方", "ends", node, "") for node in settings["ends"]),
        *(("訂正が終わる要素", "correcting.ends", node, "") for node in ends),
    ]
    nodes = {node.id for process in procedure.processes.values() for node in process.nodes}
    for title, key, node, label in named:
        if node in nodes:
            continue
        said = f"「{node}」（{label}）" if label else f"「{node}」"
        yield Problem(
            procedure_file.FILE,
            f"{title}（{key}）に書かれた要素{said}が、図にありません。",
            f"図から消したのなら、{key} からも「{node}」を消してください。"
            "誤って消したのなら、図に戻してください。idが変わったのなら、新しいidに書き直してください。",
            element=f"{key}.{node}",
        )


def _guest_problems(filing: Mapping[str, Any]) -> Iterator[Problem]:
    if "guest" not in filing["by"]:
        return
    file = procedure_file.FILE
    if not filing.get("email"):
        yield Problem(
            file,
            "アカウントなしの届出（guest）を受けるのに、連絡先のメールアドレスがどの項目か書かれていません。",
            "filing.email に「=フォーム名.項目名」を書いてください。受付番号とこのアドレスで、あとから案件を開きます。",
            element="filing.email",
        )
    if filing.get("binding"):
        yield Problem(
            file,
            "登録に結び付いたアカウントの手続（filing.binding）は、アカウントなし（guest）では受けられません。",
            "filing.by から guest を外してください。",
            element="filing.by",
        )
    if "account" not in filing["by"]:
        yield Problem(
            file,
            "アカウントなし（guest）だけを受ける手続は扱えません。",
            "filing.by に account も書いてください。",
            element="filing.by",
        )


def _caution_problems(procedure: Procedure) -> Iterator[Problem]:
    filing = procedure.settings["filing"]
    name = filing.get("caution")
    if name is None:
        return
    if _is_missing(procedure, name):
        yield Problem(
            procedure_file.FILE,
            f"判定表「{name}」がありません。",
            "decisions/ にその判定表を置いてください。",
            element="filing.caution",
        )
    if not filing.get("binding"):
        yield Problem(
            procedure_file.FILE,
            "届け出る前の注意（filing.caution）は、登録を選ぶ手続（filing.binding）でしか使えません。",
            "filing.caution を消すか、filing.binding を書いてください。",
            element="filing.caution",
        )


def _expression(file: str, element: str, source: str | None) -> Iterator[Problem]:
    if source is None:
        return
    try:
        feel.compile(source, functions=NAMES)
    except feel.SyntaxProblem as error:
        yield Problem(file, str(error), error.remedy, element=element)


def _at(process: Process, node: Node, problem: str, remedy: str) -> Problem:
    return Problem(process.file, problem, remedy, element=node.id, name=node.name, line=node.line)
