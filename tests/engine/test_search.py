from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, select

from engine import search
from engine.round_trip import round_trip
from engine.tables import search_texts
from tests.support.office import case, office, task


@dataclass
class Version:
    settings: dict[str, Any] = field(default_factory=dict)


VERSION = Version(
    {
        "search": [
            {"field": "notice.holder_name", "kind": "name", "kana": "notice.holder_kana"},
            {"field": "notice.vehicles.plate", "kind": "code"},
            {"field": "notice.fee", "kind": "number"},
            {"field": "notice.missing", "kind": "text"},
        ]
    }
)


def add(
    db: Connection,
    number: str,
    name: str,
    *plates: str,
    section: str = "",
    office_of: str = "env",
    **columns: Any,
) -> int:
    case_id = case(db, number=number, applicant_name=name, title=f"車両変更届 {name}", **columns)
    if section:
        task(db, case_id, section_code=section)
    notice = {
        "holder_name": name,
        "holder_kana": "タマ",
        "vehicles": [{"plate": p} for p in plates],
    }
    keys = search.keys_of(
        VERSION,
        {"case": {"number": number}, "notice": notice},
        title=f"車両変更届 {name}",
        applicant=name,
    )
    with round_trip(db) as send:
        search.write(send, case_id, "inquiry", keys, office=office_of)
    return case_id


def numbers(db: Connection, words: str, **options: Any) -> list[str]:
    return [row.number for row in search.find(db, words, **options).rows]


@pytest.fixture
def three(db: Connection) -> None:
    add(db, "R8-000417", "株式会社髙田環境", "多摩130あ5678")
    add(db, "R8-000418", "有限会社北区産業", "足立100か1111", "江戸川100か1111")
    add(db, "R8-000419", "東都リース株式会社", status="ended")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("高田", ["R8-000417"]),
        ("髙田", ["R8-000417"]),
        ("（株）高田", ["R8-000417"]),
        ("環", ["R8-000417"]),
        ("北", ["R8-000418"]),
        ("ヶ", []),
        ("有", ["R8-000418"]),
        ("R8-000418", ["R8-000418"]),
        ("Ｒ８ー0004", []),
        ("Ｒ８－0004", ["R8-000419", "R8-000418", "R8-000417"]),
        ("0417", ["R8-000417"]),
        ("江戸川 北区", ["R8-000418"]),
        ("江戸川　髙田", []),
        ("多摩130あ56-78", ["R8-000417"]),
        ("区北", []),
        ("タマ", ["R8-000419", "R8-000418", "R8-000417"]),  # the reading, an answer of each
        ("たま", ["R8-000419", "R8-000418", "R8-000417"]),
        ("ﾀﾏ", ["R8-000419", "R8-000418", "R8-000417"]),
        ("たまあ", []),
        ("東都りーす", ["R8-000419"]),
        ("％", []),
        ("", []),
        ("　", []),
    ],
)
def test_a_case_is_found_by_part_of_its_words(
    db: Connection, three: None, words: str, found: list[str]
) -> None:
    assert numbers(db, words) == found


def test_filters_narrow_what_is_found(db: Connection, three: None) -> None:
    assert numbers(db, "R8", ended=True) == ["R8-000419"]
    assert numbers(db, "R8", ended=False) == ["R8-000418", "R8-000417"]
    assert numbers(db, "R8", procedure="other") == []
    assert numbers(db, "R8", arrived_from=date(2026, 5, 13)) == []
    assert len(numbers(db, "R8", arrived_from=date(2026, 5, 12), arrived_to=date(2026, 5, 12))) == 3


def test_only_cases_of_the_sections_are_found(db: Connection) -> None:
    add(db, "R8-000500", "甲社", section="sanpai")
    add(db, "R8-000501", "乙社", section="soumu")
    assert numbers(db, "社", sections={"sanpai"}) == ["R8-000500"]
    assert numbers(db, "社") == ["R8-000501", "R8-000500"]
    assert numbers(db, "R8-0005", sections={"sanpai"}) == ["R8-000500"]
    assert numbers(db, "R8-0005", sections=set()) == []


def test_the_section_of_the_procedure_finds_a_case_before_its_first_task(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(db, "R8-000510", "甲社", office_of="sanpai")
    add(db, "R8-000511", "乙社", office_of="sanpai", section="sanpai")
    assert numbers(db, "R8-00051", sections={"sanpai"}) == ["R8-000511", "R8-000510"]
    assert numbers(db, "R8-00051", sections={"soumu"}) == []
    monkeypatch.setattr(search, "NEWEST", 0)  # found by the index of pieces and marks alone
    assert numbers(db, "R8-00051", sections={"sanpai"}) == ["R8-000511", "R8-000510"]
    assert numbers(db, "R8-00051", sections={"soumu"}) == []


def test_a_page_says_that_there_is_more(db: Connection, three: None) -> None:
    assert search.find(db, "R8", limit=2).more
    assert not search.find(db, "R8", limit=3).more


def test_writing_again_replaces_the_keys(db: Connection) -> None:
    case_id = add(db, "R8-000600", "旧社名")
    with round_trip(db) as send:
        keys = search.keys_of(VERSION, {}, applicant="新社名")
        search.write(send, case_id, "inquiry", keys, office="env")
    assert numbers(db, "旧社") == []
    assert numbers(db, "新社") == ["R8-000600"]


def test_keys_are_typed_and_what_does_not_fit_has_none(db: Connection) -> None:
    answers = {"notice": {"holder_name": "甲社", "holder_kana": "こうしゃ", "fee": Decimal(900)}}
    keys = {key.field: key for key in search.keys_of(VERSION, answers)}
    assert keys["notice.fee"].number_value == Decimal(900)
    assert keys["notice.holder_name"].sort_key == "コウシヤ"
    assert keys["notice.holder_kana"].text_value == "コウシヤ"
    assert set(keys) == {"notice.fee", "notice.holder_name", "notice.holder_kana"}
    for wrong in ({"notice": {"fee": "many"}}, {"case": 3}, {"case": {"number": Decimal(3)}}):
        assert search.keys_of(VERSION, wrong) == []


def test_a_section_finds_a_case_from_the_task_it_gets(db: Connection) -> None:
    office(db)
    case_id = add(db, "R8-000700", "甲社", section="soumu")
    assert numbers(db, "甲", sections={"sanpai"}) == []
    with round_trip(db) as send:
        search.seen_by(send, case_id, ["sanpai.examiner", "sanpai.chief", "unknown"])
    assert numbers(db, "甲", sections={"sanpai"}) == ["R8-000700"]
    assert numbers(db, "甲", sections={"soumu"}) == ["R8-000700"]


def test_an_ended_case_is_found_among_the_ended_ones(db: Connection) -> None:
    case_id = add(db, "R8-000800", "甲社")
    with round_trip(db) as send:
        search.ended(send, case_id)
    assert numbers(db, "甲", ended=True) == ["R8-000800"]
    assert numbers(db, "甲", ended=False) == []


def test_what_the_newest_cases_do_not_have_is_found_by_its_pieces(
    db: Connection, three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "NEWEST", 1)
    assert numbers(db, "北区") == ["R8-000418"]
    assert numbers(db, "会", procedure="inquiry") == ["R8-000419", "R8-000418", "R8-000417"]
    assert numbers(db, "会", procedure="other") == []
    monkeypatch.setattr(search, "CANDIDATES", 1)
    assert search.find(db, "会", limit=1).more


def test_the_index_of_pieces_is_used(db: Connection, three: None) -> None:
    db.exec_driver_sql("set local enable_seqscan = off")
    query = select(search_texts.c.case_id).where(search_texts.c.grams.contains(["高田"]))
    compiled = query.compile(db, compile_kwargs={"literal_binds": True})
    plan = "\n".join(db.exec_driver_sql(f"explain {compiled}").scalars())
    assert "ix_search_texts_grams" in plan
