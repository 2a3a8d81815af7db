"""Search keys of names, companies, addresses and readings. The entered text is never changed; only keys are compared.

NFC and NFKC are never applied to a stored name (both replace characters, U+FA19 神 by U+795E); inside a key that
replacement is what makes two spellings meet.  Source: conventions section 4.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from engine.text.variants import VARIANTS

# Longer texts are cut before they are compared: no name is longer, and comparing is quadratic.
COMPARED_CHARS = 300


def name_key(text: str) -> str:
    """The key of a person's or firm's name: variants, width and case folded, spaces and selectors left out.

    髙田　太郎 and 高田太郎 have one key.  Hiragana and katakana stay different.
    """
    return _without_spaces(_narrow(text)).translate(VARIANTS).casefold()


def company_key(text: str) -> str:
    """The key of an organisation's name: （株）, ㈱ and 株式会社 are one, in front and behind stay different."""
    # NFKC would have opened ㈱ to (株); _narrow has done so for the squared forms.
    plain = _without_spaces(_narrow(text))
    for short, long in _LEGAL_FORMS.items():
        plain = plain.replace(f"({short})", long)
    return plain.translate(VARIANTS).casefold()


def kana_key(text: str) -> str:
    """The key of a reading: full-width katakana, small letters large, ヴ/ブ ヲ/オ ヂ/ジ ヅ/ズ one, no ー ・ or space."""
    plain = unicodedata.normalize("NFKC", text).translate(_TO_KATAKANA)
    plain = re.sub(r"ヴ([ァィェォ])", lambda found: _VU[found[1]], plain).translate(_KANA_FOLDED)
    return re.sub(r"[\sー・\-‐-―−゠=]", "", plain).casefold()


def address_key(text: str) -> str:
    """The key of an address: 西新宿二丁目８番１号 and 西新宿2-8-1 are one; 大字 and spaces left out, ヶ/ケ/が one.

    An address is never refused for its key; a building name stays in it.
    """
    plain = _without_spaces(_narrow(text)).translate(VARIANTS).replace("大字", "")
    plain = re.sub(
        rf"([{_KANJI_DIGITS}]+)(?=丁目|番地|番|号)", lambda found: str(_number(found[1])), plain
    )
    plain = _HYPHENS.sub("-", plain)
    plain = re.sub(r"(?<=[0-9])[ー一のノ](?=[0-9])", "-", plain)
    plain = re.sub(r"(?<=[0-9])(?:丁目|番地の|番地|番の|番|号の)-?(?=[0-9])", "-", plain)
    plain = re.sub(r"(?<=[0-9])(?:丁目|番地|番|号)", "", plain)
    plain = re.sub(r"(?<=[一-龥々])[ヶヵがガカ](?=[一-龥])", "ケ", plain)
    return plain.casefold()


def text_key(text: str) -> str:
    """The key of any other searched text: as of a company's name, which leaves other texts as name_key does."""
    return company_key(text)


def code_key(text: str) -> str:
    """The key of a code (number, plate, chassis): NFKC, capital letters, no spaces and no hyphens."""
    plain = _HYPHENS.sub("-", unicodedata.normalize("NFKC", text))
    return re.sub(r"[\s\-]", "", plain).upper()


def search_key(text: str) -> str:
    """The key cases are searched by, whatever was typed: a text, a code or a reading.

    髙田 is 高田, R8-0001 is Ｒ８０００１, and たまくりーん, ﾀﾏｸﾘｰﾝ and タマクリーン are one; so are ショウ and シヨウ.
    """
    return code_key(text_key(text)).translate(_TO_KATAKANA).translate(_LARGE)


def bigrams(key: str) -> tuple[str, ...]:
    """The distinct two-character pieces of a key, in order; a one-character key is its own piece, "" has none."""
    if len(key) < 2:
        return (key,) if key else ()
    return tuple(dict.fromkeys(key[at : at + 2] for at in range(len(key) - 1)))


def pieces(key: str) -> tuple[str, ...]:
    """What a key is found by: its distinct characters and pieces of two."""
    return tuple(dict.fromkeys((*key, *bigrams(key))))


def similarity(first: str, second: str, *, key: Callable[[str], str] = company_key) -> float:
    """1.0 for the same key down to 0.0: the share of the longer key that need not be edited.

    One wrong character in ten gives 0.9.  Two empty texts are alike.
    """
    a, b = key(first)[:COMPARED_CHARS], key(second)[:COMPARED_CHARS]
    longest = max(len(a), len(b))
    return 1.0 if a == b else (longest - _edits(a, b)) / longest


def fold_width(text: str) -> str:
    """Full-width digits, letters, signs and spaces half width, half-width kana full width; ideographs untouched."""
    return _narrow(text)


def half_width(text: str) -> str:
    """Full-width letters, digits, signs and spaces half width; all else as it was, every form of an ideograph too."""
    return text.translate(_HALF_WIDTH)


def written_code(text: str) -> str:
    """A code as it is stored: half width, capital letters, one kind of hyphen, no space (ｆｅｂ５０ー５０９９０１ is FEB50-509901)."""
    plain = re.sub(r"[ー─]", "-", _HYPHENS.sub("-", unicodedata.normalize("NFKC", text)))
    return _without_spaces(plain).upper()


def _narrow(text: str) -> str:
    """The text with width, compatibility ideographs and squared words folded, selectors and controls removed."""
    whole = re.sub(r"[｡-ﾟ]+", lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return "".join(_folded(char) for char in whole)


@lru_cache(maxsize=20_000)  # of one character, so of any text
def _folded(char: str) -> str:
    code = ord(char)
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or unicodedata.category(char) == "Cc":
        return ""
    if char in "〜～":
        return "~"
    return unicodedata.normalize("NFKC", char)


def _without_spaces(text: str) -> str:
    return re.sub(r"\s", "", text)


def _number(digits: str) -> int:
    """The value of 二十三, 十一, 二三 (read by place)."""
    if "十" not in digits:
        return int("".join(str("〇一二三四五六七八九".index(digit)) for digit in digits))
    tens, _, ones = digits.partition("十")
    return (_number(tens) if tens else 1) * 10 + (_number(ones) if ones else 0)


def _edits(a: str, b: str) -> int:
    """The Levenshtein distance."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (left != right))
    return row[-1]


_KANJI_DIGITS = "〇一二三四五六七八九十"
_HYPHENS = re.compile(r"[-‐-―−－ｰ─]")
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_TO_KATAKANA = {code: chr(code + 0x60) for code in range(ord("ぁ"), ord("ゖ") + 1)}
_VU = {"ァ": "バ", "ィ": "ビ", "ェ": "ベ", "ォ": "ボ"}
_KANA_FOLDED = str.maketrans("ァィゥェォッャュョヮヵヶヴヲヂヅ", "アイウエオツヤユヨワカケブオジズ")
_LARGE = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_LEGAL_FORMS = {
    "株": "株式会社",
    "有": "有限会社",
    "同": "合同会社",
    "資": "合資会社",
    "名": "合名会社",
    "一社": "一般社団法人",
    "一財": "一般財団法人",
    "公社": "公益社団法人",
    "公財": "公益財団法人",
    "社": "社団法人",
    "財": "財団法人",
    "医": "医療法人",
    "学": "学校法人",
    "福": "社会福祉法人",
    "特非": "特定非営利活動法人",
    "独": "独立行政法人",
}
