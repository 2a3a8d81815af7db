"""The record of a case as an operator reads it: what went in, by whom, what it opened and closed; no values. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.bpmn.model import BEGIN_CASE
from engine.history import RECOUNT, Entry
from web import recounted
from web.failures import word_of
from web.operation_titles import title_of
from web.set_values import changed_paths
from web.words import version_change

KINDS = {
    "start": "受付",
    "completed": "作業の完了",
    "call_done": "照会の回答",
    "call_refused": "照会が受け付けられず",
    "call_failed": "照会の失敗",
    "timer_due": "タイマー",
    "message": "連絡の到着",
    "signal": "合図の到着",
    "cancel": "取消し",
    "suspend": "一時停止",
    "resume": "再開",
    "set_due": "タイマーの予定の変更",
    "recount": "期限の再計算",
    "move_token": "移動",
    "add_instance": "繰返しの追加",
    "remove_instance": "繰返しの取除き",
    "retry_incident": "障害の再実行",
    "skip_incident": "障害をとばす",
    "set_variables": "値の変更",
    "changeover": "新しい版への移行",
    "undo_changeover": "新しい版への移行の取消し",
    "erasure": "消去",
}
Fields = Mapping[str, Any]
# kind of an effect -> what it says; the name of the element is put in.
CHANGES: Mapping[str, Callable[[str, Fields], str]] = {
    "OpenTask": lambda name, said: f"作業「{said.get('name') or name}」を始めた",
    "RenewTask": lambda name, said: (
        f"作業「{said['task'].get('name') or name}」を新しい版のものにした"
    ),
    "CloseTask": lambda name, said: (
        f"作業「{name}」を終えた"
        if said.get("outcome") == "completed"
        else f"作業「{name}」を取りやめた"
    ),
    "RequestCall": lambda name, said: (
        f"「{name}」で手続「{said['parameters']['procedure']}」の案件を求めた"
        if said.get("operation") == BEGIN_CASE
        else f"「{name}」で照会した（{title_of(said.get('operation', ''))}）"
    ),
    "CancelCall": lambda name, said: f"「{name}」の照会を取りやめた",
    "SetTimer": lambda name, said: f"タイマー「{name}」を掛けた",
    "CancelTimer": lambda name, said: f"タイマー「{name}」を外した",
    "Subscribe": lambda name, said: f"「{name}」で連絡を待ち始めた（{said.get('name')}）",
    "Unsubscribe": lambda name, said: f"「{name}」で連絡を待つのをやめた",
    "Decided": lambda name, said: f"「{name}」で判定した（判定表「{said.get('decision')}」）",
    "RaiseIncident": lambda name, said: f"「{name}」で障害（{word_of(said.get('code', ''))}）",
    "ResolveIncident": lambda name, said: f"「{name}」の障害がなくなった",
    "PublishMessage": lambda name, said: f"連絡を出した（{said.get('name')}）",
    "Trace": lambda name, said: _told(name, said),
    "PublishSignal": lambda name, said: f"合図を出した（{said.get('name')}）",
    "CaseEnded": lambda name, said: f"案件が終わった（{said.get('outcome') or '完了'}）",
}


def _told(name: str, said: Fields) -> str:
    """What a trace tells a reader of the record; most tell nothing, they draw the way on the diagram."""
    if said["what"] == "warned":
        return f"「{name}」で注意（{said.get('note', '')}）"
    if said["what"] == "overwrote":
        return (
            f"注意：「{name}」が変数「{said['note']}」に、並行する「{said['other']}」と別の値を書いた"
            "（残る値は、終わる順番で決まる）"
        )
    return ""


@dataclass(frozen=True)
class Line:
    """One entry. place: the element it was about.  changes: None when the payload was erased."""

    seq: int
    at: datetime
    what: str
    place: str
    who: str
    reason: str
    changes: list[str] | None


def lines(
    entries: list[Entry],
    names: Mapping[str, str],
    staff: Mapping[str, str],
    decisions: Mapping[str, str],
    numbers: Mapping[int, int] | None = None,
) -> list[Line]:
    """The entries, newest first. names: node -> name.  staff: label of an actor -> name.  decisions: id -> name.

    numbers: id of a version -> its number.
    """
    at_token: dict[int, str] = {}
    found = []
    for entry in entries:
        said = entry.payload or {}
        given = said.get("input") or {}
        effects = [(kind, fields) for kind, fields in said.get("effects", ())]
        place = at_token.get(given.get("token") or 0, "")
        at_token |= {
            f["token"]: names[f["node"]]
            for _, f in effects
            if f.get("token") and f.get("node") in names  # not the flow on which a token waits
        }
        changes = [
            CHANGES[kind](
                # What an effect says of its element; its token may have gone on in the same entry.
                names.get(fields.get("node", ""), at_token.get(fields.get("token", 0), "")),
                fields
                | {"decision": decisions.get(key := fields.get("decision", ""), key)}
                | {"other": names.get(other := fields.get("other", ""), other)},
            )
            for kind, fields in effects
            if kind in CHANGES
        ]
        changes = [text for text in changes if text]
        if entry.kind == "set_variables":
            # Numbered as in FEEL, in which an operator writes such a change.
            changes += [f"変数「{path}」の値を変えた" for path in changed_paths(said, first=1)]
        if entry.kind == RECOUNT and entry.payload is not None:
            changes = [str(recounted.told(one, names)) for one in given["dates"]]
            changes.append(f"開庁日の暦：{recounted.calendars(said)}")
        # Of an operator's doing only: other inputs have reasons that people wrote about themselves.
        reason = (
            (said.get("env") or {}).get("reason") or given.get("reason") or said.get("rule", "")
        )
        found.append(
            Line(
                entry.seq,
                entry.at,
                _what(entry, numbers or {}),
                f"{place} → {names.get(to, to)}" if (to := given.get("to")) else place,
                _who(entry.actor, staff),
                str(reason),
                None if entry.payload is None else changes,
            )
        )
    return found[::-1]


def _what(entry: Entry, numbers: Mapping[int, int]) -> str:
    if entry.kind == "start" and ((entry.payload or {}).get("env") or {}).get("called_by"):
        return "ほかの案件から開始"
    env = (entry.payload or {}).get("env") or {}
    return KINDS.get(entry.kind, entry.kind) + version_change(env, numbers)


def _who(actor: str, staff: Mapping[str, str]) -> str:
    if actor in staff:
        return staff[actor]
    words = {"applicant": "申請者", "guest": "申請者", "staff": "職員"}
    return words.get(actor.partition(":")[0], "システム")
