"""What a preview says and what fell due meanwhile, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.interventions import Due
from engine.previews import Preview, Thing
from web.failures import word_of
from web.operation_titles import title_of
from web.ops.opened import STATUS
from web.words import moment

THINGS: Mapping[str, Callable[[str, Thing], str]] = {
    "task": lambda name, one: f"作業「{one.name}」",
    "call": lambda name, one: f"照会「{name}」（{title_of(one.name)}）",
    "case": lambda name, one: (
        f"「{name}」が始めた案件 {one.name}（取消しになり、その作業などもすべて終わります）"
    ),
    "timer": lambda name, one: f"タイマー「{name}」（{moment(one.at)}）",
    "message": lambda name, one: f"連絡を待つ「{name}」（{one.name}）",
    "incident": lambda name, one: f"障害「{name or '案件全体'}」（{word_of(one.name)}）",
    "letter": lambda name, one: f"通知書「{one.name}」を作ります",
    "mail": lambda name, one: f"メール「{one.name}」を送ります",
    "operation": lambda name, one: f"処理「{name}」（{title_of(one.name)}）を行います",
}
# What may become of a thing that fell due while the case was suspended.
CHOICES = {
    "fire": "すぐに起こす",
    "wait": "止めていた時間だけ、あとにする",
    "deliver": "届ける",
    "discard": "届けない（捨てる）",
}


@dataclass(frozen=True)
class Foreseen:
    """status: words and colour of the case afterwards.  changed: names of its values.  would_stop: a new incident would stop it."""

    status: tuple[str, str]
    stage: str
    outcome: str
    opened: tuple[str, ...]
    closed: tuple[str, ...]
    changed: tuple[str, ...]
    would_stop: bool


def foresee(found: Preview, names: Mapping[str, str]) -> Foreseen:
    """The preview in words. names: node -> name."""

    def words(things: tuple[Thing, ...]) -> tuple[str, ...]:
        return tuple(THINGS[one.kind](names.get(one.node, one.node), one) for one in things)

    is_over = found.status == "ended"
    return Foreseen(
        status=STATUS[found.status],
        stage="" if is_over else found.stage,
        outcome=(found.outcome or "完了") if is_over else "",
        opened=words(found.opened),
        closed=words(found.closed),
        changed=found.changed,
        would_stop=any(one.kind == "incident" for one in found.opened),
    )


def due_words(one: Due, names: Mapping[str, str]) -> str:
    """The timer or message by its name and time. names: node -> name."""
    if one.kind == "timer":
        return f"タイマー「{names.get(one.name, one.name)}」（{moment(one.at)}）"
    return f"連絡「{one.name}」（{moment(one.at)}に到着）"
