"""Confirming several tasks of one kind together. Each is its own transaction and has its own result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from flask import redirect, render_template, request, session, url_for

from engine import access, calendars, case_file, cases, deadlines, queues, tasks
from engine.access import Actor
from engine.errors import CaseStopped, NotAllowed, NotFound, TaskClosed
from engine.feel_functions import feel_functions
from engine.kernel import StepRefused
from engine.locks import CaseBusy
from engine.queue_lines import Row
from engine.tasks import Task, TaskChanged, TaskTaken
from forms import journey, render, summary, validation
from forms.render import Button
from forms.validation import FieldError, InvalidAnswers
from web import refused
from web.desk import answers, findings, holding, printable, under_way
from web.desk import task as single
from web.desk.blueprint import blueprint, clerk
from web.desk.findings import Finding
from web.desk.opened import Opened, open_task, subject_of
from web.desk.values import WORDS
from web.errors import task_closed_sentence
from web.parts import now, parts, today
from web.words import turn

RESULTS = "desk.batch"
MOST = 30


@dataclass(frozen=True)
class Kind:
    """Tasks that are answered by one form."""

    key: str
    procedure: str
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Line:
    """One case as it is confirmed: its task, what was found about its rows, what it is known by, who decided what before."""

    row: Row
    shown: deadlines.Shown
    findings: tuple[Finding, ...]
    facts: tuple[tuple[str, str], ...]
    before: Task | None

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        return findings.counts(self.findings)

    @property
    def to_look_at(self) -> list[Finding]:
        return [one for one in self.findings if not one.is_good]


@dataclass(frozen=True)
class Result:
    """What became of one case: kept in the session until the page is left."""

    number: str
    key: str | None
    is_done: bool
    text: str


@blueprint.get("/batch")
def batch() -> Any:
    """all=1: every case is chosen to begin with."""
    with parts().database.transaction() as db:
        kinds = _kinds(db, clerk())
        if not kinds:
            return render_template("desk/batch.html", kinds=[], kind=None)
        kind = next((k for k in kinds if k.key == request.args.get("kind")), kinds[0])
        every = {row.task_id for row in kind.rows}
        chosen = every if request.args.get("all") == "1" else set()
        return _show(db, kinds, kind, chosen=chosen, errors=[])


@blueprint.post("/batch")
def confirm() -> Any:
    actor = clerk()
    wanted = {int(text) for text in request.form.getlist("task") if text.isdigit()}
    with parts().database.transaction() as db:
        kinds = _kinds(db, actor)
        kind = next((k for k in kinds if k.key == request.form.get("kind")), None)
        if kind is None:  # somebody was faster with all of them, or this form was sent twice
            return redirect(
                url_for("desk.batch_results" if session.get(RESULTS) else "desk.batch"), 303
            )
        chosen = {row.task_id for row in kind.rows} & wanted
        errors = (
            [] if wanted else [FieldError("tasks", "確認する案件を1件以上選んでください。", "案件")]
        )
        first = open_task(db, kind.rows[0].task_id or 0, actor, what="desk.batch")
        errors += _judge(*first).errors
        action, _ = journey.action(request.form)
        if errors or action == "refresh":
            shown = [] if action == "refresh" else errors
            page = _show(db, kinds, kind, chosen=chosen, errors=shown)
            return (page, 422) if shown else page
    results = [_confirm_one(task_id, actor) for task_id in sorted(wanted)[:MOST]]
    session[RESULTS] = [asdict(one) for one in results]
    return redirect(url_for("desk.batch_results"), 303)


@blueprint.get("/batch/results")
def batch_results() -> str:
    results = [Result(**one) for one in session.get(RESULTS) or []]
    done = sum(one.is_done for one in results)
    return render_template(
        "desk/batch_results.html", results=results, done=done, failed=len(results) - done
    )


def _confirm_one(task_id: int, actor: Actor) -> Result:
    number, key = f"作業{task_id}", None

    def failed(text: str) -> Result:
        return Result(number, key, False, text)

    try:
        with parts().database.transaction() as db:
            opened, task = open_task(db, task_id, actor, what="desk.batch")
            number, key = opened.case.number, opened.case.public_key
            holding.require_open(opened, task)
            subject = subject_of(opened, task)
            access.require(actor, "desk.complete" if task.person_id else "desk.claim", subject)
            if task.properties.get("batch") != "true":
                raise NotAllowed(f"task {task_id} is not to be confirmed in a batch")
            outcome = _judge(opened, task)
            if outcome.errors:
                raise InvalidAnswers(outcome.errors)
            single.complete(db, opened, task, outcome.answers, actor)
        decided = summary.decided(opened.form_of(task), outcome.answers)
        return Result(
            number,
            key,
            True,
            f"{task.name}{turn(task.turn)}：{decided.text if decided else '終えました'}",
        )
    except TaskClosed as error:
        if _was_mine(task_id, actor):  # the button was pressed twice
            return Result(number, key, True, task_closed_sentence(error))
        return failed(task_closed_sentence(error))
    except StepRefused as error:
        refused.note(error, "まとめて終える操作で、作業を終えられません。")
        return failed(f"終えられませんでした。{refused.fact(error)}運用担当者に知らせました。")
    except TaskTaken as error:
        return failed(f"{error.taken_by}さんが作業中です。")
    except InvalidAnswers as error:
        problem = error.errors[0].message
        return failed(f"この案件では入力が足りません（{problem}）。1件ずつ確認してください。")
    except TaskChanged:
        return failed("案件が手続の新しい版に移りました。1件ずつ確認してください。")
    except CaseBusy:
        return failed("ほかの人かシステムが処理しているところです。もう一度お試しください。")
    except CaseStopped:
        return failed("システムの確認のため、案件が一時的に止まっています。")
    except (NotFound, NotAllowed):
        key = None
        return failed("この作業は、いまの担当（職）では確認できません。")


def _was_mine(task_id: int, actor: Actor) -> bool:
    with parts().database.reading() as db:
        closed_by = tasks.get(db, task_id).closed_person_id
    return closed_by is not None and closed_by == actor.person_id


def _judge(opened: Opened, task: Task) -> validation.Outcome:
    form = opened.form_of(task)
    page = _page(opened, task, under_way.beginning(opened, task, form))
    raw = journey.parse_page(form, page, request.form, under_way.beginning(opened, task, form))
    outcome = validation.judge(
        form,
        raw,
        clock=opened.clock,
        context=opened.context(task),
        functions=opened.functions,
    )
    unprintable = printable.errors(opened, form, outcome)
    return replace(outcome, errors=[*outcome.errors, *unprintable])


def _page(opened: Opened, task: Task, raw: Mapping[str, Any]) -> journey.Page:
    form = opened.form_of(task)
    return journey.single(
        form, raw, clock=opened.clock, context=opened.context(task), functions=opened.functions
    )


def _kinds(db: Any, actor: Actor) -> list[Kind]:
    groups: dict[str, list[Row]] = {}
    for row in queues.list_batchable(db, actor=actor, limit=MOST):
        groups.setdefault(f"{row.procedure}:{row.node}", []).append(row)
    return [
        Kind(key, rows[0].procedure, rows[0].task_name, tuple(rows)) for key, rows in groups.items()
    ]


def _lines(db: Any, kind: Kind, actor: Actor) -> list[Line]:
    """The cases with what a clerk must know of each before confirming; few queries, however many they are."""
    ids = [row.case_id for row in kind.rows]
    assert actor.account_id is not None
    case_file.note_views(
        db, case_ids=ids, account_id=actor.account_id, what="desk.batch", now=now()
    )
    known = cases.with_variables(db, ids)
    calendar_of = calendars.load_all(db, {str(v.id): v.settings for v, _ in known.values()})
    before = tasks.decided_before(db, ids)
    lines = []
    for row in kind.rows:
        if row.case_id not in known:
            continue
        version, variables = known[row.case_id]
        words = {**WORDS, **(version.settings.get("words") or {})}
        calendar = calendar_of[str(version.id)]
        facts = answers.facts(version, variables, feel_functions(calendar))
        lines.append(
            Line(
                row=row,
                shown=deadlines.show_day(row.due_on, calendar, today()),
                findings=tuple(
                    findings.read(variables.get(version.settings.get("findings") or ""), words)
                ),
                facts=tuple((label, text) for label, text in facts if text != row.applicant_name),
                before=before.get(row.case_id),
            )
        )
    return lines


def _show(
    db: Any, kinds: Sequence[Kind], kind: Kind, *, chosen: set[Any], errors: list[FieldError]
) -> str:
    opened, task = open_task(db, kind.rows[0].task_id or 0, clerk(), what="desk.batch")
    form = opened.form_of(task)
    raw = under_way.beginning(opened, task, form)
    if request.method == "POST":
        raw = journey.parse_page(form, _page(opened, task, raw), request.form, raw)
    fields = render.page(
        form,
        _page(opened, task, raw),
        raw,
        errors,
        urls={"refresh": url_for("desk.confirm")},
        buttons=(Button("next", "選んだ案件をまとめて終える"),),
        heading_level=2,
    )
    return render_template(
        "desk/batch.html",
        kinds=kinds,
        kind=kind,
        lines=_lines(db, kind, clerk()),
        chosen=chosen,
        fields=fields,
        errors=errors,
        settings=opened.version.settings,
    )
