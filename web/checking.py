"""`tetsuzuki check`: one report per file or procedure folder, for people or as JSON lines."""

from __future__ import annotations

import contextlib
import gc
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from engine import (
    dmn,
    element_checks,
    expression_limits,
    feel,
    given_checks,
    procedure,
    procedure_checks,
    safe_xml,
)
from engine.bpmn import checks, drawn, reader
from engine.calendar import jst_date
from engine.errors import ModelRejected, Problem, in_order
from engine.feel_functions import NAMES
from forms import definition

# More are not read at once, by people; JSON has all of them.
SHOWN_MAX = 200
LOOSE = (".bpmn", ".bpmn2", ".bpmn20.xml", ".dmn", ".form")
_COMPLETE = {
    True: "値のある入力には、どれにも当てはまる行があります。",
    False: "どの行にも当てはまらない入力があります。",
    None: "すべての入力に当てはまる行があるかは確かめられません。",
}
_SINGLE = {
    True: "結果が決まらない重なりはありません。",
    False: "結果が決まらない重なりがあります。",
    None: "重なりがないかは確かめられません。",
}
_NOTHING = (
    "検査するものがありません。",
    "手続のフォルダーか、図（.bpmn）・判定表（.dmn）・フォーム（.form）のある場所を指定してください。",
)


@dataclass(frozen=True)
class Report:
    """What is wrong with one file or folder, and what is proven of its tables. ms: wall time of the check."""

    file: str
    problems: tuple[Problem, ...]
    tables: tuple[dmn.TableProof, ...]
    ms: int

    @property
    def is_deployable(self) -> bool:
        return not any(p.severity == "error" for p in self.problems)

    def as_json(self) -> str:
        """One line: {"file", "deployable", "problems": [...], "tables": [...], "ms"}."""
        return json.dumps(
            {
                "file": self.file,
                "deployable": self.is_deployable,
                "problems": [asdict(problem) for problem in self.problems],
                "tables": [asdict(table) for table in self.tables],
                "ms": self.ms,
            },
            ensure_ascii=False,
        )

    def as_text(self) -> str:
        """Japanese lines for a person."""
        head = f"{'○' if self.is_deployable else '×'} {self.file}（{self.ms}ミリ秒）"
        lines = [head]
        lines += [f"   {line}" for line in told_all(self.problems)]
        lines += [f"   証明 表「{table.name}」{proven(table)}" for table in self.tables]
        return "\n".join(lines)


def told_all(problems: Sequence[Problem]) -> list[str]:
    """A line for each problem; of more than SHOWN_MAX the first, mistakes before remarks, and how many more there are."""
    left = len(problems) - SHOWN_MAX
    if left <= 0:
        return [told(problem) for problem in problems]
    first = sorted(problems, key=lambda problem: problem.severity != "error")[:SHOWN_MAX]
    more = f"ほかに{left:,}件あります。上のものを直してから、もう一度検査してください。"
    return [*map(told, first), more]


def told(problem: Problem) -> str:
    """The problem as one Japanese line for a person."""
    mark = "誤り" if problem.severity == "error" else "注意"
    where = problem.file if problem.line is None else f"{problem.file} {problem.line}行目"
    name = problem.name or problem.element
    id = f"（{problem.element}）" if problem.element not in (None, name) else ""
    element = f"「{name}」{id}" if name else ""
    return f"{mark} {where} {element}{problem.problem} → {problem.remedy}"


def proven(table: dmn.TableProof) -> str:
    """What is proven of a table, as the end of a sentence that begins with it."""
    if table.complete and table.single:
        lacking = table.empty or table.doubled or table.unbounded
        whose = "値のあるどの入力にも" if lacking else "どの入力にも（値がないときも）"
        text = f"は、{whose}、ちょうど一つの結果を出します。"
    else:
        text = f"：{_COMPLETE[table.complete]}{_SINGLE[table.single]}"
    if table.why:
        text += f"理由：{table.why}。"
    for labels, what in (
        (table.empty, "当てはまる行がないことがあります"),
        (table.doubled, "複数の行が当てはまり、案件が止まることがあります"),
        (table.unbounded, "範囲の端が決まらず、案件が止まることがあります"),
    ):
        if labels:
            names = "".join(f"「{label}」" for label in labels)
            text += f"{names}の値がない（null の）ときは、{what}。"
    return text


def check(
    paths: list[Path],
    *,
    operations: Mapping[str, Any],
    today: date | None = None,
    xml: safe_xml.Limits = safe_xml.LARGEST,
    expressions: feel.Limits = feel.DEFAULT,
) -> Iterator[Report]:
    """A report per procedure folder and per loose file under the paths; never raises for what a file says.

    operations: names a model may ask for.  today: the day from which a procedure is to run, today in Tokyo by default.
    xml: what a diagram or decision table may be.  expressions: what an expression in it may be.
    """
    today = today or jst_date(datetime.now(UTC))
    for path in paths:
        targets = list(_targets(path))
        if not targets:
            yield Report(str(path), (Problem(str(path), *_NOTHING),), (), 0)
        for target in targets:
            started = time.perf_counter()
            with _without_collecting():
                problems, tables = _examined(target, operations, today, xml, expressions)
            taken_ms = round((time.perf_counter() - started) * 1000)
            yield Report(str(target), tuple(problems), tuple(tables), taken_ms)


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """No search for cycles meanwhile: over the many objects of a large model it took more than half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _targets(path: Path) -> Iterator[Path]:
    if not path.is_dir() or (path / "procedure.yaml").exists():
        yield path
        return
    for child in sorted(path.iterdir()):
        # A link to a folder can lead back to one above.
        if child.name.startswith(".") or (child.is_symlink() and child.is_dir()):
            continue
        if child.is_dir():
            yield from _targets(child)
        elif child.name.lower().endswith(LOOSE):
            yield child


def _examined(
    target: Path,
    operations: Mapping[str, Any],
    today: date,
    xml: safe_xml.Limits,
    expressions: feel.Limits,
) -> tuple[list[Problem], list[dmn.TableProof]]:
    """The problems of a file or folder, and what is proven of the tables that can be read."""
    try:
        if target.is_dir():
            folder = procedure.read_folder(target)
            found = procedure_checks.examine(
                folder, operations=operations, today=today, xml=xml, expressions=expressions
            )
            return found.problems, found.tables
        content = target.read_bytes()
        suffix = target.suffix.lower()
        if suffix == ".dmn":
            model = dmn.read(content, file=target.name, limits=xml)
            examined = dmn.examine(model)
            large = expression_limits.problems({}, [model], expressions)
            return in_order([*examined.problems, *large]), examined.proofs
        if suffix == ".form":
            text = procedure.text_of(target.name, content)
            if isinstance(text, Problem):
                return [text], []
            definition.parse(text, file=target.name, functions=NAMES)
            return [], []
        document = reader.read(content, file=target.name, limits=xml)
        processes, told = drawn.settle([document])
        given = given_checks.problems(processes)
        unjudged = [
            problem
            for process in processes.values()
            for node in process.nodes
            for problem in element_checks.unjudged(node)
        ]
        large = expression_limits.problems(processes, (), expressions)
        return in_order([*told, *checks.check(document), *given, *unjudged, *large]), []
    except ModelRejected as error:
        return error.problems, []
    except OSError as error:
        return [procedure.unread(str(target), error)], []
