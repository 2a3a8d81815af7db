"""An expression whose value an element can never use is refused before anything runs: exactly those that would stop a case."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest

from engine import expression_checks, sources
from engine.errors import Problem
from forms import definition
from tests.kernel.drawing import (
    ad_hoc,
    again,
    boundary,
    catch,
    condition,
    end,
    file,
    gateway,
    many,
    message,
    one,
    process,
    script,
    start,
    task,
    throw,
    timer,
    user,
)
from tests.kernel.playing import Play, read

SETTINGS: Mapping[str, Any] = {
    "filing": {}, "retention": {"counted_from": "completion"}, "facts": [], "prefill": {}, "ends": {},
}  # fmt: skip
VALUES = (
    "3", "0", "-1", "1.5", "true", "1 + 1", "1 = 1", "null", "function(x) x", "{a: 1}", "[1..3]",
    '"q"', '""', '"明日"', '"P3D"', '"P" + "3D"', '"PXD"', '"2026-05-20"', '"R3/P1D"', '"R3/P1"', '"-P1D"',
    "[]", '["q"]', '["x"]', "[1]", "[null]", '["x", 1]', "for i in 1..2 return i",
    "today()", "now()", '@"P1D"', '-duration("P1D")', '@"P1M"', '@"-P1M"', '@"10:00:00"', "today() - today()",
    'duration("P9999Y")', 'if today() < @"2020-01-01" then 1 else 2',
)  # fmt: skip


def _with(extension: str) -> Callable[[str], bytes]:
    def drawn(source: str) -> bytes:
        box = extension.format(quoteattr("=" + source))
        return one(user("x", extensions=box), lines="start > x > end")

    return drawn


def _timer(kind: str) -> Callable[[str], bytes]:
    def drawn(source: str) -> bytes:
        late = boundary("x", "a", timer("=" + source, kind), interrupting=kind != "Cycle")
        return one(user("a"), late, end("done"), lines="start > a > end; x > done")

    return drawn


def _event(source: str) -> bytes:
    return one(catch("x", condition("=" + source)), lines="start > x > end")


def _flow(source: str) -> bytes:
    lines = f"start > x > end : other; x > done : back ? {source}"
    return one(gateway("x", default="other"), end("done"), lines=lines)


def _key(source: str) -> bytes:
    return one(catch("x", message("m")), lines="start > x > end", messages={"m": "=" + source})


def _sent(source: str) -> bytes:
    return one(throw("x", message("m")), lines="start > x > end", messages={"m": "=" + source})


def _looped(loop: Callable[[str], str]) -> Callable[[str], bytes]:
    return lambda source: one(script("x", "n", "1", loop=loop(source)), lines="start > x > end")


def _counted(source: str) -> str:
    return (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>"
        f"={escape(source)}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    )


def _ad_hoc(name: str) -> Callable[[str], bytes]:
    def drawn(source: str) -> bytes:
        inside = ad_hoc("h", script("x", "n", "1"), **{name: "=" + source})  # type: ignore[arg-type]
        return one(inside, lines="start > h > end")

    return drawn


PLACES: dict[str, Callable[[str], bytes]] = {
    "担当者": _with("<zeebe:assignmentDefinition assignee={}/>"),
    "担当の候補": _with("<zeebe:assignmentDefinition candidateGroups={}/>"),
    "期限": _with("<zeebe:taskSchedule dueDate={}/>"),
    "タイマーの期間": _timer("Duration"),
    "タイマーの日時": _timer("Date"),
    "タイマーの繰返し": _timer("Cycle"),
    "条件 event": _event,
    "条件 flow": _flow,
    "照合キー received": _key,
    "照合キー sent": _sent,
    "繰り返す一覧": _looped(lambda source: many("=" + source)),
    "繰返しの回数": _looped(_counted),
    "完了条件 loop": _looped(lambda source: many("=[1]", until="=" + source)),
    "続ける条件": _looped(lambda source: again("=" + source, most=2)),
    "始める作業の一覧": _ad_hoc("active"),
    "完了条件 ad hoc": _ad_hoc("until"),
}


def _told(xml: bytes) -> list[Problem]:
    processes = read(xml)
    known = sources.find(SETTINGS, processes, {}, {})
    return list(expression_checks.problems(SETTINGS, processes, {}, known))


@pytest.mark.parametrize("place", PLACES)
def test_what_is_refused_of_a_setting_is_what_would_stop_a_case(place: str) -> None:
    drawn = PLACES[place]
    refused = {value: [one.severity for one in _told(drawn(value))] for value in VALUES}
    stopped = {value: ["error"] if Play(drawn(value)).incidents else [] for value in VALUES}
    assert refused == stopped


@pytest.mark.parametrize(
    ("called", "refused"), [('"q"', False), ("1", True), ("null", True), ("[]", True)]
)
def test_what_is_refused_of_a_called_process_is_what_would_stop_a_case(
    called: str, refused: bool
) -> None:
    xml = file(
        process("p", start(), task("k", "callActivity", extensions=f"<zeebe:calledElement processId={quoteattr('=' + called)}/>"), end(), lines="start > k > end"),
        process("q", start("qs"), end("qe"), lines="qs > qe"),
    )  # fmt: skip
    assert (bool(_told(xml)), bool(Play(xml).incidents)) == (refused, refused)


# What depends on data is left to the case; of each kind of field, what it can never be is known.
FIELDS = {"n": "number", "t": "textfield", "c": "checkbox", "d": "datetime", "l": "checklist"}
FORM = {
    "type": "default",
    "id": "review",
    "schemaVersion": 16,
    "components": [
        {"type": kind, "key": key, "id": key, "label": key}
        | ({"subtype": "date", "dateLabel": key} if kind == "datetime" else {})
        | ({"values": [{"label": "写真", "value": "photo"}]} if kind == "checklist" else {})
        for key, kind in FIELDS.items()
    ],
}


@pytest.mark.parametrize(
    ("place", "fitting"),
    [
        ("担当者", "t"), ("担当の候補", "tl"), ("期限", "td"), ("タイマーの期間", "t"), ("タイマーの日時", "td"), ("タイマーの繰返し", "t"),
        ("条件 event", "c"), ("条件 flow", "c"), ("照合キー received", "nt"), ("照合キー sent", "nt"), ("繰り返す一覧", "l"),
        ("繰返しの回数", "n"), ("完了条件 loop", "c"), ("続ける条件", "c"), ("始める作業の一覧", "l"), ("完了条件 ad hoc", "c"),
    ],
)  # fmt: skip
def test_a_field_of_a_form_is_refused_where_its_values_can_never_be_used(
    place: str, fitting: str
) -> None:
    forms = {"review": definition.parse(json.dumps(FORM), file="forms/review.form")}
    wrong = set()
    for key in FIELDS:
        processes = read(PLACES[place](f"review.{key}"))
        known = sources.find({"filing": {"form": "review"}}, processes, forms, {})
        if list(expression_checks.problems(SETTINGS, processes, forms, known)):
            wrong.add(key)
    assert wrong == set(FIELDS) - set(fitting)


@pytest.mark.parametrize(
    ("place", "source", "problem", "remedy"),
    [
        ("タイマーの期間", "today()", "タイマーの期間の式「today()」の値は日付です。タイマーの期間には使えません。", "期間（"),
        ("タイマーの期間", '-duration("P1D")', "の値は、タイマーの期間には使えません。", "負の期間は使えません"),
        ("担当の候補", "for x in 1..2 return x", "の値は数のリストです。担当の候補には使えません。", "文字列のリスト"),
        ("始める作業の一覧", '["z"]', "の値は、始める作業の一覧には使えません。", "id（x）のリスト"),
        ("条件 flow", "1 + 1", "条件の式「1 + 1」の値は数です。条件には使えません。", "真か偽になる式"),
        ("期限", "today", "「today」は関数で、値ではありません。", "today()"),
    ],
)  # fmt: skip
def test_what_is_refused_names_element_value_and_remedy(
    place: str, source: str, problem: str, remedy: str
) -> None:
    (found,) = _told(PLACES[place](source))
    assert (found.file, found.severity) == ("test.bpmn", "error")
    assert found.element in ("x", "h", "back")
    assert problem in found.problem and remedy in found.remedy


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("タイマーの期間", "1 + today()"),  # what is wrong inside the expression
        ("期限", "unknown"),
        ("繰返しの回数", 'if 1 then 1 else "a"'),
    ],
)
def test_one_cause_is_told_once(place: str, source: str) -> None:
    assert len(_told(PLACES[place](source))) == 1


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("タイマーの期間", 'if today() < @"2020-01-01" then "P1D" else "P2D"'),
        ("繰返しの回数", "floor(today().day / 2)"),
        ("期限", "if today().day < 9 then null else workdays(today(), 3)"),
        ("条件 flow", "if today().day < 9 then true else false"),
        ("担当の候補", "[string(today()), null]"),
    ],
)
def test_what_may_fit_is_left_to_the_case(place: str, source: str) -> None:
    assert _told(PLACES[place](source)) == []
