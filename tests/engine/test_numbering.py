from datetime import date

import pytest
from sqlalchemy import Connection

from engine import numbering


def test_case_numbers_count_up_without_gaps_in_the_fiscal_year(db: Connection) -> None:
    assert numbering.case_number(db, day=date(2026, 4, 1)) == "R8-000001"
    assert numbering.case_number(db, day=date(2027, 3, 31)) == "R8-000002"
    assert numbering.case_number(db, day=date(2027, 4, 1)) == "R9-000001"


def test_another_prefix_has_its_own_counter(db: Connection) -> None:
    numbering.case_number(db, day=date(2026, 4, 1))
    assert numbering.case_number(db, day=date(2026, 4, 1), prefix="SK") == "SK-R8-000001"


def test_document_numbers_count_per_sign(db: Connection) -> None:
    day = date(2026, 5, 12)
    assert numbering.document_number(db, sign="環産収", day=day) == "8環産収第1号"
    assert numbering.document_number(db, sign="環産収", day=day) == "8環産収第2号"
    assert numbering.document_number(db, sign="環産指", day=day) == "8環産指第1号"


def test_a_rolled_back_number_is_given_again(db: Connection) -> None:
    day = date(2026, 5, 12)
    numbering.document_number(db, sign="環産収", day=day)
    step = db.begin_nested()
    numbering.document_number(db, sign="環産収", day=day)
    step.rollback()
    assert numbering.document_number(db, sign="環産収", day=day) == "8環産収第2号"


@pytest.mark.parametrize(
    ("day", "era"),
    [
        (date(2019, 4, 1), ("R", 1)),
        (date(2020, 3, 31), ("R", 1)),
        (date(2019, 3, 31), ("H", 30)),
        (date(1989, 2, 1), ("S", 63)),
        (date(2026, 3, 31), ("R", 7)),
    ],
)
def test_a_fiscal_year_has_one_era_name(day: date, era: tuple[str, int]) -> None:
    assert numbering.fiscal_era(day) == era
