"""What values the settings of a diagram's elements take: what the kernel can use when a case comes there. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine import feel
from engine.bpmn.findings import short
from engine.bpmn.model import Node, Process, Text
from engine.feel import Expression, LimitExceeded
from engine.feel.builtins import BUILTINS
from engine.feel.inference import DAYS, MONTHS, infer
from engine.feel.run import ANY_CLOCK
from engine.feel.types import JAPANESE, Type, kind_of, list_type
from engine.feel_functions import SIGNATURES
from engine.kernel import adhoc, loops, timers, user_tasks, waiting

# What takes longer is left to the case.
_LIMITS = feel.Limits(steps=10_000, size=100_000, time_s=0.1, regex_s=0.05)
_CONSTANT = frozenset(BUILTINS) - {"now", "today"}
_NULL, _BOOLEAN, _NUMBER, _TEXT = (Type(k) for k in ("null", "boolean", "number", "string"))
_PERIODS = (Type(DAYS), Type(MONTHS))
_DATES = (Type("date"), Type("date and time"))


@dataclass(frozen=True)
class Wanted:
    """what: how messages call the setting.  types: those its value may be of.  remedy: says what it has to be.

    reads: what the kernel makes of a value of these types (FEEL, not null), None where it can make nothing of it.
    """

    what: str
    types: tuple[Type, ...]
    remedy: str
    reads: Callable[[Any], object] = lambda value: value


CONDITION = Wanted("条件", (_BOOLEAN,), "真か偽になる式（例: 金額 > 1000）に直してください。")
_COMPLETION, _LOOP_CONDITION = (
    Wanted(what, CONDITION.types, CONDITION.remedy) for what in ("完了条件", "続ける条件")
)
_TIMERS = {
    kind: Wanted(what, types, remedy, partial(timers.due_of, kind=kind, now=ANY_CLOCK.now))
    for kind, what, types, remedy in (
        ("duration", "タイマーの期間", (_TEXT, *_PERIODS),
         '期間（"P3D"、duration("PT2H") など。負の期間は使えません）になる式に直してください。'),
        ("date", "タイマーの日時", (_TEXT, *_DATES),
         '日付か日時（"2026-04-01"、date and time("2026-04-01T09:00:00") など）になる式に直してください。'),
        ("cycle", "タイマーの繰返し", (_TEXT,),
         '繰返しを表す文字列（"R3/P1D" など）になる式に直してください。'),
    )
}  # fmt: skip
_KEY = Wanted(
    "照合キー", (_TEXT, _NUMBER), "空でない文字列か、数になる式に直してください。", waiting.key_of
)
_CALLED = Wanted("呼び出すプロセス", (_TEXT,), "プロセスのidの文字列になる式に直してください。")
_ASSIGNEE = Wanted("担当者", (_NULL, _TEXT), "文字列になる式に直してください。")
_GROUPS = Wanted(
    "担当の候補",
    (_NULL, _TEXT, list_type(_TEXT)),
    "文字列か、文字列のリストになる式に直してください。",
    user_tasks.groups_of,
)
_DUE = Wanted(
    "期限",
    (_NULL, _TEXT, *_DATES, *_PERIODS),
    '日付・日時・期間のどれか（workdays(today(), 3)、"2026-04-01"、duration("P3D") など）になる式に直してください。',
    partial(user_tasks.due_of, now=ANY_CLOCK.now),
)
_COLLECTION = Wanted(
    "繰り返す一覧",
    (Type("list"),),
    "リストになる式に直してください。回数だけを決めるなら、一覧を消して回数（loopCardinality）に書いてください。",
)
_COUNT = Wanted("繰返しの回数", (_NUMBER,), "0以上の整数になる式に直してください。", loops.count_of)
_ACTIVE = "始める作業の一覧"


def of_node(process: Process, node: Node) -> Iterator[tuple[Text | None, Wanted]]:
    """Every setting of an element whose value the kernel needs to be of some type; None where it is not written."""
    work, event = node.work, node.event
    yield work.called, _CALLED
    yield work.assignee, _ASSIGNEE
    yield work.groups, _GROUPS
    yield work.due, _DUE
    yield event.key, _KEY
    if event.timer is not None:
        yield event.timer, _TIMERS[event.timer_kind]
    yield event.condition, CONDITION
    if node.loop is not None:
        yield node.loop.collection, _COLLECTION
        yield node.loop.count, _COUNT
        yield node.loop.completion, _COMPLETION
    if node.repeat is not None:
        yield node.repeat.condition, _LOOP_CONDITION
    if node.ad_hoc is not None:
        able = process.beginning(node.index)
        names = "、".join(one.id for one in able)
        remedy = f"中で始められる作業のid（{names}）のリストになる式に直してください。"
        reads = partial(adhoc.chosen_of, able=able)
        yield node.ad_hoc.active, Wanted(_ACTIVE, (list_type(_TEXT),), remedy, reads)
        yield node.ad_hoc.completion, _COMPLETION


def misfit(
    expression: Expression, wanted: Wanted, types: Mapping[str, Type]
) -> tuple[str, str] | None:
    """(problem, remedy) of an expression whose value can never be used there. types: of the names it sees, as far as known."""
    known = _constant(expression)
    # Not all of them: there may be as many names as elements.
    seen = {name: types[name] for name in expression.places if name in types}
    found = infer(expression.tree, seen, SIGNATURES)
    if known and kind_of(known[0]) != found.kind:
        found = Type(kind_of(known[0]))
    head = f"{wanted.what}の式「{short(expression.source)}」の値"
    if not any(_may_be(found, one) for one in wanted.types):
        return f"{head}は{_word(found)}です。{wanted.what}には使えません。", wanted.remedy
    for value in known:
        if value is not None and wanted.reads(value) is None:
            return f"{head}は、{wanted.what}には使えません。", wanted.remedy
    return None


def _constant(expression: Expression) -> tuple[Any, ...]:
    """The value of an expression that has the same one in every case; nothing where it has none or takes too long."""
    if expression.names or not expression.reads | expression.called <= _CONSTANT:
        return ()
    try:
        result = expression.evaluate({}, clock=ANY_CLOCK, limits=_LIMITS)
    except LimitExceeded:
        return ()
    return () if result.diagnostics else (result.value,)


def _may_be(found: Type, wanted: Type) -> bool:
    """Whether a value of one type may be of the other, as far as anything is known of it."""
    if found.kind not in JAPANESE:
        return True
    if found.kind != wanted.kind:
        return False
    inner = found.inner
    return (
        inner is None
        or wanted.inner is None
        or inner.kind == "null"
        or _may_be(inner, wanted.inner)
    )


def _word(found: Type) -> str:
    inner = found.inner.kind if found.inner is not None else ""
    listed = found.kind == "list" and inner != "null" and inner in JAPANESE
    return f"{JAPANESE[inner]}のリスト" if listed else JAPANESE[found.kind]
