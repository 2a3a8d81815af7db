"""What is wrong with the letters of a procedure, and with what its models hand to them. No database.

A letter is written from the variables of the case and from the `data` of its `letter.issue`; the two may not meet
under one name, because the letter would say something else than the case. The reasons it gives (`decisions.<id>`)
must be of decisions that the models make, and not once for every row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine import feel, letter_values, procedure_file
from engine.bpmn.model import Node, Process
from engine.bpmn.problems import problem_at
from engine.errors import Problem
from engine.feel.expression import parser
from engine.feel.nodes import ContextOf
from engine.feel_functions import NAMES
from forms import letters

LETTER = "letter.issue"


def problems(
    settings: Mapping[str, Any],
    templates: Mapping[str, str],
    mails: Mapping[str, str],
    processes: Mapping[str, Process],
    forms: Mapping[str, Any],
) -> Iterator[Problem]:
    """Every problem. settings: procedure.yaml.  templates: letter -> text.  mails: the same.  forms: by id."""
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
    texts = {f"letters/{name}.html": text for name, text in templates.items()}
    of_mails = {f"letters/{name}.mail.txt": text for name, text in mails.items()}
    for path, template in of_mails.items():
        yield from letters.check(template, file=path)
        yield from _personal(template, path, procedure_file.filer(settings))
    yield from _reasons(texts | of_mails, processes)
    taken = letters.ALWAYS | {"case"} | set(forms) | set(_variables(processes))
    for process in processes.values():
        for node in process.nodes:
            for name in _handed(node):
                if name in taken:
                    yield problem_at(
                        node,
                        f"通知書に渡す値「{name}」は、案件の変数と同じ名前です。",
                        "案件の変数はそのまま使えます。dataから消すか、別の名前にしてください。",
                    )


def _personal(template: str, path: str, whose: str) -> Iterator[Problem]:
    """What a mail would say of a person, if it were given to mails. whose: the word for who files."""
    for name, line in letters.entries_of_decisions(template):
        if name in letter_values.PERSONAL:
            yield Problem(
                path,
                f"判定の「{name}」は、メールには書けません。{whose}のことが分かる値が入ることがあります。",
                "rules（当てはまった規則）か parameters（日付つきの値と根拠）だけを使い、ほかは通知書に書いてください。",
                element=name,
                line=line,
            )


def _reasons(texts: Mapping[str, str], processes: Mapping[str, Process]) -> Iterator[Problem]:
    """Uses of `decisions` that have nothing to say, or not one thing. texts: by path."""
    made = {node.decision for process in processes.values() for node in process.nodes} - {None}
    in_loops = _decided_in_loops(processes)
    for path, template in texts.items():
        for decision, line in letters.decisions_used(template):
            if decision in made and decision not in in_loops:
                continue
            if decision is None:
                problem = "decisions のあとに判定のidがありません。"
                remedy = "decisions.判定のid の形で書いてください。"
            elif decision in in_loops:
                problem = f"判定「{decision}」は繰り返しの中で何度も行うので、どの回の理由か決まりません。"
                remedy = (
                    "繰り返しの結果（outputElement）に理由を入れ、それを通知書に書いてください。"
                )
            else:
                problem = f"判定「{decision}」を行う作業が流れにありません。"
                known = "、".join(sorted(str(one) for one in made - in_loops))
                remedy = (
                    f"{known}のどれかにするか、" if known else ""
                ) + "判定を行うビジネスルールタスクを流れに加えてください。"
            yield Problem(path, problem, remedy, element=decision, line=line)


def _decided_in_loops(processes: Mapping[str, Process]) -> set[str]:
    """Decisions made in a multi-instance activity, or in a process that one calls: the rounds may run side by side."""
    found: set[str] = set()
    waiting = [(p, n) for p in processes.values() for n in p.nodes if _is_in_loop(p, n)]
    seen = set()
    while waiting:
        process, node = waiting.pop()
        if (process.id, node.index) in seen:
            continue
        seen.add((process.id, node.index))
        if node.decision is not None:
            found.add(node.decision)
        if node.work.called is not None:
            # Which process a computed call takes is known only when it runs: it may be any.
            called = processes.values() if node.called is None else [processes.get(node.called)]
            waiting += [(p, n) for p in called if p is not None for n in p.nodes]
    return found


def _is_in_loop(process: Process, node: Node) -> bool:
    around: Node | None = node
    while around is not None and around.loop is None:
        around = None if around.parent is None else process.nodes[around.parent]
    return around is not None


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
