"""A step the case cannot take: the person reads why, keeps what was typed, and an operator has it before them."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from engine import incidents, kernel
from engine.cases import CaseRow
from engine.database import Database
from engine.tables import cases, refused_filings
from tests.web import desk_work, ops_cases
from tests.web.conftest import Sign
from tests.web.person import Person
from tests.web.test_portal_filing import begin, of_kind, second_page

LONG = "あ" * 500


@pytest.fixture
def database(database: Database) -> Iterator[Database]:
    """An installation where a variable may hold 400 characters."""
    small = Database(database.url, limits=kernel.Limits(variable_size=400))
    yield small
    small.close()


def test_a_clerk_reads_which_limit_keeps_the_task_open_and_goes_on_once_an_operator_has_mended_it(
    sign_in: Sign, filed: CaseRow, database: Database, operator: Person
) -> None:
    sato = desk_work.take(sign_in("sato"))
    sato.press("作業を終える", {"decision": "accept", "memo": LONG})
    assert sato.status == 409
    [warning] = sato.root.xpath("//*[@class='notice notice--warning']")
    assert (
        "作業を終えられませんでした。変数「examination」が、大きさの上限" in warning.text_content()
    )
    assert "TETSUZUKI_" not in sato.text
    assert sato.form("作業を終える")["memo"].strip() == LONG
    assert desk_work.open_task(database, filed).node == "examine"
    [incident] = ops_cases.incidents_of(database, filed)
    assert (incident.code, incident.token) == (incidents.WORK_REFUSED, None)
    assert "作業「審査」を終えられません" in incident.message and "あああ" not in incident.message
    assert "TETSUZUKI_LIMIT_VARIABLE_SIZE" in incident.message
    sato.press("作業を終える")
    assert "止まっています" in sato.text
    assert len(ops_cases.incidents_of(database, filed)) == 1
    operator.open("/ops/").follow("対応する")
    assert (
        "作業を終えられない" in operator.text and "入力した内容は下書きにあります" in operator.text
    )
    operator.press("再実行する", {"reason": "短くしてもらう"}).press("実行する")
    assert ops_cases.status_of(database, filed) == "open"
    desk_work.go_on(sato).press("作業を終える", {"memo": "短い"})
    assert desk_work.open_task(database, filed).node == "approve"


@pytest.mark.parametrize(("kind", "who"), [("届出", "届出者"), ("申請", "申請者")])
@pytest.mark.usefixtures("todoke")
def test_an_applicant_whose_filing_no_case_can_hold_is_told_and_operators_see_it(
    applicant: Person, operator: Person, database: Database, kind: str, who: str
) -> None:
    of_kind(database, kind)
    begin(applicant).press("次へ進む", {"address": "東京都多摩市" + "あ" * 190})
    second_page(applicant).press("確認へ進む", {"late": "yes"})
    applicant.press("確認へ進む", {"late_reason": "い" * 300})
    for times in (1, 2):
        applicant.press("提出する")
        assert applicant.status == 409
        assert "いまは提出を受け付けられません" in applicant.text
        assert "まだ提出は済んでいません" in applicant.text and "い" * 300 in applicant.text
        with database.reading() as db:
            assert db.execute(select(func.count()).select_from(cases)).scalar() == 0
            assert db.execute(select(refused_filings.c.times)).scalar_one() == times
    operator.open("/ops/")
    assert "提出を受け付けられない手続" in operator.text
    assert f"{who}の入力は下書きにあります" in operator.text
    assert "変数「notice」が、大きさの上限" in operator.text and "2回" in operator.text
    assert "い" * 300 not in operator.text


def test_a_batch_says_of_each_case_what_it_could_not_take(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato"))
    sato.press("作業を終える", {"decision": "accept"})
    abe = sign_in("abe").open("/desk/batch?all=1")
    abe.press("まとめて終える", {"decision": "return"}).press(
        "まとめて終える", {"decision": "return", "comment": LONG}
    )
    assert "変数「approval」が、大きさの上限" in abe.text
    [incident] = ops_cases.incidents_of(database, filed)
    assert "あああ" not in incident.message
