"""The operations an operator has for a running case: what each asks for, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request

from engine import cases, history, interventions, kernel
from engine.bpmn.model import Node
from engine.cases import CaseRow
from engine.errors import NotFound
from engine.kernel import places
from engine.kernel.places import Standing, standing
from engine.versions import Version
from web.auth import Wrong
from web.ops import corrections
from web.ops.foreseen import CHOICES, due_words
from web.ops.opened import list_places
from web.parts import now

Act = Callable[..., object]


@dataclass
class Asked:
    """An operation somebody fills in. shown: what its form needs.  given: what its function takes.  lines, changes, cautions: of the preview."""

    case: CaseRow
    version: Version
    shown: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    errors: list[Wrong] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    changes: list[corrections.Changed] = field(default_factory=list)
    cautions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Operation:
    """lead: what it does and does not do.  statuses: of the cases it is for.  read: fills in `Asked` from the form.

    is_at_token: its address names one token (?token=).
    """

    title: str
    button: str
    lead: tuple[str, ...]
    done: str
    act: Act
    statuses: tuple[str, ...] = ("open", "suspended", "incident")
    read: Callable[[Any, Asked], None] = lambda db, asked: None
    is_grave: bool = False
    is_at_token: bool = False


# Kind of an element -> the group of places it is offered in.
GROUPS = {
    "userTask": "作業",
    "subProcess": "作業のまとまり",
    "transaction": "作業のまとまり",
    "adHocSubProcess": "作業のまとまり",
    "callActivity": "作業のまとまり",
    "serviceTask": "システムの処理",
    "scriptTask": "システムの処理",
    "businessRuleTask": "システムの処理",
    "sendTask": "システムの処理",
    "endEvent": "終わり",
}
OTHERS = "分かれ目・できごとなど"


def _read_due(db: Any, asked: Asked) -> None:
    names = asked.version.node_names()
    found = interventions.fallen_due(db, asked.case.id, now())
    rows = [(one, due_words(one, names), [(c, CHOICES[c]) for c in one.choices]) for one in found]
    decided = {one.key: request.form.get(one.key, "") for one in found}
    asked.shown |= {"due": rows, "since": interventions.suspended_since(db, asked.case.id)}
    asked.given = {"decided": decided}
    for one, words, _ in rows:
        if decided[one.key] not in one.choices:
            asked.errors.append(Wrong(f"{words}をどうするか選んでください。", one.key))
        else:
            asked.lines.append((words, CHOICES[decided[one.key]]))


def _read_variables(db: Any, asked: Asked) -> None:
    state = cases.state(db, asked.case.id)
    variables = dict(kernel.variables(state))
    inside = kernel.newest(state).keys() - variables.keys()
    values, asked.errors = corrections.read(
        db, asked.version, variables, request.form.get("variables", "")
    )
    if not values and not asked.errors:
        asked.errors = [Wrong("変える値を入力してください（例 count = 3）。", "variables")]
    asked.shown = {
        "variables": [(n, corrections.readable(v)) for n, v in sorted(variables.items())]
    }
    asked.given = {"variables": values}
    asked.changes = [
        one
        for name, value in values.items()
        for one in corrections.differences(name, variables.get(name, corrections.NOTHING), value)
    ]
    asked.cautions = corrections.cautions(asked.version, values)
    for name in [name for name in values if name not in variables]:
        only = "。繰返しなどの中にある同じ名前の値は変わりません" if name in inside else ""
        asked.lines.append((name, f"案件全体の新しい値になります{only}。"))
    if values and not asked.changes and not asked.errors:
        asked.errors = [Wrong("どの値も、いまと同じです。", "variables")]


def _at_token(db: Any, asked: Asked) -> tuple[kernel.State, Standing, Node]:
    """The token that the address names: its state, place and node. Raises NotFound."""
    number = request.args.get("token", 0, type=int)
    state = cases.state(db, asked.case.id)
    found = [one for one in standing(state) if one.token == number]
    if not found:
        raise NotFound(f"token {number} is not open in case {asked.case.number}")
    (here,) = list_places(found, asked.version.node_names())
    asked.shown["place"] = here
    asked.given["token"] = number
    asked.lines.append(("場所", here.name))
    return state, found[0], asked.version.processes[found[0].process].by_id[found[0].node]


def _read_move(db: Any, asked: Asked) -> None:
    state, here, _ = _at_token(db, asked)
    names = asked.version.node_names()
    found = places.targets(state, asked.version.processes, here.token)
    before = interventions.came_from(history.entries(db, asked.case.id), here.token)
    words = {one.node: names[one.node] for one in found if not one.why}
    if before in words:
        words[before] += "（引戻し：この前の作業）"
    if here.node in words:
        words[here.node] += "（はじめからやり直す）"
    by_id = asked.version.processes[here.process].by_id
    groups: dict[str, list[tuple[str, str]]] = {group: [] for group in (*GROUPS.values(), OTHERS)}
    for node, text in words.items():
        groups[GROUPS.get(by_id[node].kind, OTHERS)].append((node, f"{text}　{node}"))
    asked.shown["targets"] = [group for group in groups.items() if group[1]]
    asked.shown["chosen"] = request.form.get("to") or (before if before in words else "")
    refused: dict[str, list[str]] = {}
    for one in found:
        if one.why:
            refused.setdefault(one.why, []).append(names[one.node])
    asked.shown["refused"] = [("、".join(nodes), why) for why, nodes in refused.items()]
    to = request.form.get("to", "")
    asked.given["to"] = to
    if to not in words:
        asked.errors.append(Wrong("どこへ動かすか選んでください。", "to"))
    else:
        asked.lines.append(("動かす先", words[to]))


def _read_add(db: Any, asked: Asked) -> None:
    _, here, node = _at_token(db, asked)
    names = asked.version.node_names()
    if node.kind == "adHocSubProcess":
        process = asked.version.processes[here.process]
        inside = [one.id for one in process.beginning(node.index)]
        asked.shown["activities"] = [(one, names[one]) for one in inside]
        chosen = request.form.get("node", "")
        asked.given["node"] = chosen
        if chosen not in inside:
            asked.errors.append(Wrong("加える作業を選んでください。", "node"))
        else:
            asked.lines.append(("加える作業", names[chosen]))
    elif node.loop is not None and node.loop.element:
        text = " ".join(request.form.get("item", "").split())
        asked.shown["element"] = node.loop.element
        variables = cases.variables(db, asked.case.id, token=here.token)
        values, wrong = corrections.read(db, asked.version, variables, f"item = {text}")
        asked.errors += [
            Wrong(one.message.partition("：")[2] or one.message, "item") for one in wrong
        ]
        asked.given["item"] = values.get("item")
        asked.lines.append((node.loop.element, corrections.readable(values.get("item"))))


def _read_remove(db: Any, asked: Asked) -> None:
    _at_token(db, asked)


OPERATIONS: Mapping[str, Operation] = {
    "suspend": Operation(
        "案件を一時停止する",
        "一時停止する",
        (
            "再開するまで、作業は終えられず、タイマーは起きず、照会は送られず、届いた連絡は渡されません。届いたものはなくなりません。",
            "申請者と職員の画面には、システムの確認のため止まっていると出ます。標準処理期間と期限は止まりません。",
        ),
        "一時停止しました。",
        interventions.suspend,
        statuses=("open", "incident"),
    ),
    "resume": Operation(
        "案件を再開する",
        "再開する",
        (
            "止めている間に時刻が来たタイマーと届いた連絡は、ひとつずつ、どうするかを選びます。まとめて起きることはありません。",
            "障害のある案件は、障害に対応するまで止まったままです。",
        ),
        "再開しました。",
        interventions.resume,
        statuses=("suspended",),
        read=_read_due,
    ),
    "cancel": Operation(
        "案件を取り消す",
        "取り消す",
        (
            "開いている作業、照会、タイマーがすべて終わり、案件は「取消し」で終わります。元には戻せません。",
            "それまでに送った通知書とメール、台帳に書いた内容は、そのまま残ります。申請者には自動では知らせません。所管の係から知らせてください。",
        ),
        "取り消しました。",
        interventions.cancel,
        is_grave=True,
    ),
    "variables": Operation(
        "案件の値を変える",
        "値を変える",
        (
            "案件全体の値を変えます。前の値と後の値が記録に残ります。条件を待っているところは、新しい値で進むことがあります。",
            "障害で止まった場所の値は、障害のページから直してください。",
        ),
        "値を変えました。",
        interventions.set_variables,
        read=_read_variables,
    ),
    "move": Operation(
        "案件を別の場所へ動かす",
        "動かす",
        (
            "いまの場所で待っている作業や照会を取りやめ、選んだ要素に着いたところから続けます。前の作業に戻す（引戻し）、先へ送る、はじめからやり直す、のどれにも使います。",
            "済んだこと（通知書、メール、台帳に書いた内容、入力された回答）は元に戻りません。戻した作業は、もう一度終える必要があります。",
        ),
        "動かしました。",
        interventions.move,
        read=_read_move,
        is_at_token=True,
    ),
    "add": Operation(
        "繰返しに1回加える",
        "加える",
        (
            "いま進んでいる繰返し（または、決まった順のない作業のまとまり）に、1回分を加えます。ほかの回はそのまま進みます。",
        ),
        "加えました。",
        interventions.add_instance,
        read=_read_add,
        is_at_token=True,
    ),
    "remove": Operation(
        "繰返しから1回取り除く",
        "取り除く",
        (
            "この回の作業や照会を取りやめます。ほかの回はそのまま進みます。最後の1回を取り除くと、繰返しは終わり、先へ進みます。",
        ),
        "取り除きました。",
        interventions.remove_instance,
        read=_read_remove,
        is_at_token=True,
        is_grave=True,
    ),
}


def at_token(case: CaseRow, version: Version, one: Standing) -> list[tuple[str, str]]:
    """(name, words) of the operations for the token: where there is anything it may do."""
    if case.status == "ended":
        return []
    node = version.processes[one.process].by_id[one.node]
    found = []
    is_run = one.turn > 0
    if not is_run and node.kind != "eventSubProcess":
        found.append(("move", "動かす"))
    if node.loop is not None and (is_run or one.status == "loop"):
        found.append(("remove", "この回を取り除く") if is_run else ("add", "1回加える"))
    if node.kind == "adHocSubProcess" and one.grows:
        found.append(("add", "作業を加える"))
    return found


def offered(case: CaseRow) -> list[tuple[str, str]]:
    """(name, title) of the operations for a case with this status."""
    return [
        (name, one.title)
        for name, one in OPERATIONS.items()
        if case.status in one.statuses and not one.is_at_token
    ]
