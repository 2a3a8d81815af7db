"""What a case has asked of other systems and of other procedures, as its page lists it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.bpmn.model import BEGIN_CASE
from engine.called_cases import CALLED
from engine.case_file import MadeCall
from engine.correspondence import LETTER
from web.desk.values import Shown, show

WORDS = {
    "waiting": ("これから送ります", ""),
    "claimed": ("照会中", "active"),
    "accepted": ("相手の回答待ち", "stopped"),
    "unknown": ("届いたか確認中", "warning"),
    "done": ("回答あり", "done"),
    "refused": ("受け付けられず", "warning"),
    "failed": ("失敗", "danger"),
    "cancelled": ("取りやめ", ""),
}
# The same of a call that begins a case.
CASE_WORDS = WORDS | {
    "waiting": ("これから始めます", ""),
    "accepted": ("終わるのを待っています", "stopped"),
    "done": ("終わりました", "done"),
    "refused": ("求めた結果にならず", "warning"),
}


@dataclass(frozen=True)
class Asked:
    """name: of the element.  chip: word and colour.  given, back: what was asked and what came back, None for nothing."""

    name: str
    call: MadeCall
    chip: tuple[str, str]
    given: Shown | None
    back: Shown | None
    is_case: bool

    @property
    def is_waited_for(self) -> bool:
        """Whether it is a case that goes on, or is about to begin."""
        return self.is_case and self.call.status in ("waiting", "accepted")


def lines(
    calls: Iterable[MadeCall], names: Mapping[str, str], words: Mapping[str, str]
) -> Iterator[Asked]:
    """One for each call but those that order a letter: the page lists the letters. names: node -> name.  words: of the values.

    Of a case that was begun the values that passed: which case it is, its link says.
    """
    for call in calls:
        if call.operation == LETTER:
            continue
        name = names.get(call.node, call.node)
        given, back = call.parameters, call.result
        is_case = call.operation == BEGIN_CASE
        if is_case:
            given = (given or {}).get("variables")
            back = {key: value for key, value in (back or {}).items() if key != CALLED}
        yield Asked(
            name,
            call,
            (CASE_WORDS if is_case else WORDS)[call.status],
            show(given, words) if given or not is_case else None,
            show(back, words) if back or (call.result is not None and not is_case) else None,
            is_case,
        )
