"""Two states of a form compared by its fields."""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from web.studio.differences.difference import Detail, Difference, Said, between, put

_KINDS = {
    "textfield": "1行の文字",
    "textarea": "複数行の文字",
    "number": "数値",
    "radio": "選択（丸ボタン）",
    "select": "選択（一覧）",
    "checklist": "選択（複数）",
    "checkbox": "チェック",
    "datetime": "日付",
    "filepicker": "添付書類",
    "group": "まとまり",
    "dynamiclist": "繰返しの行",
    "text": "説明の文",
    "separator": "区切り線",
    "spacer": "余白",
}
_LABELS = {
    "label": "項目名",
    "description": "補足",
    "type": "種類",
    "key": "キー",
    "path": "一覧のキー",
    "text": "文",
    "defaultValue": "はじめの値",
    "readonly": "読むだけ",
    "disabled": "読むだけ",
    "accept": "受け付ける種類",
    "multiple": "複数を受け付ける",
    "decimalDigits": "小数の桁数",
    "valuesExpression": "選択肢の式",
    "validate.required": "必須",
    "validate.minLength": "最小の文字数",
    "validate.maxLength": "最大の文字数",
    "validate.min": "最小の値",
    "validate.max": "最大の値",
    "validate.pattern": "書き方の規則",
    "validate.validationType": "書き方",
    "conditional.hide": "表示しない条件",
    "properties.gov": "項目の型",
    "properties.page": "ページの見出し",
    "properties.pageHint": "ページの説明",
    "properties.example": "例",
    "properties.requiredIf": "必須にする条件",
    "properties.lock": "直せなくする条件",
    "properties.hint": "補足",
    "properties.unit": "単位",
    "properties.minRows": "最小の行数",
    "properties.maxRows": "最大の行数",
    "properties.rowLabel": "行の見出し",
    "properties.addLabel": "行を追加するボタン",
    "properties.lookup": "引いて入れる項目",
    "properties.lookupLabel": "引くボタン",
    "properties.maxMegabytes": "最大の大きさ（MB）",
    "properties.maxFiles": "最大の枚数",
    "properties.patternMessage": "書き方の誤りの文",
    "properties.autocomplete": "自動入力",
    "title": "表題",
    "id": "フォームのID",
    "layout.columns": "幅（16分の）",
    "rule": "規則",
    "message": "誤りの文",
    "fields": "印を付ける項目",
    "each": "行ごとに確かめる一覧",
}
# What the editor writes for itself: the rows and frames of its canvas, its version, its copy of a label.
_SKIPPED = frozenset(
    "components id layout.row schemaVersion exporter.name exporter.version executionPlatform executionPlatformVersion "
    "dateLabel subtype showOutline".split()
)
_FORM, _CHECKS, _OWNER = "（フォーム全体）", "checks", "含まれるところ"


@dataclass
class Fields:
    """One state of the form: what its parts say, what they are called, their order within their owner."""

    said: dict[str, Said] = field(default_factory=dict)
    titles: dict[str, tuple[str, str]] = field(default_factory=dict)
    order: dict[str, list[str]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)  # id given by the editor -> key


def differences(old: str, new: str) -> list[Difference] | None:
    """What differs between two texts of a form; None when one of them cannot be read."""
    forms = _read(old), _read(new)
    if forms[0] is None or forms[1] is None:
        return None
    before, plain = _fields(forms[0]), _fields(forms[1])
    # A field whose key was changed is still the one with its id.
    renamed = {id: key for id, key in before.ids.items() if key not in plain.said}
    after = _fields(forms[1], renamed)

    def title(key: str, is_new: bool) -> tuple[str, str]:
        return (after if is_new else before).titles[key]

    # Compared by key, shown by name: a group that was only renamed moves nothing.
    titles = before.titles | after.titles
    found = [_owner_named(one, titles) for one in between(before.said, after.said, title)]
    known = {one.id for one in found}
    return found + [
        Difference(key, "reordered", *title(key, True))
        for owner, keys in after.order.items()
        for key in _out_of_order(before.order.get(owner, []), keys)
        if key not in known
    ]


def _read(text: str) -> dict[str, Any] | None:
    try:
        form = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return form if isinstance(form, dict) else None


def _fields(form: dict[str, Any], renamed: Mapping[str, str] = MappingProxyType({})) -> Fields:
    state = Fields()
    whole = {key: value for key, value in form.items() if key not in (_CHECKS, "type")}
    state.said[_FORM] = _said(whole) | {"フォームのID": str(form.get("id", ""))}
    state.titles[_FORM] = ("フォーム", str(form.get("title") or form.get("id") or ""))
    for key, owner, component in _components(form, _FORM, renamed):
        said = _said(component)
        kind = str(component.get("type", ""))
        said["種類"] = _KINDS.get(kind, kind)
        if owner != _FORM:
            said[_OWNER] = owner
        state.said[key] = said
        state.titles[key] = (_KINDS.get(kind, kind), _name(component, key))
        state.order.setdefault(owner, []).append(key)
        if component.get("id"):
            state.ids[str(component["id"])] = key
    checks = form.get(_CHECKS)
    for check in checks if isinstance(checks, list) else []:
        if isinstance(check, dict):
            # A rule has no id; one whose words or expression stay is the same one.
            key = f"check:{check.get('message') or check.get('rule')}"
            state.said[key] = _said(check)
            state.titles[key] = (
                "項目の間の検査",
                str(check.get("message") or check.get("rule") or ""),
            )
    return state


def _components(
    owner: dict[str, Any], key: str, renamed: Mapping[str, str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(key, key of its owner, component) of everything inside, owners before what they hold."""
    components = owner.get("components")
    for number, component in enumerate(components if isinstance(components, list) else []):
        if not isinstance(component, dict):
            continue
        # Two lists may each have a field of the same key.
        named = component.get("key") or component.get("path") or component.get("id") or number
        own = renamed.get(str(component.get("id"))) or f"{'' if key == _FORM else key + '.'}{named}"
        yield own, key, component
        yield from _components(component, own, renamed)


def _name(component: dict[str, Any], key: str) -> str:
    text = component.get("label") or component.get("dateLabel") or component.get("text") or ""
    properties = component.get("properties")
    page = properties.get("page") if isinstance(properties, dict) else ""
    return str(text or page or key).split("\n")[0][:60]


def _said(part: dict[str, Any], prefix: str = "") -> Said:
    found: Said = {}
    for name, value in part.items():
        full = f"{prefix}{name}"
        if full in _SKIPPED or name in _SKIPPED or value in (None, "", False):
            continue
        if isinstance(value, dict):
            for label, inner in _said(value, f"{full}.").items():
                put(found, label, inner)
        elif name == "values" and isinstance(value, list):
            put(found, "選択肢", "、".join(_choice(one) for one in value))
        elif name != "type" or prefix:
            put(found, _LABELS.get(full, full), _words(value))
    if not prefix and "dateLabel" in part and "label" not in part:
        put(found, _LABELS["label"], str(part["dateLabel"]))
    return found


def _choice(value: Any) -> str:
    if not isinstance(value, dict):
        return _words(value)
    label, code = value.get("label"), value.get("value")
    return str(label) if label == code else f"{label}（{code}）"


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "、".join(value)
    return json.dumps(value, ensure_ascii=False)


def _owner_named(one: Difference, titles: Mapping[str, tuple[str, str]]) -> Difference:
    def named(key: str | None) -> str | None:
        return key if key is None or key not in titles else titles[key][1]

    shown = tuple(
        Detail(one.label, named(one.before), named(one.after)) if one.label == _OWNER else one
        for one in one.details
    )
    return replace(one, details=shown)


def _out_of_order(old: list[str], new: list[str]) -> list[str]:
    """The fields of both states that stand elsewhere among each other: as few as explain the new order."""
    places = {key: number for number, key in enumerate(old)}
    common = [key for key in new if key in places]
    # The longest rising series of places stays; what is not in it was moved.
    ends: list[int] = []  # the smallest place a series of each length ends with
    lengths = []
    for key in common:
        length = bisect.bisect_left(ends, places[key])
        ends[length : length + 1] = [places[key]]
        lengths.append(length)
    moved = []
    wanted = len(ends) - 1
    for key, length in zip(reversed(common), reversed(lengths), strict=True):
        if length == wanted:
            wanted -= 1
        else:
            moved.append(key)
    return moved[::-1]
