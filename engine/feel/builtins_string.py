"""Built-ins on texts, and string() and number()."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from engine.feel import numbers, regexes
from engine.feel.problems import FeelProblem
from engine.feel.registry import Table
from engine.feel.run import Run
from engine.feel.text import text_of

TABLE = Table()


@TABLE.function("string", "from: any")
def string(run: Run, value: Any) -> Any:
    if value is None:
        return None
    return text_of(value, run)


@TABLE.function("number", "from: string")
@TABLE.function(
    "number", "from: string, grouping separator: string|null, decimal separator: string|null"
)
def number(run: Run, text: str, grouping: str | None = None, point: str | None = None) -> Any:
    if (
        grouping not in (None, " ", ",", ".")
        or point not in (None, ",", ".")
        or (grouping and grouping == point)
    ):
        raise FeelProblem("区切りに使えるのは空白・「,」・「.」で、二つは違う文字にします。")
    if grouping:
        text = text.replace(grouping, "")
    if point and point != ".":
        if "." in text:
            raise FeelProblem("数として読めません。")
        text = text.replace(point, ".")
    value = numbers.parse(text)
    if value is None:
        raise FeelProblem("数として読めません。")
    return value


@TABLE.function("substring", "string: string, start position: number, length?: number")
def substring(run: Run, text: str, start: Decimal, length: Decimal | None) -> Any:
    first = int(start) if start.adjusted() < 20 else 0
    if first == 0:
        raise FeelProblem("開始位置は1以上か-1以下の整数です。")
    begin = first - 1 if first > 0 else len(text) + first
    if begin < 0 or begin >= len(text):
        raise (
            FeelProblem("開始位置が文字列の外です。")
            if begin < 0
            else FeelProblem("開始位置が文字列より後です。")
        )
    if length is None:
        return _part(run, text[begin:])
    if length < 1:
        raise FeelProblem("長さは1以上です。")
    count = int(length) if length.adjusted() < 20 else len(text)
    return _part(run, text[begin : begin + count])


def _part(run: Run, part: str) -> str:
    """A part of a text, its size charged to the run: it is a copy."""
    run.grow(len(part))
    return part


@TABLE.function("string length", "string: string")
def string_length(run: Run, text: str) -> Any:
    return Decimal(len(text))


@TABLE.function("upper case", "string: string")
def upper_case(run: Run, text: str) -> Any:
    run.grow(len(text))
    return text.upper()


@TABLE.function("lower case", "string: string")
def lower_case(run: Run, text: str) -> Any:
    run.grow(len(text))
    return text.lower()


@TABLE.function("trim", "string: string")
def trim(run: Run, text: str) -> Any:
    return _part(run, text.strip())


@TABLE.function("substring before", "string: string, match: string")
def substring_before(run: Run, text: str, match: str) -> Any:
    before, found, _ = text.partition(match) if match else ("", "", "")
    return _part(run, before) if found else ""


@TABLE.function("substring after", "string: string, match: string")
def substring_after(run: Run, text: str, match: str) -> Any:
    return _part(run, text.partition(match)[2]) if match else text


@TABLE.function("contains", "string: string, match: string")
def contains(run: Run, text: str, match: str) -> Any:
    return match in text


@TABLE.function("starts with", "string: string, match: string")
def starts_with(run: Run, text: str, match: str) -> Any:
    return text.startswith(match)


@TABLE.function("ends with", "string: string, match: string")
def ends_with(run: Run, text: str, match: str) -> Any:
    return text.endswith(match)


@TABLE.function("matches", "input: string, pattern: string, flags?: string|null")
def matches(run: Run, text: str, pattern: str, flags: str | None) -> Any:
    compiled = regexes.compiled(pattern, flags or "")
    try:
        return compiled.search(text, timeout=run.search_time()) is not None
    except TimeoutError:
        run.out_of_search()


@TABLE.function(
    "replace", "input: string, pattern: string, replacement: string, flags?: string|null"
)
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None) -> Any:
    compiled = regexes.compiled(pattern, flags or "")
    if "q" in (flags or ""):
        pieces: list[int | str] = [replacement]
    else:
        pieces = _replacement(replacement, compiled.groups)
    if compiled.match(""):
        raise FeelProblem("空の文字列に一致する正規表現では置き換えられません。")

    def put(found: Any) -> str:
        result = "".join(
            piece if isinstance(piece, str) else (found[piece] or "") for piece in pieces
        )
        run.grow(len(result))
        return result

    try:
        result = compiled.sub(put, text, timeout=run.search_time())
    except TimeoutError:
        run.out_of_search()
    run.grow(len(result))
    return result


def _replacement(text: str, groups: int) -> list[int | str]:
    """The pieces of an XPath replacement: texts and group numbers ($0 is the whole match)."""
    pieces: list[int | str] = []
    for found in re.finditer(r"\\(.)|\$(\d+)|([^\\$]+)|(.)", text, re.DOTALL):
        escaped, group, plain, other = found.groups()
        if other or (escaped and escaped not in "\\$"):
            raise FeelProblem("置き換え文字列の「$」「\\」は「\\$」「\\\\」と書きます。")
        if group:
            digits = group
            while len(digits) > 1 and int(digits) > groups:
                digits = digits[:-1]
            pieces.append(int(digits) if int(digits) <= groups else "")
            pieces.append(group[len(digits) :])
        else:
            pieces.append(escaped or plain)
    return pieces


@TABLE.function("split", "string: string, delimiter: string")
def split(run: Run, text: str, delimiter: str) -> Any:
    if not delimiter:
        return [_part(run, text)]
    compiled = regexes.compiled(delimiter, "")
    if compiled.match(""):  # FORX0003, as replace
        raise FeelProblem("空の文字列に一致する正規表現では分けられません。")
    parts, last = [], 0
    try:
        for found in compiled.finditer(text, timeout=run.search_time()):
            run.spend(1)
            parts.append(_part(run, text[last : found.start()]))
            last = found.end()
    except TimeoutError:
        run.out_of_search()
    parts.append(_part(run, text[last:]))
    return parts


@TABLE.function("string join", "list: list, delimiter?: string|null")
def string_join(run: Run, items: list[Any], delimiter: str | None) -> Any:
    run.spend(len(items))
    texts = [item for item in items if item is not None]
    if any(not isinstance(item, str) for item in texts):
        raise FeelProblem("つなげられるのは文字列だけです。")
    run.grow(sum(map(len, texts)) + len(delimiter or "") * len(texts))
    return (delimiter or "").join(texts)
