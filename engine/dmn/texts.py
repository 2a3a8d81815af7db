"""The texts of a model read for its checks, each once however many checks look at it."""

from __future__ import annotations

from engine.dmn import model as m
from engine.feel import Expression, SyntaxProblem, UnaryTests, compile_unary
from engine.feel import compile as compile_feel
from engine.feel_functions import NAMES


def find_tests(model: m.Model, text: str) -> UnaryTests | None:
    """The unary tests of a text; None when it cannot be read."""
    key = "tests", text
    if key not in model.read:
        try:
            model.read[key] = compile_unary(text, names=model.names, functions=NAMES)
        except SyntaxProblem:
            model.read[key] = None
    found: UnaryTests | None = model.read[key]
    return found


def find_expression(model: m.Model, text: str) -> Expression | None:
    """The expression of a text; None when it is empty or cannot be read."""
    key = "expression", text
    if key not in model.read:
        try:
            model.read[key] = compile_feel(
                text, names=model.names, functions=NAMES, types=model.types
            )
        except SyntaxProblem:
            model.read[key] = None
    found: Expression | None = model.read[key]
    return found
