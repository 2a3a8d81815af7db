"""Constant texts that can never be read as what they stand for, and constants of the wrong kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from engine.feel import nodes as n
from engine.feel import numbers, regexes
from engine.feel.compiler import Compiler
from engine.feel.dates import FeelDate, parse_date, parse_date_time, parse_time
from engine.feel.durations import DaysDuration, MonthsDuration
from engine.feel.durations import parse as parse_duration
from engine.feel.lookalikes import amounts, blanked, dates, grouped, half, no_such_day
from engine.feel.problems import FeelProblem, LimitExceeded
from engine.feel.run import ANY_CLOCK, Limits, Run, Source
from engine.feel.scope import Scope
from engine.feel.temporal import literal

# A call that takes longer is left to the evaluation.
_LIMITS = Limits(steps=10_000, size=100_000, time_s=0.1, regex_s=0.05)
# message, remedy
Told = tuple[str, str]
_MIXED = re.compile(r"(P[\dYM]+?[YM])((?:\d+D)?(?:T[\dHMS.]+)?)")
_TEXTS: dict[str, tuple[Callable[[str], Any], str]] = {
    "date": (parse_date, "2026-05-07"),
    "time": (parse_time, "10:00:00"),
    "date and time": (lambda t: parse_date(t) or parse_date_time(t), "2026-05-07T10:00:00"),
    "duration": (parse_duration, "P10D"),
    "number": (numbers.parse, "12.5"),
}


def of_at(node: n.At) -> Told | None:
    """What is wrong with @"...", None when nothing is."""
    if literal(node.text) is not None:
        return None
    wrong = no_such_day(node.text) or _mixed(node.text)
    if wrong:
        return wrong
    text = f'@"{node.text}" は日付・時刻・期間のどれでもありません。'
    date = _date(node.text)
    if date:
        return text, f'@"{date}" と書いてください。'
    return text, '@"2026-05-07" や @"P10D" のように書いてください。'


def of_call(node: n.Call, name: str) -> Iterator[Told]:
    """Constant texts that a function can never read."""
    texts = [
        argument.value
        if isinstance(argument, n.Literal) and isinstance(argument.value, str)
        else None
        for argument in node.arguments
    ]
    if name in _TEXTS and len(texts) == 1 and texts[0] is not None:
        read, example = _TEXTS[name]
        wrong = _never(name, texts[0]) if read(texts[0]) is None else None
        if wrong:
            yield wrong
        elif read(texts[0]) is None:
            right = _meant(name, texts[0]) or example
            remedy = f'{name}("{right}") {"の" if right == example else "と"}'
            remedy += "ように書いてください。" if right == example else "書いてください。"
            yield f'{name}("{texts[0]}") は読めません。', remedy
    if name in ("matches", "replace", "split") and node.names is None and len(texts) > 1:
        pattern, flags = (
            texts[1],
            texts[-1] if len(texts) == {"matches": 3, "replace": 4}.get(name) else "",
        )
        if pattern is not None and flags is not None:
            try:
                regexes.compiled(pattern, flags)
            except FeelProblem as problem:
                yield problem.text, problem.remedy or "正規表現を直してください。"


def of_constants(node: n.Call) -> Told | None:
    """Why a call with nothing but constants can only be null: it is evaluated once.  None when it may have a value."""
    if not node.arguments or not all(map(_is_constant, node.arguments)):
        return None
    closure = Compiler({}, frozenset()).compile(node, Scope())
    run = Run({}, ANY_CLOCK, {}, _LIMITS, Source(""))
    try:
        closure(run, {})
    except LimitExceeded:
        return None
    told = next(iter(run.diagnostics), None)
    return (told.message, told.remedy) if told is not None else None


def _is_constant(node: n.Node) -> bool:
    """Whether a node is a constant that has a value, or a list of them."""
    if isinstance(node, n.ListOf):
        return all(map(_is_constant, node.items))
    if isinstance(node, n.Negation):
        return value_of(node) is not None
    value = literal(node.text) if isinstance(node, n.At) else getattr(node, "value", None)
    return isinstance(node, n.At | n.Literal) and value is not None


def _never(name: str, text: str) -> Told | None:
    """What is wrong with a text that is of the right shape and still no value of that kind."""
    if name == "duration":
        return _mixed(text)
    return no_such_day(text) if name in ("date", "date and time") else None


def _mixed(text: str) -> Told | None:
    """A duration that has months and days, which FEEL keeps apart."""
    found = _MIXED.fullmatch(text.strip())
    if found is None or not all(map(parse_duration, parts := (found[1], f"P{found[2]}"))):
        return None
    apart = " + ".join(f'@"{part}"' for part in parts)
    return (
        f"「{text}」のように、年月と日数・時間を一つの期間に混ぜることはできません。",
        f"「日付 + {apart}」のように分けて足してください。",
    )


def value_of(node: n.Node) -> Any:
    """The number, date or duration a constant is, None for anything else."""
    if isinstance(node, n.Literal) and isinstance(node.value, Decimal):
        return node.value
    if isinstance(node, n.Negation) and isinstance(node.operand, n.Literal):
        return -node.operand.value if isinstance(node.operand.value, Decimal) else None
    found = None
    if isinstance(node, n.At):
        found = literal(node.text)
    elif isinstance(node, n.Call) and isinstance(node.callee, n.Name):
        parse = _TEXTS.get(node.callee.name)
        text = node.arguments[0] if len(node.arguments) == 1 else None
        if parse and isinstance(text, n.Literal) and isinstance(text.value, str):
            found = parse[0](text.value)
    return found if isinstance(found, FeelDate | DaysDuration | MonthsDuration) else None


def rewritten(node: n.Node, kind: str) -> str:
    """How to write a constant so that it is of a kind, empty when it cannot be told."""
    if not isinstance(node, n.Literal):
        return ""
    value = node.value
    if isinstance(value, str) and kind == "days and time duration":
        duration = _meant("duration", value)
        return f'@"{duration}" と書いてください。' if duration else ""
    if isinstance(value, str):
        return _of_text(value, kind)
    if isinstance(value, bool) and kind == "string":
        return f'文字なら "{str(value).lower()}" と「"」で囲んでください。'
    if isinstance(value, Decimal):
        return _of_number(value, kind)
    return ""


def _of_text(text: str, kind: str) -> str:
    plain = half(text).strip()
    if kind == "number":
        number = plain.replace(",", "") if list(grouped(plain)) else plain
        if numbers.parse(number) is not None:
            return f'「"」を付けずに {number} と書いてください。'
    if kind == "boolean" and plain.casefold() in ("true", "false"):
        return f'「"」を付けずに {plain.casefold()} と書いてください。'
    if kind in ("date", "date and time", "time") and literal(plain) is not None:
        return f'@"{plain}" と、前に @ を付けて書いてください。'
    date = _date(text) if kind in ("date", "date and time") else ""
    return f'@"{date}" と書いてください。' if date else ""


def _of_number(value: Decimal, kind: str) -> str:
    text = numbers.text(value)
    if kind == "string":
        return f'文字なら "{text}" と「"」で囲んでください。'
    if kind == "boolean" and text in ("0", "1"):
        return f"「{'true' if text == '1' else 'false'}」と書いてください。"
    if kind in ("date", "date and time") and len(text) == 8 and text.isdigit():
        written = f"{text[:4]}-{text[4:6]}-{text[6:]}"
        if parse_date(written) is not None:
            return f'@"{written}" と書いてください。'
    if kind == "days and time duration" and value == value.to_integral_value():
        return f'日数なら @"P{text}D" と書いてください。'
    return ""


def _meant(name: str, text: str) -> str:
    """What the text should have been, empty when it cannot be told."""
    plain = half(text).strip()
    if name in ("date", "date and time"):
        return _date(text)
    if name == "number":
        number = plain.replace(",", "")
        return number if numbers.parse(number) is not None else ""
    if name == "duration":
        found = next((one for one in amounts(plain) if one.end == len(plain)), None)
        return found.meant if found else ""
    return ""


def _date(text: str) -> str:
    """The date a text writes in another way, as FEEL writes it."""
    plain = blanked(text.strip())
    found = next((one for one in dates(plain) if one.end - one.start == len(plain)), None)
    return found.meant if found else ""
