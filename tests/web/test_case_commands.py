"""`tetsuzuki case …`: what an operator does to a case from the command line, as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from engine import accounts, history, incidents
from engine.cases import CaseRow
from engine.database import Database
from engine.tables import cases as case_rows
from engine.tables import history as history_rows
from engine.tables import views
from tests.engine import test_interventions
from tests.support import office
from tests.web import ops_cases
from web import commands
from web.words import moment

Run = Callable[..., Result]


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs `tetsuzuki case …` on this database; answer: what is typed when it asks; days: how much later."""
    monkeypatch.setenv("TETSUZUKI_DATA", str(tmp_path))
    monkeypatch.setenv("TETSUZUKI_DATABASE_URL", database.url)
    with database.transaction() as db:
        office.office(db)
        ops_cases.register(db)

    def said(
        *arguments: str,
        login: str = "ota",
        reason: str = "調べるため",
        answer: str = "",
        days: int = 0,
    ) -> Result:
        monkeypatch.setenv("TETSUZUKI_NOW", (office.NOW + timedelta(days=days)).isoformat())
        given = [*arguments, "--as", login, "--reason", reason]
        return CliRunner().invoke(commands.main, ["case", *given], input=answer)

    return said


@pytest.fixture
def reviewed(run: Run, database: Database) -> CaseRow:
    """A case with a task, a timer, a message and a condition beside it."""
    return ops_cases.start(database, test_interventions.REVIEW)


def record(database: Database, case: CaseRow) -> list[history.Entry]:
    with database.reading() as db:
        return history.entries(db, case.id)


def test_a_case_is_suspended_and_the_record_says_by_whom_and_why(
    run: Run, reviewed: CaseRow, database: Database
) -> None:
    done = run("suspend", reviewed.number, "--yes")
    assert (done.exit_code, ops_cases.status_of(database, reviewed)) == (0, "suspended")
    assert "一時停止しました" in done.output
    last = record(database, reviewed)[-1]
    with database.reading() as db:
        account_id = accounts.find_id(db, "ota")
        seen = db.execute(select(views.c.account_id, views.c.what)).all()
    assert (last.kind, last.actor) == ("suspend", f"staff:{account_id}")
    assert last.payload is not None and last.payload["input"]["reason"] == "調べるため"
    assert seen == [(account_id, "ops.suspend")]


def test_what_would_happen_is_shown_and_nothing_happens_without_a_yes(
    run: Run, reviewed: CaseRow, database: Database
) -> None:
    for answer in ("n\n", ""):
        done = run("cancel", reviewed.number, answer=answer)
        assert done.exit_code == 1
        assert "終わる：作業「審査」" in done.output and "行ったあと：終了、取消し" in done.output
    assert ops_cases.status_of(database, reviewed) == "open"
    assert len(record(database, reviewed)) == 1
    done = run("cancel", reviewed.number, answer="y\n")
    assert (done.exit_code, ops_cases.status_of(database, reviewed)) == (0, "ended")


def test_a_case_that_is_suspended_already_says_since_when(run: Run, reviewed: CaseRow) -> None:
    run("suspend", reviewed.number, "--yes")
    done = run("suspend", reviewed.number, "--yes", days=1)
    assert done.exit_code == 1 and "もう一時停止しています" in done.output
    assert f"{moment(office.NOW)}から" in done.output


def test_a_decision_about_something_that_did_not_fall_due_is_refused_by_its_name(
    run: Run, reviewed: CaseRow, database: Database
) -> None:
    run("suspend", reviewed.number, "--yes")
    done = run("resume", reviewed.number, "--yes", "--decide", "nope=fire")
    assert done.exit_code == 1 and "--decide の nope は" in done.output
    assert "どうするか選んでください" not in done.output
    done = run("resume", reviewed.number, "--yes", "--decide", "nope=fire", days=40)
    assert done.exit_code == 1 and "--decide の nope は" in done.output
    assert "どうするか選んでください" in done.output
    assert ops_cases.status_of(database, reviewed) == "suspended"
    assert run("resume", reviewed.number, "--yes").exit_code == 0


def test_a_case_goes_on_only_with_a_word_on_everything_that_fell_due(
    run: Run, reviewed: CaseRow, database: Database
) -> None:
    run("suspend", reviewed.number, "--yes")
    done = run("resume", reviewed.number, "--yes", days=40)
    assert done.exit_code == 1 and "どうするか選んでください" in done.output
    keys = {line.split()[1].split("=")[0] for line in done.output.splitlines() if "=wait" in line}
    assert keys and ops_cases.status_of(database, reviewed) == "suspended"
    chosen = [part for key in keys for part in ("--decide", f"{key}=wait")]
    done = run("resume", reviewed.number, "--yes", *chosen, days=40)
    assert (done.exit_code, ops_cases.status_of(database, reviewed)) == (0, "open"), done.output
    assert [one.kind for one in record(database, reviewed)][1:3] == ["suspend", "resume"]


def test_an_incident_is_tried_again_and_of_several_one_has_to_be_named(
    run: Run, database: Database
) -> None:
    case = ops_cases.start(database, ops_cases.STOPPING)
    [stopped] = ops_cases.incidents_of(database, case)
    done = run("retry", case.number, "--yes", "--incident", str(stopped.id + 1))
    assert done.exit_code == 1 and "その障害はありません" in done.output
    assert "障害で止まります" not in done.output
    done = run("retry", case.number, "--yes")
    assert done.exit_code == 0 and "もう一度実行しました" in done.output
    assert "障害で止まります。" in done.output  # the same division by nothing
    first, again = ops_cases.incidents_of(database, case)
    assert (first.status, again.status) == ("resolved", "open")
    with database.transaction() as db:
        incidents.stop(
            db, case_id=case.id, code=incidents.CRASHED, message="step failed", now=office.NOW
        )
    done = run("retry", case.number, "--yes")
    other = ops_cases.incidents_of(database, case)[-1]
    assert done.exit_code == 1
    assert f"--incident {again.id}  計算" in done.output
    assert f"--incident {other.id}  案件全体" in done.output
    assert run("retry", case.number, "--yes", "--incident", str(other.id)).exit_code == 0
    assert [one.status for one in ops_cases.incidents_of(database, case)][1:] == [
        "open",
        "resolved",
    ]


def test_nobody_but_an_operator_acts_and_nothing_happens_without_a_reason(
    run: Run, reviewed: CaseRow, database: Database
) -> None:
    for login, said in (("sato", "運用担当ではありません"), ("nobody", "アカウント nobody がない")):
        done = run("cancel", reviewed.number, "--yes", login=login)
        assert done.exit_code == 1 and said in done.output and "--as" in done.output
    done = run("cancel", reviewed.number, "--yes", reason=" ")
    assert done.exit_code == 1 and "理由を書いてください" in done.output
    done = run("cancel", "R8-999999", "--yes")
    assert done.exit_code == 1 and "R8-999999 の案件はありません" in done.output
    done = run("resume", reviewed.number, "--yes")
    assert done.exit_code == 1
    assert "は「処理中」です。この操作は、案件のいまの状態ではできません" in done.output
    done = run("retry", reviewed.number, "--yes")
    assert done.exit_code == 1 and "再実行する障害はありません" in done.output
    assert ops_cases.status_of(database, reviewed) == "open"


def test_what_was_looked_at_is_not_done_to_a_case_that_has_gone_on_since(
    run: Run, reviewed: CaseRow, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm = click.confirm

    def after_another(*_: object, **__: object) -> bool:
        monkeypatch.setattr(click, "confirm", confirm)
        assert run("suspend", reviewed.number, "--yes").exit_code == 0
        return True

    monkeypatch.setattr(click, "confirm", after_another)
    done = run("cancel", reviewed.number)
    assert done.exit_code == 1 and "確かめたあとに案件が進んだため、何もしていません" in done.output
    assert ops_cases.status_of(database, reviewed) == "suspended"


def damage(database: Database) -> None:
    with database.transaction() as db:
        state = db.execute(select(case_rows.c.state)).scalar_one()
        db.execute(update(case_rows).values(state=state[:-20]))


@pytest.mark.parametrize("once_seen", [False, True])
def test_a_damaged_state_that_a_command_meets_stops_the_case_until_it_is_restored_and_tried_again(
    run: Run,
    reviewed: CaseRow,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    once_seen: bool,
) -> None:
    """once_seen: damaged between the look ahead and the yes."""

    def meanwhile(*_: object, **__: object) -> bool:
        damage(database)
        return True

    if once_seen:
        monkeypatch.setattr(click, "confirm", meanwhile)
    else:
        damage(database)
    done = run("cancel", reviewed.number)
    assert done.exit_code == 1 and "途中で切れている" in done.output
    assert "restore-case" in done.output
    [incident] = ops_cases.incidents_of(database, reviewed)
    assert (incident.code, incident.status) == (incidents.DAMAGED, "open")
    assert ops_cases.status_of(database, reviewed) == "incident"
    restored = CliRunner().invoke(commands.main, ["restore-case", reviewed.number])
    assert restored.exit_code == 0 and "「再実行」してください" in restored.output
    assert run("retry", reviewed.number, "--yes").exit_code == 0
    assert ops_cases.status_of(database, reviewed) == "open"


def test_a_case_restored_before_anybody_met_the_damage_has_nothing_to_be_tried_again(
    run: Run, reviewed: CaseRow, database: Database
) -> None:
    damage(database)
    restored = CliRunner().invoke(commands.main, ["restore-case", reviewed.number])
    assert restored.exit_code == 0 and "作り直しました" in restored.output
    assert "再実行" not in restored.output
    assert run("cancel", reviewed.number, "--yes").exit_code == 0


def test_the_rebuilding_of_projections_names_a_damaged_case_once_and_stops_it(
    run: Run, reviewed: CaseRow, database: Database
) -> None:
    case = ops_cases.start(database, test_interventions.REVIEW)
    with database.transaction() as db:
        db.execute(update(case_rows).where(case_rows.c.id == case.id).values(state="[1,"))
    done = CliRunner().invoke(commands.main, ["rebuild-projections"])
    assert done.exit_code == 1
    damaged, summary = done.stdout.splitlines()
    assert damaged.startswith(f"{case.number}：案件の状態")
    assert summary.startswith("2件の案件") and summary.endswith("食い違い 1件。")
    [incident] = ops_cases.incidents_of(database, case)
    assert (incident.code, incident.status) == (incidents.DAMAGED, "open")


def test_a_state_that_is_not_the_recorded_one_is_told_by_the_number_of_its_case(
    run: Run, reviewed: CaseRow, database: Database
) -> None:
    other = ops_cases.start(database, test_interventions.REVIEW)
    with database.transaction() as db:
        states = select(case_rows.c.state).where(case_rows.c.id == other.id).scalar_subquery()
        db.execute(update(case_rows).where(case_rows.c.id == reviewed.id).values(state=states))
    done = CliRunner().invoke(commands.main, ["rebuild-projections"])
    assert done.exit_code == 1
    assert done.stdout.splitlines()[0] == (
        f"{reviewed.number}：記録のとおりに進めた状態が、保存されている状態と違います。"
    )
    assert ops_cases.incidents_of(database, reviewed) == []


def test_a_broken_chain_is_told_by_the_number_of_its_case_with_what_to_do(
    run: Run, reviewed: CaseRow, database: Database
) -> None:
    with database.transaction() as db:
        db.execute(update(history_rows).where(history_rows.c.seq == 1).values(actor="staff:9"))
    done = CliRunner().invoke(commands.main, ["verify-history"])
    assert done.exit_code == 1
    [broken, remedy, summary] = done.stdout.splitlines()
    assert broken.startswith(f"{reviewed.number}：記録の1番目が、その前の記録とつながりません。")
    assert "控え（バックアップ）" in remedy
    assert summary == "1件の案件を確かめました。食い違い 1件。"


def test_a_case_that_needs_no_restoring_or_does_not_exist_is_told_so(
    run: Run, reviewed: CaseRow
) -> None:
    readable = CliRunner().invoke(commands.main, ["restore-case", reviewed.number])
    assert readable.exit_code == 1
    assert f"{reviewed.number}：案件の状態は読めるため、作り直しません。" in readable.output
    unknown = CliRunner().invoke(commands.main, ["restore-case", "R8-999999"])
    assert unknown.exit_code == 1
    assert "受付番号 R8-999999 の案件はありません。" in unknown.output
