"""What can go wrong with an expression: at compile time, at run time, and beyond its limits."""

from __future__ import annotations

from dataclasses import dataclass


class FeelError(Exception):
    """Base of the errors of FEEL."""


class SyntaxProblem(FeelError):
    """The text is no FEEL expression.  line and column are 1-based; remedy says how to mend it."""

    def __init__(self, message_ja: str, *, line: int, column: int, remedy: str) -> None:
        super().__init__(f"{line}行{column}文字目: {message_ja} {remedy}")
        self.message_ja = message_ja
        self.line = line
        self.column = column
        self.remedy = remedy


class FeelProblem(FeelError):
    """A function was given an argument it cannot work with; becomes null with a diagnostic.

    text: what is wrong.  remedy: how to mend it, where the parameters of the function do not say so.
    """

    def __init__(self, text: str, remedy: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Why a null came out of a mistake.  code: short English word; message, remedy: Japanese sentences.

    line, column: 1-based, in the text of the expression; 0 where no expression is at fault.
    place: which expression of a model, empty for one alone.
    """

    code: str
    message: str
    line: int
    column: int
    place: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        told = self.message + self.remedy
        if not self.line:
            return told
        where = f"{self.place}の式" if self.place else ""
        return f"{where}{self.line}行{self.column}文字目: {told}"


class EvaluationError(FeelError):
    """Strict evaluation met a null that carries a diagnostic."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


class LimitExceeded(EvaluationError):
    """The evaluation was stopped because it used more than its limits allow."""


def line_and_column(source: str, offset: int) -> tuple[int, int]:
    """The 1-based line and column of a character offset."""
    before = source[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
