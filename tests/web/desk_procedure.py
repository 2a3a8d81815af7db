"""A procedure for the tests of the desk: examination with pinned notes, correction, approval in batches, send-back."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection

from engine import cases
from engine.access import Actor
from engine.cases import CaseRow
from engine.feel.values import to_feel
from tests.support import models, office

NOTICE: dict[str, Any] = {
    "type": "default",
    "id": "notice",
    "title": "届出",
    "schemaVersion": 18,
    "components": [
        {"type": "textfield", "id": "holder", "key": "holder", "label": "届出者"},
        {"type": "textfield", "id": "email", "key": "email", "label": "メール"},
        {
            "type": "dynamiclist",
            "id": "vehicles",
            "path": "vehicles",
            "label": "車両",
            "properties": {"rowLabel": "車両"},
            "isRepeating": True,
            "allowAddRemove": True,
            "components": [
                {"type": "textfield", "id": "plate", "key": "plate", "label": "自動車登録番号"}
            ],
        },
    ],
}
EXAMINATION: dict[str, Any] = {
    "type": "default",
    "id": "examination",
    "title": "審査",
    "schemaVersion": 18,
    "components": [
        {
            "type": "radio",
            "id": "decision",
            "key": "decision",
            "label": "審査の結果",
            "validate": {"required": True},
            "values": [
                {"label": "受理する", "value": "accept"},
                {"label": "補正を求める", "value": "correction"},
            ],
        },
        {
            "type": "dynamiclist",
            "id": "notes",
            "path": "notes",
            "label": "補正を求める項目",
            "conditional": {"hide": '=decision != "correction"'},
            "properties": {"minRows": "1"},
            "isRepeating": True,
            "allowAddRemove": True,
            "components": [
                {
                    "type": "textfield",
                    "id": "path",
                    "key": "path",
                    "label": "項目",
                    "validate": {"required": True},
                },
                {
                    "type": "textarea",
                    "id": "note",
                    "key": "note",
                    "label": "メモ",
                    "validate": {"required": True},
                },
            ],
        },
        {"type": "textarea", "id": "memo", "key": "memo", "label": "審査の記録"},
        {
            "type": "filepicker",
            "id": "papers",
            "key": "papers",
            "label": "資料",
            "accept": ".pdf,.png",
            "multiple": True,
        },
    ],
}
APPROVAL: dict[str, Any] = {
    "type": "default",
    "id": "approval",
    "title": "確認・決定",
    "schemaVersion": 18,
    "components": [
        {
            "type": "radio",
            "id": "decision",
            "key": "decision",
            "label": "決定",
            "validate": {"required": True},
            "values": [
                {"label": "決定する", "value": "approve"},
                {"label": "差し戻す", "value": "return"},
            ],
        },
        {
            "type": "textarea",
            "id": "comment",
            "key": "comment",
            "label": "差戻しの理由",
            "validate": {"required": True},
            "conditional": {"hide": '=decision != "return"'},
        },
    ],
}


def _task(node: str, name: str, form: str, due: str = "", **properties: str) -> str:
    schedule = f'<zeebe:taskSchedule dueDate="{due}"/>' if due else ""
    listed = "".join(f'<zeebe:property name="{k}" value="{v}"/>' for k, v in properties.items())
    return (
        f'<bpmn:userTask id="{node}" name="{name}"><bpmn:extensionElements>'
        f'<zeebe:formDefinition formId="{form}"/>{schedule}<zeebe:properties>{listed}</zeebe:properties>'
        "</bpmn:extensionElements></bpmn:userTask>"
    )


def _flow(source: str, target: str, condition: str = "") -> str:
    inside = (
        f"<bpmn:conditionExpression>={condition}</bpmn:conditionExpression>" if condition else ""
    )
    return (
        f'<bpmn:sequenceFlow id="f_{source}_{target}" sourceRef="{source}" targetRef="{target}">{inside}'
        "</bpmn:sequenceFlow>"
    )


BPMN = models.process(
    '<bpmn:startEvent id="start" name="到着"/>'
    + _task("examine", "審査", "examination", "=workdays(today(), 3)")
    + '<bpmn:exclusiveGateway id="g1" name="補正の要否" default="f_g1_approve"/>'
    + _task(
        "fix",
        "補正",
        "notice",
        "=workdays(today(), 10)",
        correction_of="notice",
        notes="=examination.notes",
    )
    + _task("approve", "確認・決定", "approval", "=workdays(today(), 2)", batch="true")
    + '<bpmn:exclusiveGateway id="g2" name="決定の結果" default="f_g2_end"/>'
    + '<bpmn:endEvent id="end" name="完了"/>'
    + _flow("start", "examine")
    + _flow("examine", "g1")
    + _flow("g1", "fix", 'examination.decision = "correction"')
    + _flow("g1", "approve")
    + _flow("fix", "examine")
    + _flow("approve", "g2")
    + _flow("g2", "examine", 'approval.decision = "return"')
    + _flow("g2", "end"),
    lanes={
        "filer": ("start", "fix"),
        "examiner": ("examine", "g1"),
        "chief": ("approve", "g2", "end"),
    },
)


def deploy(db: Connection) -> Any:
    """The version of the procedure."""
    files = {
        "forms/notice.form": json.dumps(NOTICE, ensure_ascii=False),
        "forms/examination.form": json.dumps(EXAMINATION, ensure_ascii=False),
        "forms/approval.form": json.dumps(APPROVAL, ensure_ascii=False),
    }
    settings = {
        "lanes": {
            "filer": {"audience": "applicant"},
            "examiner": {"post": "sanpai.examiner"},
            "chief": {"post": "sanpai.unit_chief"},
        }
    }
    return models.store(db, models.folder(BPMN, settings=settings, files=files))


def file_case(
    db: Connection, version: Any, holder: str = "株式会社髙田環境", account_id: int = 1
) -> CaseRow:
    """A filed notice with two vehicles."""
    answers = {
        "holder": holder,
        "email": "a@example.jp",
        "vehicles": [{"plate": "多摩130あ5678"}, {"plate": "足立100か1111"}],
    }
    return cases.start(
        db,
        version=version,
        answers=to_feel(answers),
        actor=Actor(kind="applicant", name=holder, account_id=account_id),
        channel="account",
        now=office.NOW,
    )
