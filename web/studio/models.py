"""What the editors are told of the rest of a draft: forms, tables, processes, operations, lanes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from adapters import discover
from engine import operations as own_operations
from web.parts import parts
from web.studio import names
from web.studio.differences import bpmn

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
PARSER = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}


# The engine's own operations: what they do, which parameters they take ("!" when required).
OWN = {
    "letter.issue": ("通知書を出す", {"letter!": "通知書の名前", "data!": "文面に入れる値"}),
    "notify": (
        "申請者にメールで知らせる",
        {"to!": "だれに", "mail!": "メールの名前", "data": "値"},
    ),
    "number.take": ("番号を取る", {"sign!": "番号の種類"}),
    "register.apply": (
        "台帳をまとめて書き換える",
        {"register!": "台帳", "owner!": "持ち主の番号", "entries!": "書き換える内容の一覧"},
    ),
    "register.close": (
        "台帳の登録を終わらせる",
        {"register!": "台帳", "key!": "番号", "valid_to!": "終わりの日"},
    ),
    "register.find": (
        "台帳を引く",
        {"register!": "台帳", "key!": "番号", "on": "基準日"},
    ),
    "register.list": (
        "台帳の登録を並べる",
        {"register!": "台帳", "owner!": "持ち主の番号", "on": "基準日"},
    ),
    "register.search": (
        "台帳を項目で探す",
        {"register!": "台帳", "field!": "項目", "value!": "値", "on": "基準日"},
    ),
    "register.undo": ("台帳をこの案件の前に戻す", {"register!": "台帳"}),
    "register.write": (
        "台帳に書く",
        {
            "register!": "台帳",
            "key!": "番号",
            "data!": "内容",
            "valid_from!": "効力の始まる日",
            "valid_to": "効力の終わる日",
            "owner": "持ち主の番号",
        },
    ),
}


def operations() -> dict[str, Any]:
    """Every operation a model may ask for, by name: the engine's own and those of all adapters."""
    found: dict[str, Any] = dict(parts().operations) or dict.fromkeys(own_operations.names())
    for adapter in discover().values():
        found |= adapter.operations()
    return found


def config(files: Mapping[str, str], *, posts: Mapping[str, str]) -> dict[str, Any]:
    """Choices of the BPMN editor's property groups, as its JavaScript reads them. posts: code -> name."""
    return {
        "kinds": bpmn.KINDS,
        "events": bpmn.EVENTS,
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
            if etree.QName(element).localname == "decision" and element.get("id")
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


def elements(text: str) -> list[Any]:
    """Every element of the XML in order; none when it cannot be read."""
    try:
        root = etree.fromstring(text.encode(), etree.XMLParser(**PARSER))
    except (etree.XMLSyntaxError, ValueError):
        return []
    return [element for element in root.iter() if isinstance(element.tag, str)]


_AUDIENCES = {"applicant": "申請者", "system": "システム"}


def _lane(entry: Mapping[str, Any], posts: Mapping[str, str]) -> str:
    """Who works in the lane, in words."""
    post = str(entry.get("post") or "")
    if not post:
        return _AUDIENCES.get(str(entry.get("audience")), "")
    return f"{posts[post]}（{post}）" if post in posts else f"{post}（その職はありません）"


def _operation(name: str, operation: Any) -> dict[str, Any]:
    if name in OWN:
        title, parameters = OWN[name]
        return {
            "name": name,
            "title": title,
            "parameters": [
                {"name": key.rstrip("!"), "label": label, "required": key.endswith("!")}
                for key, label in parameters.items()
            ],
        }
    schema = getattr(operation, "parameters", None)
    fields = getattr(schema, "fields", {})
    return {
        "name": name,
        "title": str(getattr(operation, "summary", "") or ""),
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
