"""A form on its way: the draft, its version, and everything its expressions may see. Read at each request, never kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine import (
    accounts,
    calendars,
    cases,
    correcting,
    drafts,
    files,
    naming,
    registers,
    tasks,
    versions,
)
from engine.access import Actor, is_allowed, require
from engine.drafts import DraftGone
from engine.feel import Clock, Function
from engine.feel.values import to_feel
from engine.feel_functions import feel_functions
from engine.versions import Version
from forms import answers as raw_answers
from forms import correction, journey, validation
from forms.definition import FormDefinition
from forms.journey import Page
from forms.validation import FieldError, Outcome
from web.parts import now, today
from web.portal import cautions
from web.portal.cautions import Caution


@dataclass(frozen=True)
class Round:
    """A correction: the task, the answers given before, the notes by path."""

    task: Any
    case: Any
    original: Mapping[str, Any]
    notes: Mapping[str, str]

    @property
    def unlocked(self) -> Collection[str] | None:
        """Paths that may be changed; None when the task is not a correction but a form of its own."""
        return set(self.notes) if self.is_correction else None

    @property
    def is_correction(self) -> bool:
        return bool(self.task.properties.get("correction_of"))


@dataclass(frozen=True)
class Filing:
    """What the pages of one draft work with. round: None for a new filing.  uploads: this person's files by key."""

    draft: drafts.Draft
    version: Version
    form: FormDefinition
    context: Mapping[str, Any]
    clock: Clock
    functions: Mapping[str, Function]
    actor: Actor
    round: Round | None = None
    uploads: Mapping[str, Any] = field(default_factory=dict)
    caution: Caution | None = None

    @property
    def name(self) -> str:
        what = "の補正" if self.round else "の訂正" if self.draft.corrects_id else ""
        return f"{self.version.settings['short_name']}{what}"

    @property
    def unlocked(self) -> Collection[str] | None:
        return self.round.unlocked if self.round else None

    @property
    def original(self) -> Mapping[str, Any] | None:
        return self.round.original if self.round and self.round.is_correction else None

    def pages(self, raw: Mapping[str, Any] | None = None) -> list[Page]:
        """The pages to go through; in a correction only those with something that may be changed."""
        shown = journey.pages(
            self.form,
            self.draft.answers if raw is None else raw,
            clock=self.clock,
            context=self.context,
            functions=self.functions,
        )
        if self.unlocked is None:
            return shown
        keys = {path.partition("[")[0] for path in self.unlocked}
        return [page for page in shown if keys & set(page.fields)] or shown

    def is_open(self, path: str, outcome: Outcome) -> bool:
        """Whether the person may change what stands at the path."""
        if outcome.shape is not None and path in outcome.shape.locked:
            return False
        return self.unlocks(path)

    def unlocks(self, path: str) -> bool:
        """Whether the correction round, if it is one, leaves the field at the path open."""
        return correction.is_open(
            path, raw=self.draft.answers, unlocked=self.unlocked, original=self.original
        )

    def judge(self, raw: Mapping[str, Any]) -> Outcome:
        """The answers so far, checked as a whole, with what only we can check: whose permit and whose files."""
        outcome = validation.judge(
            self.form,
            raw,
            clock=self.clock,
            context=self.context,
            functions=self.functions,
            files=self.uploads,
            unlocked=self.unlocked,
            original=self.original,
        )
        errors = validation.in_order(self.form, outcome.errors + self._binding_errors(outcome))
        return replace(outcome, errors=errors)

    def _binding_errors(self, outcome: Outcome) -> list[FieldError]:
        binding = self.version.settings["filing"].get("binding")
        if not binding or binding["field"] not in outcome.answers:
            return []
        path = binding["field"]
        if (binding["register"], outcome.answers[path]) in self.actor.bindings:
            return []
        if any(error.path == path for error in outcome.errors):
            return []
        component = self.form.find(path)
        label = component.label if component else path
        return [
            FieldError(
                path, f"{label}は、このアカウントに結び付けられたものを選んでください。", label
            )
        ]


def load(db: Any, key: str, actor: Actor) -> Filing:
    """The filing of the draft. Raises DraftGone for somebody else's and for one that was sent or deleted."""
    draft = drafts.get(db, key)
    if not is_allowed(actor, "portal.draft", drafts.subject(db, draft)):
        raise DraftGone("this draft does not exist for this actor")
    round = _round(db, draft.task_id, actor) if draft.task_id is not None else None
    # A new filing is judged by the version in force when it is handed in, whenever it was begun.
    version = versions.get(db, draft.version_id) if round else versions.current(db, draft.procedure)
    form = version.forms[round.task.form if round else version.settings["filing"]["form"]]
    bound = bound_key(version, draft.answers)
    context = contexts(db, version, actor, bound)
    corrects = draft.corrects_id
    context["corrects"] = None if corrects is None else correcting.facts(db, corrects)
    if round is not None:
        context |= {
            k: v
            for k, v in cases.variables(db, round.case.id, token=round.task.token).items()
            if k not in context or k == "corrects"
        }
    uploads = {file.public_key: file for file in files.list_of_draft(db, draft.id)}
    if round is not None:
        uploads |= {file.public_key: file for file in files.list_of_case(db, round.case.id)}
    filing = Filing(
        draft=draft,
        version=version,
        form=form,
        context=context,
        clock=Clock(now()),
        functions=feel_functions(calendars.load(db, version.settings)),
        actor=actor,
        round=round,
        uploads=uploads,
        caution=None if round else cautions.find(db, version, context, bound),
    )
    return filing


def begin(db: Any, version: Version, actor: Actor, *, bound: str | None) -> drafts.Draft:
    """A new draft with what is known already: the chosen register entry and what procedure.yaml copies from it."""
    form = version.forms[version.settings["filing"]["form"]]
    known = prefill(db, version, actor, bound)
    return drafts.open(
        db,
        account_id=actor.account_id,
        procedure=version.procedure,
        version_id=version.id,
        answers=raw_answers.start(form, known),
        now=now(),
    )


def begin_correcting(
    db: Any, case: Any, version: Version, actor: Actor, copies: Mapping[str, files.Accepted]
) -> drafts.Draft:
    """A draft that puts the finished case right: its answers, what is known of the register today over them.

    What the filer declared by a tick is not taken over.

    copies: stored copies of the case's files by the key of the original; they become uploads of the draft.
    """
    form = version.forms[version.settings["filing"]["form"]]
    before = cases.variables(db, case.id).get(form.id) or {}
    known = prefill(db, version, actor, bound_key(version, before))
    draft = drafts.open(
        db,
        account_id=actor.account_id,
        procedure=version.procedure,
        version_id=version.id,
        corrects_id=case.id,
        now=now(),
    )
    new_keys = {
        old: files.add(
            db, copy, account_id=actor.account_id, draft_id=draft.id, now=now()
        ).public_key
        for old, copy in copies.items()
    }
    answers = raw_answers.start(form, {**raw_answers.undeclared(form, before), **known})
    return drafts.save(db, draft, answers=_renamed(answers, new_keys), page=0, now=now())


def _renamed(value: Any, new_keys: Mapping[str, str]) -> Any:
    """Raw answers whose stored files have these new keys; a file that has none is left out."""
    if isinstance(value, Mapping):
        found = {name: _renamed(one, new_keys) for name, one in value.items()}
        if isinstance(value.get("file"), str) and "content_type" in value:
            found["file"] = new_keys.get(value["file"])
        return found
    if isinstance(value, list | tuple):
        made = [_renamed(one, new_keys) for one in value]
        return [one for one in made if not (isinstance(one, dict) and one.get("file", "") is None)]
    return value


def begin_round(db: Any, task: Any, case: Any, actor: Actor) -> drafts.Draft:
    """The draft of an applicant's task: the one there is, else a new one with the answers given before."""
    found = drafts.find_of_task(db, task.id, account_id=actor.account_id)
    if found is not None:
        return found
    version = versions.get(db, case.version_id)
    form = version.forms[task.form]
    before = cases.variables(db, case.id, token=task.token).get(task.form) or {}
    return drafts.open(
        db,
        account_id=actor.account_id,
        procedure=version.procedure,
        version_id=version.id,
        task_id=task.id,
        answers=raw_answers.start(form, before),
        now=now(),
    )


def prefill(db: Any, version: Version, actor: Actor, bound: str | None) -> dict[str, Any]:
    """Field -> value for a new filing: the bound key, and the FEEL of `prefill` over permit and account."""
    binding = version.settings["filing"].get("binding")
    known: dict[str, Any] = {binding["field"]: bound} if binding and bound else {}
    context = contexts(db, version, actor, bound)
    functions = feel_functions(calendars.load(db, version.settings))
    for name, source in version.settings["prefill"].items():
        value = naming.value_of(source, context, clock=Clock(now()), functions=functions)
        if value is not None:
            known[name] = value
    return known


def contexts(db: Any, version: Version, actor: Actor, bound: str | None) -> dict[str, Any]:
    """What expressions see beside the answers: today, parameters, account, permit, registers of the bound key."""
    context: dict[str, Any] = {
        "today": to_feel(today()),
        "parameters": version.parameters.on(today()),
        "account": _account(db, actor),
        "permit": None,
        "registers": {},
    }
    binding = version.settings["filing"].get("binding")
    if not binding or not bound or (binding["register"], bound) not in actor.bindings:
        return context
    entry = registers.find(db, binding["register"], bound, on=today())
    context["permit"] = None if entry is None else {"key": entry.key, **entry.data}
    context["registers"] = {
        name: [
            {"key": e.key, **e.data} for e in registers.list_of_owner(db, name, bound, on=today())
        ]
        for name in version.settings.get("registers", {})
    }
    return context


def bound_key(version: Version, raw: Mapping[str, Any]) -> str | None:
    """The register key chosen at the start, as it stands in the answers."""
    binding = version.settings["filing"].get("binding")
    value = raw.get(binding["field"]) if binding else None
    return value if isinstance(value, str) else None


def cautions_of(db: Any, version: Version, actor: Actor) -> list[Caution]:
    """What this person should know before filing, for each register entry there is something to say of."""
    found = [
        cautions.find(db, version, contexts(db, version, actor, key), key)
        for key, _ in bound_choices(db, version, actor)
    ]
    return [caution for caution in found if caution is not None]


def bound_choices(db: Any, version: Version, actor: Actor) -> list[tuple[str, str]]:
    """(key, words) of the register entries this person may file for, in order."""
    binding = version.settings["filing"].get("binding")
    if not binding:
        return []
    keys = sorted(key for register, key in actor.bindings if register == binding["register"])
    return [
        (key, _words(registers.find(db, binding["register"], key, on=today()), key)) for key in keys
    ]


def _round(db: Any, task_id: int, actor: Actor) -> Round:
    task = tasks.get(db, task_id)
    case = cases.get_by_id(db, task.case_id)
    require(actor, "portal.task", cases.subject(db, case))
    if task.status != "open":
        raise DraftGone("this task was completed or taken back")
    original = cases.variables(db, case.id, token=task.token).get(task.form or "") or {}
    return Round(task, case, original, notes_of(task))


def notes_of(task: Any) -> dict[str, str]:
    """Path -> what the clerk wrote there."""
    notes = task.properties.get("notes") or []
    return {
        str(n["path"]): str(n.get("note") or "")
        for n in notes
        if isinstance(n, Mapping) and n.get("path")
    }


def _account(db: Any, actor: Actor) -> dict[str, Any] | None:
    if actor.account_id is None:
        return None
    account = accounts.get(db, actor.account_id)
    return {"name": account.name, "email": account.email}


def _words(entry: Any, key: str) -> str:
    if entry is None:
        return f"{key}（いまは有効ではありません）"
    name = next((entry.data[k] for k in ("label", "holder_name", "name") if entry.data.get(k)), "")
    kind = entry.data.get("kind_label") or entry.data.get("permit_kind_label") or ""
    return "　".join(str(part) for part in (key, kind, name) if part)
