"""The event definitions of a file: what each event waits for or does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.bpmn import iso8601
from engine.bpmn.findings import Findings
from engine.bpmn.model import NO_EVENT, Event, Text
from engine.bpmn.safe_xml import (
    ZEEBE,
    Element,
    attribute,
    child,
    children,
    extension,
    local,
    reference,
    text,
)

# kind of event -> element kinds it may stand on
_ALLOWED = {
    "message": (
        "startEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "endEvent",
    ),
    "timer": ("startEvent", "intermediateCatchEvent", "boundaryEvent"),
    "error": ("startEvent", "boundaryEvent", "endEvent"),
    "escalation": ("startEvent", "intermediateThrowEvent", "boundaryEvent", "endEvent"),
    "terminate": ("endEvent",),
}  # fmt: skip
_REMEDY = {
    "signal": "メッセージイベントを使ってください。",
    "conditional": "タイマーイベントと排他ゲートウェイで確かめる形にしてください。",
    "link": "シーケンスフローで直接つないでください。",
    "compensate": "元に戻す作業をエラーやエスカレーションの流れとして描いてください。",
    "cancel": "エラーイベントを使ってください。",
}
_CATCHING = ("startEvent", "intermediateCatchEvent", "boundaryEvent")


@dataclass(frozen=True)
class Definitions:
    """The messages, errors and escalations a file declares, by id."""

    messages: dict[str, tuple[str, Text | None]]  # name, correlation key
    errors: dict[str, str | None]  # code
    escalations: dict[str, str | None]


def read_definitions(found: Findings, root: Element) -> Definitions:
    """The root elements that events refer to."""
    messages: dict[str, tuple[str, Text | None]] = {}
    for element in children(root, "message"):
        subscription = extension(element, "subscription", ZEEBE)
        key = attribute(subscription, "correlationKey") if subscription is not None else None
        name = attribute(element, "name") or attribute(element, "id") or ""
        messages[attribute(element, "id") or ""] = (name, found.text(element, key, "照合キー"))
    errors = {attribute(e, "id") or "": attribute(e, "errorCode") for e in children(root, "error")}
    escalations = {
        attribute(e, "id") or "": attribute(e, "escalationCode")
        for e in children(root, "escalation")
    }
    return Definitions(messages, errors, escalations)


def read_event(found: Findings, element: Element, defined: Definitions) -> Event:
    """The one event definition of the element; a problem for none that we run or for several."""
    kind = local(element)
    inner = [e for e in element if local(e).endswith("EventDefinition")]
    if child(element, "eventDefinitionRef") is not None:
        found.error(
            element,
            "共有のイベント定義を参照しています。",
            "イベント定義を要素の中に書いてください。",
        )
        return NO_EVENT
    if len(inner) > 1:
        found.error(
            element,
            "複数のイベント定義を持つイベントは実行できません。",
            "イベントを一つずつに分けてください。",
        )
        return NO_EVENT
    if not inner:
        if kind in ("intermediateCatchEvent", "boundaryEvent"):
            found.error(
                element,
                "待つものが決まっていないイベントです。",
                "メッセージやタイマーを選んでください。",
            )
        return NO_EVENT
    what = local(inner[0]).removesuffix("EventDefinition")
    if kind not in _ALLOWED.get(what, ()):
        found.error(
            element,
            f"{what} イベントはこの場所（{kind}）では実行できません。",
            _REMEDY.get(what, "別の種類のイベントを選んでください。"),
        )
        return NO_EVENT
    readers = {"message": _message, "timer": _timer, "error": _error, "escalation": _escalation}
    event = Event(kind=what)
    return readers[what](found, element, inner[0], event, defined) if what in readers else event


def read_message(found: Findings, element: Element, defined: Definitions) -> Event:
    """The message of a receive or send task (its messageRef); NO_EVENT without one."""
    return _message(found, element, element, Event(kind="message"), defined)


def _message(
    found: Findings, element: Element, inner: Element, event: Event, defined: Definitions
) -> Event:
    named = defined.messages.get(reference(attribute(inner, "messageRef")) or "")
    if named is None:
        if attribute(inner, "messageRef") is None and local(element) in (
            "endEvent",
            "intermediateThrowEvent",
            "sendTask",
        ):
            return event  # may be a call instead; the reader looks at both
        found.error(
            element, "メッセージが決まっていません。", "メッセージの名前を指定してください。"
        )
        return event
    if named[0].startswith("="):
        found.error(
            element, "メッセージの名前が式になっています。", "名前をそのまま書いてください。"
        )
    return replace(event, name=named[0], key=named[1])


def _timer(
    found: Findings, element: Element, inner: Element, event: Event, defined: Definitions
) -> Event:
    for tag, kind in (
        ("timeDate", "date"),
        ("timeDuration", "duration"),
        ("timeCycle", "cycle"),
    ):
        source = text(child(inner, tag))
        if not source:
            continue
        timer = found.text(element, source, "タイマー")
        if isinstance(timer, str) and not iso8601.is_timer(timer, kind):
            found.error(
                element,
                f"タイマー「{timer}」が読めません。",
                "期間は P3D、PT2H、日時は 2026-04-01T09:00:00、繰返しは R3/P1D のように、"
                "または = で始まるFEELで書いてください。",
            )
        if kind == "cycle" and local(element) == "intermediateCatchEvent":
            found.error(
                element,
                "中間イベントでは繰返しのタイマーは使えません。",
                "期間か日時を指定してください。",
            )
        return replace(event, timer=timer, timer_kind=kind)
    found.error(element, "タイマーの時期が決まっていません。", "期間か日時を指定してください。")
    return event


def _error(
    found: Findings, element: Element, inner: Element, event: Event, defined: Definitions
) -> Event:
    return _coded(found, element, inner, event, "errorRef", defined.errors, "エラー")


def _escalation(
    found: Findings, element: Element, inner: Element, event: Event, defined: Definitions
) -> Event:
    return _coded(
        found, element, inner, event, "escalationRef", defined.escalations, "エスカレーション"
    )


def _coded(
    found: Findings,
    element: Element,
    inner: Element,
    event: Event,
    attribute_name: str,
    codes: dict[str, str | None],
    word: str,
) -> Event:
    named = reference(attribute(inner, attribute_name))
    if named is not None and named not in codes:
        found.error(
            element, f"{word}「{named}」が定義されていません。", f"{word}を選び直してください。"
        )
    code = codes.get(named or "")
    if code and code.startswith(("=", "${")):
        found.error(
            element, f"{word}のコードが式になっています。", "コードをそのまま書いてください。"
        )
    if code is None and local(element) not in _CATCHING:
        found.error(
            element, f"投げる{word}のコードがありません。", f"{word}のコードを指定してください。"
        )
    return replace(event, code=code)
