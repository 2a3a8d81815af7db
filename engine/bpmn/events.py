"""The event definitions of a file: what each event waits for or does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from engine.bpmn import iso8601
from engine.bpmn.definitions import Definitions
from engine.bpmn.elements import (
    ZEEBE,
    attribute,
    child,
    children,
    extension,
    flag,
    local,
    reference,
    text,
)
from engine.bpmn.findings import Findings, short
from engine.bpmn.kinds import CATCHING, EVENTS, THROWING
from engine.bpmn.model import NO_EVENT, Event, Text
from engine.safe_xml import Element

# kind of event -> element kinds it may stand on
_ALLOWED = {
    "message": EVENTS,
    "signal": EVENTS,
    "timer": CATCHING,
    "conditional": CATCHING,
    "error": ("startEvent", "boundaryEvent", "endEvent"),
    "escalation": ("startEvent", "boundaryEvent", *THROWING),
    "compensate": ("startEvent", "boundaryEvent", *THROWING),
    "link": ("intermediateCatchEvent", "intermediateThrowEvent"),
    "cancel": ("boundaryEvent", "endEvent"),
    "terminate": ("endEvent",),
}
# What a multiple event may be made of: whatever stands for itself.
_PARTS = ("message", "signal", "timer", "conditional", "error", "escalation")


def read_event(found: Findings, element: Element, defined: Definitions) -> Event:
    """The event definition of the element; kind multiple for several, which read_parts gives."""
    inner = _definitions(found, element, defined)
    if len(inner) > 1:
        return Event(kind="multiple", all=flag(element, "parallelMultiple"))
    if not inner:
        if local(element) in ("intermediateCatchEvent", "boundaryEvent"):
            found.error(
                element,
                "待つものが決まっていないイベントです。",
                "メッセージやタイマーを選んでください。",
            )
        return NO_EVENT
    return _read(found, element, inner[0], defined)


def read_parts(found: Findings, element: Element, defined: Definitions) -> list[Event]:
    """The single events of a multiple event."""
    parts: list[Event] = []
    for inner in _definitions(found, element, defined):
        what = local(inner).removesuffix("EventDefinition")
        if what not in _PARTS:
            found.error(
                element,
                f"{what} イベントは、ほかのイベントと組み合わせられません。",
                "イベントを一つずつに分けてください。",
            )
            continue
        parts.append(_read(found, element, inner, defined))
    return parts


def _definitions(found: Findings, element: Element, defined: Definitions) -> list[Element]:
    """The event definitions in the element and those it refers to."""
    inner = [e for e in element if local(e).endswith("EventDefinition")]
    for named in children(element, "eventDefinitionRef"):
        shared = defined.shared.get(reference(text(named)) or "")
        if shared is None:
            found.error(
                element,
                f"イベント定義「{text(named)}」がありません。",
                "イベント定義を要素の中に書いてください。",
            )
        else:
            inner.append(shared)
    return inner


def _read(found: Findings, element: Element, inner: Element, defined: Definitions) -> Event:
    kind = local(element)
    what = local(inner).removesuffix("EventDefinition")
    if kind not in _ALLOWED.get(what, ()):
        found.error(
            element,
            f"{what} イベントはこの場所（{kind}）では実行できません。",
            "別の種類のイベントを選んでください。",
        )
        return NO_EVENT
    event = Event(kind=what)
    return _READERS[what](found, element, inner, event, defined) if what in _READERS else event


def read_message(found: Findings, element: Element, defined: Definitions) -> Event:
    """The message of a receive or send task (its messageRef); NO_EVENT without one."""
    return _message(found, element, element, Event(kind="message"), defined)


def _message(
    found: Findings, element: Element, inner: Element, event: Event, defined: Definitions
) -> Event:
    id = reference(attribute(inner, "messageRef")) or ""
    named = defined.messages.get(id)
    if named is None:
        if attribute(inner, "messageRef") is None and local(element) in (*THROWING, "sendTask"):
            return event  # may be a call instead; the reader looks at both
        return _undefined(found, element, event, id, "メッセージ")
    if named[0].startswith(("=", "${", "#{")):
        found.error(
            element, "メッセージの名前が式になっています。", "名前をそのまま書いてください。"
        )
    _check_name(found, element, defined, id, "メッセージ")
    return replace(event, name=named[0], key=_sent_key(found, element, inner) or named[1])


def _sent_key(found: Findings, element: Element, inner: Element) -> Text | None:
    """The key that Camunda 8 writes at the throwing event itself."""
    for place in (element, inner):
        sent = extension(place, "publishMessage", ZEEBE)
        if sent is None:
            continue
        for name in ("messageId", "timeToLive"):
            if attribute(sent, name) is not None:
                found.error(
                    sent,
                    f"送るメッセージの {name} は指定できません。",
                    "指定を消してください。メッセージは決まった期間、待つ案件が現れるまで取っておかれます。",
                )
        return found.text(sent, attribute(sent, "correlationKey"), "照合キー")
    return None


_TIMES = (("timeDate", "date"), ("timeDuration", "duration"), ("timeCycle", "cycle"))


def _timer(
    found: Findings, element: Element, inner: Element, event: Event, defined: Definitions
) -> Event:
    said = [(kind, source) for tag, kind in _TIMES if (source := text(child(inner, tag)))]
    if len(said) > 1:
        found.error(
            element,
            "タイマーの日時・期間・繰返しのうち、二つ以上があります。",
            "使う一つを残してください。",
        )
    for kind, source in said:
        timer = found.text(element, source, "タイマー")
        if isinstance(timer, str) and not iso8601.is_timer(timer, kind):
            found.error(
                element,
                f"タイマー「{short(timer)}」が読めません。",
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
    if code and code.startswith(("=", "${", "#{")):
        found.error(
            element, f"{word}のコードが式になっています。", "コードをそのまま書いてください。"
        )
    if code is None and local(element) not in CATCHING:
        found.error(
            element, f"投げる{word}のコードがありません。", f"{word}のコードを指定してください。"
        )
    return replace(event, code=code)


def _signal(
    found: Findings, element: Element, inner: Element, event: Event, defined: Definitions
) -> Event:
    id = reference(attribute(inner, "signalRef")) or ""
    name = defined.signals.get(id)
    if name is None:
        return _undefined(found, element, event, id, "シグナル")
    if name.startswith(("=", "${", "#{")):
        found.error(element, "シグナルの名前が式になっています。", "名前をそのまま書いてください。")
    _check_name(found, element, defined, id, "シグナル")
    return replace(event, name=name)


def _undefined(found: Findings, element: Element, event: Event, id: str, word: str) -> Event:
    """Tells of a message or signal that the file does not declare; what is named is no missing name besides."""
    if id:
        problem, remedy = f"{word}「{id}」が定義されていません。", f"{word}を選び直してください。"
    else:
        problem, remedy = f"{word}が決まっていません。", f"{word}の名前を指定してください。"
    found.error(element, problem, remedy)
    return replace(event, name=id)


def _check_name(
    found: Findings, element: Element, defined: Definitions, id: str, word: str
) -> None:
    """Tells once of a message or signal without a name: in another file the same one has another id."""
    if id in defined.nameless:
        found.warn_once(
            f"nameless {id}",
            element,
            f"{word}「{id}」に名前がなく、idを名前として使います。",
            f"{word}の名前（name）を書いてください。送る側と受ける側で同じ名前にします。",
        )


def _conditional(
    found: Findings, element: Element, inner: Element, event: Event, defined: Definitions
) -> Event:
    condition = child(inner, "condition")
    if condition is None or not text(condition):
        found.error(element, "条件がありません。", "条件をFEELの式で書いてください。")
        return event
    return replace(event, condition=found.formal(element, condition, "条件"))


def _compensate(
    found: Findings, element: Element, inner: Element, event: Event, defined: Definitions
) -> Event:
    waits = flag(inner, "waitForCompletion", default=True)
    return replace(event, activity=reference(attribute(inner, "activityRef")), waits=waits)


def _link(
    found: Findings, element: Element, inner: Element, event: Event, defined: Definitions
) -> Event:
    name = attribute(inner, "name")
    if name is None:
        found.error(element, "リンクの名前がありません。", "リンクの名前を書いてください。")
    return replace(event, name=name or "")


_READERS: Mapping[str, Callable[[Findings, Element, Element, Event, Definitions], Event]] = {
    "message": _message,
    "signal": _signal,
    "timer": _timer,
    "conditional": _conditional,
    "error": _error,
    "escalation": _escalation,
    "compensate": _compensate,
    "link": _link,
}
