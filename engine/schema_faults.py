"""What marshmallow says of a value that does not fit a schema, in Japanese: of procedure.yaml and of outside operations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

UNKNOWN = "知らない項目です。"
OTHER = "決められた形ではありません。"


@dataclass(frozen=True)
class Fault:
    """problem: what is wrong.  allowed: what would be right, where the schema says so.  remedy: for who writes YAML."""

    problem: str
    allowed: str
    remedy: str


_NUMBER = r"(-?\d+(?:\.\d+)?)"
# What marshmallow says -> Fault; a group is what is allowed, {name} the field.
_SAID = (
    (
        r"Missing data|この項目がありません",
        Fault("この項目がありません。", "", "「{name}: 値」を書き足してください。"),
    ),
    (r"空にはできません|may not be null", Fault("空にはできません。", "", "値を書いてください。")),
    (
        r"Must be one of: (.+)\.",
        Fault("ここに書けない値です。", "{0} のどれか", "{0} のどれかを書いてください。"),
    ),
    (
        r"Not a valid integer",
        Fault("整数ではありません。", "", "5 のような、半角の整数を書いてください。"),
    ),
    (
        r"Not a valid number",
        Fault("数ではありません。", "", "5 のような、半角の数を書いてください。"),
    ),
    (
        r"Not a valid date\.",
        Fault("日付ではありません。", "", "2026-04-01 の形で書いてください。"),
    ),
    (
        r"Not a valid datetime",
        Fault("日時ではありません。", "", "2026-04-01T09:00:00 の形で書いてください。"),
    ),
    (
        r"Not a valid boolean",
        Fault("はい・いいえの値ではありません。", "", "true か false を書いてください。"),
    ),
    (
        r"Not a valid (utf-8 )?string",
        Fault(
            "文字ではありません。",
            "",
            '文字を書いてください。数や日付を文字として書くときは「"」で囲みます。',
        ),
    ),
    (
        r"Not a valid list",
        Fault("一覧ではありません。", "", "[A, B] か、行ごとに「- A」の形で書いてください。"),
    ),
    (
        r"Not a valid mapping|Invalid (?:input )?type",
        Fault(
            "「項目: 値」の集まりではありません。", "", "字下げして「項目: 値」を書いてください。"
        ),
    ),
    (
        rf"greater than or equal to {_NUMBER} and less than or equal to {_NUMBER}",
        Fault("範囲の外です。", "{0} から {1} まで", "{0} から {1} までの数を書いてください。"),
    ),
    (
        rf"Must be greater than or equal to {_NUMBER}",
        Fault("小さすぎます。", "{0} 以上", "{0} 以上の数を書いてください。"),
    ),
    (
        rf"Must be less than or equal to {_NUMBER}",
        Fault("大きすぎます。", "{0} 以下", "{0} 以下の数を書いてください。"),
    ),
    (
        r"Shorter than minimum length (\d+)",
        Fault("足りません。", "{0} 以上の長さ", "{0} つ以上書いてください。"),
    ),
    (
        r"Longer than maximum length (\d+)",
        Fault("長すぎます。", "{0} までの長さ", "{0} つまで書けます。"),
    ),
    (
        r"Length must be between (\d+) and (\d+)",
        Fault("長さが合いません。", "{0} から {1} までの長さ", "{0} つから {1} つまで書けます。"),
    ),
    (
        r"Length must be (\d+)\.",
        Fault("長さが合いません。", "ちょうど {0} の長さ", "ちょうど {0} つ書いてください。"),
    ),
    (r"Unknown field", Fault(UNKNOWN, "", "この項目を消してください。")),
)


def find(message: str, *, name: str = "") -> Fault | None:
    """What the message means of the field with that name; None for one that is no word of marshmallow's own."""
    for pattern, fault in _SAID:
        if found := re.search(pattern, message):
            words = [group.replace(", ", "、") for group in found.groups("")]
            texts = (fault.problem, fault.allowed, fault.remedy)
            return Fault(*(text.format(*words, name=name) for text in texts))
    return None


def in_words(said: Mapping[Any, Any]) -> str:
    """「plate」：この項目がありません。「gap」：… of each field, and never a value that was given.

    said: messages by field, nested as marshmallow does. What an adapter says in words of its own may repeat a value,
    so it is OTHER.
    """
    return "".join(f"「{path}」：{told}" for path, told in _lines(said, "") if path) or OTHER


def _lines(said: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(said, Mapping):
        for fault in map(find, said if isinstance(said, list) else [str(said)]):
            yield path, _told(fault)
        return
    for key, inner in said.items():
        if key == "_schema":
            here = path
        elif isinstance(key, int):
            here = f"{path}[{key + 1}]"  # as FEEL counts
        else:
            here = f"{path}.{key}" if path else str(key)
        yield from _lines(inner, here)


def _told(fault: Fault | None) -> str:
    if fault is None:
        return OTHER
    return (
        f"{fault.problem.removesuffix('。')}（{fault.allowed}）。"
        if fault.allowed
        else fault.problem
    )
