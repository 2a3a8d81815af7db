"""Whether a scenario's case is where the scenario says it should be: every difference as one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from engine.calendar import jst_date
from engine.feel.values import FeelDate, FeelDateTime, from_feel, to_feel
from engine.kernel import effects as fx
from engine.scenarios.reading import day
from engine.scenarios.showing import shown
from engine.scenarios.world import World
from forms import letters


def differences(
    world: World, expect: Mapping[str, Any], *, stop_is_told: bool = False
) -> Iterator[str]:
    """One sentence (expected, found) for each thing that is not as expected.

    stop_is_told: an incident that `expect` does not name is looked at elsewhere.
    """
    found: Mapping[str, Any] = {
        "終了": _end(world),
        "通知書": world.said.letters,
        "メール": world.said.mails,
        "待っている照会": [call.operation for call in world.calls.values()],
        "取下げできる": _can_withdraw(world),
        "異常": [incident.code for incident in world.said.incidents.values()],
    }
    for word, wanted in expect.items():
        if word == "終了":
            if wanted not in _end_names(world):
                yield _sentence(word, wanted, found[word])
        elif word in found:
            if wanted != found[word]:
                yield _sentence(word, wanted, found[word])
        else:
            yield from _OTHERS[word](world, wanted)
    if "異常" not in expect and not stop_is_told:
        yield from stops(world)


def stops(world: World) -> Iterator[str]:
    """One sentence for each place the case has stopped at."""
    for incident in world.said.incidents.values():
        yield f"異常で止まりました（{incident.node}、{incident.code}）: {incident.message}"


def task_differences(world: World, task: fx.OpenTask, words: Mapping[str, Any]) -> Iterator[str]:
    """What of 担当 and 期限 is not so."""
    if "担当" in words and words["担当"] not in _lane_names(world, task):
        yield _sentence(
            f"「{task.name}」の担当",
            words["担当"],
            "・".join(_lane_names(world, task)) or None,
        )
    if "期限" in words and due_day(task) != words["期限"]:
        yield _sentence(f"「{task.name}」の期限", words["期限"], due_day(task))


def due_day(task: fx.OpenTask) -> date | None:
    """The JST day a task is due on."""
    plain: Any = from_feel(task.due) if isinstance(task.due, FeelDate | FeelDateTime) else task.due
    return jst_date(plain) if isinstance(plain, datetime) else plain


def shown_tasks(world: World) -> str:
    """The open tasks for a message."""
    return "、".join(_task(world, task) for task in world.tasks.values()) or "なし"


def _task(world: World, task: fx.OpenTask) -> str:
    due = due_day(task)
    lane = _lane_names(world, task)[-1:]
    about = "、".join([*lane, "期限なし" if due is None else f"期限 {shown(due)}"])
    return f"{_called(task)}（{about}）"


def _called(task: fx.OpenTask) -> str:
    """Its id and its name."""
    return task.node if task.name in ("", task.node) else f"{task.node} {task.name}"


def matches(wanted: Any, value: Any) -> bool:
    """Whether the value holds everything wanted: contexts by their named entries, everything else exactly."""
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping) and all(
            matches(one, value.get(name)) for name, one in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(value, list)
            and len(wanted) == len(value)
            and all(map(matches, wanted, value))
        )
    return bool(to_feel(wanted) == value)


def _open_tasks(world: World, wanted: Any) -> Iterator[str]:
    """開いている作業: a list of {作業, 担当, 期限}, exactly these."""
    left = list(world.tasks.values())
    for one in wanted or []:
        task = next((t for t in left if one["作業"] in (t.node, t.name)), None)
        if task is None:
            yield _sentence("開いている作業", one["作業"], shown_tasks(world))
            continue
        left.remove(task)
        yield from task_differences(world, task, one)
    for task in left:
        yield _sentence("開いている作業", "（ここに書いたものだけ）", f"{_called(task)} もある")


def _mail_texts(world: World, wanted: Any) -> Iterator[str]:
    """メールの文: mail -> a text its body must hold."""
    for name, text in wanted.items():
        body = world.said.mail_bodies.get(name)
        if body is None:
            yield _sentence(f"メール {name} の文", text, "送っていない")
        elif str(text) not in body:
            yield _sentence(f"メール {name} の文", text, body)


def _letter_texts(world: World, wanted: Any) -> Iterator[str]:
    """通知書の文: letter -> a text that can be read on it."""
    for name, text in wanted.items():
        values = world.said.letter_values.get(name)
        if values is None:
            yield _sentence(f"通知書 {name} の文", text, "出していない")
            continue
        settings = world.procedure.settings
        try:
            page = letters.to_html(
                world.procedure.letters[name],
                values,
                title=settings["letters"][name]["title"],
                office=settings["office"],
                fonts=Path(),
            )
        except letters.LetterRefused as error:
            yield f"通知書 {name} を作れません: {error}"
            continue
        seen = "".join(letters.visible(page).split())
        if "".join(str(text).split()) not in seen:
            yield _sentence(f"通知書 {name} の文", text, seen)


def _decisions(world: World, wanted: Any) -> Iterator[str]:
    """判定: decision -> numbers of the rules that matched last, or a list of such lists for every time."""
    for name, rules in wanted.items():
        all_found = world.said.decisions.get(name, [])
        as_lists = [list(found) for found in all_found]
        if rules and isinstance(rules[0], list):
            if rules != as_lists:
                yield _sentence(f"判定表 {name} の一致した行", rules, as_lists)
        elif not as_lists or as_lists[-1] != list(rules):
            yield _sentence(
                f"判定表 {name} の一致した行", rules, as_lists[-1] if as_lists else "判定なし"
            )


def _registers(world: World, wanted: Any) -> Iterator[str]:
    """台帳: register -> list of {鍵, 日, ない | データ, 持ち主, から}."""
    for register, rows in wanted.items():
        for row in rows:
            on = day(row.get("日", world.today))
            entry = world.registers.find(register, str(row["鍵"]), on=on)
            what = f"台帳 {register} の {row['鍵']}（{on}）"
            if row.get("ない"):
                if entry is not None:
                    yield _sentence(what, "登録なし", f"持ち主 {shown(entry.owner)}")
            elif entry is None:
                yield _sentence(what, "登録あり", "登録なし")
            else:
                if "データ" in row and not matches(row["データ"], to_feel(dict(entry.data))):
                    yield _sentence(what, row["データ"], _part(entry.data, row["データ"]))
                if "持ち主" in row and str(row["持ち主"]) != entry.owner:
                    yield _sentence(f"{what} の持ち主", row["持ち主"], entry.owner)
                if "から" in row and row["から"] != entry.valid_from:
                    yield _sentence(f"{what} の始まり", row["から"], entry.valid_from)


def _calls(world: World, wanted: Any) -> Iterator[str]:
    for operation, count in wanted.items():
        found = world.said.calls.count(operation)
        if found != count:
            yield _sentence(f"{operation} の回数", count, found)


def _variables(world: World, wanted: Any) -> Iterator[str]:
    variables = world.variables()
    for name, value in wanted.items():
        if not matches(value, variables.get(name)):
            found = variables.get(name)
            yield _sentence(f"変数 {name}", value, _part(found, value) if found else found)


_OTHERS = {
    "開いている作業": _open_tasks,
    "メールの文": _mail_texts,
    "通知書の文": _letter_texts,
    "判定": _decisions,
    "台帳": _registers,
    "照会の回数": _calls,
    "変数": _variables,
}


def _end(world: World) -> str:
    if world.ended is None:
        return f"終わっていない（開いている作業: {shown_tasks(world)}）"
    return f"{world.ended.end_event} {world.ended.outcome or ''}".strip()


def _end_names(world: World) -> tuple[Any, ...]:
    if world.ended is None:
        return (None, "終わっていない")
    return (world.ended.end_event, world.ended.outcome)


def _can_withdraw(world: World) -> bool:
    named = (world.procedure.settings.get("withdrawal") or {}).get("message")
    return any(wait.name == named for wait in world.subscriptions.values())


def _lane_names(world: World, task: fx.OpenTask) -> list[str]:
    """Everything the person in charge may be called: lane id, its post, its name in the diagram."""
    lane = task.lane or ""
    post = world.procedure.settings["lanes"].get(lane, {}).get("post")
    names = [p.lanes[lane].name for p in world.procedure.processes.values() if lane in p.lanes]
    return [name for name in (lane, post, *names) if name]


def _part(found: Any, wanted: Any) -> Any:
    """Of a large value, what is comparable with what was wanted."""
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return {name: _part(found.get(name), wanted[name]) for name in wanted}
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        return [_part(one, two) for one, two in zip(found, wanted, strict=True)]
    return found


def _sentence(what: str, wanted: Any, found: Any) -> str:
    return f"{what}: 期待は {shown(wanted)}、実際は {shown(found)}"
