"""The markers of an activity: multi-instance, standard loop and ad hoc."""

from __future__ import annotations

from engine.bpmn.elements import (
    CAMUNDA,
    ZEEBE,
    attribute,
    child,
    extension,
    flag,
    text,
    whole_number,
)
from engine.bpmn.findings import Findings
from engine.bpmn.model import AdHoc, Loop, Repeat
from engine.safe_xml import Element


def loop(found: Findings, element: Element) -> Loop | None:
    """The multi-instance marker."""
    marker = child(element, "multiInstanceLoopCharacteristics")
    if marker is None:
        return None
    zeebe = extension(marker, "loopCharacteristics", ZEEBE)
    inside = zeebe if zeebe is not None else marker
    collection = attribute(inside, "inputCollection") or attribute(marker, "collection", CAMUNDA)
    # The names of BPMN itself: Activiti, Flowable and SpiffWorkflow read them as variables.
    collection = collection or text(child(marker, "loopDataInputRef"))
    count = _expression(marker, "loopCardinality")
    if not collection and count is None:
        found.error(
            marker,
            "マルチインスタンスに、繰り返す一覧も回数もありません。",
            "一覧（inputCollection）にFEELの式を指定してください（例: = notice.vehicles）。",
        )
    done = _expression(marker, "completionCondition")
    each = attribute(inside, "outputElement") or _item(marker, "outputDataItem")
    _check_together(found, marker, inside, bool(collection), count is not None, each)
    if attribute(marker, "behavior") not in (None, "All"):
        found.error(
            marker,
            "繰返しの途中で起こすイベント（behavior）は実行できません。",
            "behavior を消し、イベントを繰返しの後に置いてください。",
        )
    if attribute(marker, "elementIndexVariable", CAMUNDA) is not None:
        found.error(
            marker,
            "回数を入れる変数の名前（elementIndexVariable）は変えられません。",
            "loopCounter（1から数えます）を使ってください。",
        )
    return Loop(
        sequential=flag(marker, "isSequential"),
        collection=found.expression(marker, collection, "一覧") if collection else None,
        count=found.formal(marker, count, "回数") if count is not None and not collection else None,
        element=_element(marker, inside),
        output=_output(marker, inside),
        output_element=found.expression(marker, each, "結果の要素") if each else None,
        completion=found.formal(marker, done, "完了条件") if done is not None else None,
    )


def _expression(element: Element, name: str) -> Element | None:
    """The expression element of that name; None when it is absent or empty."""
    inner = child(element, name)
    return inner if text(inner) else None


def _check_together(
    found: Findings,
    marker: Element,
    inside: Element,
    has_list: bool,
    has_count: bool,
    each: str | None,
) -> None:
    """What only counts beside something else, and what cannot count beside it."""
    if has_list and has_count:
        found.warn(
            marker,
            "一覧があるので、回数（loopCardinality）は使いません。",
            "回数を消すか、一覧を消してください。",
        )
    elif has_count and _element(marker, inside) is not None:
        found.warn(
            marker,
            "一覧がないので、要素の変数（inputElement）には何も入りません。",
            "一覧（inputCollection）を決めるか、要素の変数を消してください。",
        )
    output = _output(marker, inside)
    if each and not output:
        found.error(
            marker,
            "結果の要素（outputElement）を入れる一覧（outputCollection）がありません。",
            "一覧の名前を決めるか、結果の要素を消してください。",
        )
    elif output and not each:
        found.warn(
            marker,
            f"結果の要素（outputElement）がないので、一覧「{output}」にはnullだけが並びます。",
            "結果の要素をFEELの式で決めるか、一覧を消してください。",
        )


def _element(marker: Element, inside: Element) -> str | None:
    return (
        attribute(inside, "inputElement")
        or attribute(marker, "elementVariable", CAMUNDA)
        or _item(marker, "inputDataItem")
    )


def _output(marker: Element, inside: Element) -> str | None:
    return attribute(inside, "outputCollection") or text(child(marker, "loopDataOutputRef")) or None


def repeat(found: Findings, element: Element) -> Repeat | None:
    """The marker of a standard loop."""
    marker = child(element, "standardLoopCharacteristics")
    if marker is None:
        return None
    condition, said = _expression(marker, "loopCondition"), attribute(marker, "loopMaximum")
    most = None if said is None else whole_number(said)
    if said is not None and not most:
        found.error(marker, "繰返しの上限が1以上の整数ではありません。", "回数を書いてください。")
    elif condition is None and said is None:
        found.error(
            marker,
            "標準ループに、続ける条件も回数の上限もありません。",
            "条件（loopCondition）にFEELの式を書くか、上限（loopMaximum）を決めてください。",
        )
    return Repeat(
        condition=found.formal(marker, condition, "続ける条件") if condition is not None else None,
        first=flag(marker, "testBefore"),
        maximum=most or None,
    )


def ad_hoc(found: Findings, element: Element) -> AdHoc:
    """How the activities of an ad hoc subprocess are begun and when it is over."""
    zeebe = extension(element, "adHoc", ZEEBE)
    active = attribute(zeebe, "activeElementsCollection") if zeebe is not None else None
    done = _expression(element, "completionCondition")
    return AdHoc(
        sequential=attribute(element, "ordering") == "Sequential",
        active=found.expression(element, active, "始める作業の一覧") if active else None,
        completion=found.formal(element, done, "完了条件") if done is not None else None,
        cancel_rest=flag(element, "cancelRemainingInstances", default=True),
    )


def _item(marker: Element, name: str) -> str | None:
    item = child(marker, name)
    return None if item is None else attribute(item, "name") or attribute(item, "id")
