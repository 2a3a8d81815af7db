"""What the elements of a procedure's diagrams name must be there: operations, decisions, processes, forms, lanes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import start_checks
from engine.bpmn.model import Node, Process
from engine.bpmn.problems import problem_at
from engine.dmn import Model
from engine.errors import Problem
from engine.feel.near import suggestion


@dataclass(frozen=True)
class Holds:
    """What a folder holds. files: texts by path.  models: decision models by path, of the files that could be read."""

    files: Mapping[str, str]
    models: Mapping[str, Model]

    @property
    def forms(self) -> list[str]:
        """The names of the forms."""
        return [
            path.removeprefix("forms/").removesuffix(".form")
            for path in self.files
            if path.endswith(".form")
        ]

    def has_form(self, name: str) -> bool:
        """The folder holds the form, be it readable or not."""
        return f"forms/{name}.form" in self.files

    def lacks_decision(self, name: str) -> bool:
        """No table decides it; False too while a .dmn file cannot be read, which may hold it."""
        unread = any(path not in self.models for path in self.files if path.endswith(".dmn"))
        return not unread and all(name not in model.decisions for model in self.models.values())


# (code, number of the version or None, names of the values given) -> (problem, remedy) when no case may be begun so.
Callees = Callable[[str, int | None, Collection[str]], tuple[str, str] | None]


# procedure.yaml -> a warning for each element of another procedure that could begin no more cases of this one.
Callers = Callable[[Mapping[str, Any]], Iterable[Problem]]


def problems(
    settings: Mapping[str, Any],
    processes: Mapping[str, Process],
    holds: Holds,
    operations: Collection[str],
    callees: Callees | None,
) -> Iterator[Problem]:
    """What each element names and nothing holds: operation, decision, process, procedure, form, lane.

    settings: procedure.yaml.  operations: names a model may ask for.  callees: judges other procedures; None: unknown.
    """
    for process in processes.values():
        for node in process.nodes:
            if node.kind == "userTask":
                yield from _user_task(settings["lanes"], holds, node)
                continue
            work = node.work
            if work.procedure is not None:
                yield from _begun(settings, node, callees)
            elif work.operation and work.operation not in operations:
                yield problem_at(
                    node,
                    f"操作「{work.operation}」はありません。",
                    suggestion(work.operation, operations)
                    + "使える操作の名前に直すか、procedure.yaml の operations に"
                    f"「{work.operation}: アダプター.操作」と書いてください。",
                )
            if work.decision and holds.lacks_decision(work.decision):
                yield problem_at(
                    node,
                    f"判定表「{work.decision}」がありません。",
                    "decisions/ にその判定表を置いてください。",
                )
            if isinstance(work.called, str) and work.called not in processes:
                yield problem_at(
                    node,
                    f"呼び出すプロセス「{work.called}」がありません。",
                    suggestion(work.called, processes)
                    or "同じフォルダーの .bpmn に置いてください。",
                )
            elif isinstance(work.called, str) and processes[work.called].is_drawn:
                yield problem_at(
                    node,
                    f'呼び出すプロセス「{work.called}」は、動かさないプロセスです（isExecutable="false"）。',
                    "そのプロセスの isExecutable を true にするか、別のプロセスを呼び出してください。",
                )


def unjudged(node: Node) -> Iterator[Problem]:
    """A warning when the element begins a case of a procedure of which nothing is known here."""
    if node.work.procedure is not None:
        yield problem_at(
            node,
            f"手続「{node.work.procedure}」の案件を始められるかは、ここでは確かめられません。",
            "公開するときに確かめます。その手続が公開され、callable が書かれている必要があります。",
            severity="warning",
        )


def _begun(settings: Mapping[str, Any], node: Node, callees: Callees | None) -> Iterator[Problem]:
    code, number = node.work.procedure or "", node.work.version
    given = {line.target[0] for line in node.inputs}
    if code == settings["id"] and number is None:
        wrong = start_checks.refusal(code, settings, given)
    elif callees is None:
        yield from unjudged(node)
        return
    else:
        wrong = callees(code, number, given)
    if wrong is not None:
        yield problem_at(node, *wrong)


def _user_task(lanes: Mapping[str, Any], holds: Holds, node: Node) -> Iterator[Problem]:
    if node.form is None:
        yield _without_form(lanes, node)
    elif not holds.has_form(node.form):
        yield problem_at(
            node,
            f"フォーム「{node.form}」がありません。",
            suggestion(node.form, holds.forms)
            or f"forms/{node.form}.form を作るか、名前を直してください。",
        )
    if node.lane is None:
        yield problem_at(node, "レーンに入っていません。", "担当のレーンの中に置いてください。")
    elif node.lane not in lanes:
        yield problem_at(
            node,
            f"レーン「{node.lane}」の担当が決まっていません。",
            suggestion(node.lane, lanes)
            + f"procedure.yaml の lanes に「{node.lane}: {{post: 職}}」を書いてください。",
        )
    elif lanes[node.lane].get("audience") == "system":
        yield problem_at(
            node,
            "システムのレーンに人の作業があります。",
            "担当のレーンへ移してください。",
        )


def _without_form(lanes: Mapping[str, Any], node: Node) -> Problem:
    """A clerk can say that such a task is done; an applicant has no page for one."""
    if lanes.get(node.lane or "", {}).get("audience") == "applicant":
        return problem_at(
            node,
            "申請者の作業なのに、フォームが決まっていません。",
            "「使うフォーム」（formId）を選ぶか、職員のレーンへ移してください。",
        )
    return problem_at(
        node,
        "フォームが決まっていません。職員には、作業の説明（documentation）と「作業を終える」だけが出ます。",
        "入力や選択が要るなら、「使うフォーム」（formId）を選んでください。要らなければ、このまま公開できます。",
        severity="warning",
    )
