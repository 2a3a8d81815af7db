"""Whether every value that a letter or mail reads is given to it. No database.

A letter is made in a job, long after its case went on: what it lacks would be found by an operator, not by an analyst.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.bpmn.model import Node, Process
from engine.errors import Problem
from engine.feel.near import suggestion
from engine.feel.nodes import ContextOf, Literal
from engine.feel.types import ANY, Type
from engine.sources import NOTHING, Sources
from forms import letters

LETTER, MAIL = ("letter.issue", "letter"), ("notify", "mail")
_OF_LETTER = ("number", "dated_on", "date", "case_number", "url")
_OF_PROCEDURE = ("name", "short_name")


def problems(
    settings: Mapping[str, Any],
    templates: Mapping[str, str],
    mails: Mapping[str, str],
    processes: Mapping[str, Process],
    known: Sources,
) -> Iterator[Problem]:
    """Every problem. settings: procedure.yaml.  templates: letter -> text.  mails: the same.  known: the variables."""
    always = {"office": _context(settings["office"])}
    of_case = {name: known.types.get(name, ANY) for name in known.names}
    for name, template in templates.items():
        given = of_case | always | {"title": ANY, "decisions": ANY}
        given |= {"letter": _context(_OF_LETTER), "procedure": _context(("id", *_OF_PROCEDURE))}
        handed = _handed(processes, LETTER, name)
        yield from _lacking(template, f"letters/{name}.html", given, handed, known)
    for name, template in mails.items():
        given = always | dict.fromkeys(("number", "url", "decisions"), ANY)
        given |= {
            "case": _context(("number", "public_key")),
            "procedure": _context(_OF_PROCEDURE),
        }
        handed = _handed(processes, MAIL, name)
        yield from _lacking(template, f"letters/{name}.mail.txt", given, handed, NOTHING)


def _context(names: Any) -> Type:
    return Type("context", fields=dict.fromkeys(names, ANY))


def _lacking(
    template: str,
    file: str,
    given: Mapping[str, Type],
    handed: set[str] | None,
    known: Sources,
) -> Iterator[Problem]:
    """handed: names that tasks give besides, None when they are not written out."""
    told = set()
    for path, line in letters.reads(template):
        if path in told:
            continue
        told.add(path)
        if path[0] in (handed or ()):
            continue
        if path[0] not in given:
            if handed is not None:
                yield Problem(
                    file,
                    f"値「{path[0]}」は渡されません。",
                    known.remedy(path[0])
                    or suggestion(path[0], {*given, *handed})
                    or "名前を直すか、送る作業の入力の対応 data に加えてください。",
                    element=path[0],
                    line=line,
                )
            continue
        found, at = given[path[0]], path[0]
        for entry in path[1:]:
            if found.kind != "context" or found.fields is None:
                break
            if entry not in found.fields:
                yield Problem(
                    file,
                    f"「{at}」に「{entry}」という項目はありません。",
                    suggestion(entry, found.fields) or f"あるのは {'、'.join(found.fields)} です。",
                    element=".".join(path),
                    line=line,
                )
                break
            found, at = found.fields[entry], f"{at}.{entry}"


def _handed(processes: Mapping[str, Process], of: tuple[str, str], name: str) -> set[str] | None:
    """The names in the `data` of the tasks that may send it; None where they are only known when a case runs.

    of: (operation, the input that names the letter or mail).
    """
    operation, naming = of
    found: set[str] = set()
    for process in processes.values():
        for node in process.nodes:
            if node.operation != operation or not _may_name(node, naming, name):
                continue
            for line in node.inputs:
                if line.target[0] == "data":
                    tree = line.source.tree
                    if len(line.target) > 1:
                        found.add(line.target[1])
                    elif isinstance(tree, ContextOf):
                        found |= {name for name, _ in tree.entries}
                    else:
                        return None
    return found


def _may_name(node: Node, naming: str, name: str) -> bool:
    trees = [line.source.tree for line in node.inputs if line.target == (naming,)]
    return not trees or not isinstance(trees[0], Literal) or trees[0].value == name
