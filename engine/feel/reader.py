"""Reads tokens one by one, and names by the names in scope."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from engine.feel.habits import told
from engine.feel.lexer import Token, name_parts, tokens
from engine.feel.misspellings import refuse_full_width
from engine.feel.problems import SyntaxProblem, line_and_column

KEYWORDS = frozenset(
    "if then else for in return some every satisfies and or between instance function external "
    "true false null".split()
)

# Those that stand between two values.
_BETWEEN = ("and", "or", "in", "between", "instance")

# By the first part of a name of several parts: the names that begin so, the longest first.
Known = dict[str, list[tuple[tuple[str, ...], str]]]


class Reader:
    """Reads one text.  names: names that hold spaces, operators or key words; depth: how deep it may nest."""

    def __init__(
        self, source: str, names: Iterable[str], callables: frozenset[str], depth: int
    ) -> None:
        self.source = source
        self.tokens = tokens(source)
        self.index = 0
        self.depth_left = depth
        self.depth = depth
        self.callables = callables
        known, single = _learned(tuple(names))
        self.known = {first: list(entries) for first, entries in known.items()}
        self.single = set(single)
        self.values_used = 0

    # names in scope

    def learn(self, name: str) -> None:
        """Make a name known from here on."""
        _learn(name, self.known, self.single)

    def known_name(self) -> tuple[str, int] | None:
        """The longest known name of several parts here and its number of tokens."""
        for parts, name in self.known.get(self.token.text, ()):
            window = self.tokens[self.index : self.index + len(parts)]
            if tuple(t.text for t in window) == parts and all(
                t.kind not in ("str", "end") for t in window
            ):
                return name, len(parts)
        return None

    def name(self) -> str:
        """Read a name: the longest known one, else all adjoining name parts."""
        if self.token.kind != "name":
            raise self.problem(
                f"名前が必要な所に「{self.token.text or '式の終わり'}」があります。",
                "名前を書いてください。",
            )
        found = self.known_name()
        if found:
            self.index += found[1]
            return found[0]
        first = self.take()
        if first.text in _BETWEEN:
            raise self.problem(
                f"「{first.text}」の左に値がありません。",
                f"「値 {first.text} 値」のように、両側に書いてください。",
                first.at,
            )
        if first.text in KEYWORDS:
            raise self.problem(
                f"「{first.text}」は式の用語なので、名前には使えません。",
                "別の名前にしてください。",
                first.at,
            )
        parts = [first.text]
        while (
            self.token.kind in ("name", "num")
            and self.token.text not in KEYWORDS
            and self.known_name() is None
        ):
            parts.append(self.take().text)
        name = " ".join(parts)
        refuse_full_width(
            self.source, name, first.at, known=name in self.single, callables=self.callables
        )
        return name

    def key(self) -> str | None:
        """Read a name of any shape that stands before `:`; None (nothing read) when there is none."""
        start = self.index
        text, last = "", ""
        while self.token.kind in ("name", "num") or (
            self.token.text in "+-*/.'’" and self.token.kind == "op"
        ):
            token = self.take()
            text += (
                " " if last in ("name", "num") and token.kind in ("name", "num") else ""
            ) + token.text
            last = token.kind
        if text and self.token.kind == "op" and self.token.text == ":":
            refuse_full_width(
                self.source,
                text,
                self.tokens[start].at,
                known=text in self.single,
                callables=frozenset(),
            )
            return text
        self.index = start
        return None

    # tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.tokens[self.index]
        if token.kind != "end":
            self.index += 1
        return token

    def is_op(self, text: str) -> bool:
        token = self.tokens[self.index]
        return token.kind == "op" and token.text == text

    def is_word(self, text: str) -> bool:
        token = self.tokens[self.index]
        return token.kind == "name" and token.text == text

    def accept(self, text: str) -> bool:
        if self.is_op(text):
            self.index += 1
            return True
        return False

    def more(self, closing: str) -> bool:
        """Read a comma when there is one; raises when nothing stands behind it."""
        if not self.accept(","):
            return False
        if self.is_op(closing):
            raise self.problem(
                f"「,」と「{closing}」の間に何もありません。", "余分な「,」を取り除いてください。"
            )
        return True

    def expect(self, text: str) -> Token:
        token = self.token
        if token.kind not in ("op", "name") or token.text != text:
            raise self.problem(
                f"「{text}」が必要な所に「{token.text or '式の終わり'}」があります。",
                f"「{text}」を書いてください。",
            )
        return self.take()

    def problem(self, message: str, remedy: str, at: int | None = None) -> SyntaxProblem:
        """What is wrong here; a habit from elsewhere that explains it is told instead."""
        at = self.token.at if at is None else at
        found = told(self.source, at)
        if found:
            at, message, remedy = found.start, found.message, found.remedy
        line, column = line_and_column(self.source, at)
        return SyntaxProblem(message, line=line, column=column, remedy=remedy)

    def finish(self) -> None:
        """Raise when something is left unread."""
        token = self.token
        if token.kind != "end":
            remedy = "この前に演算子や「,」が抜けていないか、括弧が合っているかを確かめてください。"
            if self.is_op(","):
                remedy = "値を並べるときは ( ) か [ ] で囲んでください（例「値 in (1, 2)」）。"
            shown = f'"{token.text}"' if token.kind == "str" else token.text
            raise self.problem(f"「{shown}」をここに置くことはできません。", remedy)


def _learn(name: str, known: Known, single: set[str]) -> None:
    parts = name_parts(name)
    if parts and len(parts) > 1:
        entries = known.setdefault(parts[0], [])
        if (parts, name) not in entries:
            entries.append((parts, name))
            entries.sort(key=lambda entry: -len(entry[0]))
    elif parts:
        single.add(parts[0])


@lru_cache(maxsize=256)
def _learned(names: tuple[str, ...]) -> tuple[Known, set[str]]:
    """What a reader of these names begins with; to be copied. Nearly every expression of a file has the same names."""
    known: Known = {}
    single: set[str] = set()
    for name in names:
        _learn(name, known, single)
    return known, single
