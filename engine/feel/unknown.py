"""What somebody meant by a name that nothing gives a value, or by a function that does not exist."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from types import MappingProxyType

from engine.feel import durations, marks
from engine.feel.day_names import english
from engine.feel.lookalikes import between, blanked, dates, half
from engine.feel.near import nearest, suggestion
from engine.feel.types import Type

# As written in other languages, in small letters.
_CONSTANTS = {
    **dict.fromkeys(("true",), "true"),
    **dict.fromkeys(("false",), "false"),
    **dict.fromkeys(("none", "null", "nil", "undefined", "nan"), "null"),
}
_YES = ("yes", "y", "on", "はい", "真", "有", "有り", "あり", "可", "該当", "する")
_NO = ("no", "n", "off", "いいえ", "偽", "無", "無し", "なし", "否", "不可", "非該当", "しない")
_EMPTY = ("空", "空欄", "空白", "なし", "無し", "未入力", "未記入", "値なし", "empty", "blank")
_ANY = (
    "その他",
    "それ以外",
    "すべて",
    "全て",
    "任意",
    "any",
    "all",
    "otherwise",
    "else",
    "default",
    "その他すべて",
)
_BOUNDS = {"以上": ">=", "以下": "<=", "以内": "<=", "未満": "<", "超": ">"}
_BOUNDED = re.compile(
    r"(以上|以下|以内|未満|超)\s*([\d,.]+)\Z|([\d,.]+)\s*(以上|以下|以内|未満|超)\Z"
)
_SAID = re.compile(
    r"(.+?)\s*[がは]\s*([\d,.]+)\s*[^\W\d_A-Za-z]{0,2}?\s*(以上|以下|以内|未満|超)\Z"
)
_EXCEPT = re.compile(r"(.+?)(?:以外|を除く|を除き|ではない|でない|じゃない)\Z")
_EITHER = re.compile(r"\s*(?:または|又は|もしくは|若しくは|あるいは)\s*")
_TOPIC = re.compile(r"(.+?)\s*[がは]\s*(?=\d)")
_QUOTED = re.compile(r"[「『“](.*)[」』”]\Z")
_UPPER = re.compile(r"\b(IF|THEN|ELSE|AND|OR|NOT|IN|BETWEEN|FOR|RETURN|SOME|EVERY|If|And|Or|Not)\b")
_IF = "「if 条件 then 値 else 値」と書いてください。"
# By the name of the function elsewhere, in small letters and without separators.
_FUNCTIONS = {
    "if": _IF, "iif": _IF, "ifs": "「if 条件 then 値 else if 条件 then 値 else 値」と書いてください。",
    "switch": "判定表にするか、「if 条件 then 値 else 値」を重ねてください。",
    "and": "「条件 and 条件」と書いてください。", "or": "「条件 or 条件」と書いてください。", "not": "not(条件) と書いてください。",
    "xor": "「条件1 != 条件2」と書いてください。",
    "iferror": "get or else(値, 代わりの値) と書いてください。", "ifnull": "get or else(値, 代わりの値) と書いてください。",
    "coalesce": "get or else(値, 代わりの値) と書いてください。", "nvl": "get or else(値, 代わりの値) と書いてください。",
    "isnull": "「値 = null」と書いてください。", "isblank": "「値 = null」か is empty(値) と書いてください。",
    "isnotnull": "「値 != null」と書いてください。", "exists": "「値 != null」か「some 要素 in リスト satisfies 条件」と書いてください。",
    "average": "mean(リスト) と書いてください。", "avg": "mean(リスト) と書いてください。",
    "len": "文字列は string length(値)、リストは count(リスト) と書いてください。",
    "length": "文字列は string length(値)、リストは count(リスト) と書いてください。",
    "size": "文字列は string length(値)、リストは count(リスト) と書いてください。",
    "countif": "count(リスト[条件]) と書いてください。", "counta": "count(リスト) と書いてください。",
    "sumif": "sum(リスト[条件].項目) と書いてください。", "sumifs": "sum(リスト[条件].項目) と書いてください。",
    "sumproduct": "sum(for 要素 in リスト return 要素.項目1 * 要素.項目2) と書いてください。",
    "left": "substring(値, 1, 文字数) と書いてください。", "right": "substring(値, -文字数) と書いてください。",
    "mid": "substring(値, 開始位置, 文字数) と書いてください。", "substr": "substring(値, 開始位置, 文字数) と書いてください。",
    "find": "contains(値, 探す文字) と書いてください。", "search": "contains(値, 探す文字) と書いてください。",
    "substitute": "replace(値, 正規表現, 置き換える文字) と書いてください。",
    "concat": "「文字列 + 文字列」か string join(リスト) と書いてください。",
    "concatenate": "「文字列 + 文字列」と書いてください（リストをつなぐのは小文字の concatenate）。",
    "textjoin": "string join(リスト, 区切り) と書いてください。", "join": "string join(リスト, 区切り) と書いてください。",
    "value": "number(文字列) と書いてください。", "int": "切り捨ては floor(数)、文字列からは number(文字列) と書いてください。",
    "float": "number(文字列) と書いてください。", "tonumber": "number(文字列) と書いてください。",
    "str": "string(値) と書いてください。", "text": "string(値) と書いてください。", "tostring": "string(値) と書いてください。",
    "round": "四捨五入は round half up(数, 桁数)、偶数への丸めは decimal(数, 桁数) と書いてください。",
    "trunc": "round down(数, 桁数) と書いてください。", "truncate": "round down(数, 桁数) と書いてください。",
    "roundup": "round up(数, 桁数) と書いてください。", "rounddown": "round down(数, 桁数) と書いてください。",
    "mod": "modulo(割られる数, 割る数) と書いてください。", "power": "「数 ** 指数」と書いてください。",
    "pow": "「数 ** 指数」と書いてください。", "abs": "abs(数) と小文字で書いてください。",
    "year": "「日付.year」と書いてください。", "month": "「日付.month」と書いてください。", "day": "「日付.day」と書いてください。",
    "hour": "「時刻.hour」と書いてください。", "minute": "「時刻.minute」と書いてください。",
    "weekday": "「日付.weekday」（月曜が1）か day of week(日付) と書いてください。",
    "datevalue": 'date("2026-04-01") と書いてください。', "todate": 'date("2026-04-01") と書いてください。',
    "datetime": 'date and time("2026-04-01T10:00:00") と書いてください。',
    "edate": '「日付 + @"P1M"」のように期間を足してください。', "dateadd": '「日付 + @"P30D"」のように期間を足してください。',
    "adddays": '「日付 + @"P30D"」のように期間を足してください。', "addmonths": '「日付 + @"P1M"」のように期間を足してください。',
    "datedif": '「(日付2 - 日付1) / @"P1D"」で日数、years and months duration(日付1, 日付2) で年月になります。',
    "datediff": '「(日付2 - 日付1) / @"P1D"」で日数、years and months duration(日付1, 日付2) で年月になります。',
    "days": '「(日付2 - 日付1) / @"P1D"」と書いてください。',
    "hlookup": "判定表にするか、「リスト[項目 = 値][1].項目」と書いてください。",
    "vlookup": "判定表にするか、「リスト[項目 = 値][1].項目」と書いてください。",
    "xlookup": "判定表にするか、「リスト[項目 = 値][1].項目」と書いてください。",
    "lookup": "判定表にするか、「リスト[項目 = 値][1].項目」と書いてください。",
    "filter": "「リスト[条件]」と書いてください。", "map": "「for 要素 in リスト return 値」と書いてください。",
    "unique": "distinct values(リスト) と書いてください。", "distinct": "distinct values(リスト) と書いてください。",
    "includes": "list contains(リスト, 値) と書いてください。", "regexmatch": "matches(値, 正規表現) と書いてください。",
    "likes": "contains(値, 探す文字) と書いてください。", "in": "「値 in (値1, 値2)」と書いてください。",
}  # fmt: skip

_LISTED_MAX = 12
_NONE: Mapping[str, Collection[str]] = MappingProxyType({})
_PATHS_MAX = 3
# By the name of the type elsewhere, in small letters and without separators.
_TYPES = {
    **dict.fromkeys(("text", "str", "varchar", "char", "文字列", "文字", "テキスト"), "string"),
    **dict.fromkeys(("int", "integer", "long", "float", "double", "decimal", "numeric", "整数", "数", "数値", "金額"), "number"),
    **dict.fromkeys(("bool", "logical", "yesno", "真偽", "真偽値"), "boolean"),
    **dict.fromkeys(("日付", "年月日"), "date"), **dict.fromkeys(("時刻", "時間"), "time"),
    **dict.fromkeys(("datetime", "timestamp", "日時"), "date and time"),
    **dict.fromkeys(("duration", "期間"), "days and time duration（年月の期間なら years and months duration）"),
    **dict.fromkeys(("array", "collection", "リスト", "一覧"), "list"),
    **dict.fromkeys(("object", "map", "dict", "record", "struct"), "context"),
}  # fmt: skip


def name_remedy(
    name: str,
    known: Collection[str],
    entries: Mapping[str, Collection[str]] = _NONE,
    *,
    kind: str | None = None,
    is_cell: bool = False,
    listed: Collection[str] = (),
) -> str:
    """How to mend an unknown name, empty when nothing can be said.

    known: names that do have a value.  entries: of those of which they are known, by name.
    kind: what the name is compared with, where that is known.  listed: the texts that may stand here, where they are.
    """
    plain = half(name)
    paths = [f"「{whole}.{name}」" for whole, inside in entries.items() if name in inside]
    path = f"{'か'.join(paths[:_PATHS_MAX])}と書いてください。" if paths else ""
    if path and kind != "string":
        return path
    date = next((one for one in dates(blanked(name)) if one.end - one.start == len(name)), None)
    if date is not None:
        return date.remedy
    if sign := marks.remedy(name, kind=kind):
        return sign
    word = plain.casefold()
    if word in _CONSTANTS:
        return f"「{_CONSTANTS[word]}」と書いてください。"
    if "??" in plain:
        return "get or else(値, 代わりの値) と書いてください。"
    if plain.endswith("?") and plain.strip("?"):
        return f"「?」を取って {plain.rstrip('?')} と書いてください。"
    if plain[0] == "P" and durations.parse(plain) is not None:
        return f'期間は @"{plain}" と書いてください。'
    topic = _TOPIC.match(plain)
    if topic and (both := next(between(plain[topic.end() :]), None)):
        return f"「{topic[1]} in {both.meant}」と書いてください。"
    if is_cell and kind in (None, "string") and (other := _EXCEPT.match(plain)):
        excluded = _QUOTED.sub(r"\1", other[1])
        return _unlisted([excluded], listed) or f'not("{excluded}") と書いてください。'
    if is_cell and kind in (None, "string") and all(either := _EITHER.split(plain)) and either[1:]:
        texts = [_QUOTED.sub(r"\1", one) for one in either]
        values = '", "'.join(texts)
        right = f'どれかに当てはまることは "{values}" と書いてください。'
        return _unlisted(texts, listed) or right
    if said := _SAID.match(plain):
        bound = f"{said[1]} {_BOUNDS[said[3]]} {said[2].replace(',', '')}"
        return f"「{bound}」と書いてください。"
    if plain.endswith(" not"):
        return f"「not({plain[:-4]} in (…))」と書いてください。"
    if plain.startswith("not "):
        return f"「not({plain[4:]})」と書いてください。"
    if (upper := _UPPER.search(plain)) and " " in plain:
        return f"式の用語は小文字で書いてください（「{upper[0]}」は「{upper[0].lower()}」）。"
    if bounded := _BOUNDED.match(plain):
        sign = _BOUNDS[bounded[1] or bounded[4]]
        number = (bounded[2] or bounded[3]).replace(",", "")
        return f"「{sign} {number}」と書いてください。"
    if kind == "boolean" and word in (*_YES, *_NO):
        return f"「{'true' if word in _YES else 'false'}」と書いてください。"
    near = path or suggestion(plain, known) or _entry_remedy(plain, entries)
    return _word_remedy(plain, word, near, kind, is_cell=is_cell, listed=listed)


def _entry_remedy(name: str, entries: Mapping[str, Collection[str]]) -> str:
    """The entry of which a name is a slip, written with its path; empty when it is like none."""
    for whole, inside in entries.items():
        if found := suggestion(name, inside, head=f"{whole}."):
            return found
    return ""


def _unlisted(texts: Iterable[str], listed: Collection[str]) -> str:
    """What to write instead of the first text that is none of those listed, empty when all are."""
    odd = next((one for one in texts if listed and one not in listed), None)
    if odd is None:
        return ""
    meant = english(odd)
    if meant in listed:
        return f'"{meant}" と書いてください。'
    shown = "、".join(f'"{one}"' for one in islice(listed, _LISTED_MAX))
    shown += "など" if len(listed) > _LISTED_MAX else ""
    near = nearest(odd, listed)
    if near:
        return (
            f'"{near}" の誤りではないか確かめるか、"{odd}" を値の一覧（{shown}）に加えてください。'
        )
    return f'値の一覧（{shown}）のどれかを「"」で囲んで書くか、"{odd}" を一覧に加えてください。'


def _word_remedy(
    plain: str, word: str, near: str, kind: str | None, *, is_cell: bool, listed: Collection[str]
) -> str:
    inside = _QUOTED.sub(r"\1", plain)
    said = unlisted = _unlisted([inside], listed)
    if not unlisted and (kind == "string" or (kind is None and not plain.isascii())):
        said = f'文字なら "{inside}" のように半角の「"」で囲んでください。'
    if is_cell and word in _ANY:
        return f"{said}何にでも当てはまるセルは「-」と書いてください。"
    if word in _EMPTY and (kind != "string" or unlisted):
        return f"値がないことは「null」と書いてください。{said}"
    if kind in ("number", "date") and not near and not plain.isascii():
        return '数や日付を比べる列です。「>= 1000」「[1..10]」「< @"2026-04-01"」のように書いてください。'
    if said and near:
        return f"{said}名前なら{near}"
    if said and kind is None:
        return f"{said}値の名前なら、綴りを確かめるか、値を用意してください。"
    return said or near


def entries_by_name(types: Mapping[str, Type]) -> dict[str, Collection[str]]:
    """The entries of the contexts among some names, as far as they are known."""
    return {name: list(one.fields) for name, one in types.items() if one.fields is not None}


def function_remedy(name: str, known: Iterable[str]) -> str:
    """How to mend a call of a function that does not exist, empty when nothing can be said."""
    known = tuple(known)
    word = re.sub(r"[\s_.\-]", "", half(name)).casefold()
    same = next((one for one in known if re.sub(r"[\s_]", "", one).casefold() == word), None)
    if same is not None and same not in ("and", "or"):
        return f"関数の名前を「{same}」に直してください。"
    if word in _FUNCTIONS:
        return _FUNCTIONS[word]
    found = nearest(name, known)
    return f"「{found}(…)」の誤りではないか確かめてください。" if found else ""


def type_remedy(name: str, known: Iterable[str]) -> str:
    """How to mend the name of a type that nobody has defined, empty when nothing can be said."""
    word = re.sub(r"[\s_.\-]", "", half(name)).casefold()
    return f"{_TYPES[word]} と書いてください。" if word in _TYPES else suggestion(name, known)
