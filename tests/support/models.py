"""Small procedures for tests: a few BPMN elements, one form per task, everything else filled in; stored as a real version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import yaml
from sqlalchemy import Connection

from engine import cases, versions
from engine.access import SYSTEM, Actor
from engine.database import Database
from engine.procedure import Folder
from engine.versions import Version
from tests.support.shapes import with_shapes

NOW = datetime(2026, 5, 12, 1, 0, tzinfo=UTC)  # 10:00 JST, a Tuesday
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">'
)
SETTINGS: dict[str, Any] = {
    "id": "sample",
    "name": "見本の手続",
    "short_name": "見本",
    "kind": "届出",
    "summary": "テストのための手続",
    "who": "だれでも",
    "office": {
        "bureau": "環境局",
        "section": "sanpai",
        "name": "産業廃棄物対策課",
        "sender": "東京都知事",
        "phone": "03-0000-0000",
        "email": "sanpai@example.tokyo",
        "hours": "9:00–17:00",
    },
    "standard_period": {"days": 5, "unit": "open_days", "stops": ["fix"]},
    "retention": {"years": 5, "rule": "文書管理規程"},
    "filing": {
        "by": ["account", "guest"],
        "form": "notice",
        "title": '="届 " + notice.holder',
        "applicant": "=notice.holder",
        "email": "=notice.email",
    },
    "number": {"prefix": "R", "sign": "環産収"},
    "lanes": {
        "filer": {"audience": "applicant"},
        "examiner": {"post": "sanpai.examiner"},
        "system": {"audience": "system"},
    },
    "search": [{"field": "notice.holder", "kind": "name"}],
}


def user_task(node: str, *, form: str = "review", name: str = "審査", due: str = "") -> str:
    """A user task."""
    schedule = f'<zeebe:taskSchedule dueDate="{due}"/>' if due else ""
    return (
        f'<bpmn:userTask id="{node}" name="{name}"><bpmn:extensionElements>'
        f'<zeebe:formDefinition formId="{form}"/>{schedule}</bpmn:extensionElements></bpmn:userTask>'
    )


def service_task(
    node: str,
    operation: str,
    inputs: Mapping[str, str],
    *,
    result: str = "",
    tag: str = "serviceTask",
) -> str:
    """A service task. inputs: parameter -> FEEL without the leading =.  result: variable that takes the result."""
    mapping = "".join(
        f"<zeebe:input source='={source}' target='{target}'/>" for target, source in inputs.items()
    )
    header = (
        f'<zeebe:taskHeaders><zeebe:header key="resultVariable" value="{result}"/></zeebe:taskHeaders>'
        if result
        else ""
    )
    return (
        f'<bpmn:{tag} id="{node}" name="{node}"><bpmn:extensionElements>'
        f'<zeebe:taskDefinition type="{operation}"/>{header}'
        f"<zeebe:ioMapping>{mapping}</zeebe:ioMapping></bpmn:extensionElements></bpmn:{tag}>"
    )


def flows(*nodes: str, **conditions: str) -> str:
    """Sequence flows through the nodes, in order."""
    return "".join(
        f'<bpmn:sequenceFlow id="f_{a}_{b}" sourceRef="{a}" targetRef="{b}"/>'
        for a, b in pairwise(nodes)
    )


def line(*elements: str) -> str:
    """start -> the elements one after the other -> end. An element begins with its tag and id, as the builders make them."""
    names = [element.split('id="', 1)[1].split('"', 1)[0] for element in elements]
    body = '<bpmn:startEvent id="start"/>' + "".join(elements)
    body += '<bpmn:endEvent id="end" name="完了"/>'
    return body + flows("start", *names, "end")


def process(
    body: str, *, lanes: Mapping[str, tuple[str, ...]], extra: str = "", id: str = "sample"
) -> str:
    """A BPMN file with one process. lanes: lane id -> nodes in it.  extra: root elements (messages, errors)."""
    lane_set = "".join(
        f'<bpmn:lane id="{lane}" name="{lane}">'
        + "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in nodes)
        + "</bpmn:lane>"
        for lane, nodes in lanes.items()
    )
    return with_shapes(
        f'{HEAD}{extra}<bpmn:process id="{id}" name="見本" isExecutable="true">'
        f'<bpmn:laneSet id="lanes">{lane_set}</bpmn:laneSet>{body}</bpmn:process></bpmn:definitions>'
    )


def form(id: str, *keys: str) -> str:
    """A form of text fields."""
    return json.dumps(
        {
            "type": "default",
            "id": id,
            "schemaVersion": 16,
            "components": [
                {"type": "textfield", "key": key, "label": key, "id": key} for key in keys
            ],
        },
        ensure_ascii=False,
    )


def folder(
    bpmn: str, *, settings: Mapping[str, Any] | None = None, files: Mapping[str, str] | None = None
) -> Folder:
    """The procedure `sample` with this process."""
    texts = {
        "procedure.yaml": yaml.safe_dump({**SETTINGS, **(settings or {})}, allow_unicode=True),
        "process.bpmn": bpmn,
        "forms/notice.form": form("notice", "holder", "email"),
        "forms/review.form": form("review", "decision"),
        **(files or {}),
    }
    return Folder("sample", texts)


def store(db: Connection, folder: Folder, *, now: datetime = NOW) -> Version:
    """The folder as a deployed version, without the checks of a deployment."""
    version_id, _ = versions.store(db, folder, name="見本の手続", note="", actor=SYSTEM, now=now)
    return versions.get(db, version_id)


def file_case(database: Database, bpmn: str, holder: str = "甲社") -> cases.CaseRow:
    """A case of the procedure with this process, filed by a guest and committed."""
    with database.transaction() as db:
        return cases.start(
            db,
            version=store(db, folder(bpmn)),
            answers={"holder": holder, "email": "a@example.jp"},
            actor=Actor(kind="applicant", name=holder),
            channel="guest",
            now=NOW,
        )
