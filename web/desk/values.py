"""Values of a case in words, for people: FEEL values and what the history kept of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.feel.values import from_feel, from_json
from web.words import era_day, moment

TAGS = frozenset(("n", "d", "t", "dt", "dd", "md", "r", "l"))
# Of a value that stands in one line.
MOST_ITEMS, MOST_CHARACTERS = 10, 500
# Words of results that every procedure meets; a procedure adds its own under `words` in procedure.yaml.
WORDS = {
    "HIT": "登録あり",
    "NO_HIT": "登録なし",
    "MATCH": "一致",
    "REVIEW": "要確認",
    "FAIL": "不一致",
    "INFO": "参考",
    "warning": "注意",
    "error": "届け出られない",
    "OK": "問題なし",
    "LATE": "期限後",
    "status": "結果",
    "items": "項目ごとの結果",
    "field": "項目",
    "value": "値",
    "filed": "届出",
    "register": "登録情報",
    "verdict": "判定",
    "as_of_date": "登録情報の時点",
    "row_id": "行",
    "plate": "自動車登録番号",
    "chassis_tail": "車台番号（下7けた）",
    "purpose": "照会の目的",
    "found": "登録の有無",
    "name": "名称",
    "address": "所在地",
    "closed": "閉鎖",
    "flags": "注意",
    "reason": "理由",
    "code": "符号",
    "number": "番号",
    "letter": "文書",
    "version": "版",
    "data": "内容",
    "key": "キー",
    "valid_from": "有効になる日",
    "valid_to": "有効でなくなる日",
    "decision": "判断",
}


@dataclass(frozen=True)
class Shown:
    """A value to show: text; or rows (label, value) of a context; or a table (heads, rows); or items of a list."""

    text: str = ""
    rows: tuple[tuple[str, Shown], ...] = ()
    heads: tuple[str, ...] = ()
    table: tuple[tuple[Shown, ...], ...] = ()
    items: tuple[Shown, ...] = ()


def show(value: Any, words: Mapping[str, str] | None = None) -> Shown:
    """The value in words. words: of the procedure, before the usual ones."""
    known = {**WORDS, **(words or {})}
    return _show(value, known)


def plain(value: Any, words: Mapping[str, str] | None = None) -> str:
    """The value in one line."""
    return _plain(_show(value, {**WORDS, **(words or {})}))


def brief(value: Any, words: Mapping[str, str] | None = None) -> str:
    """The value in one line of bounded length; of a longer list or text the beginning, and that there is more."""
    begun, left = first(value, MOST_ITEMS)
    text = plain(begun, words)
    if len(text) > MOST_CHARACTERS:
        text = f"{text[:MOST_CHARACTERS]}…（長いため、はじめだけ）"
    return f"{text}　ほか{left:,}件" if left else text


def first(value: Any, most: int) -> tuple[Any, int]:
    """The first elements of a list, and how many there are more; any other value as it is."""
    left = len(value) - most if isinstance(value, list) else 0
    return (value[:most], left) if left > 0 else (value, 0)


def read(kept: Any) -> Any:
    """What the history kept, as values: tagged lists become values, other lists stay lists."""
    if isinstance(kept, Mapping):
        return {key: read(item) for key, item in kept.items()}
    if isinstance(kept, list):
        if kept and isinstance(kept[0], str) and kept[0] in TAGS:
            try:
                return from_json(kept)
            except (ValueError, TypeError, IndexError):
                pass  # a list of the record that only looks tagged
        return [read(item) for item in kept]
    return kept


def _show(value: Any, words: Mapping[str, str]) -> Shown:
    if isinstance(value, Mapping):
        if not value:
            return Shown("―")
        return Shown(rows=tuple((words.get(k, k), _show(v, words)) for k, v in value.items()))
    if isinstance(value, list | tuple):
        return _list(list(value), words)
    return Shown(_text(value, words))


def _list(values: list[Any], words: Mapping[str, str]) -> Shown:
    if not values:
        return Shown("なし")
    if all(isinstance(value, Mapping) for value in values):
        keys = list(dict.fromkeys(key for value in values for key in value))
        return Shown(
            heads=tuple(words.get(key, key) for key in keys),
            table=tuple(tuple(_show(value.get(key), words) for key in keys) for value in values),
        )
    return Shown(items=tuple(_show(value, words) for value in values))


def _text(value: Any, words: Mapping[str, str]) -> str:
    if value is None or value == "":
        return "―"
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, str):
        return words.get(value, value)
    if isinstance(value, Decimal | int):
        return str(value) if -10_000 < value < 10_000 else f"{value:,}"
    given = from_feel(value)
    if isinstance(given, datetime):
        return moment(given)
    if isinstance(given, date):
        return era_day(given)
    return str(value)


def _plain(shown: Shown) -> str:
    if shown.rows:
        return "、".join(f"{label} {_plain(value)}" for label, value in shown.rows)
    if shown.table:
        return "／".join(
            "、".join(f"{head} {_plain(cell)}" for head, cell in zip(shown.heads, row, strict=True))
            for row in shown.table
        )
    if shown.items:
        return "、".join(_plain(item) for item in shown.items)
    return shown.text
