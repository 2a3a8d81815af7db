"""A clerk works on a task while its case goes over to another version: nothing typed is lost, and the new form decides."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine import changeover_lines, changeovers, changing_over, history, versions
from engine.access import SYSTEM, Actor
from engine.cases import CaseRow
from engine.database import Database
from engine.procedure import Folder
from tests.support import office
from tests.web import desk_work
from tests.web.conftest import Sign
from web import once

ANALYST = Actor(kind="staff", name="伊藤 さくら", account_id=7)


def go_over(database: Database, case: CaseRow, components: list[dict[str, Any]]) -> None:
    """The case is under a version whose examination asks for these too, instead of the old record."""
    with database.transaction() as db:
        texts = dict(versions.files_of(db, case.version_id).files)
        form = json.loads(texts["forms/examination.form"])
        kept = [one for one in form["components"] if one["id"] not in {c["id"] for c in components}]
        form["components"] = kept + components
        texts["forms/examination.form"] = json.dumps(form, ensure_ascii=False)
        to_id, _ = versions.store(
            db, Folder(case.procedure, texts), name="x", note="", actor=SYSTEM, now=office.NOW
        )
        made = changeovers.plan(
            db, left_id=case.version_id, to_id=to_id, nodes={}, timers={}, actor=ANALYST, now=office.NOW
        )  # fmt: skip
        (row,), _ = changeover_lines.lines(db, made)
        changing_over.work(db, row.id, office.NOW)
        changeovers.start(db, made, reason="様式が変わった", actor=ANALYST, now=office.NOW)
        changing_over.work(db, row.id, office.NOW)
        (row,), _ = changeover_lines.lines(db, made)
        assert row.status == "moved", row


BASIS = {"type": "textfield", "id": "basis", "key": "basis", "label": "根拠", "validate": {"required": True}}  # fmt: skip


def test_what_was_saved_stands_in_the_new_form_as_far_as_it_has_the_field(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato")).press("途中で保存する", {"memo": "あとで続ける"})
    go_over(database, filed, [BASIS])
    sato.open(f"/desk/tasks/{desk_work.open_task(database, filed).id}")
    assert sato.form("作業を終える")["memo"].strip() == "あとで続ける" and "根拠" in sato.text
    sato.press("作業を終える", {"decision": "accept"})
    assert sato.status == 422 and "根拠" in sato.text
    sato.press("作業を終える", {"decision": "accept", "basis": "法14条の2"})
    with database.reading() as db:
        given = (history.entries(db, filed.id)[-1].payload or {})["input"]["answers"]
    assert "法14条の2" in str(given) and "あとで続ける" in str(given)


def test_a_field_that_is_of_another_kind_now_is_asked_for_anew(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato")).press("途中で保存する", {"memo": "あとで続ける"})
    values = [{"label": "ある", "value": "yes"}, {"label": "ない", "value": "no"}]
    memo = {
        "type": "checklist",
        "id": "memo",
        "key": "memo",
        "label": "審査の記録",
        "values": values,
    }
    go_over(database, filed, [memo])
    sato.open(f"/desk/tasks/{desk_work.open_task(database, filed).id}")
    assert sato.status == 200 and "ある" in sato.text and "あとで続ける" not in sato.text


def test_answers_given_in_the_last_moment_are_asked_for_again_in_the_new_form_and_kept(
    sign_in: Sign, filed: CaseRow, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sato = desk_work.take(sign_in("sato"))
    carry_out = once.carry_out

    def late(work: Any) -> Any:
        monkeypatch.setattr(once, "carry_out", carry_out)
        go_over(database, filed, [BASIS])
        return carry_out(work)

    monkeypatch.setattr(once, "carry_out", late)
    sato.press("作業を終える", {"decision": "accept", "memo": "間に合わなかった"})
    assert "案件が手続の新しい版に移りました" in sato.text and "根拠" in sato.text
    assert sato.form("作業を終える")["memo"].strip() == "間に合わなかった"
    assert desk_work.open_task(database, filed).status == "open"
