"""Decision models: DMN 1.1-1.6 read, checked and evaluated, with the reason beside the value."""

from __future__ import annotations

from engine.dmn.check import Examined, TableProof, check, examine, proofs, unproven
from engine.dmn.evaluate import Decided, evaluate
from engine.dmn.model import Decision, Model, Rule, TableMatch
from engine.dmn.reader import read

__all__ = [
    "Decided",
    "Decision",
    "Examined",
    "Model",
    "Rule",
    "TableMatch",
    "TableProof",
    "check",
    "evaluate",
    "examine",
    "proofs",
    "read",
    "unproven",
]
