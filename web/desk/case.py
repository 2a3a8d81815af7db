"""The case page: answers as entered, results, reasons, course, files, letters, notes, diagram; and its downloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Response, flash, redirect, render_template, request, send_file, url_for

from engine import (
    case_file,
    correcting,
    deadlines,
    files,
    history,
    incidents,
    inspection,
    letters,
    notifications,
    organisation,
    tasks,
    versions,
)
from engine.access import Actor, is_allowed
from engine.cases import CaseRow
from engine.errors import NotFound, TetsuzukiError
from engine.organisation import Person
from engine.tasks import Task
from engine.versions import Version
from forms.differences import Difference
from web import once, pictures, restated
from web.desk import answers, asked, corrected, findings, linked, reasons, record
from web.desk.blueprint import blueprint, clerk
from web.desk.opened import Opened, open_case, subject_of
from web.desk.values import plain
from web.parts import now, parts, today
from web.words import turn

SHOWN_EVENTS = 8
LONGEST_ITEM = 30  # characters
INLINE = ("image/jpeg", "image/png", "application/pdf")
# A file of an applicant is shown by itself and may do nothing.
FILE_CSP = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Office:
    """A post as the page names it, and who holds it today."""

    name: str
    holders: tuple[Person, ...]


@blueprint.get("/cases/<key>")
def case(key: str) -> str:
    with parts().database.transaction() as db:
        opened = open_case(db, key, clerk())
        values = page_values(db, opened, clerk(), task=None)
    return render_template("desk/case.html", **values)


@blueprint.get("/cases/<key>/diagram.bpmn")
def diagram(key: str) -> Response:
    with parts().database.transaction() as db:
        opened = open_case(db, key, clerk())
    return Response(
        opened.version.diagram,
        content_type="application/xml; charset=utf-8",
    )


@blueprint.get("/cases/<key>/files/<file_key>")
def file(key: str, file_key: str) -> Response:
    found = _file_of(key, file_key)
    answer = send_file(
        parts().store.open(found.path),
        mimetype=found.content_type,
        as_attachment=found.content_type not in INLINE,
        download_name=found.name,
    )
    answer.headers["Content-Security-Policy"] = FILE_CSP
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.get("/cases/<key>/files/<file_key>/picture")
def picture(key: str, file_key: str) -> Response:
    """The small picture of a photo, for whoever may open the file; 404 when it is no photo."""
    answer = pictures.answer(_file_of(key, file_key))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.post("/cases/<key>/mails/<int:mail_id>/told")
def told(key: str, mail_id: int) -> Any:
    """The applicant has the news of a returned mail another way; how stands among the notes."""
    how = request.form.get("how", "").strip()[:1000]

    def work(db: Any) -> str:
        opened = open_case(db, key, clerk())
        if not how:
            flash(
                "どのように知らせたかを入力してください（例：電話で担当の方に伝えた）。", "warning"
            )
            return url_for("desk.case", key=key)
        subject = notifications.mark_told(db, mail_id, case_id=opened.case.id)
        if subject is not None:
            body = f"届かなかったメール「{subject}」の内容を、別の方法で知らせました：{how}"
            case_file.add_note(
                db, case_id=opened.case.id, author=clerk().name, body=body, now=now()
            )
            flash("知らせたことを、事務メモに残しました。")
        return url_for("desk.case", key=key, _anchor="notes")

    return once.carry_out(work)


@blueprint.post("/cases/<key>/notes")
def add_note(key: str) -> Any:
    def work(db: Any) -> str:
        opened = open_case(db, key, clerk())
        body = request.form.get("body", "")
        case_file.add_note(db, case_id=opened.case.id, author=clerk().name, body=body, now=now())
        return url_for("desk.case", key=key, _anchor="notes")

    try:
        return once.carry_out(work)
    except NotFound:
        raise
    except TetsuzukiError:
        flash("事務メモは1文字以上、4000文字以内で入力してください。", "warning")
        return redirect(url_for("desk.case", key=key, _anchor="notes"), 303)


def _file_of(key: str, file_key: str) -> files.File:
    """A file of the case. Raises NotFound for a case the clerk may not see and for a file of another case."""
    with parts().database.transaction() as db:
        opened = open_case(db, key, clerk(), what="desk.file")
        found = files.get(db, file_key)
    if found.case_id != opened.case.id:
        raise NotFound("this file belongs to another case")
    return found


def page_values(
    db: Any,
    opened: Opened,
    actor: Actor,
    *,
    task: Task | None,
    notes: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Everything templates/desk/case.html shows. task: the one whose form stands beside the answers.

    notes: what was typed into the note boxes so far, by path; None: there are no boxes.
    """
    case = opened.case
    version = opened.version
    every = tasks.list_of_case(db, case.id)
    entries = history.entries(db, case.id)
    still = [one for one in every if one.status == "open"]
    calls = case_file.made_calls(db, case.id)
    stopped = [one for one in incidents.list_of_case(db, case.id) if one.status == "open"]
    names = version.node_names()
    words = answers.words(version)
    issued = letters.list_of_case(db, case.id)
    stored = files.list_of_case(db, case.id)
    letter_files = {letter.file_key for letter in issued}
    titles = {one.public_key: one.title for one in issued}
    labels = answers.names(opened)
    offices = {code: _office(db, code) for code in {one.post_code for one in still}}
    checked = version.settings.get("findings") or ""
    found = findings.read(opened.variables.get(checked), words)
    known = versions.of_record(db, entries)
    rounds = corrected.rounds(entries, every, version)
    links = correcting.links(db, case.id)
    related = linked.related(db, case.id, actor)
    noted = case_file.notes(db, case.id)
    handed_over = {one.token: one for one in noted if one.token is not None}  # the newest of each
    outdated = corrected.since(rounds, entries, version, checked, known) if found else None
    before = record.work_before(entries, every, version, labels, known)
    places = [one.node for one in still]
    places += [one.node for one in stopped if one.node]
    places += [call.node for call in calls if call.is_unsettled]
    return {
        "opened": opened,
        "case": case,
        "settings": version.settings,
        "clock": deadlines.show(
            deadlines.load(case.clock), opened.calendar, today(), ended=case.status == "ended"
        ),
        "answers": answers.list_forms(opened, every, notes, [] if outdated else found),
        "note_boxes": {} if notes is None else answers.note_boxes(opened),
        "facts": answers.facts(version, opened.variables, opened.functions),
        "findings": found,
        "finding_counts": findings.counts(found),
        "outdated": outdated,
        "open_tasks": [
            _open_task(opened, actor, one, offices, words)
            | {"before": before.get(one.token), "handed_over": handed_over.get(one.token)}
            for one in still
        ],
        "results": list(asked.lines(calls, names, labels | words | titles)),
        "reasons": reasons.find(entries, version, words, known),
        "rounds": rounds,
        "timeline": record.timeline(
            entries, every, version, labels, known, inspection.staff_names(db, entries), words
        ),
        "shown_events": SHOWN_EVENTS,
        "files": [one for one in stored if one.public_key not in letter_files],
        "file_names": answers.file_names(opened),
        "letters": issued,
        "notes": noted,
        "returned": notifications.returned_of(db, case.id),
        "links": links,
        "related": related,
        "restated": _restated(db, opened, actor, links, stored),
        "end_chip": _end_chip(case, version),
        "is_stopped": bool(stopped) or case.status == "suspended",
        "active": ",".join(dict.fromkeys(places)),
        "places": list(dict.fromkeys(names.get(place, place) for place in places)),
        "visited": ",".join(record.visited(entries)),
        "task": task,
        "prints_grounds": request.args.get("print") == "full",
        "printed_at": now(),
    }


def _restated(
    db: Any, opened: Opened, actor: Actor, links: correcting.Links, stored: list[files.File]
) -> list[Difference] | None:
    """What a correcting notice changes; None for any other case and when the earlier one cannot be read (any more).

    stored: the files of this case.
    """
    name = opened.version.settings["filing"].get("form") or ""
    if links.corrects is None or name not in opened.variables:
        return None
    try:
        earlier = open_case(db, links.corrects.public_key, actor)
    except NotFound:
        return None
    if name not in earlier.variables:
        return None
    return restated.changes(
        opened.version.forms[name],
        earlier.variables[name],
        opened.variables[name],
        [*files.list_of_case(db, earlier.case.id), *stored],
    )


def _end_chip(case: CaseRow, version: Version) -> str:
    """The colour of the end of a case: green only where what was asked for was done."""
    if case.end_event is None:
        return "warning"  # ended by an operator, outside the model
    end = version.settings["ends"].get(case.end_event) or {}
    return {"done": "done", "returned": "warning", "withdrawn": ""}[end.get("kind", "done")]


def _open_task(
    opened: Opened,
    actor: Actor,
    task: Task,
    offices: Mapping[str | None, Office],
    words: Mapping[str, str],
) -> dict[str, Any]:
    """An open task as the page lists it: its chip, its deadline, what this clerk may do with it."""
    office = offices[task.post_code]
    subject = subject_of(opened, task)
    state = (
        "applicant"
        if task.audience == "applicant"
        else "working"
        if task.person_id
        else "unclaimed"
    )
    is_staff = task.audience == "staff"
    mine = is_staff and is_allowed(actor, "desk.complete", subject)
    people = []
    if is_staff and task.post_code and is_allowed(actor, "desk.hand_over", subject):
        people = [(one.id, one.name) for one in office.holders if one.id != task.person_id]
    return {
        "task": task,
        "turn": turn(task.turn, _item(opened, task, words)),
        "state": state,
        "shown": deadlines.show_day(task.due_on, opened.calendar, today()),
        "is_mine": mine,
        "may_claim": is_staff
        and task.person_id is None
        and is_allowed(actor, "desk.claim", subject),
        "may_release": mine,
        "people": people,
        "post": office.name,
    }


def _item(opened: Opened, task: Task, words: Mapping[str, str]) -> str:
    """What the run is about, where that is short enough to stand in a heading; else ""."""
    item = opened.item_of(task)
    text = plain(item, words) if isinstance(item, str | Decimal) else ""
    return text if len(text) <= LONGEST_ITEM and "\n" not in text else ""


def _office(db: Any, code: str | None) -> Office:
    """Two queries for each post, however many tasks it has on the page."""
    if code is None:
        return Office("申請者", ())
    holders = tuple(organisation.holders(db, code, today()))
    try:
        post = organisation.get_post(db, code, today())
    except NotFound:
        return Office(code, holders)
    return Office(f"{post.section_name} {post.name}", holders)
