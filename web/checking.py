"""`tetsuzuki check`: one report per file or procedure folder, for people or as JSON lines."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import dmn, procedure
from engine.bpmn import checks, reader
from engine.errors import ModelRejected, Problem
from engine.feel_functions import NAMES
from forms import definition

LOOSE = (".bpmn", ".dmn", ".form")


@dataclass(frozen=True)
class Report:
    """What is wrong with one file or folder. ms: wall time of the check."""

    file: str
    problems: tuple[Problem, ...]
    ms: int

    @property
    def is_deployable(self) -> bool:
        return not any(p.severity == "error" for p in self.problems)

    def as_json(self) -> str:
        """One line: {"file", "deployable", "problems": [...], "ms"}."""
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
        return "\n".join(lines)


def check(paths: list[Path], *, operations: Mapping[str, Any]) -> Iterator[Report]:
    """A report per procedure folder and per loose file under the paths; never raises for what a file says."""
    for path in paths:
        for target in _targets(path):
            started = time.perf_counter()
            problems = _problems(target, operations)
            yield Report(
                str(target), tuple(problems), round((time.perf_counter() - started) * 1000)
            )


def _targets(path: Path) -> Iterator[Path]:
    if not path.is_dir() or (path / "procedure.yaml").exists():
        yield path
        return
    for child in sorted(path.iterdir()):
        if child.name.startswith("."):
            continue
        if child.is_dir():
            yield from _targets(child)
        elif child.suffix in LOOSE:
            yield child


def _problems(target: Path, operations: Mapping[str, Any]) -> list[Problem]:
    try:
        if target.is_dir():
            return procedure.check(procedure.read_folder(target), operations=operations)
        content = target.read_bytes()
        if target.suffix == ".dmn":
            return dmn.check(dmn.read(content, file=target.name))
        if target.suffix == ".form":
            definition.parse(content.decode("utf-8"), file=target.name, functions=NAMES)
            return []
        document = reader.read(content, file=target.name)
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
