from datetime import date

import pytest
from sqlalchemy import Connection

from engine import calendars, used_calendars
from engine.calendar import ExtraDay
from engine.errors import NotFound

DAY = date(2026, 5, 12)
TOKYO = used_calendars.settings_in({})


def test_a_closed_day_entered_by_the_operator_is_closed(db: Connection) -> None:
    before = calendars.load(db, TOKYO)
    calendars.put_day(db, "tokyo", ExtraDay(DAY, "臨時の閉庁日"))
    after = calendars.load(db, TOKYO)
    assert before.is_open(DAY) and not after.is_open(DAY)
    assert after.closed_reason(DAY) == "臨時の閉庁日"
    assert before.version != after.version


def test_a_row_is_replaced_and_taken_back(db: Connection) -> None:
    calendars.put_day(db, "tokyo", ExtraDay(DAY, "休み"))
    calendars.put_day(db, "tokyo", ExtraDay(DAY, "開く", is_open=True))
    assert calendars.list_days(db, "tokyo") == [ExtraDay(DAY, "開く", is_open=True)]
    calendars.remove_day(db, "tokyo", DAY)
    assert calendars.list_days(db, "tokyo") == []
    with pytest.raises(NotFound):
        calendars.remove_day(db, "tokyo", DAY)


def test_calendars_do_not_share_rows(db: Connection) -> None:
    calendars.put_day(db, "oshima", ExtraDay(DAY, "島の休み"))
    assert calendars.load(db, TOKYO).is_open(DAY)
    assert not calendars.load(db, {"calendar": "oshima", "calendars": {}}).is_open(DAY)
