"""Whether a model writes over what the engine itself puts into every case: then the case would lose it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine import procedure_file
from engine.bpmn.kinds import CATCHING
from engine.bpmn.model import Node, Process
from engine.bpmn.problems import problem_at
from engine.errors import Problem
from engine.feel.nodes import Name
from engine.sources import GIVEN

_WHAT = {
    "case": "受付番号、到達の日時など",
    "corrects": "どの案件の訂正か",
    "parameters": "日付つきの値",
}
_COUNTED = "繰返しの回数など"
_RENAME = "別の名前にしてください。"


def problems(processes: Mapping[str, Process]) -> Iterator[Problem]:
    """A problem for every variable of the engine's own that an element would write over."""
    for process in processes.values():
        for node in process.nodes:
            told: dict[str, tuple[str, str]] = {}
            for what, name, remedy in _written(node):
                if name in GIVEN:
                    told.setdefault(name, (what, remedy))
            for name, (what, remedy) in told.items():
                yield problem_at(node, _fact(what, name), remedy)


def filing(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """The same for the answers that a case begins with. settings: procedure.yaml."""
    name = settings["filing"].get("form")
    if name in GIVEN:
        fact, remedy = _fact("届出のフォーム", name), f"forms/{name}.form を{_RENAME}"
        yield Problem(procedure_file.FILE, fact, remedy, element="filing.form")


def _fact(what: str, name: str) -> str:
    holds = _WHAT.get(name, _COUNTED)
    return f"{what}「{name}」は、システムが{holds}を入れる名前です。ここで書くと失われます。"


def _written(node: Node) -> Iterator[tuple[str, str, str]]:
    """(what names it, variable, remedy) of everything the element writes outside of itself or into its runs."""
    for line in node.outputs:
        yield "出力マッピングの変数", line.target[0], _RENAME
    if not node.outputs:
        yield from _unmapped(node)
    if node.loop is not None:
        yield "繰返しの要素の変数", node.loop.element or "", _RENAME
        yield "繰返しの結果を集める変数", node.loop.output or "", _RENAME


def _unmapped(node: Node) -> Iterator[tuple[str, str, str]]:
    """What is written where no output mapping says what."""
    name = node.result or ""
    if node.kind == "userTask" and node.form is not None:
        yield "回答の入る変数（フォームの名前）", name, f"forms/{name}.form を{_RENAME}"
    elif node.kind == "userTask":
        yield "回答の入る変数（要素のid）", name, f"idを{_RENAME}"
    elif node.kind != "receiveTask":
        yield "結果の変数", name, _RENAME
    if node.kind in (*CATCHING, "receiveTask"):
        for part in node.parts or (node,):
            if part.event.kind in ("message", "signal") and not part.outputs:
                yield (
                    "内容の入る変数（メッセージやシグナルの名前）",
                    part.event.name or "",
                    "名前を変えるか、内容を出力マッピングで別の変数に入れてください。",
                )
    if node.kind == "callActivity" and node.work.give_all:
        # The called process hands back what it was handed; the value of the same name is what it was.
        for line in node.inputs:
            tree = line.source.tree
            if not isinstance(tree, Name) or line.target != (tree.name,):
                yield "呼び出す先へ渡し、そのまま戻る変数", line.target[0], _RENAME
