"""Buttons that fill in fields while a form is filled in: 法人番号, postal codes, what a choice says of itself.

Never inside a transaction.

What a person typed is never overwritten unasked: a field with a text keeps it, and the register's answer stands
beside it with a button to take it over.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import request

from adapters.base import Adapter, Done, Refused
from adapters.corporate_number import ATTRIBUTION
from engine.text import CodeProblem, read_corporate_number, read_zip
from forms import paths
from forms.component import Component
from forms.render import Finding
from web.parts import now, parts
from web.portal.filing import Filing
from web.portal.postal_codes import find_places

TIMEOUT_S = 5.0
MOST_CHOICES = 30


@dataclass(frozen=True)
class Found:
    """path: the field that was looked up.  values: path -> what to put in, raw.  finding: what is said beside the field."""

    path: str
    values: Mapping[str, Any]
    finding: Finding


@dataclass(frozen=True)
class Candidate:
    """One answer of a register. words: on its button.  values: path -> raw answer."""

    words: str
    values: Mapping[str, Any]


def run(filing: Filing, path: str, raw: Mapping[str, Any], *, chosen: int | None = None) -> Found:
    """What the register says for the code at the path; a kind message when it says nothing or cannot be reached.

    chosen: the candidate the person took over, by its place; None when the button of the lookup was pressed.
    """
    component = filing.form.find(path)
    if component is None or not component.lookup:
        return Found(path, {}, Finding("warning", "この項目では自動入力を使えません。"))
    if component.kind.takes_choices:
        candidates, finding = _chosen(filing, component, path, raw)
    else:
        look_up = _addresses if component.kind.gov == "zip" else _corporation
        candidates, finding = look_up(component, path, paths.get(raw, path))
    candidates = [
        replace(one, values={at: v for at, v in one.values.items() if filing.unlocks(at)})
        for one in candidates
    ]
    if chosen is not None:
        values = candidates[chosen].values if 0 <= chosen < len(candidates) else {}
        return Found(path, values, finding)
    kept = [
        at
        for one in candidates
        for at, value in one.values.items()
        if _differs(filing, paths.get(raw, at), at, value)
    ]
    if len(candidates) == 1 and not kept:
        return Found(path, candidates[0].values, finding)
    if not candidates:
        return Found(path, {}, finding)
    heading = (
        "入力済みの内容は、そのままにしてあります。替えるときは押してください。"
        if kept
        else f"{len(candidates)}件あります。当てはまるものを押してください。"
    )
    choices = tuple(
        (f"take:{path}:{number}", one.words)
        for number, one in list(enumerate(candidates))[:MOST_CHOICES]
    )
    kind = "warning" if finding.kind == "warning" else ""
    text = f"{finding.heading}{finding.text}" if kind else finding.text
    return Found(path, {}, Finding(kind, heading, text, choices))


def _differs(filing: Filing, typed: Any, path: str, value: Any) -> bool:
    """Whether the person entered something else there."""
    component = filing.form.find(path)
    if component is None or component.kind.is_empty(typed):
        return False
    return bool((typed.strip() if isinstance(typed, str) else typed) != value)


def _chosen(
    filing: Filing, component: Component, path: str, raw: Mapping[str, Any]
) -> tuple[list[Candidate], Finding]:
    """What the chosen one of a select's choices says of itself, as raw answers of the fields it fills."""
    shape = filing.judge(raw).shape
    offered = shape.choices_of(component, path) if shape else ()
    choice = next((one for one in offered if one.value == paths.get(raw, path)), None)
    if choice is None:
        text = f"「{component.label}」を選んでから押してください。"
        return [], Finding("warning", "まだ選ばれていません。", text)
    values = {}
    for place, value in _at(component, path, choice.also).items():
        target = filing.form.find(place)
        if target is not None:
            values[place] = target.kind.raw(value)
    return [Candidate(choice.label, values)], Finding(
        "success", f"「{choice.label}」の内容を入力しました。", "変わったところを直してください。"
    )


def _addresses(component: Component, path: str, entered: Any) -> tuple[list[Candidate], Finding]:
    try:
        code = read_zip(str(entered or ""))
    except CodeProblem as problem:
        return [], Finding("error", "郵便番号を確かめてください。", str(problem))
    places = find_places(code.replace("-", ""))
    if not places:
        return [], Finding(
            "warning",
            "この郵便番号の住所は見つかりませんでした。",
            "番号を確かめるか、お手数ですが住所を入力してください。このまま続けられます。",
        )
    candidates = []
    for place in places:
        said = {
            "address": place.address,
            "prefecture": place.prefecture,
            "city": place.city,
            "town": place.town,
        }
        candidates.append(Candidate(place.words, _at(component, path, said)))
    return candidates, Finding(
        "success", "住所を入力しました。", "続きの番地や建物の名前を書き足してください。"
    )


def _corporation(component: Component, path: str, entered: Any) -> tuple[list[Candidate], Finding]:
    try:
        number = read_corporate_number(str(entered or ""))
    except CodeProblem as problem:
        return [], Finding("error", "法人番号を確かめてください。", str(problem))
    adapter = parts().adapters.get("corporate_number")
    if adapter is None or not _may():
        return [], UNREACHABLE
    outcome: Any = _quick(adapter).find_corporation(  # type: ignore[attr-defined]
        {"corporate_no": number}, key=f"portal-{secrets.token_hex(8)}", attempt=1
    )
    if isinstance(outcome, Refused):
        return [], Finding(
            "error",
            "法人番号を確かめてください。",
            "検査用の数字が合いません。打ち間違いがないか、13けたを確かめてください。",
        )
    if not isinstance(outcome, Done):
        return [], UNREACHABLE
    return _registered(component, path, outcome.result)


def _registered(
    component: Component, path: str, result: Mapping[str, Any]
) -> tuple[list[Candidate], Finding]:
    if not result.get("found"):
        return [], Finding(
            "warning",
            "この法人番号の登録は見つかりませんでした。",
            "番号を確かめるか、お手数ですが名称と所在地を入力してください。",
        )
    # Characters outside the character set come as a picture: the applicant's spelling stays.
    pictures = {source for source in ("name", "address") if result.get(f"{source}_is_image")}
    said = {source: text for source, text in result.items() if source not in pictures}
    values = _at(component, path, said)
    words = "　".join(str(result[key]) for key in ("name", "address") if result.get(key))
    candidates = [Candidate(words, values)] if values else []
    if result.get("closed"):
        successor = result.get("successor")
        after = f"権利義務を引き継いだ法人の番号は {successor} です。" if successor else ""
        return candidates, Finding(
            "warning",
            "この法人は、登記が閉鎖されています。",
            f"{after}内容を確かめてください。{ATTRIBUTION}",
        )
    unknown = (
        "名称か所在地に、コンピューターで表せない文字があります。その項目は入力してください。"
        if pictures
        else ""
    )
    return candidates, Finding(
        "success",
        "名称と所在地を入力しました。違うところがあれば直してください。",
        f"{unknown}{ATTRIBUTION}",
    )


def _at(component: Component, path: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Path -> what is said, for the fields the definition names, beside the field that was looked up."""
    at = paths.parse(path)
    values = {}
    for source, key in component.lookup.items():
        if said.get(source):
            place = at._replace(inner=key) if at.row is not None else at._replace(key=key)
            values[str(place)] = said[source]
    return values


UNREACHABLE = Finding(
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
