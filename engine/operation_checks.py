"""Whether the models give the engine's own operations what they take. No database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine.bpmn.model import SEND_STRICTLY, Node, Process, Transfer
from engine.bpmn.problems import problem_at
from engine.errors import Problem
from engine.feel.near import suggestion
from engine.feel.nodes import Literal, Name, walk
from engine.operation_parameters import TAKEN
from engine.procedure_file import filer


def problems(
    settings: Mapping[str, Any], processes: Mapping[str, Process], mails: Collection[str]
) -> Iterator[Problem]:
    """Every parameter that is missing, unknown, or names a mail or letter there is not.

    settings: procedure.yaml.  mails: names of the mails of the folder.
    """
    held = {
        ("notify", "mail"): (
            mails,
            "メール",
            "letters/{}.mail.txt を作るか、名前を直してください。",
        ),
        ("notify", "to"): (
            ("applicant",),
            "宛先",
            f"「applicant」（{filer(settings)}）と書いてください。",
        ),
        ("letter.issue", "letter"): (
            settings["letters"],
            "通知書",
            "letters/{}.html を作って procedure.yaml の letters に書くか、名前を直してください。",
        ),
    }
    for process in processes.values():
        for node in process.nodes:
            operation = node.work.operation or ""
            if operation not in TAKEN or (operation == SEND_STRICTLY and node.event.name):
                continue  # what a strict message is given is its content
            for problem, remedy in _names(node, operation):
                yield problem_at(node, problem, remedy)
            for line in node.inputs:
                known, what, remedy = held.get((operation, ".".join(line.target)), ((), "", ""))
                name = _text(line)
                if what and name is not None and name not in known:
                    near = suggestion(name, known)
                    yield problem_at(
                        node, f"{what}「{name}」がありません。", near + remedy.format(name)
                    )


def _names(node: Node, operation: str) -> Iterator[tuple[str, str]]:
    """(problem, remedy) of each name that lacks or that the operation does not take."""
    required, optional = TAKEN[operation]
    taken = (*required, *optional)
    given = {line.target[0] for line in node.inputs}
    if node.loop is not None and node.loop.element:
        given.add(node.loop.element)
    for name in required:
        if name not in given:
            yield (
                f"操作「{operation}」に要る引数「{name}」がありません。",
                f"入力の対応（input）に target が「{name}」の行を加えてください。",
            )
    for name in dict.fromkeys(line.target[0] for line in node.inputs):
        if name not in taken and name not in _read(node):
            yield (
                f"操作「{operation}」に引数「{name}」はありません。",
                suggestion(name, taken) + f"使えるのは {'、'.join(taken)} です。",
            )


def _read(node: Node) -> set[str]:
    """The names that other lines of the task's mappings read: such an input is a step on the way."""
    lines = (*node.inputs, *node.outputs)
    return {one.name for line in lines for one in walk(line.source.tree) if isinstance(one, Name)}


def _text(line: Transfer) -> str | None:
    """The text the line writes out; None for what is only known when a case runs."""
    tree = line.source.tree
    return tree.value if isinstance(tree, Literal) and isinstance(tree.value, str) else None
