"""A procedure for the tests of the desk: examination with pinned notes, correction, approval in batches, send-back."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
            "properties": {"rowLabel": "車両 {n}"},
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


CHECKS = '<zeebe:script expression="=[]" resultVariable="checks"/>'
BPMN = models.process(
    '<bpmn:startEvent id="start" name="到着"/>'
    + '<bpmn:scriptTask id="check" name="照合"><bpmn:extensionElements>'
    + CHECKS
    + "</bpmn:extensionElements></bpmn:scriptTask>"
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
    + _flow("start", "check")
    + _flow("check", "examine")
    + _flow("examine", "g1")
    + _flow("g1", "fix", 'examination.decision = "correction"')
    + _flow("g1", "approve")
    + _flow("fix", "examine")
    + _flow("approve", "g2")
    + _flow("g2", "examine", 'approval.decision = "return"')
    + _flow("g2", "end"),
    lanes={
        "filer": ("start", "fix"),
        "examiner": ("check", "examine", "g1"),
        "chief": ("approve", "g2", "end"),
    },
)


# The same work in a called process, as larger procedures have it.
CALLING = (
    '<bpmn:process id="sample" name="届出" isExecutable="true"><bpmn:laneSet id="outer_lanes">'
    '<bpmn:lane id="outer" name="全体"><bpmn:flowNodeRef>arrive</bpmn:flowNodeRef>'
    "<bpmn:flowNodeRef>handle</bpmn:flowNodeRef><bpmn:flowNodeRef>over</bpmn:flowNodeRef></bpmn:lane>"
    '</bpmn:laneSet><bpmn:startEvent id="arrive"/><bpmn:callActivity id="handle" name="審査">'
    '<bpmn:extensionElements><zeebe:calledElement processId="handling" propagateAllChildVariables="true"/>'
    '</bpmn:extensionElements></bpmn:callActivity><bpmn:endEvent id="over" name="完了"/>'
    + models.flows("arrive", "handle", "over")
    + "</bpmn:process>"
)


def calling(bpmn: str) -> str:
    """The procedure with its work in a called process."""
    inner = bpmn.replace('<bpmn:process id="sample"', '<bpmn:process id="handling"')
    return inner.replace("</bpmn:definitions>", f"{CALLING}</bpmn:definitions>")


# What a model may have found out about its rows before a clerk sees them.
FOUND = (
    '=for i in 1..count(notice.vehicles) return {path: "vehicles[" + string(i - 1) + "]", '
    'label: notice.vehicles[i].plate, status: "HIT", as_of_date: date("2026-05-11"), '
    'result: if i = 1 then "FAIL" else "OK", '
    'reasons: if i = 1 then ["所有者が違います。", "ほかの許可に登録されています。"] else [], '
    'items: [{field: "plate", label: "自動車登録番号", filed: notice.vehicles[i].plate, '
    'register: "多摩130あ0001", verdict: if i = 1 then "FAIL" else "MATCH", '
    'note: if i = 1 then "所有者が違います。" else "同じです。"}]}'
)


def deploy(
    db: Connection,
    *,
    found: str = "",
    is_called: bool = False,
    has_letters: bool = False,
    checks_again: bool = False,
) -> Any:
    """The version of the procedure.

    found: FEEL of the findings the examination starts with.  checks_again: also after a correction.
    """
    files = {
        "forms/notice.form": json.dumps(NOTICE, ensure_ascii=False),
        "forms/examination.form": json.dumps(EXAMINATION, ensure_ascii=False),
        "forms/approval.form": json.dumps(APPROVAL, ensure_ascii=False),
    }
    settings: dict[str, Any] = {
        "lanes": {
            "filer": {"audience": "applicant"},
            "examiner": {"post": "sanpai.examiner"},
            "chief": {"post": "sanpai.unit_chief"},
            "outer": {"audience": "system"},
        },
        "facts": [{"label": "次の開庁日", "value": '=workdays(date("2026-05-01"), 1)'}],
    }
    if has_letters:
        settings["letters"] = {"completion": {"title": "完了通知書", "number": False}}
    bpmn = BPMN
    if found:
        settings["findings"] = "checks"
        bpmn = bpmn.replace(CHECKS, CHECKS.replace('"=[]"', f"'{found}'"))
    if checks_again:
        bpmn = bpmn.replace(_flow("fix", "examine"), _flow("fix", "check"))
    if is_called:
        bpmn = calling(bpmn)
    return models.store(db, models.folder(bpmn, settings=settings, files=files))


def file_case(
    db: Connection,
    version: Any,
    holder: str = "株式会社髙田環境",
    account_id: int = 1,
    vehicles: Sequence[str] = ("多摩130あ5678", "足立100か1111"),
) -> CaseRow:
    """A filed notice. vehicles: their plates."""
    answers = {
        "holder": holder,
        "email": "a@example.jp",
        "vehicles": [{"plate": plate} for plate in vehicles],
    }
    return cases.start(
        db,
        version=version,
        answers=to_feel(answers),
        actor=Actor(kind="applicant", name=holder, account_id=account_id),
        channel="account",
        now=office.NOW,
    )
