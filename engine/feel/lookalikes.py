"""What looks like one value to a person and reads as something else: dates without quotes, numbers with separators or units.

Texts are looked at with full-width letters made half width, sign by sign, so that places stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from engine.feel.dates import YEAR_MAX, make_date, month_length

_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
# The year before the first of each era.
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
_ERAS |= {"R": 2018, "H": 1988, "S": 1925, "T": 1911, "M": 1867}
# A value begins here: behind no letter or digit, and behind no point but the two of a range.
_BEFORE = r"(?<!\w)(?<![^.]\.)"
_WESTERN_DATE = re.compile(
    rf"{_BEFORE}([12]\d{{3}})([-/.])(\d{{1,2}})\2(\d{{1,2}})(?![0-9A-Za-z_]|\.\d|\2\d)"
)
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})T")
_KANJI_DATE = re.compile(r"(?<!\w)([12]\d{3})年\s*(\d{1,2})月\s*(\d{1,2})日")
_ERA_DATE = re.compile(
    rf"(?<![A-Za-z])({'|'.join(_ERAS)})\s*(\d{{1,2}}|元)(?:年\s*(\d{{1,2}})月\s*(\d{{1,2}})日|[./-](\d{{1,2}})[./-](\d{{1,2}}))"
)
_GROUPED = re.compile(rf"(?<!,){_BEFORE}(\d{{1,3}}(?:,\d{{3}})+)(?!\d|,\d)")
_PLAIN = r"\d+(?:,\d{3})*(?:\.\d+)?"
_WITH_UNIT = re.compile(rf"{_BEFORE}({_PLAIN})\s*(%|[^\W\d_A-Za-z]+)")
_DIFFERENCE = re.compile(r"(?<![\w.)])(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)(?![\w.(-])")
_DOTTED = re.compile(r"\.\.\.(\d+)")
_FACTORS = {"百": 100, "千": 1000, "万": 10_000, "十万": 100_000, "百万": 1_000_000, "千万": 10_000_000,
            "億": 100_000_000}  # fmt: skip
_JOINING = (
    "から",
    "または",
    "又は",
    "もしくは",
    "若しくは",
    "かつ",
    "および",
    "及び",
    "なら",
    "でなければ",
    "あるいは",
)
_DURATIONS = {
    **dict.fromkeys(("日", "日間", "日以内"), "P{}D"),
    **dict.fromkeys(("か月", "ヶ月", "カ月", "ケ月", "箇月", "か月間", "ヶ月間", "月"), "P{}M"),
    **dict.fromkeys(("年", "年間", "か年"), "P{}Y"),
    **dict.fromkeys(("時間", "時"), "PT{}H"),
    **dict.fromkeys(("分", "分間"), "PT{}M"),
}
_BOUNDS = {"以上": ">=", "以下": "<=", "以内": "<=", "未満": "<", "超": ">", "を超える": ">", "超える": ">", "より大きい": ">",
           "より多い": ">", "より小さい": "<", "より少ない": "<", "まで": "<="}  # fmt: skip
_LOW = ("以上", "を超えて", "を超え", "超", "より大きく", "より多く")
_BOTH = re.compile(
    rf"{_BEFORE}({_PLAIN})\s*([^\W\d_A-Za-z]*?)({'|'.join(_LOW)})\s*(?:かつ|で|、|,)?\s*"
    rf"({_PLAIN})\s*([^\W\d_A-Za-z]*?)(以下|以内|未満|まで|より小さい|より少ない)"
)
_NEGATIVE = re.compile(rf"[▲△]\s*({_PLAIN})\s*([^\W\d_A-Za-z]*)")
_SPACED = re.compile(rf"{_BEFORE}(\d{{1,3}}(?:[ \u00a0\u2009\u202f]\d{{3}})+)(?![\w.])")
_SIDES = {"以降": ">=", "以後": ">=", "より後": ">", "以前": "<=", "まで": "<=", "より前": "<"}
_SINCE = re.compile("|".join(_SIDES))
_BOUND = re.compile(rf"(.*?)({'|'.join(sorted(_BOUNDS, key=len, reverse=True))})\Z")


class Found(NamedTuple):
    """start, end: offsets of the whole.  message: how it reads.  remedy: how to write what is meant.

    meant: a date, duration or range as FEEL writes it, empty for anything else.
    """

    start: int
    end: int
    message: str
    remedy: str
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Grouped:
    """A number with separators.  has_zeros: a group begins with 0, as no number of its own does.

    is_end: it stands at the end of a range.
    """

    at: int
    text: str
    is_end: bool

    @property
    def plain(self) -> str:
        return self.text.replace(",", "")

    @property
    def has_zeros(self) -> bool:
        return any(group[0] == "0" for group in self.text.split(",")[1:])

    @property
    def message(self) -> str:
        parts = "」と「".join(self.text.split(","))
        return f"「{self.text}」は「{parts}」に分けて読まれます。"

    @property
    def remedy(self) -> str:
        if self.has_zeros:
            return f"区切りを取って {self.plain} と書いてください。"
        apart = self.text.replace(",", ", ")
        return f"一つの数なら {self.plain}、別々の値なら {apart} と空けて書いてください。"


def half(text: str) -> str:
    """The text with full-width letters, digits and signs half width, every one at its place."""
    return text.translate(_HALF)


def blanked(source: str) -> str:
    """The text in half width, with what stands in quotes and comments blanked out, quotes kept."""
    return _STRINGS.sub(_blank, half(source))


def _blank(match: re.Match[str]) -> str:
    text = match[0]
    return f'"{chr(0) * (len(text) - 2)}"' if text[0] == '"' else " " * len(text)


def dates(text: str) -> Iterator[Found]:
    """The dates of a blanked text, in the ways people write them."""
    for match in _WESTERN_DATE.finditer(text):
        year, _, month, day = match.groups()
        yield from _date(match, int(year), month, day)
    for match in _KANJI_DATE.finditer(text):
        yield from _date(match, int(match[1]), match[2], match[3])
    for match in _ERA_DATE.finditer(text):
        year = _ERAS[match[1]] + (1 if match[2] == "元" else int(match[2]))
        yield from _date(match, year, match[3] or match[5], match[4] or match[6])


def _date(match: re.Match[str], year: int, month: str, day: str) -> Iterator[Found]:
    date = make_date(year, int(month), int(day))
    if date is not None:
        bound = _SINCE.match(match.string, match.end())
        if bound:
            text = match[0] + bound[0]
            remedy = f'{_SIDES[bound[0]]} @"{date}" と書いてください。'
            yield Found(
                match.start(), bound.end(), f"「{text}」は日付の条件として読まれません。", remedy
            )
            return
        message = f"「{match[0]}」は日付として読まれません。"
        remedy = f'@"{date}" または date("{date}") と書いてください。'
        yield Found(match.start(), match.end(), message, remedy, str(date))


def no_such_day(text: str) -> tuple[str, str] | None:
    """Why a text that writes a year, a month and a day is no date and how to mend it, None when it is one or writes none."""
    plain = half(text).strip()
    match = _WESTERN_DATE.match(plain) or _ISO_DATE.match(plain) or _KANJI_DATE.match(plain)
    if match is None:
        return None
    return impossible_day(*(int(group) for group in match.groups() if group.isdigit()))


def impossible_day(year: int, month: int, day: int) -> tuple[str, str] | None:
    """Why there is no such day and how to mend it, None when there is one."""
    if make_date(year, month, day) is not None:
        return None
    if max(abs(year), abs(month), abs(day)) > YEAR_MAX:
        return "そのような日付はありません。", f"年は±{YEAR_MAX:,}までです。日付を直してください。"
    message = f"{year}年{month}月{day}日という日はありません。"
    if not 1 <= month <= 12:
        return message, "月は1から12までです。日付を直してください。"
    return message, f"{month}月は{month_length(year, month)}日までです。日付を直してください。"


def grouped(text: str) -> Iterator[Grouped]:
    """The numbers with separators between every three digits."""
    for match in _GROUPED.finditer(text):
        before, after = text[: match.start()].rstrip(), text[match.end() :].lstrip()
        is_end = before.endswith("..") or after.startswith("..")
        yield Grouped(match.start(), match[1], is_end)


def spans(text: str) -> Iterator[Found]:
    """The differences of two constants, the smaller first, that a person would read as a range."""
    for match in _DIFFERENCE.finditer(text):
        if Decimal(match[1]) < Decimal(match[2]):
            message = f"「{match[0]}」は引き算として読まれます。"
            remedy = f"範囲なら [{match[1]}..{match[2]}]、引き算なら {match[1]} - {match[2]} と空けて書いてください。"
            yield Found(match.start(), match.end(), message, remedy)


def dotted(text: str) -> Iterator[Found]:
    """The ranges with a third point, which is read as the decimal point of the second number."""
    for match in _DOTTED.finditer(text):
        number = match[1]
        message = f"「...{number}」は「..」と「0.{number}」に分けて読まれます。"
        remedy = (
            f"範囲の「.」は二つです。「..{number}」と書いてください（小数なら「..0.{number}」）。"
        )
        yield Found(match.start(), match.end(), message, remedy)


def amounts(text: str) -> Iterator[Found]:
    """The numbers with separators, units or words like 以上."""
    yield from between(text)
    for match in _NEGATIVE.finditer(text):
        value, duration = _value(match[1].replace(",", ""), match[2])
        right = f'@"-{duration}"' if duration else f"-{value}"
        message = f"「{match[0][0]}」は負号として読まれません。"
        yield Found(match.start(), match.end(), message, f"{right} と書いてください。")
    for match in _SPACED.finditer(text):
        message = f"数の中に空白は置けません（「{match[1]}」）。"
        remedy = f"空白を取って {''.join(match[1].split())} と書いてください。"
        yield Found(match.start(), match.end(), message, remedy)
    for match in _WITH_UNIT.finditer(text):
        number, unit = match[1].replace(",", ""), match[2]
        if unit.startswith(_JOINING):
            continue  # no unit: it joins the number with what follows
        message, remedy = _amount(number, unit)
        duration = _value(number, unit)[1]
        yield Found(match.start(), match.end(), message, remedy, duration)
    for one in grouped(text):
        message = f"数の中の「,」は区切りとして読まれません（「{one.text}」）。"
        remedy = f"区切りを取って {one.plain} と書いてください。"
        yield Found(one.at, one.at + len(one.text), message, remedy)


def between(text: str) -> Iterator[Found]:
    """The numbers with words on both sides: 1000以上2000未満.  meant: the range."""
    for match in _BOTH.finditer(text):
        ends = [
            f'@"{duration}"' if duration else value
            for value, duration in (
                _value(match[at].replace(",", ""), match[at + 1] or match[5]) for at in (1, 4)
            )
        ]
        opened, closed = (
            "[" if match[3] == "以上" else "(",
            "]" if match[6] in ("以下", "以内", "まで") else ")",
        )
        meant = f"{opened}{'..'.join(ends)}{closed}"
        message = f"「{match[3]}」「{match[6]}」のような言葉では比べられません。"
        yield Found(match.start(), match.end(), message, f"{meant} と書いてください。", meant)


def _amount(number: str, unit: str) -> tuple[str, str]:
    bound = _BOUND.match(unit)
    if bound:
        value, duration = _value(number, bound[1])
        message = f"「{bound[2]}」のような言葉では比べられません。"
        right = f'@"{duration}"' if duration else value
        return message, f"「{_BOUNDS[bound[2]]} {right}」と書いてください。"
    value, duration = _value(number, unit)
    message = f"数のすぐ後に「{unit}」を置くことはできません。"
    if duration:
        return message, f'期間は @"{duration}"、数だけなら {number} と書いてください。'
    return message, f"単位を付けずに {value} と書いてください。"


def _value(number: str, unit: str) -> tuple[str, str]:
    """The number a unit makes of it, and the duration where it is one of time."""
    if unit == "%":
        return f"{Decimal(number) / 100:f}", ""
    if unit in _DURATIONS and "." not in number:
        return number, _DURATIONS[unit].format(number)
    for name, factor in sorted(_FACTORS.items(), key=lambda pair: -len(pair[0])):
        if unit.startswith(name):
            return f"{(Decimal(number) * factor).normalize():f}", ""
    return number, ""
