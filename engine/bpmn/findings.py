"""The problems of one file while it is read, and the expressions compiled for it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine import feel
from engine.bpmn.elements import attribute, line_of
from engine.bpmn.model import Text
from engine.errors import Problem
from engine.feel import Expression
from engine.feel_functions import NAMES
from engine.safe_xml import Element

_JUEL = re.compile(r"^\s*[$#]\{(.*)\}\s*$", re.DOTALL)
_PYTHON = re.compile(
    r"==|\bTrue\b|\bFalse\b|\bNone\b|\bnot \w|\bis not\b|\blen\(|'[^']*'|\blambda\b"
)
_METHOD = re.compile(r"\w\.\w+\s*\(")
# What can be said in FEEL by changing signs only.
_OBVIOUS = re.compile(r"^[\w\s.<>=!&|()\"'+*/-]+$")


class Findings:
    """Collects problems; every one names file, element, line and remedy."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def error(self, element: Element | None, problem: str, remedy: str) -> None:
        self._add(element, problem, remedy, "error")

    def warn(self, element: Element | None, problem: str, remedy: str) -> None:
        self._add(element, problem, remedy, "warning")

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
        if _JUEL.match(source) or "${" in source:
            self.error(
                element, f"{what}の式「{_short(source)}」はFEELではありません。", _say(source)
            )
            return None
        return source.strip()

    def _foreign(self, source: str) -> str | None:
        bare = source.strip().removeprefix("=").strip()
        if _JUEL.match(bare) or "${" in bare:
            return _say(bare)
        # Inside FEEL strings anything may stand; only what is left can be Python.
        if _PYTHON.search(re.sub(r'"(?:[^"\\]|\\.)*"', '""', bare)):
            return _say(bare)
        return None


def owner(element: Element | None) -> Element | None:
    """The nearest element around that has an id."""
    while element is not None and element.get("id") is None:
        element = element.getparent()
    return element


def _short(source: str) -> str:
    line = " ".join(source.split())
    return line if len(line) <= 60 else line[:57] + "…"


def _say(source: str) -> str:
    """The remedy, with the FEEL that says the same where only the signs differ."""
    match = _JUEL.match(source)
    bare = match.group(1).strip() if match else source.strip()
    if "${" in bare or "#{" in bare or _METHOD.search(bare) or not _OBVIOUS.match(bare):
        return "FEELの式に書き直してください（例: = 金額 > 1000）。"
    said = feel_of(bare)
    try:
        feel.compile(said, functions=NAMES)
    except feel.SyntaxProblem:
        return "FEELの式に書き直してください（例: = 金額 > 1000）。"
    return f"「= {said}」と書いてください。"


_SIGNS: Iterable[tuple[str, str]] = (
    (r"&&", " and "),
    (r"\|\|", " or "),
    (r"'([^']*)'", r'"\1"'),
    (r"==", "="),
    (r"\bTrue\b", "true"),
    (r"\bFalse\b", "false"),
    (r"\bNone\b", "null"),
    (r"\bis not\b", "!="),
    (r"\bempty\s+([\w.]+)", r"\1 = null"),
    (r"(?<![\w=])!\s*([\w.]+|\([^()]*\))(?!=)", r"not(\1)"),
    (r"\bnot\s+([\w.]+)", r"not(\1)"),
)


def feel_of(source: str) -> str:
    """Java or Python conditions with the signs of FEEL."""
    for pattern, sign in _SIGNS:
        source = re.sub(pattern, sign, source)
    return " ".join(source.split())
