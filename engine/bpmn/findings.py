"""The problems of one file while it is read, and the expressions compiled for it."""

from __future__ import annotations

from collections.abc import Collection

from engine import feel
from engine.bpmn import expressions
from engine.bpmn.elements import BPMN, attribute, line_of, local, namespace, text
from engine.bpmn.model import Text
from engine.errors import Problem
from engine.feel import Expression
from engine.feel.builtins import BUILTINS
from engine.feel.near import suggestion
from engine.feel.unknown import function_remedy
from engine.feel_functions import NAMES
from engine.safe_xml import Element

# So many expressions of a file are said in FEEL: enough to see how, and the time it takes has an end.
_TRANSLATED_MOST = 500

# So many names of a file are compared with those we read.
_COMPARED_MOST = 500
# A property is data of anybody's choice: only what is spelled nearly the same is a misspelling of one of ours.
_ALIKE = 0.8

# What an expression may look like where it is no condition.
_EXAMPLES = {"dueDate": "= workdays(today(), 3)"}


class Findings:
    """Collects problems; every one names file, element, line and remedy."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._told: set[str] = set()
        self._translated = 0
        self._compared = 0

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

    def formal(self, element: Element, inner: Element, what: str) -> Expression | None:
        """The compiled FEEL of an expression element of BPMN (conditionExpression, loopCardinality, ...).

        None and a problem also when it says that it is of another language: what reads as FEEL may mean something else.
        """
        source, language = text(inner), attribute(inner, "language")
        if language is None or "feel" in language.lower():
            return self.expression(element, source, what)
        said = self._say(source.removeprefix("="), what)
        self.error(
            element,
            f"{what}の式「{short(source)}」の言語「{language}」は実行できません。",
            said + "言語の指定（language）は消してください。",
        )
        return None

    def expression(self, element: Element, source: str, what: str) -> Expression | None:
        """The compiled FEEL; None and a problem when it is something else. A leading = is accepted."""
        bare = source.strip().removeprefix("=").strip()
        if expressions.is_foreign(bare):
            fact = f"{what}の式「{short(source)}」はFEELではありません。"
            self.error(element, fact, self._say(bare, what))
            return None
        try:
            compiled = feel.compile(source, functions=NAMES)
            called = expressions.called_at_path(bare)
            if called is None:
                return compiled
            self.error(
                element,
                f"{what}の式「{short(source)}」の「.{called}(…)」は呼べません。値の中に関数はありません。",
                self._called_well(bare, called),
            )
        except feel.SyntaxProblem as error:
            self.error(
                element,
                f"{what}の式「{short(source)}」の{error.line}行{error.column}文字目が読めません。{error.message_ja}",
                error.remedy,
            )
        return None

    def text(self, element: Element, source: str | None, what: str) -> Text | None:
        """A fixed text, or FEEL when it begins with =."""
        if source is None or not source.strip():
            return None
        if source.lstrip().startswith("="):
            return self.expression(element, source, what)
        if expressions.is_juel(source):
            fact = f"{what}の式「{short(source)}」はFEELではありません。"
            self.error(element, fact, self._say(source, what))
            return None
        return source.strip()

    def meant(self, name: str, known: Collection[str]) -> str:
        """The remedy that names the known name which this one misspells; "" when it is known or like none."""
        if name in known or self._compared >= _COMPARED_MOST:
            return ""
        self._compared += 1
        return suggestion(name, known, cutoff=_ALIKE)

    def in_feel(self, source: str) -> str | None:
        """The FEEL that says the same as a foreign expression, for the first of a file; None when it is not plain."""
        self._translated += 1
        return expressions.in_feel(source) if self._translated <= _TRANSLATED_MOST else None

    def assignments(self, script: str) -> list[tuple[str, str]] | None:
        """(variable, FEEL) of every line of a Python script; None when a line is more than a plain assignment."""
        found: list[tuple[str, str]] = []
        for line in script.splitlines():
            if not line.strip() or line.strip().startswith("#"):
                continue
            self._translated += 1
            said = expressions.assignment(line) if self._translated <= _TRANSLATED_MOST else None
            if said is None:
                return None
            found.append(said)
        return found or None

    def _called_well(self, source: str, name: str) -> str:
        """How to write an expression that calls a function of that name at a path."""
        said = self.in_feel(source)
        if said is not None:
            return f"「= {said}」と書いてください。"
        if name in BUILTINS or name in NAMES:
            return f"{name}(値) の形で書いてください。"
        known = function_remedy(name, (*BUILTINS, *NAMES))
        return known or "FEELの関数を、関数名(値) の形で書いてください（例: sum(金額の一覧)）。"

    def _say(self, source: str, what: str) -> str:
        """The remedy, with the FEEL that says the same where only the signs differ, else the first place to mend."""
        said = self.in_feel(source)
        if said is not None:
            return f"「= {said}」と書いてください。"
        example = _EXAMPLES.get(what, "= 金額 > 1000")
        rewrite = f"FEELの式に書き直してください（例: {example}）。"
        try:
            feel.compile(source, functions=NAMES)
        except feel.SyntaxProblem as error:
            return f"{rewrite}{error.line}行{error.column}文字目: {error.message_ja}{error.remedy}"
        return rewrite


def owner(element: Element | None) -> Element | None:
    """The nearest element around that has an id and is drawn: no extension, event definition or loop marker."""
    while element is not None and (
        element.get("id") is None
        or namespace(element) != BPMN
        or local(element).endswith(("EventDefinition", "LoopCharacteristics", "Expression"))
    ):
        element = element.getparent()
    return element


def short(source: str) -> str:
    line = " ".join(source.split())
    return line if len(line) <= 60 else line[:57] + "…"
