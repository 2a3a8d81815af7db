"""The history of a case as people read it: what happened when and by whom. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.bpmn.model import drawn_id
from engine.history import CHANGEOVER, RECOUNT, UNDO_CHANGEOVER, Entry
from engine.versions import Version
from forms import answers as form_answers
from forms import summary
from web import recounted
from web.desk import notes as pinned
from web.set_values import changed_paths
from web.words import turn, version_change


@dataclass(frozen=True)
class Event:
    """A line of the timeline. kind: "" | done | bad | stopped (colour)."""

    at: datetime
    what: str
    who: str = ""
    note: str = ""
    kind: str = ""


SAID = {
    "call_done": "{name}：結果が返りました",
    "call_refused": "{name}：相手のシステムが受け付けませんでした",
    "call_failed": "{name}：うまくいきませんでした",
    "timer_due": "{name}：予定の時刻になりました",
    "message": "{name}：連絡が届きました",
    "signal": "{name}：合図が届きました",
    "cancel": "取り消しました",
    "suspend": "一時停止しました",
    "resume": "再開しました",
    "set_due": "{name}：予定の時刻を変えました",
    "move_token": "移動：{name} → {to}",
    "add_instance": "{name}：作業を加えました",
    "remove_instance": "{name}：作業を取り除きました",
    "retry_incident": "{name}：もう一度実行しました",
    "skip_incident": "{name}：とばして先へ進めました",
    "set_variables": "値を直しました",
    "recount": "開庁日の暦が変わったため、期限を計算し直しました",
    "changeover": "手続の新しい版に移しました",
    "undo_changeover": "手続の前の版に戻しました",
    "erasure": "保存期間が終わり、内容を消去しました",
}
# The same of a call that begins a case.
CASES = {
    "call_done": "{name}：案件が終わりました",
    "call_refused": "{name}：案件が、求めた結果にならずに終わりました",
    "call_failed": "{name}：案件を始められませんでした",
}
KINDS = {
    "call_failed": "bad",
    "call_refused": "stopped",
    "erasure": "stopped",
    "cancel": "stopped",
    "suspend": "stopped",
}
ENGINE = ("engine", "system")
# A variable that only the procedure knows.
INNER = "内部の値"


# Id of a version -> the version; entries are told in the words of the one under which they were made.
Known = Mapping[int, Version]


def then_in_force(entry: Entry, version: Version, known: Known | None) -> Version:
    """The version under which the entry was made; version: when that is not known."""
    made = (entry.payload or {}).get("env", {}).get("version")
    return (known or {}).get(made, version)


def timeline(
    entries: Sequence[Entry],
    tasks: Iterable[Any],
    version: Version,
    labels: Mapping[str, str],
    known: Known | None = None,
    staff: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
) -> list[Event]:
    """What happened, newest first. tasks: every task of the case.  labels: path -> name of the filing's answers.

    staff: label of an actor -> name.  words: name of a part of a variable -> what a clerk reads for it.
    """
    by_token = {task.token: task for task in tasks}
    nodes: dict[int, str] = {}
    numbers = {one.id: one.number for one in (*(known or {}).values(), version)}
    found: list[Event] = []
    for entry in entries:
        if entry.payload is None:
            found.append(Event(entry.at, "内容は保存期間が終わり消去されています", kind="stopped"))
            continue
        effects = [(kind, fields) for kind, fields in entry.payload.get("effects", ())]
        then = then_in_force(entry, version, known)
        event = _event(entry, by_token, nodes, then, labels, staff or {}, words or {})
        if event is not None:
            env = entry.payload.get("env") or {}
            event = replace(event, what=event.what + version_change(env, numbers))
            found.append(event)
        found += _effects(entry, effects, then, by_token)
        found += _overwritten(entry, effects, then, labels, words or {})
        nodes |= {f["token"]: f["node"] for _, f in effects if "token" in f and "node" in f}
    return found[::-1]


def work_before(
    entries: Sequence[Entry],
    tasks: Iterable[Any],
    version: Version,
    labels: Mapping[str, str],
    known: Known | None = None,
) -> dict[int, Event]:
    """Token of a task -> the clerk's work that led straight to it: its name, when, by whom, what was answered."""
    by_token = {task.token: task for task in tasks}
    found: dict[int, Event] = {}
    for entry in entries:
        said = entry.payload or {}
        given = said.get("input") or {}
        done = by_token.get(given.get("token")) if entry.kind == "completed" else None
        if done is None or done.audience != "staff":
            continue
        who = done.closed_by or _who(entry.actor)
        answers = _answers(done, given, then_in_force(entry, version, known), labels)
        event = Event(entry.at, done.name + turn(done.turn), who, answers)
        found |= {f["token"]: event for kind, f in said.get("effects", ()) if kind == "OpenTask"}
    return found


def visited(entries: Sequence[Entry]) -> list[str]:
    """Ids of the nodes the case has been at, for the diagram; after a changeover, of what stands for them there."""
    found: dict[str, None] = {}
    before = found
    for entry in entries:
        if entry.kind == CHANGEOVER:
            before, to = found, (entry.payload or {}).get("input", {}).get("nodes", {})
            found = {to.get(node, node): None for node in found}
        elif entry.kind == UNDO_CHANGEOVER:
            found = before
        for kind, fields in (entry.payload or {}).get("effects", ()):
            if kind == "Trace" and fields.get("what") in ("entered", "left"):
                found[fields["node"]] = None
    return list(found)


def _event(
    entry: Entry,
    tasks: Mapping[int, Any],
    nodes: Mapping[int, str],
    version: Version,
    labels: Mapping[str, str],
    staff: Mapping[str, str],
    parts: Mapping[str, str],
) -> Event | None:
    said = entry.payload or {}
    given = said.get("input") or {}
    token = given.get("token", 0)
    node = nodes.get(token, "")
    name = version.node_names().get(node, "")
    who = staff.get(entry.actor) or _who(entry.actor)
    if entry.kind == "start" and (said.get("env") or {}).get("called_by"):
        return Event(entry.at, "ほかの案件から始まりました", kind="done")
    if entry.kind == "start" and given.get("start_event"):
        event = version.node_names().get(drawn_id(given["start_event"]), "開始")
        return Event(entry.at, f"「{event}」で始まりました", kind="done")
    if entry.kind == "start":
        return Event(entry.at, f"{version.settings['kind']}が届きました", who, kind="done")
    if entry.kind == "completed":
        task = tasks.get(token)
        if task is None:
            return Event(entry.at, f"{name}が終わりました", who)
        named = task.name + turn(task.turn)
        if task.audience == "applicant":
            return Event(entry.at, f"{named}を提出しました", task.closed_by or who)
        decision = _decided(task, given, version)
        done = f"{named}：{decision.text}" if decision else f"{named}を終えました"
        but = decision.path if decision else None
        note = _answers(task, given, version, labels, but=but)
        return Event(entry.at, done, task.closed_by or who, note)
    words = (CASES if _begins_case(version, node) else SAID).get(entry.kind) or SAID.get(entry.kind)
    if words is None:
        return Event(entry.at, entry.kind, who)
    to = version.node_names().get(given.get("to", ""), given.get("to", ""))
    operators = (said.get("env") or {}).get("reason")
    reason = operators or given.get("reason") or said.get("reason") or ""
    if entry.kind == "erasure":
        reason = said.get("rule", "")
    if entry.kind == "set_variables":
        changed = dict.fromkeys(_label(path, labels, parts) for path in changed_paths(said))
        words = f"{words}（{'、'.join(changed) or '前と同じ値'}）"
    if entry.kind == RECOUNT:
        reason = "\n".join([str(reason), *_recounted(given["dates"], version, labels, parts)])
    return Event(
        entry.at,
        words.replace("{name}", name or "処理").replace("{to}", to),
        "" if entry.actor in ENGINE else who,
        str(reason),
        KINDS.get(entry.kind, ""),
    )


def _begins_case(version: Version, node: str) -> bool:
    every = (process.by_id.get(node) for process in version.processes.values())
    return any(one is not None and one.work.procedure is not None for one in every)


def _recounted(
    dates: Iterable[Mapping[str, str]],
    version: Version,
    labels: Mapping[str, str],
    words: Mapping[str, str],
) -> Iterable[str]:
    """Each date that moved and has a name that clerks know."""
    names = version.node_names()
    told = (recounted.told(one, names, lambda path: _label(path, labels, words)) for one in dates)
    return [str(one) for one in told if one.what != INNER]


def _label(path: str, labels: Mapping[str, str], words: Mapping[str, str]) -> str:
    """What the filing calls the part of a variable, else what the procedure does; no clerk reads the path itself."""
    last = path.rpartition(".")[2].partition("[")[0]
    return labels.get(path) or labels.get(path.partition(".")[2]) or words.get(last) or INNER


def _effects(
    entry: Entry,
    effects: list[tuple[str, Any]],
    version: Version,
    tasks: Mapping[int, Any],
) -> list[Event]:
    names = version.node_names()
    found = []
    for kind, fields in effects:
        if kind == "RaiseIncident":
            name = names.get(fields.get("node", ""), "処理")
            text = f"{name}で処理が止まりました。運用担当者が確認します"
            found.append(Event(entry.at, text, kind="bad"))
        elif kind == "OpenTask":
            lane = version.settings["lanes"].get(fields.get("lane", "")) or {}
            if lane.get("audience") == "applicant":
                found.append(
                    Event(entry.at, f"申請者に「{fields['name']}」を依頼しました", kind="stopped")
                )
            elif who := _returned_to(tasks, fields["token"]):
                text = f"「{fields['name']}」は、前に担当した{who}さんの担当に戻りました"
                found.append(Event(entry.at, text))
        elif kind == "CaseEnded":
            found.append(Event(entry.at, f"終了（{fields.get('outcome') or '完了'}）", kind="done"))
    return found


def _overwritten(
    entry: Entry,
    effects: list[tuple[str, Any]],
    version: Version,
    labels: Mapping[str, str],
    words: Mapping[str, str],
) -> list[Event]:
    """Where two elements side by side wrote the same and the later value stands."""
    names = version.node_names()
    found = []
    for kind, fields in effects:
        if kind == "Trace" and fields["what"] == "overwrote":
            here, there = (names.get(fields[key], "処理") for key in ("node", "other"))
            name = fields["note"]
            what = "回答" if name in version.forms else _label(name, labels, words)
            text = f"「{there}」と「{here}」が、並行する間に同じ{what}へ別の値を書き、「{here}」の値になりました"
            found.append(Event(entry.at, text, kind="stopped"))
    return found


def _returned_to(tasks: Mapping[int, Any], token: int) -> str | None:
    """The name of the person the task was given back to when it opened; they had one of the tasks before."""
    person_id = tasks[token].returned_to if token in tasks else None
    names = (task.person_name for task in tasks.values() if task.person_id == person_id)
    return next(names, None) if person_id is not None else None


def _decided(task: Any, given: Mapping[str, Any], version: Version) -> summary.SummaryRow | None:
    form = version.forms.get(task.form or "")
    return summary.decided(form, form_answers.from_json(given.get("answers"))) if form else None


def _answers(
    task: Any,
    given: Mapping[str, Any],
    version: Version,
    labels: Mapping[str, str],
    *,
    but: str | None = None,
) -> str:
    """What was answered in a clerk's form, one line per question; but: path of one that is said already."""
    form = version.forms.get(task.form or "")
    if form is None:
        return ""
    values = pinned.labelled(form, form_answers.from_json(given.get("answers")), labels)
    rows = [row for row in summary.rows(form, values) if row.path != but]
    lines = [(row.label, row.text) for row in rows if row.text]
    return "\n".join(f"{label}：{text}" for label, text in lines)


def _who(actor: str) -> str:
    kind = actor.partition(":")[0]
    return {
        "applicant": "申請者",
        "guest": "申請者",
        "staff": "職員",
        "system": "システム",
        "engine": "",
    }.get(kind, kind)
