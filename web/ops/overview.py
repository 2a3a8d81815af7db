"""What runs, what waits, what failed: first page and lists."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template

from adapters import discover
from engine import (
    calls,
    inbox,
    incidents,
    interventions,
    jobs,
    refused_filings,
    starts,
    undelivered,
    versions,
    watch,
)
from engine.bpmn.model import drawn_id
from web.ops.blueprint import blueprint, tabs
from web.parts import now, parts

JOB_NAMES = {
    "perform_call": "外部システムへの照会",
    "deliver_message": "案件への連絡",
    "make_letter": "通知書の作成",
    "send_notification": "メールの送信",
    "change_over": "新しい版への移行",
    "recount": "期限の再計算",
}
START_WORDS = {
    "message": "メッセージ",
    "signal": "シグナル",
    "timer": "時刻",
    "conditional": "条件",
}
STATUS_WORDS = {
    "waiting": ("待ち", ""),
    "todo": ("待ち", ""),
    "claimed": ("実行中", "active"),
    "doing": ("実行中", "active"),
    "accepted": ("相手の回答待ち", "stopped"),
    "unknown": ("届いたか確認中", "warning"),
    "ordered": ("作成待ち", ""),
    "failed": ("失敗", "danger"),
    "done": ("回答あり", "done"),
    "refused": ("受け付けられず", "warning"),
    "cancelled": ("取りやめ", ""),
    "made": ("作成済み", "done"),
    "sent": ("送信済み", "done"),
    "returned": ("届かない", "danger"),
    "told": ("別の方法で連絡済み", "done"),
    "aborted": ("中止", "danger"),
}


@blueprint.get("/")
def index() -> str:
    with parts().database.reading() as db:
        stopped = incidents.list_open(db)
        known = {one.version_id: versions.get(db, one.version_id) for one in stopped}
        found = watch.totals(db)
        workers = watch.list_workers(db, now())
        oldest = jobs.oldest_waiting(db)
        late = watch.late_calls(db, now())
        lost = undelivered.count(db)
        outside = discover()
        operations = [name for adapter in outside.values() for name in adapter.operations()]
        asked = {s.name: s for s in watch.systems(db, operations) if s.answered_at or s.again}
        suspended = [
            (one, versions.get(db, one.version_id).settings["short_name"])
            for one in interventions.list_suspended(db)
        ]
        filings = [
            (one, versions.get(db, one.version_id))
            for one in refused_filings.list_current(db, now())
        ]
    names = {version_id: version.node_names() for version_id, version in known.items()}
    return render_template(
        "ops/index.html",
        tabs=tabs(),
        incidents=[
            (
                one,
                known[one.version_id].settings["short_name"],
                names[one.version_id].get(one.node or "", one.node or "案件全体"),
            )
            for one in stopped
        ],
        refused_filings=filings,
        totals=found,
        workers=workers,
        oldest=oldest,
        late=late,
        systems=[
            (adapter.title, asked.get(name))
            for name, adapter in sorted(outside.items())
            if name in asked or (name in parts().adapters and adapter.operations())
        ],
        suspended=suspended,
        undelivered=lost,
        most_undelivered=undelivered.MOST,
        late_minutes=watch.LATE // timedelta(minutes=1),
    )


@blueprint.get("/work")
def work() -> str:
    with parts().database.reading() as db:
        lists = (
            ("外部システムへの照会", "calls", watch.open_calls(db)),
            ("メール", "mails", watch.open_mails(db)),
            ("通知書", "letters", watch.open_letters(db)),
        )
        waiting = watch.list_jobs(db)
        lost = undelivered.list_all(db)
        beginnings = [(one, versions.get(db, one.version_id)) for one in starts.list_all(db)]
    return render_template(
        "ops/work.html",
        tabs=tabs(),
        lists=lists,
        jobs=waiting,
        undelivered=lost,
        most_undelivered=undelivered.MOST,
        most_fits=undelivered.MOST_FITS,
        kept_days=undelivered.KEPT.days,
        lives_days=inbox.LIVES.days,
        starts=[
            (one, version.settings["short_name"], version.node_names()[drawn_id(one.node)])
            for one, version in beginnings
        ],
        start_words=START_WORDS,
        words=STATUS_WORDS,
        job_names=JOB_NAMES,
        waiting=calls.OPEN,
    )
