"""Who may do what: one permission table for pages, actions and rows. Pure; knows no database.

An actor has roles; a case relates to an actor in some ways; the table says which pairs may do what.
Reading `RULES` top to bottom answers every question of the form "may X do Y with a case of Z?".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.errors import NotAllowed, NotFound


@dataclass(frozen=True)
class Actor:
    """Who acts, in which posts, at this request.

    kind: anonymous | applicant | staff | system.  roles: of staff: clerk, analyst, operator.
    posts: codes of the posts held today.  sections: codes of their sections.
    """

    kind: str
    name: str = ""
    account_id: int | None = None
    person_id: int | None = None
    roles: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    bindings: frozenset[tuple[str, str]] = frozenset()  # (register, key) an applicant may act for
    address: str = ""  # IP, for the record

    @property
    def label(self) -> str:
        """How the history names the actor: no citizen's name."""
        if self.kind == "applicant":
            return f"applicant:{self.account_id}"
        if self.kind == "staff":
            return f"staff:{self.account_id}"
        return self.kind


SYSTEM = Actor(kind="system", name="システム")
ANONYMOUS = Actor(kind="anonymous")


@dataclass(frozen=True)
class Subject:
    """What of a thing decides who may touch it.

    account_id: the applicant of the case.  sections: sections that have or had a task of the case.
    post: the post of the task.  person_id: who claimed the task.
    """

    account_id: int | None = None
    sections: frozenset[str] = frozenset()
    post: str | None = None
    person_id: int | None = None
    audience: str | None = None  # of a task


def relations(actor: Actor, subject: Subject | None) -> frozenset[str]:
    """How the actor relates to the subject: owner, section, post, holder; always includes the roles and kind."""
    found = {actor.kind, *actor.roles}
    if subject is None:
        return frozenset(found)
    if (
        actor.kind == "applicant"
        and actor.account_id is not None
        and actor.account_id == subject.account_id
    ):
        found.add("owner")
    if actor.kind == "staff" and "clerk" in actor.roles:
        if actor.sections & subject.sections:
            found.add("section")
        if subject.post is not None and subject.post in actor.posts:
            found.add("post")
        if subject.person_id is not None and subject.person_id == actor.person_id:
            found.add("holder")
    return frozenset(found)


# action -> relations of which one is enough.  "hidden" actions answer 404, the others 403.
RULES: dict[str, frozenset[str]] = {
    "portal.browse": frozenset({"anonymous", "applicant", "staff"}),
    "portal.file": frozenset({"applicant"}),
    "portal.case": frozenset({"owner"}),
    "portal.withdraw": frozenset({"owner"}),
    "portal.task": frozenset({"owner"}),
    "desk": frozenset({"clerk"}),
    "desk.case": frozenset({"section"}),
    "desk.claim": frozenset({"post"}),
    "desk.complete": frozenset({"holder"}),
    "desk.hand_over": frozenset({"section"}),
    "studio": frozenset({"analyst"}),
    "studio.publish": frozenset({"analyst"}),
    "ops": frozenset({"operator"}),
    "ops.case": frozenset({"operator"}),
}
HIDDEN = frozenset(
    {
        "portal.case",
        "portal.withdraw",
        "portal.task",
        "desk.case",
        "desk",
        "studio",
        "studio.publish",
        "ops",
        "ops.case",
    }
)


def is_allowed(actor: Actor, action: str, subject: Subject | None = None) -> bool:
    """Whether one of the actor's relations to the subject is named for the action. Unknown actions raise KeyError."""
    if actor.kind == "system":
        return True
    return bool(RULES[action] & relations(actor, subject))


def require(actor: Actor, action: str, subject: Subject | None = None) -> None:
    """Returns when allowed; raises NotFound where the actor may not know of the thing, else NotAllowed."""
    if is_allowed(actor, action, subject):
        return
    if action in HIDDEN:
        raise NotFound(f"{action}: no such thing for this actor")
    raise NotAllowed(f"{action} is not allowed for {sorted(relations(actor, subject))}")


def allowed_actions(
    actor: Actor, subject: Subject | None, actions: Iterable[str]
) -> frozenset[str]:
    """Those of the actions the actor may take; pages use it to leave out buttons that would be refused."""
    return frozenset(a for a in actions if is_allowed(actor, a, subject))
