"""FEEL, compiled to Python closures: decimal, bounded, explained."""

from __future__ import annotations

from engine.feel.expression import Expression, Result, UnaryTests, compile, compile_unary
from engine.feel.problems import (
    Diagnostic,
    EvaluationError,
    FeelError,
    FeelProblem,
    LimitExceeded,
    SyntaxProblem,
)
from engine.feel.run import DEFAULT, Clock, Function, Limits

__all__ = [
    "DEFAULT",
    "Clock",
    "Diagnostic",
    "EvaluationError",
    "Expression",
    "FeelError",
    "FeelProblem",
    "Function",
    "LimitExceeded",
    "Limits",
    "Result",
    "SyntaxProblem",
    "UnaryTests",
    "compile",
    "compile_unary",
]
