"""A scenario as its YAML file tells it: a day, who submits what, what happens step by step, how it must end.

The words are Japanese, so that an office can read and write one; docs/scenarios.md lists them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from engine import safe_yaml
from engine.feel.near import suggestion
from engine.scenarios.showing import shown

JST = ZoneInfo("Asia/Tokyo")
HEAD = {
    "シナリオ", "根拠", "もと", "はじめ", "受付番号", "窓口", "届出者", "届出", "開始", "台帳", "照会の答え", "手順", "おわり", "訂正",
}  # fmt: skip
# action -> further words of the step
STEPS: Mapping[str, set[str]] = {
    "作業": {"担当", "期限", "回答", "誤り"},
    "照会": {"条件", "答え", "拒否", "失敗", "返事なし"},
    "メッセージ": {"内容", "届かない"},
    "シグナル": {"内容", "届かない"},
    "台帳変更": {"鍵", "持ち主", "から", "まで", "データ"},
    "時刻": set(),
}
COMMON = {"日時", "確認"}
ANSWERS = "照会の答え"
EXPECTED = {
    "終了", "異常", "開いている作業", "待っている照会", "通知書", "通知書の文", "メール", "メールの文", "判定", "台帳", "照会の回数", "変数", "取下げできる",
}  # fmt: skip


@dataclass(frozen=True)
class Failure:
    """Why a scenario cannot be read or has not passed. line: where, in its own file; None when that is not known."""

    text: str
    line: int | None = None

    def __str__(self) -> str:
        return self.text if self.line is None else f"{self.line}行目 {self.text}"


class Unreadable(Exception):
    """The file is not a scenario; each argument, a text or a Failure, says in Japanese what is wrong."""


@dataclass(frozen=True)
class Place:
    """Where a step is written. file: of the scenario it is taken from (もと), empty for its own."""

    line: int | None = None
    file: str = ""

    def failure(self, text: str) -> Failure:
        """The sentence, told of this place."""
        if self.file:
            return Failure(f"{self.file} {self.line}行目 {text}")
        return Failure(text, self.line)


@dataclass(frozen=True)
class Step:
    """action: one of STEPS.  subject: the node, operation, message, signal or register it is about."""

    number: int
    action: str
    subject: str
    words: Mapping[str, Any]
    at: datetime | None = None
    expect: Mapping[str, Any] = field(default_factory=dict)
    place: Place = Place()


@dataclass(frozen=True)
class Scenario:
    """register_entries: register -> list of {鍵, 持ち主, から, まで, データ}.  answers: standing answers of calls.

    answers_of: the scenario they are written in, itself or one it is made from (もと).
    start: {イベント, 内容} of the start event that begins it instead of a filing.
    corrects: {番号, 到達, 台帳} of the finished case it puts right; 台帳: as before that case.
    """

    name: str
    file: str
    title: str
    begins: datetime
    case_number: str
    channel: str
    filer: str
    filing: Mapping[str, Any]
    start: Mapping[str, Any] | None
    register_entries: Mapping[str, list[Mapping[str, Any]]]
    answers: tuple[Mapping[str, Any], ...]
    answers_of: str
    steps: tuple[Step, ...]
    end: Mapping[str, Any]
    corrects: Mapping[str, Any] | None = None


def read_all(texts: Mapping[str, str]) -> tuple[list[Scenario], dict[str, tuple[Failure, ...]]]:
    """The scenarios and, by name, all for which the others cannot be read. texts: name -> YAML."""
    found, wrong = [], {}
    for name in sorted(texts):
        try:
            found.append(read(name, texts))
        except Unreadable as error:
            wrong[name] = tuple(
                one if isinstance(one, Failure) else Failure(one) for one in error.args
            )
    return found, wrong


def read(name: str, texts: Mapping[str, str]) -> Scenario:
    """The scenario of this name, its `もと` filled in. Raises Unreadable."""
    raw, answers_of = _with_base(name, texts, ())
    _known(raw, HEAD, "シナリオ")
    for required in ("シナリオ", "はじめ", "おわり"):
        if required not in raw:
            raise Unreadable(f"「{required}」がありません。書き足してください。")
    if ("届出" in raw) == ("開始" in raw):
        raise Unreadable("「届出」か「開始」のどちらか一つを書いてください。")
    registers = raw.get("台帳") or {}
    return Scenario(
        name=name,
        file=f"scenarios/{name}.yaml",
        title=str(raw["シナリオ"]),
        begins=instant(raw["はじめ"]),
        case_number=str(raw.get("受付番号", "R8-000001")),
        channel=str(raw.get("窓口", "account")),
        filer=str(raw.get("届出者", "届出者")),
        filing=raw.get("届出") or {},
        start=_start(raw.get("開始")),
        register_entries={register: list(rows or []) for register, rows in registers.items()},
        answers=tuple(_answer(n, one) for n, one in enumerate(raw.get(ANSWERS) or (), 1)),
        answers_of=answers_of,
        steps=tuple(_steps(raw.get("手順") or (), _places(name, texts))),
        end=_expected(raw["おわり"] or {}, "おわり"),
        corrects=_corrects(raw.get("訂正")),
    )


def _start(raw: Any) -> Mapping[str, Any] | None:
    if raw is None:
        return None
    if not isinstance(raw, Mapping) or not raw.get("イベント"):
        raise Unreadable("「開始」に「イベント」（開始イベントのid）を書いてください。")
    _known(raw, {"イベント", "内容"}, "開始")
    return raw


def merge(base: Any, over: Any) -> Any:
    """`over` laid on `base`: contexts by key, lists by position (a further row starts from the last one of the base)."""
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return {**base, **{k: merge(base.get(k), v) for k, v in over.items()}}
    if isinstance(base, list) and isinstance(over, list) and base and _rows(base) and _rows(over):
        return [merge(base[min(i, len(base) - 1)], row) for i, row in enumerate(over)]
    return over


def instant(value: Any) -> datetime:
    """`2026-05-07 16:59` as an aware instant in JST. Raises Unreadable."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=JST) if value.tzinfo is None else value
    if isinstance(value, str):
        try:
            return instant(datetime.fromisoformat(value.strip()))
        except ValueError:
            pass
    raise Unreadable(f"日時「{shown(value)}」が読めません。2026-05-07 16:59 の形で書いてください。")


def day(value: Any) -> date:
    """A date of the file. Raises Unreadable."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise Unreadable(f"日付「{shown(value)}」が読めません。2026-05-07 の形で書いてください。")


def _with_base(
    name: str, texts: Mapping[str, str], seen: tuple[str, ...]
) -> tuple[dict[str, Any], str]:
    """The words with those of its `もと`, and the scenario its standing answers are written in."""
    if name in seen:
        raise Unreadable(f"「もと」が輪になっています: {' → '.join((*seen, name))}")
    if name not in texts:
        near = suggestion(name, texts)
        raise Unreadable(
            f"「もと」のシナリオ「{name}」がありません。{near or 'scenarios/ に置いてください。'}"
        )
    try:
        raw = safe_yaml.load(texts[name])
    except safe_yaml.Unreadable as error:
        each = (
            f"YAMLとして読めません（{one.where}）。{one.remedy}" for one in (error, *error.further)
        )
        raise Unreadable(*each) from error
    if not isinstance(raw, dict):
        raise Unreadable("「項目: 値」の形になっていません。")
    if "もと" not in raw:
        return raw, name
    base, answers_of = _with_base(str(raw["もと"]), texts, (*seen, name))
    merged = {**base, **raw}
    for shared in ("届出", "台帳"):
        if shared in raw and shared in base:
            merged[shared] = merge(base[shared], raw[shared])
    return merged, name if ANSWERS in raw else answers_of


def _steps(raw: Sequence[Any], places: Sequence[Place]) -> list[Step]:
    found, wrong = list[Step](), list[Failure]()
    for number, one in enumerate(raw, 1):
        place = places[number - 1] if number <= len(places) else Place()
        try:
            found.append(replace(_step(number, one), place=place))
        except Unreadable as error:
            wrong += [place.failure(reason) for reason in error.args]
    if wrong:
        raise Unreadable(*wrong)
    return found


def _places(name: str, texts: Mapping[str, str], file: str = "") -> list[Place]:
    """Where each step is written. file: of another scenario."""
    nodes = safe_yaml.compose(texts[name])
    parts = {key.value: value for key, value in nodes.value} if nodes is not None else {}
    if (steps := parts.get("手順")) is not None:
        items = steps.value if isinstance(steps, yaml.SequenceNode) else []
        return [Place(item.start_mark.line + 1, file) for item in items]
    base = parts["もと"].value if "もと" in parts else None
    return [] if base is None else _places(base, texts, f"{base}.yaml")


def _answer(number: int, raw: Any) -> Mapping[str, Any]:
    where = f"{ANSWERS}の{number}件目"
    if not isinstance(raw, Mapping) or not raw.get("照会"):
        raise Unreadable(f"{where}に「照会」（操作の名前）を書いてください。")
    _known(raw, {"照会", "回数"} | STEPS["照会"], where)
    times = raw.get("回数", 1)
    if not isinstance(times, int) or times < 1:
        raise Unreadable(f"{where}の「回数」に1以上の整数を書いてください。")
    return raw


def _corrects(raw: Any) -> Mapping[str, Any] | None:
    if raw is None:
        return None
    if not isinstance(raw, dict) or not {"番号", "到達"} <= raw.keys():
        raise Unreadable("「訂正」には、もとの案件の「番号」と「到達」（日付）を書いてください。")
    _known(raw, {"番号", "到達", "台帳"}, "訂正")
    day(raw["到達"])
    return raw


def _step(number: int, raw: Any) -> Step:
    if not isinstance(raw, dict):
        raise Unreadable(f"手順{number}が「作業: …」などの形になっていません。")
    actions = [word for word in STEPS if word in raw]
    if len(actions) != 1:
        raise Unreadable(f"手順{number}には {'・'.join(STEPS)} のどれか一つを書いてください。")
    action = actions[0]
    _known(raw, {action} | STEPS[action] | COMMON, f"手順{number}")
    is_clock = action == "時刻"
    at = raw["時刻"] if is_clock else raw.get("日時")
    return Step(
        number=number,
        action=action,
        subject="" if is_clock else str(raw[action]),
        words={w: raw[w] for w in STEPS[action] if w in raw},
        at=instant(at) if at is not None else None,
        expect=_expected(raw.get("確認") or {}, f"手順{number}の確認"),
    )


def _expected(raw: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise Unreadable(f"{where}が「項目: 値」の形になっていません。")
    _known(raw, EXPECTED, where)
    return raw


def _known(raw: Mapping[str, Any], words: set[str], where: str) -> None:
    strange = sorted(str(word) for word in raw if word not in words)
    if strange:
        near = suggestion(strange[0], words - set(raw))
        raise Unreadable(
            f"{where}の「{'、'.join(strange)}」は知らない言葉です。"
            + (near or f"{'、'.join(sorted(words))} を使ってください。")
        )


def _rows(value: list[Any]) -> bool:
    return all(isinstance(row, Mapping) for row in value)
