"""The public DMN TCK: `python -m tests.tck.run [FOLDER]` prints a table by folder, then `N of M passed`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from engine import dmn
from engine.errors import ModelRejected, NotFound
from engine.feel import Clock, LimitExceeded, temporal
from engine.feel.values import DaysDuration, FeelDate, FeelDateTime, FeelTime, MonthsDuration

ROOT = Path(__file__).parent.parent.parent
VARIABLES = ("TETSUZUKI_TCK", "DMN_TCK_DIR")  # the first that is set counts
SOURCE = "https://github.com/dmn-tck/tck"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"
CLOCK = Clock(datetime(2026, 6, 1, 1, 0, tzinfo=UTC))


@dataclass(frozen=True)
class Outcome:
    """One result node of one case."""

    folder: str
    case: str
    node: str
    passed: bool
    detail: str


def default_folder() -> Path:
    """Where the TCK lies unless told otherwise."""
    named = next(filter(None, map(os.environ.get, VARIABLES)), None)
    return Path(named) if named else ROOT.parent / "shared" / "dmn-tck"


def absent(folder: Path) -> str:
    """What to do when the TCK is not in the folder."""
    return (
        f"DMN TCK のフォルダーがありません: {folder}\n"
        f"公開のケース集（{SOURCE} の TestCases）を取得し、そのフォルダーを、引数か環境変数 "
        f"{VARIABLES[0]}（なければ {VARIABLES[1]}）で指定してください。"
    )


def outcomes(folder: Path) -> Iterator[Outcome]:
    """The outcome of every case under a folder (one case passes when all its result nodes do)."""
    for path in sorted(folder.rglob("*.xml")):
        root = etree.parse(str(path)).getroot()
        if local(root) != "testCases":
            continue
        model = load(path.parent, text_of(root, "modelName"))
        for case in root:
            if local(case) == "testCase":
                yield run_case(path.parent, case, model)


def load(folder: Path, name: str) -> Any:
    """The model of a test file, or the error it was rejected with."""
    others = [p for p in sorted(folder.glob("*.dmn")) if p.name != name]
    ready: list[Any] = []
    try:
        for _ in range(len(others)):
            for path in others:
                if path.name not in [model.file for model in ready]:
                    try:
                        ready.append(
                            dmn.read(
                                path.read_bytes(), file=path.name, imported=ready, tolerant=True
                            )
                        )
                    except ModelRejected:
                        continue
        return dmn.read((folder / name).read_bytes(), file=name, imported=ready, tolerant=True)
    except (ModelRejected, OSError) as error:
        return error


def run_case(folder: Path, case: Any, model: Any) -> Outcome:
    name = case.get("id") or case.get("name") or ""
    where = f"{folder.parent.name}/{folder.name}"
    context: dict[str, Any] = {}
    for node in case:
        if local(node) == "inputNode":
            put(context, node, model)
    for node in case:
        if local(node) != "resultNode":
            continue
        expected = value_of(next((c for c in node if local(c) == "expected"), None))
        target = node.get("name")
        if (case.get("type") or "decision") != "decision":
            target = case.get("invocableName") or target
        if isinstance(model, Exception):
            if expected is None and node.get("errorResult") == "true":
                continue
            return Outcome(where, name, target, False, str(model)[:300])
        try:
            decided = dmn.evaluate(model, target, context, clock=CLOCK)
        except (NotFound, LimitExceeded) as error:
            return Outcome(where, name, target, False, str(error))
        actual = decided.value
        if (
            case.get("type") == "decisionService"
            and isinstance(actual, dict)
            and node.get("name") in actual
        ) and (not isinstance(expected, dict) or node.get("name") not in expected):
            actual = actual[node.get("name")]
        if not same(expected, actual):
            detail = f"expected {show(expected)} got {show(actual)} {'; '.join(map(str, decided.diagnostics[:2]))}"
            return Outcome(where, name, target, False, detail)
    return Outcome(where, name, "", True, "")


def put(context: dict[str, Any], node: Any, model: Any) -> None:
    """Put an input into the context, under its import's name when it has a namespace of one."""
    prefix = getattr(model, "import_names", {}).get(node.get("namespace"))
    target = context.setdefault(prefix, {}) if prefix else context
    target[node.get("name")] = value_of(node)


def local(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def text_of(root: Any, name: str) -> str:
    found = next((child for child in root if local(child) == name), None)
    return "" if found is None or found.text is None else found.text.strip()


def value_of(element: Any) -> Any:
    """The FEEL value of an inputNode, expected, component or item element."""
    if element is None:
        return None
    parts = [child for child in element if local(child) in ("value", "component", "list")]
    if element.get(NIL) == "true" or not parts:
        return None
    if local(parts[0]) == "component":
        return {child.get("name"): value_of(child) for child in parts}
    if parts[0].get(NIL) == "true":
        return None
    if local(parts[0]) == "list":
        return [value_of(item) for item in parts[0] if local(item) == "item"]
    return simple(parts[0])


def simple(element: Any) -> Any:
    kind = (element.get(XSI) or "").rpartition(":")[2]
    text = element.text or ""
    if kind in ("decimal", "double", "integer", "int", "float", "long"):
        return Decimal(text.strip())
    if kind == "boolean":
        return text.strip() in ("true", "1")
    if kind in ("date", "time", "dateTime", "duration"):
        return temporal.literal(text.strip())
    if kind == "string":
        return text
    return guess(text)


def guess(text: str) -> Any:
    try:
        return Decimal(text)
    except ArithmeticError:
        return {"true": True, "false": False}.get(text, text)


def same(expected: Any, actual: Any) -> bool:
    """Equal values; numbers up to the digits a double would show."""
    if isinstance(expected, Decimal) and isinstance(actual, Decimal):
        return (
            abs(expected - actual) <= Decimal("1e-8") * max(abs(expected), 1)
            if expected != actual
            else True
        )
    if type(expected) is not type(actual):
        return False
    if isinstance(expected, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, dict):
        return expected.keys() == actual.keys() and all(
            same(expected[key], actual[key]) for key in expected
        )
    return bool(expected == actual)


def show(value: Any) -> str:
    if isinstance(value, FeelDate | FeelTime | FeelDateTime | DaysDuration | MonthsDuration):
        return f"{type(value).__name__}({value})"
    if isinstance(value, list):
        return "[" + ", ".join(map(show, value)) + "]"
    return repr(value) if not isinstance(value, Decimal) else str(value)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main(arguments: list[str]) -> int:
    """Print the table; the exit code is 0 when the folder was there."""
    reader = argparse.ArgumentParser(prog="tests.tck.run")
    reader.add_argument("folder", nargs="?", type=Path, default=None)
    reader.add_argument("--failures", action="store_true", help="print every failed case")
    reader.add_argument("--json", action="store_true", help="one JSON line per folder")
    options = reader.parse_args(arguments)
    folder = options.folder or default_folder()
    if not folder.is_dir():
        say(absent(folder))
        return 2
    table: dict[str, list[int]] = {}
    passed = total = 0
    for outcome in outcomes(folder):
        counts = table.setdefault(outcome.folder, [0, 0])
        counts[0] += outcome.passed
        counts[1] += 1
        passed, total = passed + outcome.passed, total + 1
        if options.failures and not outcome.passed:
            say(f"{outcome.folder} {outcome.case} {outcome.node}: {outcome.detail}")
    for name, (good, count) in sorted(table.items()):
        if options.json:
            say(json.dumps({"folder": name, "passed": good, "cases": count}, ensure_ascii=False))
        else:
            say(f"{good:5} of {count:5}  {name}")
    say(f"{passed} of {total} passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
