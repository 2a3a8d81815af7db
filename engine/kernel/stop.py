"""Why a token or a whole step cannot go on, in words for an operator: element, fact and remedy, never values."""

from __future__ import annotations

from engine.bpmn.model import Node, Text
from engine.bpmn.problems import named
from engine.errors import TetsuzukiError
from engine.feel import EvaluationError, Expression, LimitExceeded
from engine.limits import how_to_change

# Codes of the incidents that stop a step as a whole: its other tokens stand still until that incident is over.
LIMITS = ("STEP_BUDGET", "TOKEN_LIMIT")


class Stop(Exception):
    """This token cannot go on: becomes an incident. message names element and fact, never values."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy


class StepRefused(TetsuzukiError):
    """The step as a whole is refused; the state before it still holds.

    case_id: of the stored case, said by whoever ran the step for it.
    """

    case_id: int | None = None


def uncomputable(expression: Expression, node: Node, error: EvaluationError) -> Stop:
    """Of an expression of the model that gives no value."""
    return Stop(
        "FEEL",
        f"{named(node)}の式「{short(expression.source)}」を計算できません。{error.diagnostic}",
        "変数を直して再試行するか、図の式を直した版へ移してください。" + feel_limit(error),
    )


# By the code of the diagnostic; Python's own stack ("stack") is no setting.
_FEEL_LIMITS = {
    "steps": "feel_steps",
    "size": "feel_size",
    "time": "feel_seconds",
    "depth": "feel_depth",
    "regex": "feel_regex_ms",
}


def feel_limit(error: EvaluationError) -> str:
    """Which setting holds the limit that ended the evaluation; empty for every other mistake."""
    name = _FEEL_LIMITS.get(error.diagnostic.code) if isinstance(error, LimitExceeded) else None
    return how_to_change(name) if name else ""


def misfit(node: Node, text: Text | None, what: str, wanted: str, code: str = "WORK") -> Stop:
    """Of a text of the model whose value is of no type that can be used."""
    source = text if isinstance(text, str) or text is None else short(text.source)
    return Stop(
        code,
        f"{named(node)}の{what}「{source}」が、{wanted}になりません。",
        "変数を直して再試行するか、図の式を直した版へ移してください。",
    )


def short(source: str) -> str:
    line = " ".join(source.split())
    return line if len(line) <= 80 else line[:77] + "…"
