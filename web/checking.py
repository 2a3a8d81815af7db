"""`tetsuzuki check`: one report per file or procedure folder, for people or as JSON lines."""

from __future__ import annotations

import contextlib
import gc
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from engine import dmn, procedure, safe_xml
from engine.bpmn import checks, reader
from engine.calendar import jst_date
from engine.errors import ModelRejected, Problem
from engine.feel_functions import NAMES
from forms import definition

LOOSE = (".bpmn", ".bpmn2", ".bpmn20.xml", ".dmn", ".form")
# By whether every input has a result, and whether none has two; None: neither is known.
PROVEN = {
    (True, True): "は、どの入力にもちょうど一つの結果を出します。",
    (True, False): "は、どの入力にも当てはまる行がありますが、結果が決まらない重なりがあります。",
    (True, None): "は、どの入力にも当てはまる行があります。重なりがないかは確かめられません。",
    (False, True): "には、どの行にも当てはまらない入力があります。重なりはありません。",
    (False, False): "には、どの行にも当てはまらない入力と、結果が決まらない重なりがあります。",
    (
        False,
        None,
    ): "には、どの行にも当てはまらない入力があります。重なりがないかは確かめられません。",
    (None, True): "に重なりはありません。すべての入力に当てはまる行があるかは確かめられません。",
    (
        None,
        False,
    ): "には結果が決まらない重なりがあります。すべての入力に当てはまる行があるかは確かめられません。",
    (None, None): "は、定数でない条件があるので、もれや重なりがないかを確かめられません。",
}


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
        problems = [
            {
                "file": p.file,
                "element": p.element,
                "name": p.name,
                "line": p.line,
                "problem": p.problem,
                "remedy": p.remedy,
                "severity": p.severity,
            }
            for p in self.problems
        ]
        return json.dumps(
            {
                "file": self.file,
                "deployable": self.is_deployable,
                "problems": problems,
                "tables": [asdict(table) for table in self.tables],
                "ms": self.ms,
            },
            ensure_ascii=False,
        )

    def as_text(self) -> str:
        """Japanese lines for a person."""
        head = f"{'○' if self.is_deployable else '×'} {self.file}（{self.ms}ミリ秒）"
        lines = [head]
        for p in self.problems:
            mark = "誤り" if p.severity == "error" else "注意"
            where = p.file if p.line is None else f"{p.file} {p.line}行目"
            element = f"「{p.name or p.element}」" if p.name or p.element else ""
            lines.append(f"   {mark} {where} {element}{p.problem} → {p.remedy}")
        lines += [
            f"   証明 表「{table.name}」{PROVEN[table.complete, table.single]}"
            for table in self.tables
        ]
        return "\n".join(lines)


def check(
    paths: list[Path],
    *,
    operations: Mapping[str, Any],
    today: date | None = None,
    xml: safe_xml.Limits = safe_xml.LARGEST,
) -> Iterator[Report]:
    """A report per procedure folder and per loose file under the paths; never raises for what a file says.

    operations: names a model may ask for.  today: the day from which a procedure is to run, today in Tokyo by default.
    xml: what a diagram or decision table may be.
    """
    today = today or jst_date(datetime.now(UTC))
    for path in paths:
        for target in _targets(path):
            started = time.perf_counter()
            with _without_collecting():
                problems, tables = _problems(target, operations, today, xml), _tables(target)
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


def _tables(target: Path) -> list[dmn.TableProof]:
    """What is proven of the tables that can be read."""
    found: list[dmn.TableProof] = []
    for file in sorted(target.rglob("*.dmn")) if target.is_dir() else [target]:
        if file.suffix.lower() == ".dmn":
            with contextlib.suppress(ModelRejected, OSError):
                found += dmn.proofs(dmn.read(file.read_bytes(), file=file.name))
    return found


def _problems(
    target: Path, operations: Mapping[str, Any], today: date, xml: safe_xml.Limits
) -> list[Problem]:
    try:
        if target.is_dir():
            return procedure.check(
                procedure.read_folder(target), operations=operations, today=today, xml=xml
            )
        content = target.read_bytes()
        suffix = target.suffix.lower()
        if suffix == ".dmn":
            return dmn.check(dmn.read(content, file=target.name, limits=xml))
        if suffix == ".form":
            definition.parse(content.decode("utf-8"), file=target.name, functions=NAMES)
            return []
        document = reader.read(content, file=target.name, limits=xml)
        return [*document.problems, *checks.check(document)]
    except ModelRejected as error:
        return error.problems
    except UnicodeDecodeError:
        return [
            Problem(target.name, "UTF-8の文字ではありません。", "UTF-8で保存し直してください。")
        ]
    except OSError as error:
        return [
            Problem(
                str(target), f"読めません（{error.strerror}）。", "場所と権限を確かめてください。"
            )
        ]
