"""What marshmallow says of procedure.yaml, as problems in the words of who wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from engine.errors import Problem
from engine.feel.near import suggestion

UNKNOWN = "知らない項目です。"
GUIDE = "手続の設定の書き方は docs/procedures.md にあります。"
# What marshmallow says -> (problem, remedy); the group is what is allowed.
_SAID = (
    (r"Must be one of: (.+)\.", "ここに書けない値です。", "{0} のどれかを書いてください。"),
    (r"Not a valid integer", "整数ではありません。", "5 のような、半角の整数を書いてください。"),
    (r"Not a valid date", "日付ではありません。", "2026-04-01 の形で書いてください。"),
    (
        r"Not a valid boolean",
        "はい・いいえの値ではありません。",
        "true か false を書いてください。",
    ),
    (
        r"Not a valid string",
        "文字ではありません。",
        '文字を書いてください。数や日付を文字として書くときは「"」で囲みます。',
    ),
    (
        r"Not a valid list",
        "一覧ではありません。",
        "[A, B] か、行ごとに「- A」の形で書いてください。",
    ),
    (
        r"Not a valid mapping|Invalid input type",
        "「項目: 値」の集まりではありません。",
        "字下げして「項目: 値」を書いてください。",
    ),
    (r"Must be greater than or equal to (\d+)", "小さすぎます。", "{0} 以上の数を書いてください。"),
    (r"Shorter than minimum length (\d+)", "足りません。", "{0} つ以上書いてください。"),
    (r"この項目がありません", "この項目がありません。", "「{name}: 値」を書き足してください。"),
    (r"空にはできません|may not be null", "空にはできません。", "値を書いてください。"),
)


def problems(said: Mapping[Any, Any], schema: Schema, raw: Any, *, file: str) -> Iterator[Problem]:
    """A problem for each thing said. said: messages by field, nested as marshmallow does.  raw: what was read."""
    yield from _of_schema(said, schema, raw, (), file)


def _of_schema(
    said: Mapping[Any, Any], schema: Schema, raw: Any, path: tuple[str, ...], file: str
) -> Iterator[Problem]:
    by_key = {field.data_key or name: field for name, field in schema.fields.items()}
    given = raw if isinstance(raw, Mapping) else {}
    for key, inner in said.items():
        here = (*path, str(key))
        if key == "_schema":
            yield from _told(inner, path, raw, file)
        elif key in by_key:
            yield from _of_field(inner, by_key[key], given.get(key), here, file)
        else:
            free = [name for name in by_key if name not in given]
            remedy = suggestion(str(key), free) or f"ここに書けるのは {'、'.join(by_key)} です。"
            yield Problem(file, UNKNOWN, remedy, element=".".join(here))


def _of_field(
    said: Any, field: fields.Field[Any], value: Any, path: tuple[str, ...], file: str
) -> Iterator[Problem]:
    if isinstance(said, list):
        yield from _told(said, path, value, file)
    elif isinstance(field, fields.Nested):
        yield from _of_schema(said, field.schema, value, path, file)
    elif isinstance(field, fields.Dict):
        for key, parts in said.items():
            inner = value.get(key) if isinstance(value, Mapping) else None
            for part, of, held in (
                ("key", field.key_field, key),
                ("value", field.value_field, inner),
            ):
                if part in parts and of is not None:
                    yield from _of_field(parts[part], of, held, (*path, str(key)), file)
    elif isinstance(field, fields.List):
        for at, inner in said.items():
            item = value[at] if isinstance(value, list) and at < len(value) else None
            yield from _of_field(inner, field.inner, item, (*path, str(at)), file)


def _told(said: list[str], path: tuple[str, ...], value: Any, file: str) -> Iterator[Problem]:
    """The messages of one place; what stands there is repeated where it is a word or number."""
    is_short = isinstance(value, str | int | float) and len(str(value)) <= 40
    written = f"「{value}」は、" if is_short else ""
    for message in said:
        problem, remedy = message, GUIDE
        for pattern, means, how in _SAID:
            if found := re.search(pattern, message):
                problem, remedy = written + means, how.format(*_words(found), name=path[-1])
                break
        yield Problem(file, problem, remedy, element=".".join(path) or None)


def _words(found: re.Match[str]) -> list[str]:
    return [group.replace(", ", "、") for group in found.groups()]
