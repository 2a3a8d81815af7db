"""The problems of one file while it is read, and the expressions compiled for it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine import feel
from engine.bpmn.elements import BPMN, attribute, line_of, local, namespace
from engine.bpmn.model import Text
from engine.errors import Problem
from engine.feel import Expression
from engine.feel_functions import NAMES
from engine.safe_xml import Element

_JUEL = re.compile(r"^\s*[$#]\{(.*)\}\s*$", re.DOTALL)
_PYTHON = re.compile(
    r"==|\bTrue\b|\bFalse\b|\bNone\b|\bnot \w|\bis not\b|\blen\(|'[^']*'|\blambda\b|\w\[\"\"\]"
)
_ASSIGNMENT = re.compile(r"^(?:var |let |const )?([^\W\d]\w*)\s*=(?!=)\s*(.+?);?\s*$")
_METHOD = re.compile(r"\w\.\w+\s*\(")
# What can be said in FEEL by changing signs only.
_OBVIOUS = re.compile(r"^[\w\s.,<>=!&|()\[\]?:\"'+*/-]+$")


class Findings:
    """Collects problems; every one names file, element, line and remedy."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._told: set[str] = set()

    def error(self, element: Element | None, problem: str, remedy: str) -> None:
        self._add(element, problem, remedy, "error")

    def warn(self, element: Element | None, problem: str, remedy: str) -> None:
        self._add(element, problem, remedy, "warning")

    def warn_once(self, key: str, element: Element | None, problem: str, remedy: str) -> None:
        """The warning at the first element of the file it is about, not at every one."""
        if key not in self._told:
            self._told.add(key)
            self.warn(element, problem, remedy)

    def _add(self, element: Element | None, problem: str, remedy: str, severity: str) -> None:
        named = owner(element)
        self.problems.append(
            Problem(
                self.file,
                problem,
                remedy,
                element=None if named is None else attribute(named, "id"),
                name=None if named is None else attribute(named, "name"),
                line=line_of(element),
                severity=severity,
            )
        )

    def expression(self, element: Element, source: str, what: str) -> Expression | None:
        """The compiled FEEL; None and a problem when it is something else. A leading = is accepted."""
        foreign = self._foreign(source)
        if foreign is not None:
            self.error(element, f"{what}の式「{_short(source)}」はFEELではありません。", foreign)
            return None
        try:
            return feel.compile(source, functions=NAMES)
        except feel.SyntaxProblem as error:
            self.error(
                element,
                f"{what}の式「{_short(source)}」が読めません。{error.message_ja}",
                error.remedy,
            )
        return None

    def text(self, element: Element, source: str | None, what: str) -> Text | None:
        """A fixed text, or FEEL when it begins with =."""
        if source is None or not source.strip():
            return None
        if source.lstrip().startswith("="):
            return self.expression(element, source, what)
        if is_juel(source):
            self.error(
                element, f"{what}の式「{_short(source)}」はFEELではありません。", _say(source)
            )
            return None
        return source.strip()

    def _foreign(self, source: str) -> str | None:
        bare = source.strip().removeprefix("=").strip()
        if is_juel(bare):
            return _say(bare)
        # Inside FEEL strings anything may stand; only what is left can be Python.
        plain = re.sub(r'"(?:[^"\\]|\\.)*"', '""', bare)
        if _PYTHON.search(plain) or _METHOD.search(plain):
            return _say(bare)
        return None


def is_juel(source: str) -> bool:
    """Whether the text holds an expression of Java: ${...} or #{...}."""
    return "${" in source or "#{" in source


def owner(element: Element | None) -> Element | None:
    """The nearest element around that has an id and is drawn: no extension, event definition or loop marker."""
    while element is not None and (
        element.get("id") is None
        or namespace(element) != BPMN
        or local(element).endswith(("EventDefinition", "LoopCharacteristics", "Expression"))
    ):
        element = element.getparent()
    return element


def _short(source: str) -> str:
    line = " ".join(source.split())
    return line if len(line) <= 60 else line[:57] + "…"


def _say(source: str) -> str:
    """The remedy, with the FEEL that says the same where only the signs differ."""
    match = _JUEL.match(source)
    said = _obvious(match.group(1).strip() if match else source.strip())
    if said is None:
        return "FEELの式に書き直してください（例: = 金額 > 1000）。"
    return f"「= {said}」と書いてください。"


def _obvious(source: str) -> str | None:
    """The FEEL that says the same; None when that is not plain to see."""
    if is_juel(source) or not _OBVIOUS.match(source):
        return None
    said = feel_of(source)
    if _METHOD.search(said):
        return None
    try:
        feel.compile(said, functions=NAMES)
    except feel.SyntaxProblem:
        return None
    return said


def assignments(script: str) -> list[tuple[str, str]] | None:
    """(variable, FEEL) of every line of a Python script; None when a line is more than a plain assignment."""
    found: list[tuple[str, str]] = []
    for line in script.splitlines():
        if not line.strip() or line.strip().startswith("#"):
            continue
        match = _ASSIGNMENT.match(line)
        said = _obvious(match.group(2)) if match else None
        if match is None or said is None:
            return None
        found.append((match.group(1), said))
    return found or None


_SIGNS: Iterable[tuple[str, str]] = (
    (r"'([^']*)'", r'"\1"'),
    (r"&&", " and "),
    (r"\|\|", " or "),
    (r"==", "="),
    (r"\bTrue\b", "true"),
    (r"\bFalse\b", "false"),
    (r"\bNone\b", "null"),
    (r"\bis not\b", "!="),
    (r"\bis\b", "="),
    (r"\beq\b", "="),
    (r"\bne\b", "!="),
    (r"\bgt\b", ">"),
    (r"\bge\b", ">="),
    (r"\blt\b", "<"),
    (r"\ble\b", "<="),
    (r"\bnot\s+empty\s+([\w.]+)", r"\1 != null"),
    (r"!\s*empty\s+([\w.]+)", r"\1 != null"),
    (r"\bempty\s+([\w.]+)", r"\1 = null"),
    (r"\b(?:bpmn:)?getDataObject\(\"(\w+)\"\)", r"\1"),
    (r"\b(?:execution|task)\.getVariable\(\"(\w+)\"\)", r"\1"),
    (r"\b([\w.]+)\.(?:size|length)\(\)", r"count(\1)"),
    (r"\blen\(", "count("),
    (r"(\w)\.get\(\"(\w+)\"\)", r"\1.\2"),
    (r"(\w)\[\"(\w+)\"\]", r"\1.\2"),
    (r"(?<![\w=])!\s*([\w.]+|\([^()]*\))(?!=)", r"not(\1)"),
    (r"\bnot\s+([\w.]+)", r"not(\1)"),
    (r"^([^?]+)\?([^?:]+):([^?:]+)$", r"if \1 then \2 else \3"),
    (r"^(?!if\b)(.+?)\s+if\s+(.+?)\s+else\s+(.+)$", r"if \2 then \1 else \3"),
)


def feel_of(source: str) -> str:
    """Java or Python conditions with the signs of FEEL."""
    for pattern, sign in _SIGNS:
        source = re.sub(pattern, sign, source)
    return " ".join(source.split())
