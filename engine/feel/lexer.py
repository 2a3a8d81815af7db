"""Raw tokens of FEEL.  Names are only name parts here; the parser joins them with the names in scope."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from engine.feel.habits import told
from engine.feel.problems import SyntaxProblem, line_and_column

START = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u180d\u180f-\u1fff"
    "\u200c-\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd"
    "\U00010000-\U000effff"
)
PART = START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
SPACE = (
    "\u0009-\u000d\u0020\u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_TOKEN = re.compile(
    rf"""
    (?P<space>[{SPACE}]+|//[^\n]*|/\*.*?\*/)
  | (?P<num>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)
  | (?P<name>[{START}][{PART}]*)
  | (?P<str>"(?:[^"\\]|\\.)*")
  | (?P<op>\*\*|\.\.|<=|>=|!=|->|[-+*/=<>()\[\]{{}},:.@'’])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


class Token(NamedTuple):
    """kind: name, num, str, op or end.  text: as written, NFC for names, the value for strings."""

    kind: str
    text: str
    at: int
    end: int


def tokens(source: str) -> list[Token]:
    """The tokens of a text, closed by one of kind end; raises SyntaxProblem."""
    found: list[Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise _unreadable(source, at)
        kind, text = match.lastgroup or "", match.group()
        if (
            kind == "num"
            and text[0] == "."
            and found
            and _ends_value(found[-1])
            and found[-1].end == at
        ):
            kind, text = "op", "."
        end = at + len(text)
        if kind == "name":
            found.append(Token(kind, unicodedata.normalize("NFC", text), at, end))
        elif kind == "str":
            found.append(Token(kind, _unescaped(text[1:-1]), at, end))
        elif kind != "space":
            found.append(Token(kind, text, at, end))
        at = end
    found.append(Token("end", "", len(source), len(source)))
    return found


@lru_cache(maxsize=20_000)
def name_parts(name: str) -> tuple[str, ...] | None:
    """The token texts of a name, None when it cannot stand in an expression."""
    try:
        return tuple(token.text for token in tokens(name)[:-1])
    except SyntaxProblem:
        return None


def _ends_value(token: Token) -> bool:
    return token.kind in ("name", "str") or token.text in (")", "]", "}")


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    # Two \\u escapes may be the halves of one character; half a character alone could never be stored.
    return _HALVES.sub(_joined, _ESCAPE.sub(_escape, text))


def _joined(match: re.Match[str]) -> str:
    halves = [ord(half) for half in match[0]]
    if len(halves) < 2:
        return "\ufffd"
    return chr(0x10000 + ((halves[0] - 0xD800) << 10) + (halves[1] - 0xDC00))


def _escape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "uU" and len(code) > 1:
        point = int(code[1:], 16)
        return chr(point) if point <= 0x10FFFF else match[0]
    return _SIMPLE.get(code, match[0])


def _unreadable(source: str, at: int) -> SyntaxProblem:
    char, found = source[at], told(source, at)
    line, column = line_and_column(source, found.start if found else at)
    if found:
        return SyntaxProblem(found.message, line=line, column=column, remedy=found.remedy)
    if char == '"':
        return SyntaxProblem(
            "文字列が閉じていません。",
            line=line,
            column=column,
            remedy='文字列の終わりに " を付けてください。',
        )
    return SyntaxProblem(
        f"「{char}」は式の中で使えない文字です。",
        line=line,
        column=column,
        remedy='文字として使うなら " で囲み、そうでなければ取り除いてください。',
    )
