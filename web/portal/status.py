"""A case in plain words for the person who filed it: where it stands, what happens next, when it is expected to end. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.kernel.effects import CANCELLED
from web.words import full_day

# What carries the meaning of a step's name: 国の自動車登録情報と照合しています and 国の登録との照合 share 照合.
WORDS = re.compile(r"[一-龥々ァ-ヶーA-Za-z0-9]+")
SENTENCE = ("ます", "ました", "です", "ません")


@dataclass(frozen=True)
class Step:
    """One line of the course of a procedure. state: done | current | stopped | skipped | returned | withdrawn | todo."""

    title: str
    state: str
    text: str = ""


@dataclass(frozen=True)
class Standing:
    """kind: yours | office | stopped | done | returned | withdrawn (colour).  headline: where it stands.  next: what happens now."""

    kind: str
    chip: str
    headline: str
    next: tuple[str, ...]
    expected: str = ""


def standing(
    case: Any,
    *,
    open_tasks: Sequence[Any],
    settings: Mapping[str, Any],
    today: date,
    told: Sequence[str] = (),
) -> Standing:
    """Where the case stands. case: row with status, stage, due_on, outcome, end_event, ended_at.  open_tasks: rows with audience, due_on.

    told: what the procedure says to do after this end (web/portal/ending).
    """
    if case.status == "ended":
        return _ended(case, settings, told)
    if case.status in ("incident", "suspended"):
        return Standing(
            "stopped",
            "確認中",
            "システムの確認のため、一時的に止まっています",
            (
                "届出を受け付けた日時と内容は、そのまま残っています。",
                "確認が終わりしだい、続きから処理します。あなたがすることはありません。",
            ),
            _expected(case, today),
        )
    yours = [task for task in open_tasks if task.audience == "applicant"]
    if yours:
        return _yours(yours[0], today)
    stage = case.stage or "審査中"
    return Standing(
        "office",
        "処理中",
        _in_progress(settings["office"]["name"], stage),
        (
            "あなたがすることは、いまはありません。",
            "直していただくところがあるとき、または終わったときは、"
            + ("メールで" if case.channel == "guest" else "メールとマイページで")
            + "お知らせします。",
        ),
        _expected(case, today),
    )


def steps(case: Any, *, tasks: Sequence[Any], settings: Mapping[str, Any]) -> list[Step]:
    """The course of the procedure with the place the case has come to; the first step (filing) is always done.

    tasks: every task of the case so far, with node, name, audience, status.
    """
    titles = list(settings.get("steps") or ("届出", "審査", "完了のお知らせ"))
    stages = settings.get("stages", {})
    passed = [stages.get(task.node, task.name) for task in tasks if task.audience == "staff"]
    if case.status == "ended":
        end = _ended(case, settings)
        if end.kind == "done":
            return [_past(titles, n, passed) for n in range(len(titles))]
        return [*_until_end(titles, tasks, settings, passed), Step(end.chip, end.kind)]
    here = place(titles, case.stage or "", passed)
    waiting = any(task.audience == "applicant" and task.status == "open" for task in tasks)
    state = "stopped" if waiting or case.status != "open" else "current"
    text = "直していただくのを待っています" if waiting else ""
    return [
        _past(titles, n, passed)
        if n < here
        else Step(title, state, text)
        if n == here
        else Step(title, "todo")
        for n, title in enumerate(titles)
    ]


def _until_end(
    titles: Sequence[str], tasks: Sequence[Any], settings: Mapping[str, Any], passed: Sequence[str]
) -> list[Step]:
    """The steps a case took that ended before its course was over: up to the last work anybody was given.

    Work that was not completed is no step taken; where nothing was given to anybody, nothing but the filing is known.
    """
    placed = [(task, step_of(task, settings)) for task in tasks if task.audience == "staff"]
    known = [(task, step) for task, step in placed if step is not None]
    if not known:
        return [Step(titles[0], "done")]
    last, step = known[-1]
    return [_past(titles, n, passed) for n in range(step + (last.status == "done"))]


def _past(titles: Sequence[str], n: int, passed: Sequence[str]) -> Step:
    """A step the case has left behind; one that comes only in some cases, 審査（違いがあるとき）, may not have come."""
    if titles[n].endswith("とき）") and n not in [_likest(titles, words) for words in passed]:
        return Step(titles[n], "skipped", "今回はありませんでした")
    return Step(titles[n], "done")


def place(titles: Sequence[str], stage: str, passed: Sequence[str] = ()) -> int:
    """The index of the step a stage belongs to: the one that shares the longest word with it.

    passed: stages the case was in before; the furthest of them counts when the stage shares a word with no step.
    """
    found = _likest(titles, stage)
    if found is not None:
        return found
    before = [n for n in (_likest(titles, words) for words in passed) if n is not None]
    return max(before, default=min(1, len(titles) - 1))


def step_of(task: Any, settings: Mapping[str, Any]) -> int | None:
    """The index of the step the work of a task belongs to; None when its words say none."""
    titles = list(settings.get("steps") or ())
    return _likest(titles, settings.get("stages", {}).get(task.node, task.name))


def _likest(titles: Sequence[str], stage: str) -> int | None:
    if "終わりました" in stage:
        return len(titles) - 1
    scores = [_shared(title, stage) for title in titles[1:]]
    best = max(scores, default=0)
    return scores.index(best) + 1 if best >= 2 else None


def _shared(one: str, other: str) -> int:
    """Length of the longest run of kanji, katakana or letters that stands in both."""
    longest = 0
    for word in WORDS.findall(one):
        for start in range(len(word)):
            end = start + longest + 1
            while end <= len(word) and word[start:end] in other:
                longest, end = end - start, end + 1
    return longest


def withdrawal_words(settings: Mapping[str, Any]) -> str:
    """The words of the button: 取下げする, 届出を取り下げる."""
    label = str((settings.get("withdrawal") or {}).get("label") or "取下げ")
    return label if label.endswith(("る", "す")) else f"{label}する"


def _is_cancelled(case: Any) -> bool:
    """Whether the office ended it outside its course: no end of the model, no decision."""
    return case.end_event is None and case.outcome == CANCELLED


def _yours(task: Any, today: date) -> Standing:
    until = f"{full_day(task.due_on)}までに" if task.due_on else ""
    late = task.due_on is not None and task.due_on < today
    return Standing(
        "yours",
        "あなたの対応待ち",
        "直していただきたいところがあります",
        (
            f"{until}「補正する」を押して、担当者のメモのあるところを直し、提出してください。",
            "期限を過ぎています。すぐに直せないときは、担当部署へご連絡ください。"
            if late
            else "はじめに届いた日時は変わりません。",
        ),
        f"補正の期限 {full_day(task.due_on)}" if task.due_on else "",
    )


def _ended(case: Any, settings: Mapping[str, Any], told: Sequence[str] = ()) -> Standing:
    """What the procedure says of the end the case came to; without words of its own, that it is over."""
    day = full_day(case.ended_at) if case.ended_at else ""
    if _is_cancelled(case):
        return Standing(
            "returned",
            "取消し",
            "処理が取り消されました",
            (
                "審査の結論は出ていません。くわしいことは、下の連絡先へお問い合わせください。",
                "必要なときは、あらためて届け出てください。",
            ),
            f"取り消した日 {day}" if day else "",
        )
    end = settings.get("ends", {}).get(case.end_event)
    if end is None:
        return Standing(
            "done",
            "終了",
            "手続は終わりました",
            ("お知らせの文書があるときは、このページから受け取れます。",),
            f"終わった日 {day}" if day else "",
        )
    return Standing(
        end["kind"],
        end["chip"],
        end["headline"],
        tuple(told),
        f"終わった日 {day}" if day else "",
    )


def _in_progress(office: str, stage: str) -> str:
    if stage.endswith(SENTENCE):
        return stage
    return (
        f"{office}で{stage}です"
        if stage.endswith(("中", "待ち"))
        else f"{office}で「{stage}」を進めています"
    )


def _expected(case: Any, today: date) -> str:
    if case.due_on is None:
        return ""
    if case.due_on < today:
        return f"{full_day(case.due_on)}までに終わる見込みでしたが、遅れています。お待たせして申し訳ありません。"
    return f"{full_day(case.due_on)}までに終わる見込みです"
