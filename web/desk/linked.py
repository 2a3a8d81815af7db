"""The other cases that one began or that began it, as far as the clerk may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine import called_cases, cases, versions
from engine.access import Actor, Subject, is_allowed
from engine.called_cases import Link


@dataclass(frozen=True)
class Linked:
    """procedure: its short name.  state: where it stands, in words."""

    key: str
    number: str
    procedure: str
    state: str


@dataclass(frozen=True)
class Related:
    """caller: the case that waits for the end of this one.  called: those it began, oldest first."""

    caller: Linked | None
    called: tuple[Linked, ...]


def related(db: Any, case_id: int, actor: Actor) -> Related:
    """Only what the actor may open; the number of queries depends on the versions, not on the cases."""
    links = called_cases.links(db, case_id)
    every = [*([links.caller] if links.caller else []), *links.called]
    sections = cases.sections(db, [link.id for link in every])
    known = {number: versions.get(db, number) for number in {link.version_id for link in every}}

    def shown(link: Link) -> Linked | None:
        settings = known[link.version_id].settings
        seen_by = sections.get(link.id, frozenset()) | {settings["office"]["section"]}
        if not is_allowed(actor, "desk.case", Subject(sections=seen_by)):
            return None
        return Linked(link.public_key, link.number, settings["short_name"], _state(link))

    return Related(
        shown(links.caller) if links.caller else None,
        tuple(filter(None, map(shown, links.called))),
    )


def _state(link: Link) -> str:
    if link.status == "ended":
        return f"終了（{link.outcome}）" if link.outcome else "終了"
    return (link.stage or "処理中") if link.status == "open" else "システムの確認のため停止中"
