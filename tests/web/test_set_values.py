"""What the records say of values an operator changed: who, why and which, never the values."""

from __future__ import annotations

from engine import history, inspection, tasks, versions
from engine.cases import CaseRow
from engine.database import Database
from engine.feel.values import to_feel, to_json
from tests.support import office
from tests.web.person import Person
from web.desk import record
from web.ops import course
from web.set_values import changed_paths


def _corrected(operator: Person) -> None:
    operator.open("/ops/").follow("対応する")
    lines = 'divisor = 1234567\nnotice = context put(notice, "holder", "乙社")'
    operator.press("値を直して再実行する", {"reason": "届出者に電話で確かめた", "variables": lines})
    operator.press("実行する")


def test_the_clerk_reads_who_corrected_what_and_why(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    _corrected(operator)
    with database.reading() as db:
        entries = history.entries(db, stopped.id)
        every = tasks.open_of_case(db, stopped.id)
        version = versions.get(db, stopped.version_id)
        staff = inspection.staff_names(db, entries)
    labels = {"holder": "届出者の名称"}
    events = record.timeline(entries, every, version, labels, staff=staff)
    told = {event.what: event for event in events}
    changed = told["値を直しました（内部の値、届出者の名称）"]
    assert (changed.who, changed.note) == ("太田 運用", "届出者に電話で確かめた")
    again = told["計算：もう一度実行しました"]
    assert (again.who, again.note) == ("太田 運用", "届出者に電話で確かめた")


def test_the_operators_record_names_the_variables_and_shows_no_value(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    _corrected(operator)
    with database.reading() as db:
        entries = history.entries(db, stopped.id)
    lines = course.lines(entries, {}, {}, {})
    (line,) = (one for one in lines if one.what == "値の変更")
    assert line.changes == ["変数「divisor」の値を変えた", "変数「notice.holder」の値を変えた"]
    assert "1234567" not in str(lines) and "乙社" not in str(lines)
    operator.open(f"/ops/cases/{stopped.public_key}")
    assert "変数「notice.holder」の値を変えた" in operator.text


def test_only_the_parts_that_differ_are_named() -> None:
    before = {"row": {"plate": "甲", "rows": [1, {"a": 2}], "kept": 1}}
    after = {"row": {"plate": "乙", "rows": [1, {"a": 3}], "kept": 1}, "new": None}
    payload = {
        "env": {"before": to_json(to_feel(before))},
        "input": {"variables": to_json(to_feel(after))},
    }
    assert changed_paths(payload) == ["row.plate", "row.rows[1].a", "new"]
    assert changed_paths(payload, first=1) == ["row.plate", "row.rows[2].a", "new"]


def test_a_changed_row_of_a_list_is_told_by_the_name_of_that_row(
    stopped: CaseRow, database: Database
) -> None:
    before = {"notice": {"vehicles": [{"plate": "甲"}, {"plate": "乙"}, {"plate": "丙"}]}}
    after = {"notice": {"vehicles": [{"plate": "甲"}, {"plate": "丁"}, {"plate": "丙"}]}}
    entry = _set(before, after)
    with database.reading() as db:
        version = versions.get(db, stopped.version_id)
    labels = {f"vehicles[{row}].plate": f"車両{row + 1}　車両番号" for row in range(3)}
    (told,) = record.timeline([entry], [], version, labels)
    assert told.what == "値を直しました（車両2　車両番号）"
    (line,) = course.lines([entry], {}, {}, {})
    assert line.changes == ["変数「notice.vehicles[2].plate」の値を変えた"]


def test_a_clerk_reads_the_procedures_word_for_a_value_that_is_not_in_the_filing(
    stopped: CaseRow, database: Database
) -> None:
    entry = _set({"query": {"valid_on": 1, "a": 1, "b": 1}}, {"query": {"valid_on": 2}})
    with database.reading() as db:
        version = versions.get(db, stopped.version_id)
    (told,) = record.timeline([entry], [], version, {}, words={"valid_on": "有効期限"})
    assert told.what == "値を直しました（有効期限、内部の値）"


def _set(before: object, after: object) -> history.Entry:
    """An operator's change of variables, as the record has it."""
    return history.Entry(
        seq=2,
        kind="set_variables",
        actor="staff:1",
        at=office.NOW,
        payload={
            "env": {"before": to_json(to_feel(before))},
            "input": {"variables": to_json(to_feel(after))},
        },
    )
