"""What a person should know of the register entry before filing for it: a decision of the procedure says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import calendars, environment
from engine.database import limits_of
from engine.feel import Clock
from engine.versions import Version
from web.parts import now

KINDS = ("error", "warning")


@dataclass(frozen=True)
class Caution:
    """One notice above a page. kind: of the notice macro.  about: the register entry it speaks of, in words."""

    kind: str
    heading: str
    text: str
    about: str


def find(db: Any, version: Version, context: Mapping[str, Any], key: str | None) -> Caution | None:
    """What the procedure's decision says of the entry; None when there is nothing to say.

    context: what the form's expressions see.  key: of the chosen entry; None: nothing is chosen.
    """
    name = version.settings["filing"].get("caution")
    if name is None or key is None:
        return None
    calendar = calendars.load(db, version.settings)
    env = environment.build(version.parts, now=now(), calendar=calendar, limits=limits_of(db))
    said = env.decisions[name](context, Clock(now())).value
    if not isinstance(said, Mapping) or said.get("kind") not in KINDS:
        return None
    about = f"{label_of_choice(version)} {key}"
    return Caution(str(said["kind"]), str(said["heading"]), str(said.get("text") or ""), about)


def label_of_choice(version: Version) -> str:
    """What the form calls the register entry one files for: 許可番号; empty where nothing is chosen."""
    binding = version.settings["filing"].get("binding")
    if not binding:
        return ""
    component = version.forms[version.settings["filing"]["form"]].find(binding["field"])
    return component.label if component else "届け出る登録"
