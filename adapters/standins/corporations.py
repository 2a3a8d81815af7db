"""The fictional corporations of the stand-in Web-API: 13-digit numbers with right check digits, in no real use known to us."""

from __future__ import annotations

from dataclasses import dataclass

KK, YK, GK, FOREIGN, OTHER = "301", "302", "305", "401", "399"


@dataclass(frozen=True)
class Corporation:
    """One row as of now; names follow the specification where they are the same thing."""

    corporate_number: str
    name: str
    furigana: str
    kind: str = KK
    prefecture: str = "東京都"
    city: str = "新宿区"
    street: str = "西新宿二丁目8番1号"
    post_code: str = "1630001"
    process: str = "01"
    close_date: str = ""
    close_cause: str = ""
    successor: str = ""
    name_image_id: str = ""
    address_outside: str = ""
    en_name: str = ""


def with_check_digit(twelve: str) -> str:
    """The 13-digit number to these twelve digits (省令2条)."""
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(twelve)))
    return f"{9 - total % 9}{twelve}"


def _dossier() -> list[Corporation]:
    return [
        Corporation(
            "7999901000001",
            "株式会社多摩クリーン運輸",
            "タマクリーンウンユ",
            city="八王子市",
            street="元本郷町三丁目24番1号",
            post_code="1920051",
        ),
        Corporation(
            "6999901000002",
            "東都リース株式会社",
            "トウトリース",
            city="港区",
            street="芝一丁目1番1号",
            post_code="1050014",
        ),
        Corporation(
            "5999901000003",
            "株式会社髙田環境",
            "タカダカンキョウ",
            city="練馬区",
            street="豊玉北六丁目12番1号",
            post_code="1760012",
        ),
        Corporation(
            "4999901000004",
            "有限会社北区産業",
            "キタクサンギョウ",
            kind=YK,
            city="北区",
            street="王子本町一丁目15番22号",
            post_code="1140022",
        ),
        Corporation(
            "3999901000005",
            "株式会社秋川環境",
            "アキガワカンキョウ",
            city="あきる野市",
            street="二宮350番地",
            post_code="1970814",
        ),
    ]


def _special() -> list[Corporation]:
    return [
        Corporation(
            with_check_digit("999901000101"),
            "株式会社すでに閉じた運送",
            "スデニトジタウンソウ",
            process="21",
            close_date="2024-03-31",
            close_cause="01",
        ),
        Corporation(
            with_check_digit("999901000102"),
            "株式会社合併された環境",
            "ガッペイサレタカンキョウ",
            process="71",
            close_date="2025-04-01",
            close_cause="11",
            successor="7999901000001",
        ),
        Corporation(
            with_check_digit("999901000103"),
            "株式会社〓田清掃",
            "ヨシダセイソウ",
            name_image_id="00012345",
        ),
        Corporation(
            with_check_digit("999901000104"),
            "グリーン・ワールド・インク",
            "グリーンワールドインク",
            kind=FOREIGN,
            prefecture="",
            city="",
            street="",
            post_code="",
            address_outside="アメリカ合衆国カリフォルニア州サンノゼ市メイン通り100",
            en_name="Green World Inc.",
        ),
        Corporation(
            with_check_digit("999901000105"), "合同会社ふりがななし", "", kind=GK, city="立川市"
        ),
        Corporation(
            with_check_digit("999901000106"),
            "一般社団法人架空環境協会",
            "カクウカンキョウキョウカイ",
            kind=OTHER,
        ),
    ]


def _others() -> list[Corporation]:
    names = "青梅 赤羽 秋川 浅川 吾妻 石神井 板橋 稲城 井荻 大泉".split()
    trades = (
        ("運輸", "ウンユ"),
        ("環境", "カンキョウ"),
        ("興業", "コウギョウ"),
        ("商事", "ショウジ"),
    )
    rows = []
    for number in range(39):
        place, (trade, kana) = names[number % 10], trades[number // 10]
        rows.append(
            Corporation(
                with_check_digit(f"9999010002{number:02d}"),
                f"株式会社架空{place}{trade}",
                f"カクウ{kana}",
                city="府中市",
                street=f"宮西町二丁目{number + 1}番地",
                post_code="1838703",
            )
        )
    return rows


FIXTURES = [*_dossier(), *_special(), *_others()]
