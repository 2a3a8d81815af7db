"""Expressions of Java and Python: recognised, and said in FEEL where only the signs differ."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine import feel
from engine.feel.builtins import BUILTINS
from engine.feel_functions import NAMES

_JUEL = re.compile(r"^\s*[$#]\{(.*)\}\s*$", re.DOTALL)
_PYTHON = re.compile(
    r"==|\bTrue\b|\bFalse\b|\bNone\b|\bnot \w|\bis not\b|\blen\(|'[^']*'|\blambda\b|\w\[\"\"\]"
)
_METHOD = re.compile(r"[\w)\]]\.(\w+)\s*\(")
# No value of a case is a function: only one that the expression itself makes can be called so in FEEL.
_MAKES_FUNCTION = re.compile(r"\bfunction\s*\(")
# Operators of Java and Python that FEEL would read as a part of a name, or as the beginning of a comment.
_NOT_FEEL = re.compile(r"\b(?:mod|instanceof|not in|lambda|not\s+\w+)\b|//")
# A string that is not closed goes on to the end: searched again from each quote in it, 60 KB took minutes.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
_ASSIGNMENT = re.compile(r"^(?:var |let |const )?([^\W\d]\w*)\s*=(?!=)\s*(.+?);?\s*$")
# What can be said in FEEL by changing signs only. The signs are looked for in every way they may stand: of a long
# text that takes for ever, and nothing about it is plain to see.
_LONGEST = 200
_OBVIOUS = re.compile(r"^[\w\s.,<>=!&|()\[\]?:\"'+*/-]+$")


def is_juel(source: str) -> bool:
    """Whether the text holds an expression of Java: ${...} or #{...}."""
    return "${" in source or "#{" in source


def is_foreign(source: str) -> bool:
    """Whether the expression is one of Java or Python."""
    if is_juel(source) or _PYTHON.search(_plain(source)):
        return True
    if called_at_path(source) is None:
        return False
    try:
        feel.compile(source, functions=NAMES)
    except feel.SyntaxProblem:
        return True
    return False


def called_at_path(source: str) -> str | None:
    """The name of the first call at a path (`a.b(c)`: "b"), which FEEL reads and which gives nothing; None without one."""
    plain = _plain(source)
    found = _METHOD.search(plain)
    return None if found is None or _MAKES_FUNCTION.search(plain) else found[1]


def _plain(source: str) -> str:
    """Inside FEEL strings anything may stand; only what is left can be of another language."""
    return _STRING.sub('""', source)


def in_feel(source: str) -> str | None:
    """The FEEL that says the same; None when that is not plain to see."""
    match = _JUEL.match(source)
    bare = match.group(1).strip() if match else source.strip()
    if len(bare) > _LONGEST or is_juel(bare) or not _OBVIOUS.match(bare):
        return None
    said = feel_of(bare)
    if _METHOD.search(said) or _NOT_FEEL.search(_plain(said)):
        return None
    try:
        compiled = feel.compile(said, functions=NAMES)
    except feel.SyntaxProblem:
        return None
    # A function of the other language has no counterpart of its name.
    return None if compiled.called.difference(BUILTINS, NAMES) else said


def assignment(line: str) -> tuple[str, str] | None:
    """(variable, FEEL) of a line of a script; None when it is more than a plain assignment."""
    match = _ASSIGNMENT.match(line) if len(line) <= _LONGEST else None
    said = in_feel(match.group(2)) if match else None
    return None if match is None or said is None else (match.group(1), said)


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
    (r"\bdiv\b", "/"),
    (r"(?:!|\bnot\b)\s*empty\s+([\w.]+)", r"not(is empty(\1))"),
    (r"(?<!is )\bempty\s+([\w.]+)", r"is empty(\1)"),
    (r"\b(?:bpmn:)?getDataObject\(\"(\w+)\"\)", r"\1"),
    (r"\b(?:execution|task)\.getVariable\(\"(\w+)\"\)", r"\1"),
    (r"\b([\w.]+)\.(?:size|length)\(\)", r"count(\1)"),
    (r"\blen\(", "count("),
    (r"(\w)\.get\(\"(\w+)\"\)", r"\1.\2"),
    (r"(\w)\[\"(\w+)\"\]", r"\1.\2"),
    (r"(?<![\w=])!\s*([\w.]+|\([^()]*\))(?!=)", r"not(\1)"),
    (r"\bnot\s+([\w.]+)(?=\s*(?:\)|and\b|or\b|$))", r"not(\1)"),
    (r"^([^?]+)\?([^?:]+):([^?:]+)$", r"if \1 then \2 else \3"),
    (r"^(?!if\b)(.+?)\s+if\s+(.+?)\s+else\s+(.+)$", r"if \2 then \1 else \3"),
)


def feel_of(source: str) -> str:
    """Java or Python conditions with the signs of FEEL."""
    for pattern, sign in _SIGNS:
        source = re.sub(pattern, sign, source)
    return " ".join(source.split())
