from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from engine import registers
from engine.errors import NotFound, TetsuzukiError
from engine.tables import registers as rows
from tests.support.office import NOW, case

KEY = "FEB50-509901"


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def put(db: Connection, data: dict[str, Any], valid_from: str, **options: Any) -> None:
    options = {"owner": "01300987654", "now": NOW, **options}
    registers.write(
        db, register="vehicles", key=KEY, data=data, valid_from=day(valid_from), **options
    )


def on(db: Connection, when: str, **options: Any) -> Any:
    found = registers.find(db, "vehicles", KEY, on=day(when), **options)
    return found and found.data


def test_what_holds_depends_on_the_day(db: Connection) -> None:
    put(db, {"plate": "多摩130あ5678"}, "04-23")
    put(db, {"plate": "多摩130あ9999"}, "06-01")
    assert on(db, "04-22") is None
    assert on(db, "05-31") == {"plate": "多摩130あ5678"}
    assert on(db, "06-01") == {"plate": "多摩130あ9999"}


def test_what_we_believed_earlier_can_still_be_asked(db: Connection) -> None:
    put(db, {"plate": "wrong"}, "04-23")
    later = NOW + timedelta(days=3)
    put(db, {"plate": "right"}, "04-23", now=later)
    assert on(db, "05-01") == {"plate": "right"}
    assert on(db, "05-01", believed_at=NOW + timedelta(days=1)) == {"plate": "wrong"}
    assert on(db, "05-01", believed_at=later) == {"plate": "right"}


def test_a_period_in_the_middle_leaves_both_sides_as_they_were(db: Connection) -> None:
    put(db, {"v": "a"}, "01-01")
    put(db, {"v": "b"}, "03-01", valid_to=day("04-01"))
    assert [on(db, when)["v"] for when in ("02-28", "03-01", "03-31", "04-01")] == list("abba")


def test_values_keep_their_types(db: Connection) -> None:
    data = {
        "load": Decimal("3500.50"),
        "until": date(2027, 1, 1),
        "kinds": ["汚泥", "廃油"],
        "x": None,
    }
    put(db, data, "04-23")
    found = registers.find(db, "vehicles", KEY, on=day("05-01"))
    assert found and found.data["load"] == Decimal("3500.50")
    assert found.data["kinds"] == ["汚泥", "廃油"]
    assert found.data["x"] is None


def test_closing_ends_it_on_the_day_named(db: Connection) -> None:
    put(db, {"v": "a"}, "01-01")
    registers.close(db, register="vehicles", key=KEY, valid_to=day("05-01"), now=NOW)
    assert on(db, "04-30") == {"v": "a"}
    assert on(db, "05-01") is None
    with pytest.raises(NotFound):
        registers.close(db, register="vehicles", key=KEY, valid_to=day("05-01"), now=NOW)


def test_an_empty_period_is_refused(db: Connection) -> None:
    with pytest.raises(TetsuzukiError, match="empty"):
        put(db, {}, "04-23", valid_to=day("04-23"))


def test_the_list_of_an_owner_and_the_search_by_a_field(db: Connection) -> None:
    put(db, {"plate": "A", "n": 1}, "04-01")
    for key, plate in (("K1", "B"), ("K2", "A")):
        registers.write(
            db,
            register="vehicles",
            key=key,
            data={"plate": plate},
            valid_from=day("04-01"),
            owner="other",
            now=NOW,
        )
    mine = registers.list_of_owner(db, "vehicles", "01300987654", on=day("05-01"))
    assert [entry.key for entry in mine] == [KEY]
    found = registers.search(db, "vehicles", "plate", "A", on=day("05-01"))
    assert [entry.key for entry in found] == [KEY, "K2"]
    assert registers.search(db, "vehicles", "plate", "A", on=day("03-31")) == []
    assert [e.key for e in registers.search(db, "vehicles", "n", 1, on=day("05-01"))] == [KEY]


def test_applying_changes_raises_the_version_of_the_owners_list(db: Connection) -> None:
    def apply(case_id: int, *entries: dict[str, Any]) -> int:
        return registers.apply(
            db, register="vehicles", owner="P1", entries=entries, case_id=case_id, now=NOW
        )

    add = {"action": "write", "key": "K1", "data": {"v": "1"}, "valid_from": day("04-01")}
    two = {"action": "write", "key": "K2", "data": {"v": "2"}, "valid_from": day("04-01")}
    assert apply(case(db), add, two) == 1
    remove = {"action": "close", "key": "K1", "valid_from": day("05-01")}
    assert apply(case(db), remove) == 2
    left = registers.list_of_owner(db, "vehicles", "P1", on=day("05-01"))
    assert [entry.key for entry in left] == ["K2"]
    with pytest.raises(TetsuzukiError, match="neither write nor close"):
        apply(case(db), {"action": "burn", "key": "K2"})


def test_undo_restores_what_the_case_replaced_and_twice_is_once(db: Connection) -> None:
    put(db, {"v": "old"}, "01-01")
    mine = case(db)
    put(db, {"v": "new"}, "04-01", case_id=mine)
    registers.write(
        db, register="vehicles", key="K9", data={}, valid_from=day("04-01"), case_id=mine, now=NOW
    )
    later = NOW + timedelta(hours=1)
    assert registers.undo(db, register="vehicles", case_id=mine, now=later) == 1
    assert on(db, "05-01") == on(db, "02-01") == {"v": "old"}
    assert registers.find(db, "vehicles", "K9", on=day("05-01")) is None
    assert registers.undo(db, register="vehicles", case_id=mine, now=later) == 0
    assert on(db, "05-01", believed_at=NOW) == {"v": "new"}


def test_undo_of_a_closing_opens_it_again(db: Connection) -> None:
    put(db, {"v": "old"}, "01-01")
    mine = case(db)
    registers.close(db, register="vehicles", key=KEY, valid_to=day("01-01"), case_id=mine, now=NOW)
    assert on(db, "05-01") is None
    registers.undo(db, register="vehicles", case_id=mine, now=NOW)
    assert on(db, "05-01") == {"v": "old"}


def test_undo_refuses_when_another_case_changed_the_entry_since(db: Connection) -> None:
    put(db, {"v": "old"}, "01-01")
    mine, other = case(db), case(db)
    put(db, {"v": "mine"}, "04-01", case_id=mine)
    put(db, {"v": "other"}, "05-01", case_id=other)
    with pytest.raises(registers.RegisterConflict):
        registers.undo(db, register="vehicles", case_id=mine, now=NOW)


def test_a_case_may_write_undo_and_write_again(db: Connection) -> None:
    put(db, {"v": "old"}, "01-01")
    mine = case(db)
    for attempt in ("one", "two"):
        put(db, {"v": attempt}, "04-01", case_id=mine)
        registers.undo(db, register="vehicles", case_id=mine, now=NOW)
        assert on(db, "05-01") == {"v": "old"}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.integers(1, 20), st.one_of(st.none(), st.integers(1, 8)), st.booleans()),
        max_size=6,
    )
)
def test_believed_rows_of_a_key_never_overlap(
    db: Connection, changes: list[tuple[int, int | None, bool]]
) -> None:
    step = db.begin_nested()
    expected: dict[date, int] = {}
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(30)]
    for number, (start, length, closes) in enumerate(changes):
        first = days[start]
        last = None if length is None or closes else first + timedelta(days=length)
        covered = [one for one in days if one >= first and (last is None or one < last)]
        if closes:
            held = [one for one in covered if one in expected]
            for one in held:
                del expected[one]
            if held:
                registers.close(db, register="r", key="k", valid_to=first, now=NOW)
        else:
            registers.write(
                db,
                register="r",
                key="k",
                data={"n": Decimal(number)},
                valid_from=first,
                valid_to=last,
                now=NOW,
            )
            expected |= dict.fromkeys(covered, number)
    for one in days:
        held_rows = db.execute(
            select(rows.c.id).where(
                rows.c.register == "r",
                rows.c.recorded_to.is_(None),
                rows.c.valid_from <= one,
                (rows.c.valid_to.is_(None)) | (rows.c.valid_to > one),
            )
        ).all()
        assert len(held_rows) == (1 if one in expected else 0)
        entry = registers.find(db, "r", "k", on=one)
        assert (entry and int(entry.data["n"])) == expected.get(one)
    step.rollback()
