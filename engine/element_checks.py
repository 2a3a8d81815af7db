"""What the elements of a procedure's diagrams name must be there: operations, decisions, processes, forms, lanes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.bpmn.model import Node, Process
from engine.dmn import Model
from engine.errors import Problem


@dataclass(frozen=True)
class Holds:
    """What a folder holds. files: texts by path.  models: decision models by path, of the files that could be read."""

    files: Mapping[str, str]
    models: Mapping[str, Model]

    def has_form(self, name: str) -> bool:
        """The folder holds the form, be it readable or not."""
        return f"forms/{name}.form" in self.files

    def lacks_decision(self, name: str) -> bool:
        """No table decides it; False too while a .dmn file cannot be read, which may hold it."""
        unread = any(path not in self.models for path in self.files if path.endswith(".dmn"))
        return not unread and all(name not in model.decisions for model in self.models.values())


def problems(
    lanes: Mapping[str, Any],
    processes: Mapping[str, Process],
    holds: Holds,
    operations: Collection[str],
) -> Iterator[Problem]:
    """What each element names and nothing holds: operation, decision, process, form, lane.

    lanes: of procedure.yaml.  operations: names a model may ask for.
    """
    for process in processes.values():
        for node in process.nodes:
            if node.kind == "userTask":
                yield from _user_task(lanes, holds, process, node)
                continue
            work = node.work
            if work.operation and work.operation not in operations:
                yield _at(
                    process,
                    node,
                    f"操作「{work.operation}」はありません。",
                    "使える操作の名前に直すか、procedure.yaml の operations に"
                    f"「{work.operation}: アダプター.操作」と書いてください。",
                )
            if work.decision and holds.lacks_decision(work.decision):
                yield _at(
                    process,
                    node,
                    f"判定表「{work.decision}」がありません。",
                    "decisions/ にその判定表を置いてください。",
                )
            if isinstance(work.called, str) and work.called not in processes:
                yield _at(
                    process,
                    node,
                    f"呼び出すプロセス「{work.called}」がありません。",
                    "同じフォルダーの .bpmn に置いてください。",
                )


def _user_task(
    lanes: Mapping[str, Any], holds: Holds, process: Process, node: Node
) -> Iterator[Problem]:
    if node.form is None:
        yield _at(
            process, node, "フォームが決まっていません。", "「使うフォーム」を選んでください。"
        )
    elif not holds.has_form(node.form):
        yield _at(
            process,
            node,
            f"フォーム「{node.form}」がありません。",
            f"forms/{node.form}.form を作るか、名前を直してください。",
        )
    if node.lane is None:
        yield _at(process, node, "レーンに入っていません。", "担当のレーンの中に置いてください。")
    elif node.lane not in lanes:
        yield _at(
            process,
            node,
            f"レーン「{node.lane}」の担当が決まっていません。",
            "procedure.yaml の lanes に職（post）を書いてください。",
        )
    elif lanes[node.lane].get("audience") == "system":
        yield _at(
            process,
            node,
            "システムのレーンに人の作業があります。",
            "担当のレーンへ移してください。",
        )


def _at(process: Process, node: Node, problem: str, remedy: str) -> Problem:
    return Problem(process.file, problem, remedy, element=node.id, name=node.name, line=node.line)
