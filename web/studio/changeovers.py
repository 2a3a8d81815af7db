"""Running cases go on under another version: which elements stand for which, a look at every case, the move, the way back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import changeover_lines, changeovers, changing_back, versions
from engine.bpmn.model import Node
from engine.changeover_lines import Counts
from engine.changeovers import Head
from engine.changing_back import NotUndone
from engine.errors import NotAllowed, NotFound
from engine.kernel import pairing
from engine.kernel.effects import KEEP, NOTHING, RESTART
from engine.kernel.hindrances import WHY
from engine.kernel.pairing import Pair
from engine.versions import Version, VersionRow
from web.auth import current_actor
from web.element_kinds import kind_of
from web.once import carry_out
from web.parts import now, parts
from web.studio.blueprint import blueprint

END = "-"  # in the forms: what waits there is given up
LINES = 50
HEADS = 20
STATUS = {
    "to_check": ("調べています", "active"),
    "fits": ("移せます", "done"),
    "hindered": ("移せません", "danger"),
    "to_move": ("順番を待っています", "active"),
    "moved": ("移しました", "done"),
    "refused": ("移しませんでした", "warning"),
    "undone": ("元の版に戻しました", "stopped"),
}
NOT_UNDONE = {
    "since": "移したあとに、案件で別のこと（作業の完了や連絡の到着など）がありました。新しい版のまま進みます。",
    "on": "移したときに、案件がすぐ先へ進みました。新しい版のまま進みます。",
    "moved": "この案件は、もう元の版に戻しているか、処理の途中です。",
    "replay": "案件の記録から、移す前の状態を作れませんでした。運用担当者に伝えてください。",
}


@blueprint.get("/<code>/changeovers")
def list_changeovers(code: str) -> str:
    """What was done so far, and from which version to which the next one goes."""
    with parts().database.reading() as db:
        rows = _rows(db, code)
        found = changeover_lines.list_of(db, code, limit=HEADS + 1)
    return render_template(
        "studio/changeovers.html",
        code=code,
        name=rows[0].name,
        left=[row for row in rows if row.open_cases],
        rows=rows,
        found=[(head, counts, _state(head, counts)) for head, counts in found[:HEADS]],
        more=len(found) > HEADS,
    )


@blueprint.route("/<code>/changeovers/new", methods=["GET", "POST"])
def new_changeover(code: str) -> Any:
    """Which element stands for which, which timers go on; then every case is looked at."""
    with parts().database.reading() as db:
        rows = {row.number: row for row in _rows(db, code)}
        before = rows.get(request.args.get("before", 0, type=int))
        after = rows.get(request.args.get("after", 0, type=int))
        if before is None or after is None:
            return _refuse(code, "移す案件のいまの版と、移す先の版を選んでください。")
        left, to = versions.get(db, before.id), versions.get(db, after.id)
    if before.id == after.id:
        return _refuse(code, "同じ版どうしは選べません。移す先に、別の版を選んでください。")
    if not before.open_cases:
        return _refuse(code, f"第{before.number}版で進行中の案件はありません。")
    found = pairing.pairs(left.processes, left.main.id, to.processes, to.main)
    if request.method == "POST":
        return _plan(code, left, to, found)
    return _choose(code, before, after, found)


def _plan(code: str, left: Version, to: Version, found: list[Pair]) -> Response:
    nodes = {}
    for pair in found:
        chosen = request.form.get(f"node-{pair.node.id}", "")
        if pair.new is None and chosen in {choice.id for choice in pair.choices}:
            nodes[pair.node.id] = chosen
        elif pair.new is None and pair.may_end and chosen == END:
            nodes[pair.node.id] = NOTHING
    timers = {
        one.node.id: RESTART
        for one in pairing.clocked(found)
        if request.form.get(f"timer-{one.node.id}") == RESTART
    }

    def work(db: Any) -> str:
        made = changeovers.plan(
            db,
            left_id=left.id,
            to_id=to.id,
            nodes=nodes,
            timers=timers,
            actor=current_actor(),
            now=now(),
        )
        return url_for("studio.changeover", code=code, changeover_id=made)

    try:
        return carry_out(work)
    except NotAllowed:
        return _refuse(code, f"第{left.number}版で進行中の案件は、なくなりました。")


def _refuse(code: str, words: str) -> Response:
    flash(words, "warning")
    return redirect(url_for("studio.list_changeovers", code=code), 303)


def _choose(code: str, before: VersionRow, after: VersionRow, found: list[Pair]) -> str:
    open_ = [pair for pair in found if pair.new is None]
    return render_template(
        "studio/changeover_new.html",
        code=code,
        name=after.name,
        before=before,
        after=after,
        asked=[_asked(pair) for pair in open_ if not pair.is_passed],
        passed=[_asked(pair) for pair in open_ if pair.is_passed],
        same=[(_named(pair.node), kind_of(pair.node)) for pair in found if pair.new is not None],
        timers=sorted(
            (
                {
                    "key": f"timer-{one.node.id}",
                    "name": _named(one.node),
                    "kind": kind_of(one.node),
                    "before": one.before,
                    "after": one.after,
                    "is_same": one.before == one.after,
                }
                for one in pairing.clocked(found)
            ),
            key=lambda one: bool(one["is_same"]),
        ),
        choices=[(KEEP, "残り時間を保つ"), (RESTART, "数え直す")],
    )


def _asked(pair: Pair) -> dict[str, Any]:
    options = [("", "選ばない（ここにある案件は移せません）")]
    options += [(choice.id, _named(choice)) for choice in pair.choices]
    if pair.may_end:
        options.append((END, "なくす（待つのをやめます）"))
    return {
        "key": f"node-{pair.node.id}",
        "name": _named(pair.node),
        "kind": kind_of(pair.node),
        "why": WHY[pair.why].partition("。")[0] + "。",
        "options": options,
        "value": pair.likely,
    }


def _named(node: Node) -> str:
    return f"{node.name}（{node.drawn}）" if node.name else node.drawn


# --- the report, the move, the result ---------------------------------------------------------------


@blueprint.get("/<code>/changeovers/<int:changeover_id>")
def changeover(code: str, changeover_id: int) -> str:
    """How far it is, what hinders, and every case with what has become of it."""
    return _page(code, changeover_id)


@blueprint.get("/<code>/changeovers/<int:changeover_id>/live")
def changeover_live(code: str, changeover_id: int) -> Response:
    """The figures again, nothing (204) while they are the same; when no case waits any more, the page as a whole.

    ?waiting= says for how many the page asks.
    """
    with parts().database.reading() as db:
        head = _head(db, code, changeover_id)
        waiting = changeover_lines.waiting(db, head.id)
        if request.args.get("waiting", type=int) == waiting:
            return Response(status=204)
        counts = changeover_lines.counts(db, head.id)
    response = Response(
        render_template(
            "studio/_changeover.html", code=code, head=head, counts=counts, is_poll=True
        )
    )
    if not counts.waiting:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/<code>/changeovers/<int:changeover_id>/start")
def start_changeover(code: str, changeover_id: int) -> Any:
    """Every case that fits moves, one after the other."""
    reason = request.form.get("reason", "").strip()[:1000]
    if not reason:
        return _page(code, changeover_id, is_reason_missing=True), 422

    def work(db: Any) -> str:
        head = _head(db, code, changeover_id)
        changeovers.start(db, head.id, reason=reason, actor=current_actor(), now=now())
        return url_for("studio.changeover", code=code, changeover_id=head.id)

    try:
        return carry_out(work)
    except NotAllowed:
        flash("ほかの職員が、もう移し始めています。", "warning")
        return redirect(url_for("studio.changeover", code=code, changeover_id=changeover_id), 303)


@blueprint.route(
    "/<code>/changeovers/<int:changeover_id>/cases/<int:row_id>/undo", methods=["GET", "POST"]
)
def undo_changeover(code: str, changeover_id: int, row_id: int) -> Any:
    """Asks for the reason, and brings one case back to where it stood."""
    reason = request.form.get("reason", "").strip()[:1000]
    with parts().database.reading() as db:
        head = _head(db, code, changeover_id)
        line = changeover_lines.find_line(db, head.id, row_id)
        if line is None:
            abort(404)
        shown = versions.get(db, head.to_id).name
    if request.method == "GET" or not reason:
        page = render_template(
            "studio/changeover_undo.html",
            code=code,
            name=shown,
            head=head,
            line=line,
            status=STATUS[line.status],
            is_reason_missing=request.method == "POST",
        )
        return (page, 422) if request.method == "POST" else page

    def work(db: Any) -> str:
        changing_back.undo(db, row_id, reason=reason, actor=current_actor(), now=now())
        return url_for("studio.changeover", code=code, changeover_id=changeover_id)

    try:
        done = carry_out(work)
    except NotUndone as error:
        flash(f"{line.number}は戻しませんでした。{NOT_UNDONE[error.code]}", "warning")
        return redirect(url_for("studio.changeover", code=code, changeover_id=changeover_id), 303)
    flash(f"{line.number}を第{head.left}版に戻しました。")
    return done


def _page(code: str, changeover_id: int, *, is_reason_missing: bool = False) -> str:
    status = request.args.get("status")
    after = request.args.get("from", 0, type=int)
    with parts().database.reading() as db:
        head = _head(db, code, changeover_id)
        counts = changeover_lines.counts(db, head.id)
        left, to = versions.get(db, head.left_id), versions.get(db, head.to_id)
        obstacles = changeover_lines.obstacles(db, head.id)
        lines, more = changeover_lines.lines(
            db,
            head.id,
            status=status if status in STATUS else None,
            after=max(after, 0),
            limit=LINES,
        )
    return render_template(
        "studio/changeover.html",
        code=code,
        name=to.name,
        head=head,
        counts=counts,
        state=_state(head, counts),
        obstacles=obstacles,
        lines=lines,
        is_first=after <= 0,
        next_from=lines[-1].case_id if more else None,
        status=status if status in STATUS else "",
        statuses=[
            (key, words, count) for key, (words, _) in STATUS.items() if (count := _of(counts, key))
        ],
        words=STATUS,
        chosen=list(_chosen(head, left, to)),
        is_reason_missing=is_reason_missing,
    )


def _of(counts: Counts, status: str) -> int:
    """How many cases have the status now; those that fit and were not moved are what is left of them."""
    if status == "fits":
        return counts.fits - counts.to_move - counts.moved - counts.refused - counts.undone
    return int(getattr(counts, status))


def _chosen(head: Head, left: Version, to: Version) -> Iterable[tuple[str, str]]:
    """What was decided before the cases were looked at, in words."""
    old, new = left.node_names(), to.node_names()
    for node, target in head.nodes.items():
        yield old.get(node, node), new.get(target, target) if target else "なくす"
    for node, choice in head.timers.items():
        if choice == RESTART:
            yield old.get(node, node), "数え直す"


def _state(head: Head, counts: Counts) -> tuple[str, str]:
    if head.started_at is None:
        return (
            ("調べています", "active")
            if counts.to_check
            else ("調べました（まだ移していません）", "")
        )
    return ("移しています", "active") if counts.to_move else ("終わりました", "done")


def _head(db: Any, code: str, changeover_id: int) -> Head:
    try:
        return changeovers.get(db, changeover_id, procedure=code)
    except NotFound:
        abort(404)


def _rows(db: Any, code: str) -> list[VersionRow]:
    """The published versions, newest first; 404 without any."""
    return versions.list_all(db, code) or abort(404)
