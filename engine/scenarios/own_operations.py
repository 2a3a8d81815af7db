"""The engine's own operations over a scenario's memory, with the meaning they have in engine/operations.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine import mail_texts
from engine.bpmn.model import SEND_STRICTLY
from engine.calendar import fiscal_year
from engine.errors import NotFound
from engine.kernel import effects as fx
from engine.operation_parameters import WrongParameters, day_of, text_of
from engine.scenarios.registers import Entry

if TYPE_CHECKING:
    from engine.scenarios.world import World

Run = Callable[["World", Mapping[str, Any]], Any]


def find(operation: str) -> Run | None:
    """What carries the operation out; None for an adapter's."""
    return _RUN.get(operation)


def _find(world: World, given: Mapping[str, Any]) -> Any:
    entry = world.registers.find(
        text_of(given, "register"),
        text_of(given, "key"),
        on=day_of(given, "on", default=world.today),
    )
    if entry is None:
        return {"found": False, "data": None, "valid_from": None}
    return {"found": True, "data": entry.data, "valid_from": entry.valid_from}


def _list(world: World, given: Mapping[str, Any]) -> Any:
    found = world.registers.list_of_owner(
        text_of(given, "register"),
        text_of(given, "owner"),
        on=day_of(given, "on", default=world.today),
    )
    return {"entries": [_shown(entry) for entry in found]}


def _search(world: World, given: Mapping[str, Any]) -> Any:
    found = world.registers.search(
        text_of(given, "register"),
        text_of(given, "field"),
        given.get("value"),
        on=day_of(given, "on", default=world.today),
    )
    return {"entries": [_shown(entry) for entry in found]}


def _write(world: World, given: Mapping[str, Any]) -> Any:
    data = given.get("data")
    if not isinstance(data, Mapping):
        raise WrongParameters("register.write: data must be a context; give the entry's fields")
    world.registers.remember()
    world.registers.write(
        Entry(
            text_of(given, "register"),
            text_of(given, "key"),
            data,
            day_of(given, "valid_from"),
            day_of(given, "valid_to") if given.get("valid_to") is not None else None,
            text_of(given, "owner") if given.get("owner") is not None else None,
        )
    )
    return {}


def _close(world: World, given: Mapping[str, Any]) -> Any:
    world.registers.remember()
    world.registers.close(
        text_of(given, "register"), text_of(given, "key"), day_of(given, "valid_to")
    )
    return {}


def _apply(world: World, given: Mapping[str, Any]) -> Any:
    wanted = given.get("entries")
    if not isinstance(wanted, list) or not all(isinstance(one, Mapping) for one in wanted):
        raise WrongParameters("register.apply: entries must be a list of contexts")
    entries = [
        {
            "action": text_of(one, "action"),
            "key": text_of(one, "key"),
            "data": one.get("data") or {},
            "valid_from": day_of(one, "valid_from"),
            "valid_to": day_of(one, "valid_to") if one.get("valid_to") is not None else None,
        }
        for one in wanted
    ]
    world.registers.remember()
    version = world.registers.apply(text_of(given, "register"), text_of(given, "owner"), entries)
    return {"version": version}


def _undo(world: World, given: Mapping[str, Any]) -> Any:
    register = text_of(given, "register")
    if given.get("of") is None:
        return {"rows": world.registers.undo(register)}
    if given["of"] != "corrected" or world.corrects is None:
        raise WrongParameters("register.undo: this case corrects no other; test `corrects`")
    return {"rows": world.registers.put_back(register, world.corrected)}


def _take_number(world: World, given: Mapping[str, Any]) -> Any:
    return {"number": _number(world, text_of(given, "sign"))}


def _notify(world: World, given: Mapping[str, Any]) -> Any:
    to, mail = text_of(given, "to"), text_of(given, "mail")
    if to != "applicant":
        raise WrongParameters(f'notify: to is {to!r}; only "applicant" can be notified')
    if mail not in world.procedure.mails:
        raise NotFound(f"mail {mail!r} does not exist; add letters/{mail}.mail.txt")
    world.said.mails.append(mail)
    _, world.said.mail_bodies[mail] = mail_texts.written(
        world.procedure.mails[mail],
        world.procedure.settings,
        number=str(world.variables()["case"]["number"]),
        public_key="scenario",
        url="https://example.tokyo/cases/scenario",
        data=given.get("data"),
        reasons=world.reasons(world.procedure.mails[mail]),
    )
    return {}


def _letter(world: World, given: Mapping[str, Any]) -> Any:
    name = text_of(given, "letter")
    settings = world.procedure.settings["letters"].get(name)
    if settings is None or name not in world.procedure.letters:
        raise NotFound(
            f"letter {name!r} does not exist; add letters/{name}.html and name it in procedure.yaml"
        )
    if given.get("data") is not None and not isinstance(given["data"], Mapping):
        raise WrongParameters("letter.issue: data must be a context")
    sign = settings.get("sign") or world.procedure.settings["number"]["sign"]
    number = _number(world, sign) if settings.get("number") else None
    return {"letter": name, "number": number}


def _send(world: World, given: Mapping[str, Any]) -> Any:
    """Sent strictly: the case itself takes it where it waits; else another case is taken to be there."""
    key = None if given.get("key") is None else text_of(given, "key")
    world.tell(fx.PublishMessage(text_of(given, "name"), key, given.get("payload")))


_RUN: dict[str, Run] = {
    SEND_STRICTLY: _send,
    "register.find": _find,
    "register.list": _list,
    "register.search": _search,
    "register.write": _write,
    "register.close": _close,
    "register.apply": _apply,
    "register.undo": _undo,
    "number.take": _take_number,
    "notify": _notify,
    "letter.issue": _letter,
}


def _number(world: World, sign: str) -> str:
    """8環産収第1号: one counter per sign and fiscal year (令和)."""
    year = fiscal_year(world.today) - 2018
    key = f"{year}{sign}"
    world.numbers[key] = world.numbers.get(key, 0) + 1
    return f"{key}第{world.numbers[key]}号"


def _shown(entry: Entry) -> dict[str, Any]:
    return {"key": entry.key, "data": entry.data, "valid_from": entry.valid_from}
