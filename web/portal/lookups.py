"""Buttons that fill in fields from an outside register while a form is filled in (法人番号). Never inside a transaction."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from adapters.base import Adapter, Done, Refused
from adapters.corporate_number import ATTRIBUTION
from engine.text import CodeProblem, read_corporate_number
from forms import paths
from forms.component import Component
from web.parts import now, parts
from web.portal.filing import Filing

TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Found:
    """values: path -> text to put in.  kind, heading, text: the notice shown above the form."""

    values: Mapping[str, str]
    kind: str
    heading: str
    text: str = ""


def run(filing: Filing, path: str, raw: Mapping[str, Any]) -> Found:
    """What the register says for the number at the path; a kind message when it says nothing or cannot be reached."""
    component = filing.form.find(path)
    if component is None or not component.lookup:
        return Found({}, "warning", "この項目では自動入力を使えません。")
    if component.kind.gov != "corporate-number":
        return Found(
            {}, "warning", "自動入力はいま使えません。", "お手数ですが、入力してください。"
        )
    return _corporation(component, path, paths.get(raw, path))


def _corporation(component: Component, path: str, entered: Any) -> Found:
    try:
        number = read_corporate_number(str(entered or ""))
    except CodeProblem as problem:
        return Found({}, "error", "法人番号を確かめてください。", str(problem))
    adapter = parts().adapters.get("corporate_number")
    if adapter is None or not _may():
        return _unreachable()
    outcome: Any = _quick(adapter).find_corporation(  # type: ignore[attr-defined]
        {"corporate_no": number}, key=f"portal-{secrets.token_hex(8)}", attempt=1
    )
    if isinstance(outcome, Refused):
        return Found(
            {},
            "error",
            "法人番号を確かめてください。",
            "検査用の数字が合いません。打ち間違いがないか、13けたを確かめてください。",
        )
    if not isinstance(outcome, Done):
        return _unreachable()
    return _filled(component, path, outcome.result)


def _filled(component: Component, path: str, result: Mapping[str, Any]) -> Found:
    if not result.get("found"):
        return Found(
            {},
            "warning",
            "この法人番号の登録は見つかりませんでした。",
            "番号を確かめるか、お手数ですが名称と所在地を入力してください。",
        )
    at = paths.parse(path)
    values = {}
    for source, key in component.lookup.items():
        text = result.get(source)
        # A name with characters outside the character set comes as a picture: the applicant's spelling stays.
        if text and not (source == "name" and result.get("name_is_image")):
            values[str(at._replace(inner=key) if at.row is not None else at._replace(key=key))] = (
                str(text)
            )
    if result.get("closed"):
        return Found(
            values,
            "warning",
            "この法人は、登記が閉鎖されています。",
            f"内容を確かめてください。{ATTRIBUTION}",
        )
    return Found(
        values,
        "success",
        "名称と所在地を入力しました。違うところがあれば直してください。",
        ATTRIBUTION,
    )


def _unreachable() -> Found:
    return Found(
        {},
        "warning",
        "法人番号の照会先とつながりません。",
        "お手数ですが、名称と所在地を入力してください。このまま続けられます。",
    )


@functools.lru_cache(maxsize=8)
def _quick(adapter: Adapter) -> Adapter:
    # A person waits: the patience of a background job is not for pages.
    return type(adapter)(**{**adapter.config, "read_timeout_s": TIMEOUT_S})


def _may() -> bool:
    return parts().throttle.is_open("lookup", request.remote_addr or "", now())
