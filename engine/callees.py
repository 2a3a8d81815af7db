"""Of which version of a procedure another one may begin a case, with which values, and why not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

from engine import procedure_file, start_checks, versions
from engine.bpmn.model import Node
from engine.database import Database
from engine.errors import NotFound, Problem, TetsuzukiError
from engine.tables import versions as versions_table
from engine.versions import Version


class NotCallable(TetsuzukiError):
    """No case of that version may be begun so. The text is Japanese; remedy: what to do."""

    def __init__(self, fact: str, remedy: str):
        super().__init__(fact)
        self.remedy = remedy


def find(db: Connection, procedure: str, number: int | None) -> Version:
    """The version with that number, the current one for None. Raises NotCallable when there is none."""
    if number is None:
        try:
            return versions.current(db, procedure)
        except NotFound:
            raise NotCallable(
                f"手続「{procedure}」は公開されていません。",
                "先に公開するか、手続のidを直してください。",
            ) from None
    named = select(versions_table.c.id).where(
        versions_table.c.procedure == procedure, versions_table.c.number == number
    )
    version_id = db.execute(named).scalar()
    if version_id is None:
        raise NotCallable(
            f"手続「{procedure}」に第{number}版はありません。",
            "公開した版の番号に直してください。",
        )
    return versions.get(db, version_id)


def require(db: Connection, procedure: str, number: int | None, given: Collection[str]) -> Version:
    """The version of which a case is begun with these values. Raises NotCallable.

    Whether others may begin its cases, the current version says too, whichever is named: its office can withdraw that.
    """
    version = find(db, procedure, number)
    wrong = start_checks.refusal(procedure, version.settings, given)
    if wrong is None and not version.is_current:
        wrong = start_checks.refusal(procedure, find(db, procedure, None).settings, ())
    if wrong is not None:
        raise NotCallable(*wrong)
    return version


def why_not(
    database: Database, procedure: str, number: int | None, given: Collection[str]
) -> tuple[str, str] | None:
    """(problem, remedy) when no case may be begun so now; asked before a model that would is published."""
    try:
        with database.reading() as db:
            require(db, procedure, number, given)
    except NotCallable as error:
        return str(error), error.remedy
    return None


def shut_out(database: Database, settings: Mapping[str, Any]) -> Iterator[Problem]:
    """A warning for each element of a current version at which no case of this procedure begins once it is published so.

    settings: its procedure.yaml.
    """
    code = settings["id"]
    with database.reading() as db:
        current = versions.list_current(db)
    for caller in current:
        for process in caller.processes.values() if caller.procedure != code else ():
            for node in process.nodes:
                if node.work.procedure != code or not _is_shut_out(settings, node):
                    continue
                yield Problem(
                    procedure_file.FILE,
                    f"公開すると、手続「{caller.procedure}」の「{node.name or node.id}」からは、"
                    "この手続の案件を始められません。",
                    "callable と、その takes を残すか、"
                    f"先に「{caller.procedure}」の図を直して公開してください。",
                    element="callable",
                    severity="warning",
                )


def _is_shut_out(settings: Mapping[str, Any], node: Node) -> bool:
    # A version that the element names says itself what it takes.
    given = {line.target[0] for line in node.inputs} if node.work.version is None else ()
    return start_checks.refusal(settings["id"], settings, given) is not None
