"""XPath regular expressions on the `regex` module, with a time-out and bounded repetition."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import regex

from engine.feel.problems import FeelProblem

REPEAT_MAX = 1000
_FLAGS = {"s": regex.DOTALL, "m": regex.MULTILINE, "i": regex.IGNORECASE}
_NAME_START = r"\p{L}_:"
_NAME_CHAR = r"\p{L}\p{N}\p{M}_:.\-·"


@lru_cache(maxsize=500)
def compiled(pattern: str, flags: str) -> Any:
    """The compiled pattern; raises FeelProblem when it is none."""
    value = regex.V1
    extended = False
    for flag in flags:
        if flag in _FLAGS:
            value |= _FLAGS[flag]
        elif flag == "x":
            extended = True
        elif flag != "q":
            raise FeelProblem(f"正規表現のフラグ「{flag}」はありません。")
    if "q" in flags:
        return regex.compile(regex.escape(pattern), value)
    if len(pattern) > 5000:
        raise FeelProblem("正規表現が長すぎます。")
    translated = _translated(
        pattern, extended=extended, dot_all="s" in flags, multiline="m" in flags
    )
    try:
        return regex.compile(translated, value)
    except (regex.error, RecursionError, OverflowError) as error:
        raise FeelProblem("正規表現として読めません。") from error


def _translated(pattern: str, *, extended: bool, dot_all: bool, multiline: bool) -> str:
    out: list[str] = []
    index, depth, groups = 0, 0, [1]
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            piece, index = _escape(pattern, index, in_class=False)
            out.append(piece)
            continue
        if char == "[":
            piece, index = _class(pattern, index, extended=extended)
            out.append(piece)
            continue
        if char == "(":
            depth += 1
            groups.append(1)
            if pattern.startswith("(?", index) and not pattern.startswith("(?:", index):
                raise FeelProblem("正規表現の (?...) は (?:...) だけが使えます。")
        elif char == ")":
            depth -= 1
            if depth < 0:
                raise FeelProblem("正規表現の括弧が対応していません。")
            inner = groups.pop()
            factor, _ = _repeat(pattern, index + 1)
            groups[-1] = max(groups[-1], inner * factor)
        elif char == "{":
            factor, end = _repeat(pattern, index)
            if end == index:
                raise FeelProblem("正規表現の { } が回数の形ではありません。")
            groups[-1] = max(groups[-1], factor)
            out.append(pattern[index:end])
            index = end
            _check(max(groups))
            continue
        elif char == "." and not dot_all:
            char = r"[^\n\r]"
        elif char == "$" and not multiline:
            char = r"\Z"
        elif extended and char in " \t\n\r":
            char = ""
        _check(max(groups))
        out.append(char)
        index += 1
    if depth:
        raise FeelProblem("正規表現の括弧が対応していません。")
    return "".join(out)


def _check(repeats: int) -> None:
    if repeats > REPEAT_MAX:
        raise FeelProblem(f"正規表現の繰り返しの回数が上限（{REPEAT_MAX}）を超えています。")


def _repeat(pattern: str, index: int) -> tuple[int, int]:
    """(largest count, end) of {n}, {n,}, {n,m} at index; (1, index) when there is none."""
    found = regex.match(r"\{(\d{1,9})(,(\d{1,9})?)?\}", pattern[index : index + 30])
    if not found:
        return 1, index
    return max(int(found[1]), int(found[3] or 0), 1), index + found.end()


def _escape(pattern: str, index: int, *, in_class: bool) -> tuple[str, int]:
    following = pattern[index + 1 : index + 2]
    if not following:
        raise FeelProblem("正規表現が「\\」で終わっています。")
    classes = {"i": _NAME_START, "c": _NAME_CHAR}
    if following in classes:
        return (classes[following] if in_class else f"[{classes[following]}]"), index + 2
    if following in ("I", "C") and not in_class:
        return f"[^{classes[following.lower()]}]", index + 2
    if following in "pP" and pattern[index + 2 : index + 3] == "{":
        end = pattern.find("}", index)
        if end < 0:
            raise FeelProblem("正規表現の \\p{ が閉じていません。")
        name = pattern[index + 3 : end]
        name = "In" + name[2:] if name.startswith("Is") else name
        return f"\\{following}{{{name}}}", end + 1
    if following.isdigit() and not in_class:
        return "\\" + following, index + 2
    if following not in "nrtsSdDwW\\|.?*+(){}-[]^$":
        raise FeelProblem(f"正規表現の「\\{following}」は使えません。")
    return "\\" + following, index + 2


def _class(pattern: str, index: int, *, extended: bool) -> tuple[str, int]:
    """One character class with subtraction, [a-z-[aeiou]]."""
    out, index = ["["], index + 1
    if pattern[index : index + 1] == "^":
        out.append("^")
        index += 1
    while index < len(pattern):
        char = pattern[index]
        if char == "]":
            return "".join(out) + "]", index + 1
        if char == "\\":
            piece, index = _escape(pattern, index, in_class=True)
            out.append(piece)
            continue
        if char == "-" and pattern[index + 1 : index + 2] == "[":
            inner, index = _class(pattern, index + 1, extended=extended)
            out.append("--" + inner)
            continue
        if char == "[":
            raise FeelProblem("正規表現の [ ] の中の「[」は「\\[」と書いてください。")
        if not (extended and char in " \t\n\r"):
            out.append("\\" + char if char in "&|~" else char)
        index += 1
    raise FeelProblem("正規表現の [ が閉じていません。")
