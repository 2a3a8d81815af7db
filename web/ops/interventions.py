"""What an operator does to a running case: filled in, looked at before it happens, carried out once, with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import cases, interventions
from engine.cases import CaseRow
from engine.errors import NotFound, TetsuzukiError
from engine.interventions import CaseMoved, Due, Preview, Thing, Undecided
from engine.versions import Version
from web import once
from web.auth import Wrong
from web.ops import corrections
from web.ops.blueprint import blueprint, operator, tabs
from web.ops.opened import STATUS, open_case
from web.parts import now, parts
from web.words import moment

Act = Callable[..., object]


@dataclass
class Asked:
    """An operation somebody fills in. shown: what its form needs.  given: what its function takes.  lines: of the preview."""

    case: CaseRow
    version: Version
    shown: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    errors: list[Wrong] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Operation:
    """lead: what it does and does not do.  statuses: of the cases it is for.  read: fills in `Asked` from the form."""

    title: str
    button: str
    lead: tuple[str, ...]
    done: str
    act: Act
    statuses: tuple[str, ...] = ("open", "suspended", "incident")
    read: Callable[[Any, Asked], None] = lambda db, asked: None
    is_grave: bool = False


THINGS: Mapping[str, Callable[[str, Thing], str]] = {
    "task": lambda name, one: f"作業「{one.name}」",
    "call": lambda name, one: f"照会「{name}」（{one.name}）",
    "timer": lambda name, one: f"タイマー「{name}」（{moment(one.at)}）",
    "message": lambda name, one: f"連絡を待つ「{name}」（{one.name}）",
    "incident": lambda name, one: f"障害：「{name or '案件全体'}」（{one.name}）で止まります",
    "letter": lambda name, one: f"通知書「{one.name}」を作ります",
    "mail": lambda name, one: f"メール「{one.name}」を送ります",
    "operation": lambda name, one: f"処理「{name}」（{one.name}）を行います",
}
CHOICES = {
    "fire": "すぐに起こす",
    "wait": "止めていた時間だけ、あとにする",
    "deliver": "届ける",
    "discard": "届けない（捨てる）",
}


def _read_due(db: Any, asked: Asked) -> None:
    names = asked.version.node_names()
    found = interventions.fallen_due(db, asked.case.id, now())
    rows = [(one, _due_words(one, names), [(c, CHOICES[c]) for c in one.choices]) for one in found]
    decided = {one.key: request.form.get(one.key, "") for one in found}
    asked.shown = {"due": rows, "since": interventions.suspended_since(db, asked.case.id)}
    asked.given = {"decided": decided}
    for one, words, _ in rows:
        if decided[one.key] not in one.choices:
            asked.errors.append(Wrong(f"{words}をどうするか選んでください。", one.key))
        else:
            asked.lines.append((words, CHOICES[decided[one.key]]))


def _due_words(one: Due, names: Mapping[str, str]) -> str:
    if one.kind == "timer":
        return f"タイマー「{names.get(one.name, one.name)}」（{moment(one.at)}）"
    return f"連絡「{one.name}」（{moment(one.at)}に到着）"


def _read_variables(db: Any, asked: Asked) -> None:
    variables = cases.variables(db, asked.case.id)
    values, asked.errors = corrections.read(
        db, asked.version, variables, request.form.get("variables", "")
    )
    if not values and not asked.errors:
        asked.errors = [Wrong("変える値を入力してください（例 count = 3）。", "variables")]
    asked.shown = {
        "variables": [(n, corrections.readable(v)) for n, v in sorted(variables.items())]
    }
    asked.given = {"variables": values}
    asked.lines = [
        (path, f"{before}　→　{after}")
        for name, value in values.items()
        for path, before, after in corrections.differences(
            name, variables.get(name, corrections.NOTHING), value
        )
    ]
    if values and not asked.lines and not asked.errors:
        asked.errors = [Wrong("どの値も、いまと同じです。", "variables")]


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
}


def offered(case: CaseRow) -> list[tuple[str, str]]:
    """(name, title) of the operations for a case with this status."""
    return [(name, one.title) for name, one in OPERATIONS.items() if case.status in one.statuses]


@blueprint.route("/cases/<key>/operations/<name>", methods=["GET", "POST"])
def operate(key: str, name: str) -> Any:
    operation = OPERATIONS.get(name) or abort(404)
    action = request.form.get("action", "")
    reason = request.form.get("reason", "").strip()[:1000]
    if action == "do":
        return _carry_out(key, operation, name, reason)
    with parts().database.transaction() as db:
        row, version = open_case(db, key, f"ops.{name}")
        if row.status not in operation.statuses:
            flash("この操作は、案件のいまの状態ではできません。", "warning")
            return redirect(url_for("ops.case", key=key), 303)
        asked = Asked(row, version)
        operation.read(db, asked)
        if not reason:
            asked.errors.append(Wrong("理由を入力してください。記録に残ります。", "reason"))
        if action == "preview" and not asked.errors:
            given = _common(row, row.last_seq, reason) | asked.given
            try:
                found = interventions.preview(db, row.id, lambda: operation.act(db, **given))
            except TetsuzukiError as error:
                asked.errors.append(Wrong(f"この操作はできません：{error}", "reason"))
            else:
                return _show(operation, asked, reason, preview=found)
    if action != "preview":  # opened, or back from the preview
        asked.errors = []
    page = _show(operation, asked, reason)
    return (page, 422) if asked.errors else page


def _carry_out(key: str, operation: Operation, name: str, reason: str) -> Response:
    def work(db: Any) -> str:
        row, version = open_case(db, key, f"ops.{name}")
        asked = Asked(row, version)
        if row.status in operation.statuses:
            operation.read(db, asked)
        seen = request.form.get("seen", -1, type=int)
        operation.act(db, **_common(row, seen, reason), **asked.given)
        flash(f"{row.number}：{operation.done}", "success")
        return url_for("ops.case", key=key)

    again = url_for("ops.case", key=key)
    try:
        return once.carry_out(work)
    except NotFound:
        raise
    except CaseMoved:
        words = "確かめたあとに案件が進んだため、何もしていません。いまの状態を見て、もう一度確かめてください。"
    except Undecided:
        words = "確かめたあとに、別のタイマーの時刻が来たか連絡が届いたため、何もしていません。どうするか選んでください。"
        again = url_for("ops.operate", key=key, name=name)
    except TetsuzukiError as error:
        words = f"実行できませんでした：{error}"
    flash(words, "warning")
    return redirect(again, 303)


def _common(row: CaseRow, seen: int, reason: str) -> dict[str, Any]:
    return {
        "case_id": row.id,
        "seen": seen,
        "actor": operator(),
        "now": now(),
        "reason": reason,
    }


def _show(
    operation: Operation, asked: Asked, reason: str, *, preview: Preview | None = None
) -> str:
    names = asked.version.node_names()

    def words(things: tuple[Thing, ...]) -> list[str]:
        return [THINGS[one.kind](names.get(one.node, one.node), one) for one in things]

    hidden = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ("csrf_token", "form_token", "action", "seen")
    ]
    return render_template(
        "ops/operation.html",
        tabs=tabs(),
        operation=operation,
        case=asked.case,
        version=asked.version,
        shown=asked.shown,
        errors=asked.errors,
        form=request.form,
        reason=reason,
        preview=preview,
        lines=asked.lines,
        opened=words(preview.opened) if preview else [],
        closed=words(preview.closed) if preview else [],
        status=STATUS[preview.status] if preview else STATUS[asked.case.status],
        hidden=hidden,
    )
