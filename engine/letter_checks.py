"""What is wrong with the letters of a procedure, and with what its models hand to them. No database.

A letter is written from the variables of the case and from the `data` of its `letter.issue`; the two may not meet
under one name, because the letter would say something else than the case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine import feel, procedure_file
from engine.bpmn.model import Node, Process
from engine.errors import Problem
from engine.feel.expression import parser
from engine.feel.nodes import ContextOf
from engine.feel_functions import NAMES
from forms import letters

LETTER = "letter.issue"


def problems(
    settings: Mapping[str, Any],
    templates: Mapping[str, str],
    processes: Mapping[str, Process],
    forms: Mapping[str, Any],
) -> Iterator[Problem]:
    """Every problem. settings: procedure.yaml.  templates: letter -> text.  forms: by id."""
    named = settings["letters"]
    for name in named:
        if name not in templates:
            yield Problem(
                procedure_file.FILE,
                f"通知書「{name}」の文面がありません。",
                f"letters/{name}.html を作ってください。",
                element=f"letters.{name}",
            )
    for name, template in templates.items():
        path = f"letters/{name}.html"
        if name not in named:
            yield Problem(
                path,
                "procedure.yaml の letters に載っていません。",
                "件名（title）を書き足してください。",
            )
        adverse = bool(named.get(name, {}).get("disposition"))
        yield from letters.check(template, file=path, adverse=adverse)
    taken = letters.ALWAYS | {"case"} | set(forms) | set(_variables(processes))
    for process in processes.values():
        for node in process.nodes:
            for name in _handed(node):
                if name in taken:
                    yield Problem(
                        process.file,
                        f"通知書に渡す値「{name}」は、案件の変数と同じ名前です。",
                        "案件の変数はそのまま使えます。dataから消すか、別の名前にしてください。",
                        element=node.id,
                        name=node.name,
                        line=node.line,
                    )


def _variables(processes: Mapping[str, Process]) -> Iterator[str]:
    """The names the models write: results, outputs, and what a loop gives."""
    for process in processes.values():
        for node in process.nodes:
            if node.work.result:
                yield node.work.result
            yield from (line.target[0] for line in node.outputs)
            if node.loop is not None:
                yield from (name for name in (node.loop.element, node.loop.output) if name)


def _handed(node: Node) -> list[str]:
    """The names in the `data` a letter is ordered with, as far as the model writes them out."""
    if node.operation != LETTER:
        return []
    found = []
    for line in node.inputs:
        if line.target[0] != "data":
            continue
        if len(line.target) > 1:
            found.append(line.target[1])
            continue
        tree = parser(line.source.source, (), NAMES, feel.DEFAULT).expression()
        if isinstance(tree, ContextOf):
            found += [name for name, _ in tree.entries]
    return found
