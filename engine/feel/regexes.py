"""XPath regular expressions on the `regex` module, with a time-out and bounded repetition.

Source: XQuery and XPath Functions and Operators 3.1, 5.6.1, over XML Schema 1.1 part 2, appendix G.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import regex

from engine.feel.problems import FeelProblem

REPEAT_MAX = 1000
_FLAGS = {"s": regex.DOTALL, "m": regex.MULTILINE, "i": regex.IGNORECASE}
_SPACE = " \t\n\r"
# Escapes that stand for a class: what goes between [ and ], and what goes there for the opposite.
_CLASSES = {
    "i": r"\p{L}_:",
    "c": r"\p{L}\p{N}\p{M}_:.\-·",
    "d": r"\p{Nd}",
    "s": r" \t\n\r",
    "w": r"\P{P}--[\p{Z}\p{C}]",
}


@lru_cache(maxsize=500)
def compiled(pattern: str, flags: str) -> Any:
    """The compiled pattern; raises FeelProblem when it is none."""
    value = regex.V1
    for flag in flags:
        if flag in _FLAGS:
            value |= _FLAGS[flag]
        elif flag not in "qx":
            raise FeelProblem(f"正規表現のフラグ「{flag}」はありません。")
    if len(pattern) > 5000:
        raise FeelProblem("正規表現が長すぎます。")
    if "q" in flags:
        return regex.compile(regex.escape(pattern), value)
    if "x" in flags:
        pattern = _without_space(pattern)
    try:
        # (?-f): one letter folds to one letter; ß is not ss.
        return regex.compile("(?-f)" + _Translation(pattern, flags).text(), value)
    except (regex.error, RecursionError, OverflowError) as error:
        raise FeelProblem("正規表現として読めません。") from error


def _without_space(pattern: str) -> str:
    """The pattern without its white space, which stays inside [ ]."""
    out, depth, escaped = [], 0, False
    for char in pattern:
        if depth or char not in _SPACE:
            out.append(char)
        elif escaped:
            continue
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == "[":
            depth += 1
        elif char == "]" and depth:
            depth -= 1
    return "".join(out)


class _Translation:
    """One XPath pattern on its way to the syntax of `regex`.

    opened, closed: groups so far, by number.  repeats: per open bracket, how often its inside may repeat.
    """

    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = pattern
        self.dot = "." if "s" in flags else r"[^\n\r]"
        self.dollar = "$" if "m" in flags else r"\Z"
        self.index = 0
        self.opened = 0
        self.closed: set[int] = set()
        self.brackets: list[int | None] = []
        self.repeats = [1]

    def text(self) -> str:
        out = []
        while self.index < len(self.pattern):
            out.append(self.piece())
            if max(self.repeats) > REPEAT_MAX:
                raise FeelProblem(f"正規表現の繰り返しの回数が上限（{REPEAT_MAX}）を超えています。")
        if self.brackets:
            raise FeelProblem("正規表現の括弧が対応していません。")
        return "".join(out)

    def piece(self) -> str:
        """The next piece, translated."""
        char = self.pattern[self.index]
        if char == "\\":
            return self.escape(in_class=False)
        if char == "[":
            self.index += 1
            return self.group_of_characters()
        if char == "{":
            return self.count()
        self.index += 1
        if char == "(":
            return self.open()
        if char == ")":
            return self.close()
        if char == "]" or char == "}":
            raise FeelProblem(f"正規表現の「{char}」は「\\{char}」と書いてください。")
        return {".": self.dot, "$": self.dollar}.get(char, char)

    def open(self) -> str:
        self.repeats.append(1)
        if self.pattern.startswith("?", self.index):
            if not self.pattern.startswith("?:", self.index):
                raise FeelProblem("正規表現の (?...) は (?:...) だけが使えます。")
            self.index += 2
            self.brackets.append(None)
            return "(?:"
        self.opened += 1
        self.brackets.append(self.opened)
        return "("

    def close(self) -> str:
        if not self.brackets:
            raise FeelProblem("正規表現の括弧が対応していません。")
        number = self.brackets.pop()
        if number is not None:
            self.closed.add(number)
        inside = self.repeats.pop()
        found = self.find_count()
        self.repeats[-1] = max(self.repeats[-1], inside * (found[0] if found else 1))
        return ")"

    def count(self) -> str:
        found = self.find_count()
        if found is None:
            raise FeelProblem("正規表現の { } が回数の形ではありません。")
        self.repeats[-1] = max(self.repeats[-1], found[0])
        start, self.index = self.index, found[1]
        return self.pattern[start : self.index]

    def find_count(self) -> tuple[int, int] | None:
        """(largest count, end) of {n}, {n,} or {n,m} here, None when there is none."""
        found = regex.match(
            r"\{(\d{1,9})(,(\d{1,9})?)?\}", self.pattern[self.index : self.index + 30]
        )
        if not found:
            return None
        return max(int(found[1]), int(found[3] or 0), 1), self.index + found.end()

    def escape(self, *, in_class: bool) -> str:
        following = self.pattern[self.index + 1 : self.index + 2]
        if not following:
            raise FeelProblem("正規表現が「\\」で終わっています。")
        self.index += 2
        if following.lower() in _CLASSES:
            inside = _CLASSES[following.lower()]
            return f"[{'' if following.islower() else '^'}{inside}]"
        if following in "pP":
            return self.category(following)
        if following.isdigit() and not in_class:
            return self.back_reference(following)
        if following not in "nrt\\|.?*+(){}-[]^$":
            raise FeelProblem(f"正規表現の「\\{following}」は使えません。")
        return "\\" + following

    def category(self, sign: str) -> str:
        end = self.pattern.find("}", self.index)
        if self.pattern[self.index : self.index + 1] != "{" or end < 0:
            raise FeelProblem("正規表現の \\p{ が閉じていません。")
        name = self.pattern[self.index + 1 : end]
        self.index = end + 1
        name = "In" + name[2:] if name.startswith("Is") else name
        return f"\\{sign}{{{name}}}"

    def back_reference(self, digits: str) -> str:
        """The longest number of a group that is closed before this place."""
        while (
            self.pattern[self.index : self.index + 1].isdigit()
            and int(digits + self.pattern[self.index]) <= self.opened
        ):
            digits += self.pattern[self.index]
            self.index += 1
        if int(digits) not in self.closed:
            raise FeelProblem(f"正規表現の「\\{digits}」が指す括弧が前にありません。")
        # A digit that follows is a character of its own.
        return f"(?:\\{digits})"

    def group_of_characters(self) -> str:
        """One character class with subtraction, [a-z-[aeiou]]; stands behind its bracket."""
        out = ["["]
        if self.pattern.startswith("^", self.index):
            out.append("^")
            self.index += 1
        while self.index < len(self.pattern):
            char = self.pattern[self.index]
            if char == "]":
                self.index += 1
                return "".join(out) + "]"
            if char == "\\":
                out.append(self.escape(in_class=True))
                continue
            self.index += 1
            if char == "-" and self.pattern.startswith("[", self.index):
                self.index += 1
                out.append("--" + self.group_of_characters())
                continue
            if char == "[":
                raise FeelProblem("正規表現の [ ] の中の「[」は「\\[」と書いてください。")
            out.append("\\" + char if char in "&|~" else char)
        raise FeelProblem("正規表現の [ が閉じていません。")
