"""Search keys: what is one in search although it is two in law."""

from __future__ import annotations

import pytest

from engine.text import (
    address_key,
    bigrams,
    code_key,
    company_key,
    fold_width,
    kana_key,
    name_key,
    similarity,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("髙田　太郎", "高田太郎"),
        ("山﨑", "山崎"),
        ("渡邊", "渡邉"),
        ("渡辺", "渡邉"),
        ("齋藤", "齊藤"),
        ("神\ufa19", "神神"),
        ("辻\U000e0100", "辻"),
        ("葛\ufe00城", "葛城"),
        ("ＡＢＣ商会", "abc商会"),
        ("ﾀﾞｲｴｰ", "ダイエー"),
        ("𠮷野", "吉野"),
        ("\ufa11", "崎"),
        ("山田\u3000\u00a0花子", "山田 花子"),
    ],
)
def test_spellings_of_one_name_share_a_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("山田", "山本"), ("タナカ", "たなか"), ("大田", "太田")]
)
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_the_legal_form_of_a_company_may_be_short_but_keeps_its_place() -> None:
    full = company_key("株式会社髙田環境")
    assert company_key("（株）高田環境") == full
    assert company_key("㈱ 高田環境") == full
    assert company_key("高田環境株式会社") != full
    assert company_key("㈲北区産業") == company_key("有限会社北区産業")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ｶﾞｯｺｳ", "がっこう"),
        ("ヴァイオリン", "バイオリン"),
        ("ハツトリ", "ハットリ"),
        ("イノウエ　ヲサム", "イノウエオサム"),
        ("チヂミ", "チジミ"),
        ("オーノ", "オノ"),
        ("ジョン・スミス", "ジヨンスミス"),
    ],
)
def test_readings_that_sound_alike_share_a_key(one: str, other: str) -> None:
    assert kana_key(one) == kana_key(other)


@pytest.mark.parametrize(
    "written",
    [
        "東京都新宿区西新宿二丁目８番１号",
        "東京都新宿区西新宿２丁目８番地１",
        "東京都新宿区西新宿2-8-1",
        "東京都新宿区 西新宿２−８−１",
        "東京都新宿区西新宿２ー８ー１",
        "東京都新宿区西新宿2の8の1",
        "東京都新宿区西新宿2丁目8-1",
    ],
)
def test_an_address_has_one_key_however_its_numbers_are_written(written: str) -> None:
    assert address_key(written) == "東京都新宿区西新宿2-8-1"


def test_address_keys_know_two_digit_blocks_and_place_name_kana() -> None:
    assert address_key("芝五丁目十一番二十三号") == address_key("芝5-11-23")
    assert address_key("霞が関一丁目") == address_key("霞ヶ関1丁目")
    assert address_key("千代田区一番町1-2") == address_key("千代田区一番町1番2号")
    assert address_key("八王子市大字川口100番地の2") == "八王子市川口100-2"
    assert address_key("港区芝1-1-1スーパービル") == "港区芝1-1-1スーパービル"


def test_a_code_is_compared_without_width_space_and_hyphen() -> None:
    assert code_key("ＦＥＢ５０－５０９９０１ ") == "FEB50509901"


def test_grams_are_the_distinct_pairs() -> None:
    assert bigrams("高田高田") == ("高田", "田高")
    assert bigrams("林") == ("林",)
    assert bigrams("") == ()


def test_likeness_is_the_share_that_need_not_be_edited() -> None:
    assert similarity("株式会社髙田環境", "（株）高田環境") == 1.0
    assert similarity("株式会社高田環境開発", "株式会社高田環境開發") == 1.0
    assert similarity("株式会社高田環境開発", "株式会社高田環境開拓") == 0.9
    assert similarity("多摩太郎", "株式会社多摩クリーン運輸") < 0.9
    assert similarity("", "") == 1.0
    assert similarity("", "あ") == 0.0


def test_folding_width_leaves_ideographs_of_a_name_alone_only_where_they_are_not_compatibility_forms() -> (
    None
):
    assert fold_width("１２－Ａ　ｱﾊﾟｰﾄ") == "12-A アパート"
    assert fold_width("髙﨑") == "髙﨑"
