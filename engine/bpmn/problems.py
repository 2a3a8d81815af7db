"""How a problem or message names an element of a diagram that was read."""

from __future__ import annotations

from engine.bpmn.model import Node
from engine.errors import Problem


def problem_at(node: Node, problem: str, remedy: str, *, severity: str = "error") -> Problem:
    """A problem at the node, as the diagram draws it."""
    return Problem(
        node.file,
        problem,
        remedy,
        element=node.drawn,
        name=node.name or None,
        line=node.line or None,
        severity=severity,
    )


def named(node: Node) -> str:
    """How a message names an element."""
    return f"「{node.name}」（{node.drawn}）" if node.name else f"「{node.drawn}」"
