"""A form for the tests: the vehicle notice in small, with one of nearly everything."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from engine.calendar import TOKYO
from engine.feel import Clock
from engine.feel_functions import NAMES, feel_functions
from forms import definition
from forms.definition import FormDefinition

CLOCK = Clock(datetime(2026, 5, 7, 3, 0, tzinfo=UTC))
FUNCTIONS = feel_functions(TOKYO)
WORLD: dict[str, Any] = {"clock": CLOCK, "functions": FUNCTIONS}
JPEG = {"file": "k1", "name": "前面.jpg", "content_type": "image/jpeg", "size_bytes": 1000}


def values(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"label": label, "value": value} for label, value in pairs]


def field(kind: str, key: str, label: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "key": key, "id": f"Field_{key}", "label": label, **more}


def required(kind: str, key: str, label: str, **more: Any) -> dict[str, Any]:
    return field(kind, key, label, validate={"required": True, **more.pop("validate", {})}, **more)


ROW = [
    required(
        "select",
        "row_type",
        "区分",
        values=values(("増車", "ADD"), ("減車", "REMOVE"), ("番号変更", "RENUMBER")),
    ),
    required("textfield", "plate_no", "自動車登録番号", properties={"gov": "plate"}),
    required(
        "textfield",
        "old_plate",
        "変更前の番号",
        properties={"gov": "plate"},
        conditional={"hide": '=row_type != "RENUMBER"'},
    ),
    required(
        "number",
        "max_load_kg",
        "最大積載量",
        validate={"min": 1, "max": 99999},
        properties={"unit": "kg"},
        conditional={"hide": '=row_type = "REMOVE"'},
    ),
    field(
        "filepicker",
        "photo_front",
        "写真（前面）",
        accept=".jpg,.png",
        properties={"maxMegabytes": "10", "requiredIf": '=row_type = "ADD"'},
    ),
]

SOURCE: dict[str, Any] = {
    "type": "default",
    "id": "notice",
    "title": "車両変更届",
    "schemaVersion": 18,
    "components": [
        {
            "type": "group",
            "id": "g1",
            "label": "届出者",
            "properties": {"page": "届出者", "pageHint": "許可証を手元に用意してください。"},
            "components": [
                {
                    "type": "text",
                    "id": "t1",
                    "text": "# ご注意\n\n- 一つ目\n- 二つ目\n\n変更から10日以内です。",
                },
                required(
                    "radio",
                    "kind",
                    "申請者の区分",
                    values=values(("法人", "corp"), ("個人", "person")),
                ),
                required("textfield", "holder_name", "氏名又は名称", validate={"maxLength": 50}),
                required("textfield", "holder_kana", "フリガナ", properties={"gov": "kana"}),
                required(
                    "textfield",
                    "corporate_no",
                    "法人番号",
                    properties={
                        "gov": "corporate-number",
                        "lookup": "name=holder_name,address=address",
                    },
                    conditional={"hide": '=kind != "corp"'},
                ),
                required(
                    "textfield",
                    "zip",
                    "郵便番号",
                    properties={"gov": "zip", "lookup": "address=address"},
                ),
                required("textfield", "address", "住所", properties={"gov": "address"}),
                field("textfield", "phone", "電話番号", properties={"gov": "phone"}),
                field("textfield", "email", "メールアドレス", validate={"validationType": "email"}),
                field(
                    "textfield",
                    "permit_no",
                    "許可番号",
                    readonly=True,
                    properties={"gov": "permit-number"},
                ),
            ],
        },
        {
            "type": "group",
            "id": "g2",
            "label": "変更の内容",
            "properties": {"page": "変更の内容"},
            "components": [
                required(
                    "datetime",
                    "change_date",
                    "変更年月日",
                    subtype="date",
                    description="例：令和8年4月23日",
                ),
                field(
                    "textarea",
                    "late_reason",
                    "遅延理由",
                    validate={"minLength": 20},
                    conditional={
                        "hide": '=change_date = null or add period(change_date, 10, "days") >= today()'
                    },
                    properties={"requiredIf": "=true"},
                ),
                field(
                    "checklist",
                    "items",
                    "変更事項",
                    values=values(("車両", "car"), ("船舶", "ship"), ("その他", "other")),
                ),
                field("textfield", "note", "備考"),
            ],
        },
        {
            "type": "dynamiclist",
            "id": "l1",
            "path": "vehicles",
            "label": "車両",
            "properties": {
                "page": "車両",
                "minRows": "1",
                "maxRows": "3",
                "rowLabel": "車両 {n}台目",
                "addLabel": "車両を追加",
            },
            "components": ROW,
        },
        {
            "type": "group",
            "id": "g4",
            "label": "船舶",
            "properties": {"page": "船舶"},
            "conditional": {"hide": '=not(list contains(items, "ship"))'},
            "components": [required("textfield", "vessel_name", "船名")],
        },
        {
            "type": "group",
            "id": "g5",
            "label": "確認",
            "properties": {"page": "確認"},
            "components": [required("checkbox", "declaration", "記載事項に相違ありません")],
        },
    ],
    "checks": [
        {
            "rule": "=change_date <= today()",
            "message": "変更年月日は今日までの日付を入力してください（例 令和8年4月23日）。",
            "fields": ["change_date"],
        },
        {
            "rule": '=row_type != "RENUMBER" or plate_no != old_plate',
            "message": "変更前の番号は、新しい番号と違うものを入力してください。",
            "fields": ["vehicles.old_plate"],
            "each": "vehicles",
        },
        {
            "rule": "=count(distinct values(vehicles.plate_no)) = count(vehicles)",
            "message": "同じ自動車登録番号の車両が2台あります。どちらかを削除してください。",
            "fields": ["vehicles.plate_no"],
        },
    ],
}


def notice() -> FormDefinition:
    return definition.parse(json.dumps(SOURCE), file="forms/notice.form", functions=NAMES)


def vehicle(**changes: Any) -> dict[str, Any]:
    return {
        "row_type": "ADD",
        "plate_no": "多摩130あ5678",
        "max_load_kg": "2000",
        "photo_front": [JPEG],
        **changes,
    }


def answers(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "corp",
        "holder_name": "株式会社髙田環境",
        "holder_kana": "タカダカンキョウ",
        "corporate_no": "7999901000001",
        "zip": "163-8001",
        "address": "東京都新宿区西新宿二丁目8番1号",
        "permit_no": "01300987654",
        "change_date": "令和8年4月23日",
        "items": ["car"],
        "vehicles": [vehicle()],
        "declaration": True,
        **changes,
    }
