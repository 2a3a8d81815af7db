"""Who may do what: one permission table for pages, actions and rows. Pure; knows no database.

An actor has roles; a case relates to an actor in some ways; the table says which pairs may do what.
Reading `RULES` top to bottom answers every question of the form "may X do Y with a case of Z?".
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import NotAllowed, NotFound


@dataclass(frozen=True)
class Actor:
    """Who acts, in which posts, at this request.

    kind: anonymous | guest | applicant | staff | system.  roles: of staff: clerk, analyst, operator.
    posts: codes of the posts held today.  sections: codes of their sections.
    draft_id, case_id: of a guest, the one thing this browser may go on with.
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
    draft_id: int | None = None
    case_id: int | None = None

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

    account_id: the applicant of the case.  sections: the section the procedure belongs to, and
    those that have or had a task of the case; the search goes by the same.
    post: the post of the task.  person_id: who claimed the task.
    draft_id, case_id: the draft or case itself.  takes_guests: the procedure may be filed without an account.
    """

    account_id: int | None = None
    sections: frozenset[str] = frozenset()
    post: str | None = None
    person_id: int | None = None
    audience: str | None = None  # of a task
    draft_id: int | None = None
    case_id: int | None = None
    takes_guests: bool = False


def relations(actor: Actor, subject: Subject | None) -> frozenset[str]:
    """How the actor relates to the subject: owner, welcome, section, post, holder; always the roles and kind."""
    found = {actor.kind, *actor.roles}
    if subject is None:
        return frozenset(found)
    if (
        actor.kind == "applicant"
        and actor.account_id is not None
        and actor.account_id == subject.account_id
    ):
        found.add("owner")
    if actor.kind == "guest" and _is_held(actor, subject):
        found.add("owner")
    if actor.kind in ("anonymous", "guest") and subject.takes_guests:
        found.add("welcome")
    if actor.kind == "staff" and "clerk" in actor.roles:
        if actor.sections & subject.sections:
            found.add("section")
        if subject.post is not None and subject.post in actor.posts:
            found.add("post")
        if subject.person_id is not None and subject.person_id == actor.person_id:
            found.add("holder")
    return frozenset(found)


def _is_held(guest: Actor, subject: Subject) -> bool:
    same_draft = guest.draft_id is not None and guest.draft_id == subject.draft_id
    return same_draft or (guest.case_id is not None and guest.case_id == subject.case_id)


# action -> relations of which one is enough.  "hidden" actions answer 404, the others 403.
RULES: dict[str, frozenset[str]] = {
    "portal.browse": frozenset({"anonymous", "guest", "applicant", "staff"}),
    "portal.my": frozenset({"applicant"}),
    "portal.file": frozenset({"applicant", "welcome"}),
    "portal.draft": frozenset({"owner"}),
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
        "portal.draft",
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
