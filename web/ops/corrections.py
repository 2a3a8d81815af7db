"""Values an operator corrects: read from lines `name = FEEL`, and written so that they can be read and copied."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from engine import calendars
from engine.feel import Clock, EvaluationError, SyntaxProblem
from engine.feel import compile as compile_feel
from engine.feel_functions import NAMES, feel_functions
from engine.procedure_file import filer
from engine.sources import GIVEN
from engine.versions import Version
from web.auth import Wrong
from web.parts import now

LONGEST = 20_000
WHOSE = {
    "case": "受付番号、到達の日時、提出した人など、受付のときにシステムが記録したものです。",
    "corrects": "どの案件の訂正かを、受付のときにシステムが記録したものです。",
    "parameters": "案件の値ではなく、parameters.yaml の日付つきの数値です。版を公開して変えてください。",
}
COUNTED = "繰返しの何回目かなどを、システムが数えるものです。"
NOTHING = object()  # where a name has no value, not even null


def read(
    db: Any, version: Version, variables: Mapping[str, Any], text: str
) -> tuple[dict[str, Any], list[Wrong]]:
    """What the lines `name = FEEL` give; the expressions may use the variables of the case."""
    values: dict[str, Any] = {}
    errors = []
    functions = feel_functions(calendars.load(db, version.settings))
    for number, line in enumerate(text[:LONGEST].splitlines(), 1):
        if not line.strip():
            continue
        name, sign, source = (part.strip() for part in line.partition("="))
        if not sign or not name.isidentifier() or not source:
            errors.append(
                Wrong(
                    f"{number}行目：「名前 = 値」の形で入力してください（例 count = 3）。",
                    "variables",
                )
            )
            continue
        if name in GIVEN:
            errors.append(
                Wrong(
                    f"{number}行目：「{name}」は変えられません。{WHOSE.get(name, COUNTED)}",
                    "variables",
                )
            )
            continue
        try:
            expression = compile_feel(source, functions=NAMES)
            context = {**variables, **values}
            values[name] = expression.strict(context, clock=Clock(now()), functions=functions)
        except SyntaxProblem as problem:
            told = f"{number}行目：{problem.message_ja}{problem.remedy}"
            errors.append(Wrong(told, "variables"))
        except EvaluationError as problem:
            errors.append(Wrong(f"{number}行目：値を計算できません（{problem}）。", "variables"))
    return values, errors


def cautions(version: Version, names: Iterable[str]) -> list[str]:
    """What to mind before these variables are written over: those that hold the answers of a form."""
    filed = (version.settings.get("filing") or {}).get("form")
    return [
        f"「{name}」は、{'届け出た内容' if name == filed else '作業の回答'}（フォーム「{version.forms[name].title}」）です。"
        f"職員と{filer(version.settings)}の画面、通知書、検索には、変えたあとの値が使われます。形が変わると、画面に出なくなります。"
        for name in names
        if name in version.forms
    ]


class Changed(NamedTuple):
    """A part of a variable before and after. label: its path."""

    label: str
    before: str
    after: str


def differences(name: str, before: Any, after: Any) -> Iterator[Changed]:
    """The innermost parts that differ; 「（ありません）」 where there is none."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = before.get(key, NOTHING), after.get(key, NOTHING)
            yield from differences(f"{name}.{key}", *inner)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            here = before[index] if index < len(before) else NOTHING
            there = after[index] if index < len(after) else NOTHING
            yield from differences(f"{name}[{index + 1}]", here, there)
    elif before is NOTHING or after is NOTHING or readable(before) != readable(after):
        shown = ["（ありません）" if one is NOTHING else readable(one) for one in (before, after)]
        yield Changed(name, shown[0], shown[1])


def readable(value: Any, depth: int = 0) -> str:
    """The value written as FEEL, over several lines when it has parts; to be read and to be copied from."""
    gap, end = "  " * (depth + 1), "  " * depth
    if isinstance(value, Mapping):
        inside = ",\n".join(
            f"{gap}{key}: {readable(item, depth + 1)}" for key, item in value.items()
        )
        return f"{{\n{inside}\n{end}}}" if inside else "{}"
    if isinstance(value, list):
        inside = ",\n".join(f"{gap}{readable(item, depth + 1)}" for item in value)
        return f"[\n{inside}\n{end}]" if inside else "[]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        return str(value)
    return f'@"{value}"'
