"""Letters: ordered in a step, made outside of it, kept as files of the case."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from engine import cases, incidents, jobs, letters, worker
from engine.access import Actor
from engine.database import Database
from engine.errors import NotFound
from engine.file_store import Store
from engine.files import list_of_case
from engine.tables import calls
from engine.tables import letters as letter_rows
from engine.worker import Parts
from forms.letters import LetterRefused
from tests.support import models
from tests.support.doubles import Clock, parts
from tests.support.models import NOW

ORDER = models.service_task(
    "order", "letter.issue", {"letter": '"done"', "data": "{version: 3}"}, result="made"
)
BPMN = models.process(models.line(ORDER), lanes={"system": ("order",)})
SETTINGS = {
    "letters": {"done": {"title": "完了通知書", "number": True}, "receipt": {"title": "受付票"}}
}
FILES = {
    "letters/done.html": "<p>{{ notice.holder }} {{ version }} {{ letter.number }}</p>",
    "letters/receipt.html": "<p>{{ case.number }}</p>",
}


@pytest.fixture
def at_work(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """Typesetting takes seconds and is tested elsewhere: here a letter is its text."""

    def render(template: str, values: object, **_: object) -> bytes:
        if "欠" in str(values):
            raise LetterRefused("通知書の文字がありません。")
        return f"%PDF {values}".encode()

    monkeypatch.setattr("engine.letters.letter_pdf.render", render)
    return parts(database, tmp_path, Clock(NOW))


def _start(database: Database, holder: str = "東京運輸") -> cases.CaseRow:
    with database.transaction() as db:
        version = models.store(db, models.folder(BPMN, settings=SETTINGS, files=FILES))
        return cases.start(
            db,
            version=version,
            answers={"holder": holder},
            actor=Actor(kind="anonymous"),
            channel="account",
            now=NOW,
        )


def _call_id(database: Database) -> int:
    with database.reading() as db:
        return db.execute(select(calls.c.id)).scalar_one()


def test_an_ordered_letter_is_made_once_and_the_case_goes_on_with_its_number(
    database: Database, at_work: Parts
) -> None:
    case = _start(database)
    for _ in range(2):
        worker.perform_call(at_work, _call_id(database))
    with database.reading() as db:
        receipt, done = sorted(
            letters.list_of_case(db, case.id), key=lambda letter: letter.name != "receipt"
        )
        assert (done.number, done.status, done.available_at) == ("8環産収第1号", "made", NOW)
        assert cases.get(db, case.public_key).status == "ended"
        assert cases.variables(db, case.id)["made"] == {
            "letter": done.public_key,
            "number": "8環産収第1号",
        }
        (file,) = list_of_case(db, case.id)
        assert file.name == "完了通知書.pdf"
        text = Store(at_work.store.root).open(file.path).read().decode()
    assert "'holder': '東京運輸'" in text and "'version': Decimal('3')" in text
    assert receipt.number is None and receipt.status == "ordered"


def test_what_a_letter_says_can_be_told_on_a_page_until_it_is_erased(
    database: Database, at_work: Parts
) -> None:
    case = _start(database)
    worker.perform_call(at_work, _call_id(database))
    with database.transaction() as db:
        assert letters.values_of(db, case.id, "done")["version"] == 3
        assert letters.values_of(db, case.id, "nothing") == {}
        db.execute(update(letter_rows).values(data=None))
        assert letters.values_of(db, case.id, "done") == {}


def test_the_receipt_is_made_by_a_job_of_its_own(database: Database, at_work: Parts) -> None:
    case = _start(database)
    with database.reading() as db:
        assert jobs.counts(db)[("make_letter", "todo")] == 1
        receipt = next(x for x in letters.list_of_case(db, case.id) if x.name == "receipt")
    for minutes, deferred in ((1, 0), (11, 1), (12, 0)):  # a lost job is noticed, and only once
        assert worker.sweep(at_work, NOW + timedelta(minutes=minutes))["letters"] == deferred
    worker.make_letter(at_work, receipt.id)
    with database.transaction() as db:
        made = letters.get(db, receipt.public_key)
        assert made.status == "made" and made.file_key is not None
        letters.note_opened(db, made.id, NOW)
        assert letters.get(db, receipt.public_key).opened_at == NOW
        with pytest.raises(NotFound):
            letters.get(db, "nothing")


def test_a_letter_that_cannot_be_written_is_an_incident_and_keeps_its_number(
    database: Database, at_work: Parts
) -> None:
    case = _start(database, holder="欠字")
    worker.perform_call(at_work, _call_id(database))
    clerk = Actor(kind="staff", name="運用")
    with database.transaction() as db:
        assert cases.get(db, case.public_key).status == "incident"
        (incident,) = incidents.list_open(db)
        incidents.correct(
            db,
            incident_id=incident.id,
            variables={"notice": {"holder": "東京運輸"}},
            actor=clerk,
            now=NOW,
            reason="文字を直した",
        )
    worker.perform_call(at_work, _call_id(database))
    with database.reading() as db:
        done = next(x for x in letters.list_of_case(db, case.id) if x.name == "done")
        assert (done.status, done.number) == ("made", "8環産収第1号")
        assert cases.get(db, case.public_key).status == "ended"
