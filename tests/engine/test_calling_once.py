"""A case begun by another: of which version, whether it may, and never twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from engine import (
    calls,
    history,
    incidents,
    kernel,
    worker,
)
from engine.tables import calls as call_rows
from engine.tables import cases as case_rows
from tests.support import calling as c
from tests.support import models
from tests.support.calling import Office, call, called, calling, mapped
from tests.support.models import NOW


def test_the_newest_version_when_it_begins_counts_unless_the_model_names_one(
    office: Office,
) -> None:
    office.publish(called(), called(models.line(models.user_task("other"))), calling())
    office.file()
    office.work()
    named = '<zeebe:calledElement bindingType="versionTag" versionTag="1"/>'
    office.publish(calling(call(inside=named)))
    office.file()
    office.work()
    newest, first = office.begun()
    assert (office.nodes(newest.id), office.nodes(first.id)) == (["other"], ["decide"])


@pytest.mark.parametrize(
    ("permit", "inside", "told"),
    [
        (None, "", "公開されていません"),
        (called(callable=None), "", "許していません"),
        (called(callable={"takes": []}), mapped(c.ORDER), "「order」を受け取りません"),
        (called(), '<zeebe:calledElement bindingType="versionTag" versionTag="7"/>', "第7版は"),
    ],
)
def test_a_case_that_may_not_begin_is_an_incident_of_the_one_that_asks(
    office: Office, permit: Any, inside: str, told: str
) -> None:
    office.publish(*filter(None, [permit]), calling(call(inside=inside)))
    first = office.file()
    office.work()
    stopped = office.incident(first)
    assert (stopped.code, office.begun()) == ("not-begun", [])
    assert told in stopped.message
    assert office.call().status == "failed"
    office.holds_together()


def test_a_procedure_that_no_longer_lets_others_begin_its_cases_does_so_in_no_version(
    office: Office,
) -> None:
    named = '<zeebe:calledElement bindingType="versionTag" versionTag="1"/>'
    office.publish(called(), called(callable=None), calling(call(inside=named)))
    first = office.file()
    office.work()
    assert "許していません" in office.incident(first).message


def test_what_kept_it_from_beginning_is_mended_and_retried(office: Office) -> None:
    office.publish(calling())
    first = office.file()
    office.work()
    office.publish(called())
    with office.database.transaction() as db:
        incidents.retry(
            db, incident_id=office.incident(first).id, actor=c.OPERATOR, now=NOW, reason="公開した"
        )
    office.work()
    (begun,) = office.begun()
    office.complete(begun.id)
    office.work()
    assert office.nodes(first) == ["review"]
    office.holds_together()


def test_a_procedure_that_calls_itself_without_end_stops_with_an_incident(office: Office) -> None:
    office.publish(calling(call(procedure="sample"), callable={"takes": []}))
    office.file()
    office.work()
    begun = office.begun()
    assert len(begun) == kernel.Limits().callers == 20
    stopped = office.incident(begun[-1].id)
    assert stopped.code == "not-begun" and "上限（20）" in stopped.message
    assert "TETSUZUKI_LIMIT_CALLERS" in stopped.message
    assert {one.status for one in begun[:-1]} == {"open"}


def test_what_cannot_be_begun_leaves_nothing_behind(office: Office) -> None:
    """Its first step is refused: no number is taken for a case that is none."""
    huge = called(callable={"takes": ["order"]})
    inside = mapped("<zeebe:input source='=notice.holder' target='order'/>")
    office.publish(huge, calling(call(inside=inside)))
    first = office.file()
    with office.database.transaction() as db:
        # A value that no case can hold, as a version with other limits may have asked for it.
        db.execute(
            update(call_rows).values(
                parameters={
                    "procedure": "permit",
                    "version": None,
                    "variables": {"order": "あ" * 1_000_001},
                }
            )
        )
    office.work()
    assert office.incident(first).code == "not-begun"
    with office.database.reading() as db:
        assert len(db.execute(select(case_rows.c.id)).all()) == 1


def test_a_job_that_comes_twice_begins_one_case_and_hands_it_back_once(office: Office) -> None:
    first, begun = office.waiting(calling())
    row = office.call().id
    for _ in range(2):
        worker.perform_call(office.at_work, row)
    assert len(office.begun()) == 1
    office.complete(begun)
    for _ in range(3):
        worker.perform_call(office.at_work, row)
    office.work()
    assert office.nodes(first) == ["review"]
    with office.database.reading() as db:
        kinds = [entry.kind for entry in history.entries(db, first)]
    assert kinds == ["start", "call_done"]


def test_a_lost_job_is_found_by_the_sweep(office: Office) -> None:
    first, begun = office.waiting(calling())
    office.complete(begun)
    _lose_jobs(office)
    worker.sweep(office.at_work, NOW + timedelta(minutes=1))
    office.work()
    assert office.nodes(first) == []  # its job may still be on its way
    worker.sweep(office.at_work, NOW + timedelta(minutes=3))
    office.work()
    assert office.nodes(first) == ["review"]


def test_a_lost_job_that_was_to_cancel_the_begun_case_is_found_by_the_sweep(
    office: Office,
) -> None:
    first, begun = office.waiting(calling())
    office.cancel(first)
    _lose_jobs(office)
    worker.sweep(office.at_work, NOW + timedelta(minutes=3))
    office.work()
    assert office.case(begun).status == "ended"
    worker.sweep(office.at_work, NOW + timedelta(minutes=9))
    assert office.job() is None


def _lose_jobs(office: Office) -> None:
    with office.database.transaction() as db:
        db.execute(text("delete from procrastinate_jobs"))


def test_an_operator_who_asks_again_finds_a_case_that_goes_on(office: Office) -> None:
    first, begun = office.waiting(calling())
    with office.database.transaction() as db:
        assert calls.make_due(db, office.call().id, NOW)
    office.work()
    assert (office.call().status, office.call().next_at) == ("accepted", None)
    office.complete(begun)
    office.work()
    assert office.nodes(first) == ["review"]
