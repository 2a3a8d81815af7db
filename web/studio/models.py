"""What the editors are told of the rest of a draft: forms, tables, processes, operations, lanes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.safe_xml import Element
from web.element_kinds import EVENTS, KINDS
from web.operation_titles import operations, title_of
from web.studio import names
from web.studio.differences import xml

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


# The parameters of the engine's own operations, "!" where required.
OWN = {
    "letter.issue": {"letter!": "通知書の名前", "data!": "文面に入れる値"},
    "message.send": {"name!": "メッセージの名前", "key": "照合キー", "payload": "内容"},
    "notify": {"to!": "だれに", "mail!": "メールの名前", "data": "値"},
    "number.take": {"sign!": "番号の種類"},
    "register.apply": {
        "register!": "台帳",
        "owner!": "持ち主の番号",
        "entries!": "書き換える内容の一覧",
    },
    "register.close": {"register!": "台帳", "key!": "番号", "valid_to!": "終わりの日"},
    "register.find": {"register!": "台帳", "key!": "番号", "on": "基準日"},
    "register.list": {"register!": "台帳", "owner!": "持ち主の番号", "on": "基準日"},
    "register.search": {"register!": "台帳", "field!": "項目", "value!": "値", "on": "基準日"},
    "register.undo": {"register!": "台帳"},
    "register.write": {
        "register!": "台帳",
        "key!": "番号",
        "data!": "内容",
        "valid_from!": "効力の始まる日",
        "valid_to": "効力の終わる日",
        "owner": "持ち主の番号",
    },
}


def config(files: Mapping[str, str], *, posts: Mapping[str, str]) -> dict[str, Any]:
    """Choices of the BPMN editor's property groups, as its JavaScript reads them. posts: code -> name."""
    return {
        "kinds": KINDS,
        "events": EVENTS,
        "posts": [{"id": code, "name": name} for code, name in posts.items()],
        "forms": [
            {"id": _stem(path, ".form"), "title": names.title_of(path, text)}
            for path, text in files.items()
            if names.kind_of(path) == "form"
        ],
        "decisions": [
            {"id": element.get("id"), "name": element.get("name")}
            for path, text in files.items()
            if names.kind_of(path) == "dmn"
            for element in elements(text)
            if xml.local(element) == "decision" and element.get("id")
        ],
        "processes": [
            {"id": element.get("id"), "name": element.get("name")}
            for path, text in files.items()
            if names.kind_of(path) == "bpmn"
            for element in elements(text)
            if element.tag == f"{BPMN}process" and element.get("id")
        ],
        "operations": [
            _operation(name, operation) for name, operation in sorted(operations().items())
        ],
        "lanes": {
            lane: _lane(entry, posts)
            for lane, entry in names.mapping(names.settings_of(files).get("lanes")).items()
            if isinstance(entry, dict)
        },
    }


def elements(text: str) -> list[Element]:
    """Every element of the XML in order; none when it cannot be read."""
    root = xml.read(text)
    return [] if root is None else [one for one in root.iter() if isinstance(one.tag, str)]


_AUDIENCES = {"applicant": "申請者", "system": "システム"}


def _lane(entry: Mapping[str, Any], posts: Mapping[str, str]) -> str:
    """Who works in the lane, in words."""
    post = str(entry.get("post") or "")
    if not post:
        return _AUDIENCES.get(str(entry.get("audience")), "")
    return f"{posts[post]}（{post}）" if post in posts else f"{post}（その職はありません）"


def _operation(name: str, operation: Any) -> dict[str, Any]:
    if name in OWN:
        return {
            "name": name,
            "title": title_of(name),
            "parameters": [
                {"name": key.rstrip("!"), "label": label, "required": key.endswith("!")}
                for key, label in OWN[name].items()
            ],
        }
    schema = getattr(operation, "parameters", None)
    fields = getattr(schema, "fields", {})
    return {
        "name": name,
        "title": title_of(name),
        "parameters": [
            {
                "name": field_name,
                "label": str(field.metadata.get("label") or ""),
                "required": bool(field.required),
            }
            for field_name, field in fields.items()
        ],
    }


def _stem(path: str, ending: str) -> str:
    return path.rpartition("/")[2].removesuffix(ending)
