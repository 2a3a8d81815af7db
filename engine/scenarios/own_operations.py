"""The engine's own operations over a scenario's memory, with the meaning they have in engine/operations.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from engine.calendar import fiscal_year, jst_date
from engine.errors import NotFound, TetsuzukiError
from engine.feel.values import FeelDate, FeelDateTime, from_feel
from engine.scenarios.registers import Entry

if TYPE_CHECKING:
    from engine.scenarios.world import World

Run = Callable[["World", Mapping[str, Any]], Any]


class WrongParameters(TetsuzukiError):
    """A parameter of an operation is not what it takes; the message names it and the remedy."""


def find(operation: str) -> Run | None:
    """What carries the operation out; None for an adapter's."""
    return _RUN.get(operation)


def _find(world: World, given: Mapping[str, Any]) -> Any:
    entry = world.registers.find(
        _text(given, "register"), _text(given, "key"), on=_on(world, given)
    )
    if entry is None:
        return {"found": False, "data": None, "valid_from": None}
    return {"found": True, "data": entry.data, "valid_from": entry.valid_from}


def _list(world: World, given: Mapping[str, Any]) -> Any:
    found = world.registers.list_of_owner(
        _text(given, "register"), _text(given, "owner"), on=_on(world, given)
    )
    return {"entries": [_shown(entry) for entry in found]}


def _search(world: World, given: Mapping[str, Any]) -> Any:
    found = world.registers.search(
        _text(given, "register"), _text(given, "field"), given.get("value"), on=_on(world, given)
    )
    return {"entries": [_shown(entry) for entry in found]}


def _write(world: World, given: Mapping[str, Any]) -> Any:
    data = given.get("data")
    if not isinstance(data, Mapping):
        raise WrongParameters("register.write: data must be a context; give the entry's fields")
    world.registers.remember()
    world.registers.write(
        Entry(
            _text(given, "register"),
            _text(given, "key"),
            data,
            _day(given, "valid_from"),
            _day(given, "valid_to") if given.get("valid_to") is not None else None,
            _text(given, "owner") if given.get("owner") is not None else None,
        )
    )
    return {}


def _close(world: World, given: Mapping[str, Any]) -> Any:
    world.registers.remember()
    world.registers.close(_text(given, "register"), _text(given, "key"), _day(given, "valid_to"))
    return {}


def _apply(world: World, given: Mapping[str, Any]) -> Any:
    wanted = given.get("entries")
    if not isinstance(wanted, list) or not all(isinstance(one, Mapping) for one in wanted):
        raise WrongParameters("register.apply: entries must be a list of contexts")
    entries = [
        {
            "action": _text(one, "action"),
            "key": _text(one, "key"),
            "data": one.get("data") or {},
            "valid_from": _day(one, "valid_from"),
            "valid_to": _day(one, "valid_to") if one.get("valid_to") is not None else None,
        }
        for one in wanted
    ]
    world.registers.remember()
    version = world.registers.apply(_text(given, "register"), _text(given, "owner"), entries)
    return {"version": version}


def _undo(world: World, given: Mapping[str, Any]) -> Any:
    register = _text(given, "register")
    if given.get("of") is None:
        return {"rows": world.registers.undo(register)}
    if given["of"] != "corrected" or world.corrects is None:
        raise WrongParameters("register.undo: this case corrects no other; test `corrects`")
    return {"rows": world.registers.put_back(register, world.corrected)}


def _take_number(world: World, given: Mapping[str, Any]) -> Any:
    return {"number": _number(world, _text(given, "sign"))}


def _notify(world: World, given: Mapping[str, Any]) -> Any:
    to, mail = _text(given, "to"), _text(given, "mail")
    if to != "applicant":
        raise WrongParameters(f'notify: to is {to!r}; only "applicant" can be notified')
    if mail not in world.procedure.mails:
        raise NotFound(f"mail {mail!r} does not exist; add letters/{mail}.mail.txt")
    world.said.mails.append(mail)
    return {}


def _letter(world: World, given: Mapping[str, Any]) -> Any:
    name = _text(given, "letter")
    settings = world.procedure.settings["letters"].get(name)
    if settings is None or name not in world.procedure.letters:
        raise NotFound(
            f"letter {name!r} does not exist; add letters/{name}.html and name it in procedure.yaml"
        )
    if given.get("data") is not None and not isinstance(given["data"], Mapping):
        raise WrongParameters("letter.issue: data must be a context")
    sign = settings.get("sign") or world.procedure.settings["number"]["sign"]
    number = _number(world, sign) if settings.get("number") else None
    world.said.letters.append(name)
    return {"letter": name, "number": number}


_RUN: dict[str, Run] = {
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


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if isinstance(value, str) and value:
        return value
    raise WrongParameters(f"parameter {name!r} must be a text; check the input mapping of the task")


def _day(given: Mapping[str, Any], name: str) -> date:
    value = given.get(name)
    plain = from_feel(value) if isinstance(value, FeelDate | FeelDateTime) else value
    if isinstance(plain, datetime):
        return jst_date(plain)
    if isinstance(plain, date):
        return plain
    raise WrongParameters(f"parameter {name!r} must be a date; check the input mapping of the task")


def _on(world: World, given: Mapping[str, Any]) -> date:
    return _day(given, "on") if given.get("on") is not None else world.today
