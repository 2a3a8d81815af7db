"""Numbers that offices give out: folded, checked and shown. A `read_` function returns the one stored form or raises.

CodeProblem carries a Japanese sentence: what is wrong, how to write it, an example.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from engine.text.keys import code_key


class CodeProblem(ValueError):
    """The text is no such code; str(error) is for the person who wrote it."""


# 自動車登録規則 別表第一 and its later additions (2025), the place names on plates. A master that grows: a new place is
# added here with the version of the software. From which day each is given out is not kept: every old plate stays valid.
PLATE_AREAS = tuple(
    """
札幌 函館 旭川 室蘭 苫小牧 釧路 知床 帯広 十勝 北見 青森 弘前 八戸 岩手 盛岡 平泉 宮城 仙台 秋田 山形 庄内 福島 会津 郡山 白河 いわき
水戸 土浦 つくば 宇都宮 那須 とちぎ 日光 群馬 前橋 高崎 大宮 川口 所沢 川越 熊谷 春日部 越谷 千葉 成田 習志野 市川 船橋 袖ヶ浦 市原 野田 柏 松戸
品川 世田谷 練馬 杉並 板橋 足立 江東 葛飾 江戸川 八王子 多摩 横浜 川崎 湘南 相模 山梨 富士山 新潟 長岡 上越 富山 石川 金沢 福井 長野 松本 諏訪 安曇野 南信州
岐阜 飛騨 静岡 浜松 沼津 伊豆 名古屋 豊橋 三河 岡崎 豊田 尾張小牧 一宮 春日井 三重 鈴鹿 四日市 伊勢志摩 滋賀 京都 大阪 なにわ 和泉 堺 神戸 姫路 奈良 飛鳥 和歌山
鳥取 島根 出雲 岡山 倉敷 広島 福山 山口 下関 徳島 香川 高松 愛媛 高知 福岡 北九州 久留米 筑豊 佐賀 長崎 佐世保 熊本 大分 宮崎 鹿児島 奄美 沖縄 宮古 八重山
""".split()
)
BUSINESS_KANA = "あいうえかきくけこを"
PRIVATE_KANA = "さすせそたちつてとなにぬねのはひふほまみむめもやゆらりるろ"
RENTAL_KANA = "われ"
EXEMPT_KANA = "EHKMTYよ"
PLATE_KANA = BUSINESS_KANA + PRIVATE_KANA + RENTAL_KANA + EXEMPT_KANA


@dataclass(frozen=True)
class Plate:
    """A vehicle registration number in its parts; `no` is 1 to 9999. str() is the stored form 多摩130あ5678."""

    area: str
    cls: str
    kana: str
    no: int

    def __str__(self) -> str:
        return f"{self.area}{self.cls}{self.kana}{self.no}"

    def shown(self) -> str:
        """多摩 130 あ 56-78, with ・ for missing digits as on the plate."""
        digits = str(self.no)
        number = f"{digits[:2]}-{digits[2:]}" if len(digits) == 4 else _dotted(digits)
        return f"{self.area} {self.cls} {self.kana} {number}"

    @property
    def use(self) -> str:
        """事業用, 自家用, 貸渡用 or 駐留軍等, by the kana."""
        kinds = {BUSINESS_KANA: "事業用", PRIVATE_KANA: "自家用", RENTAL_KANA: "貸渡用"}
        return next((use for letters, use in kinds.items() if self.kana in letters), "駐留軍等")


def read_plate(text: str) -> Plate:
    """The plate a text such as 多摩130あ5678, 多摩 130 あ 56-78 or 多摩１３０あ・１２３ names. Raises CodeProblem."""
    plain = re.sub(r"[\s・･.]", "", code_key(text))
    match = _PLATE.fullmatch(plain)
    if match is None:
        raise CodeProblem(
            "自動車登録番号は地名、分類番号、かな、番号の順に入力してください（例 多摩130あ5678）。"
        )
    return plate_of(match["area"], match["cls"], match["kana"], match["no"])


def plate_of(area: str, cls: str, kana: str, no: str) -> Plate:
    """The plate of four entered parts. Raises CodeProblem naming the part."""
    place = re.sub(r"[\s]", "", unicodedata.normalize("NFKC", area)).replace("ケ", "ヶ")
    if place not in PLATE_AREAS:
        raise CodeProblem("地名はナンバープレートの地名を入力してください（例 品川、多摩）。")
    number_class = code_key(cls)
    if not re.fullmatch(r"[0-9]{1,2}|[0-9][0-9A-Z]{2}", number_class):
        raise CodeProblem(
            "分類番号は数字1けたから3けた（2けた目からは英字も可）で入力してください（例 130）。"
        )
    letter = unicodedata.normalize("NFKC", kana).strip().upper()
    if letter not in tuple(PLATE_KANA):
        raise CodeProblem(
            "かなはナンバープレートのひらがな1文字を入力してください（例 あ）。お・し・へ・んは使われません。"
        )
    digits = re.sub(r"[・･.]", "", code_key(no))
    if not re.fullmatch(r"[0-9]{1,4}", digits) or int(digits) == 0:
        raise CodeProblem("番号は1から9999までの数字で入力してください（例 5678）。")
    return Plate(place, number_class, letter, int(digits))


def read_permit_number(text: str) -> str:
    """The 11 digits of a waste permit number; old 10-digit ones get their 0. Raises CodeProblem.

    1-3 authority (001-047 prefectures, 050 on cities), 4 kind of business, 5 free, 6-11 the firm's number.
    """
    plain = code_key(text).removeprefix("第").removesuffix("号")
    if not re.fullmatch(r"[0-9]{10,11}", plain):
        raise CodeProblem("許可番号は11けたの数字で入力してください（例 01300987654）。")
    number = plain.zfill(11)
    authority = int(number[:3])
    if not (1 <= authority <= 47 or 50 <= authority <= 199):
        raise CodeProblem(
            "許可番号の初めの3けた（許可をした自治体）が正しくありません。許可証を見て入力してください（例 01300987654）。"
        )
    return number


def read_corporate_number(text: str) -> str:
    """The 13 digits of a 法人番号 whose check digit fits. Raises CodeProblem.

    Check digit: over the 12 others from the right, weights 1, 2, 1, 2...; 9 - (sum mod 9).
    """
    plain = code_key(text)
    if not re.fullmatch(r"[0-9]{13}", plain):
        raise CodeProblem("法人番号は13けたの数字で入力してください（例 7999901000001）。")
    if plain[0] != check_digit(plain[1:]):
        raise CodeProblem(
            "法人番号に誤りがあります。けたの入れ違いがないか確かめて入力してください（例 7999901000001）。"
        )
    return plain


def check_digit(twelve: str) -> str:
    """The first digit of a 法人番号, from its other twelve."""
    total = sum(int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(twelve)))
    return str(9 - total % 9)


def read_invoice_number(text: str) -> str:
    """T and 13 digits of an 適格請求書発行事業者 number. Raises CodeProblem.

    A person's number follows other rules for its digits, so no check digit is asked of it.
    """
    plain = code_key(text)
    if re.fullmatch(r"[0-9]{13}", plain):
        plain = "T" + plain
    if not re.fullmatch(r"T[0-9]{13}", plain):
        raise CodeProblem("登録番号はTと13けたの数字で入力してください（例 T7999901000001）。")
    return plain


def read_zip(text: str) -> str:
    """NNN-NNNN. Raises CodeProblem."""
    plain = code_key(text).removeprefix("〒")
    if not re.fullmatch(r"[0-9]{7}", plain):
        raise CodeProblem("郵便番号は7けたの数字で入力してください（例 163-8001）。")
    return f"{plain[:3]}-{plain[3:]}"


def read_phone(text: str) -> str:
    """Digits and hyphens as entered, 10 or 11 digits from 0 on (or +81...). Raises CodeProblem."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"[‐-―−ー─]", "-", re.sub(r"\s", "", plain))
    plain = re.sub(r"[()]", "-", plain).strip("-").replace("--", "-")
    digits = plain.replace("-", "")
    if not re.fullmatch(r"0[0-9]{9,10}|\+[0-9]{8,15}", digits):
        raise CodeProblem(
            "電話番号は0から始まる10けたか11けたの数字で入力してください（例 03-5321-1111）。"
        )
    return plain


def municipality_check_digit(five: str) -> str:
    """The sixth digit of a 全国地方公共団体コード, from its first five."""
    total = sum(int(digit) * weight for digit, weight in zip(five, (6, 5, 4, 3, 2), strict=True))
    return str(11 - total if total < 11 else 11 - total % 11)[-1]


def is_valid(read: Callable[[str], object], text: str) -> bool:
    """True when a `read_` function accepts a text."""
    try:
        read(text)
    except CodeProblem:
        return False
    return True


def _dotted(digits: str) -> str:
    return "・" * (4 - len(digits)) + digits if len(digits) < 3 else f"・{digits[0]}-{digits[1:]}"


_PLATE = re.compile(
    r"(?P<area>[一-龥ぁ-んァ-ヶ]{1,4})(?P<cls>[0-9]{1,2}|[0-9][0-9A-Z]{2})"
    r"(?P<kana>[あ-ろわれをよEHKMTY])(?P<no>[0-9]{1,4})"
)
