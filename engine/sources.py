"""Where the expressions of a procedure get their values from: the names with a source, and what is known of their types.

A name stands for itself wherever it is written: which scope of which process it belongs to is not looked at. No database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from engine.bpmn.kinds import LEVELS
from engine.bpmn.model import Node, Process
from engine.dmn import Model
from engine.dmn.result_types import result_types
from engine.feel import Expression
from engine.feel.inference import Env, infer
from engine.feel.joined_types import joined
from engine.feel.types import ANY, Type
from engine.feel_functions import SIGNATURES
from engine.parameters import EMPTY, Parameters
from forms.definition import FormDefinition

# What the engine gives every case (engine/cases.py start, engine/kernel/scoping.py) and every run of a loop.
GIVEN = frozenset(
    "case corrects parameters loopCounter"
    " numberOfInstances numberOfActiveInstances numberOfCompletedInstances"
    " numberOfTerminatedInstances nrOfInstances nrOfActiveInstances nrOfCompletedInstances".split()
)
# Of those, what the variables of a case hold (engine/cases.py, engine/correcting.py).
GIVEN_TYPES = {
    "case": Type(
        "context",
        fields={
            **dict.fromkeys(("number", "channel", "public_key", "filer"), Type("string")),
            "arrived_at": Type("date and time"),
            "arrived_on": Type("date"),
        },
    ),
    "corrects": Type(
        "context",
        fields={
            "number": Type("string"),
            **dict.fromkeys(("arrived_on", "first_arrived_on"), Type("date")),
        },
    ),
}
NOTHING_MORE: Mapping[str, Type] = MappingProxyType({})
# Nothing but their own variables comes out of these: what their output mappings read is known.
KNOWN_RESULT = (*LEVELS, "userTask", "callActivity")
# Variables may be made of variables; what is that far from a form or a decision stays unknown.
STEPS = 4


@dataclass(frozen=True)
class Sources:
    """names: those with a source.  types: of those of which something is known.  unused: forms that nobody fills in."""

    names: frozenset[str]
    types: Mapping[str, Type]
    unused: frozenset[str] = frozenset()

    def remedy(self, name: str) -> str:
        """What to do about a form that nobody fills in, empty for any other name."""
        if name not in self.unused:
            return ""
        return f"フォーム「{name}」を使う作業も届出もありません。「使うフォーム」（formId）か filing.form に書いてください。"


NOTHING = Sources(frozenset(), {})


@dataclass(frozen=True)
class _Write:
    """path: the name, and the entry in it if only that is written.  what: its type, or an expression that has it.

    offered: names that mean something else in the expression, and what; None when any may.
    item: each item of the value is written; list: a list of such values.
    """

    path: tuple[str, ...]
    what: Type | Expression = ANY
    offered: Mapping[str, Type] | None = field(default_factory=dict)
    item: bool = False
    list: bool = False

    def type(self, types: Env) -> Type:
        found = self.what
        if isinstance(found, Expression):
            found = infer(found.tree, self._seen(found, types), SIGNATURES)
        if self.item:
            return found.inner or ANY
        return Type("list", inner=found) if self.list else found

    def _seen(self, expression: Expression, types: Env) -> Env:
        """What of the types it reads: as many names may be written as a diagram has elements."""
        if self.offered is None:
            return {}
        known = ((name, self.offered.get(name) or types.get(name)) for name in expression.places)
        return {name: type for name, type in known if type is not None}


def find(
    settings: Mapping[str, Any],
    processes: Mapping[str, Process],
    forms: Mapping[str, FormDefinition],
    decisions: Mapping[str, Model],
    dated: Parameters = EMPTY,
    results: Mapping[str, Type] = NOTHING_MORE,
) -> Sources:
    """The sources. settings: procedure.yaml.  forms: by id.  decisions: by the id of each.  results: of outside operations."""
    writes = [
        write for node in nodes(processes) for write in _writes(node, forms, decisions, results)
    ]
    if filed := settings["filing"].get("form"):
        writes.append(_Write((filed,), _answers(filed, forms)))
    if called := settings.get("callable"):
        writes += [_Write((name,)) for name in called["takes"]]
    given = GIVEN_TYPES | {"parameters": dated.type()}
    types = dict(given)
    for _ in range(STEPS):
        types = _types(writes, types) | given
    names = GIVEN | {write.path[0] for write in writes}
    return Sources(names, types, frozenset(forms) - names)


def nodes(processes: Mapping[str, Process]) -> Iterator[Node]:
    """Every element of the diagrams, those an element is made of too."""
    for process in processes.values():
        for node in process.nodes:
            yield node
            yield from node.parts


def offered(
    node: Node, forms: Mapping[str, FormDefinition], results: Mapping[str, Type]
) -> Mapping[str, Type] | None:
    """The names output mappings see besides the variables, and their types; None when only the outside knows."""
    given = results.get(node.operation or "")
    if given is None:
        if node.kind not in KNOWN_RESULT or node.work.procedure is not None:
            return None
        if node.kind != "userTask":
            return {"result": ANY}
        form = forms.get(node.form or "")
        if form is None:
            return None
        given = form.type
    return {**(given.fields or {}), "result": given}


def _types(writes: Iterable[_Write], known: Env) -> dict[str, Type]:
    """The types by what is written as a whole; what is written into such a name is one entry more."""
    whole: dict[str, list[Type]] = {}
    entries: dict[str, dict[str, Type]] = {}
    for write in writes:
        if len(write.path) == 1:
            whole.setdefault(write.path[0], []).append(write.type(known))
        else:
            entries.setdefault(write.path[0], {})[write.path[1]] = ANY
    found = {}
    for name, types in whole.items():
        type = joined(types)
        if name in entries:
            type = joined((type, Type("context", fields=entries[name])))
        if type != ANY:
            found[name] = type
    return found


def _writes(
    node: Node,
    forms: Mapping[str, FormDefinition],
    decisions: Mapping[str, Model],
    results: Mapping[str, Type],
) -> Iterator[_Write]:
    work = node.work
    if node.kind == "userTask":
        yield _Write((node.form or node.id,), _answers(node.form, forms))
    if work.result:
        given = results.get(node.operation or "") or _decided(work.decision, decisions)
        yield _Write((work.result,), work.script or given)
    yield from (_Write(line.target, line.source) for line in node.inputs)
    seen = offered(node, forms, results)
    yield from (_Write(line.target, line.source, offered=seen) for line in node.outputs)
    if node.event.name and node.event.kind != "link":
        yield _Write((node.event.name,))
    if node.loop is not None:
        loop = node.loop
        if loop.element:
            yield _Write((loop.element,), loop.collection or ANY, item=True)
        if loop.output:
            yield _Write((loop.output,), loop.output_element or ANY, list=True)


def _answers(name: str | None, forms: Mapping[str, FormDefinition]) -> Type:
    form = forms.get(name or "")
    return ANY if form is None else form.type


def _decided(name: str | None, decisions: Mapping[str, Model]) -> Type:
    """The type of a decision's result."""
    model = decisions.get(name or "")
    if model is None or name is None:
        return ANY
    return result_types(model, {}).get(f"{model.namespace}#{name}", ANY)
