"""What an operator does to a case from the command line: as on the pages of web.ops, with the same record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine import access, accounts, case_file, cases, incidents, interventions, previews, versions
from engine.access import Actor
from engine.cases import CaseRow
from engine.errors import CaseDamaged, NotFound, TetsuzukiError
from web.failures import word_of
from web.installation import Opened
from web.ops.doing import NOT_NOW, why_not
from web.ops.foreseen import CHOICES, Foreseen, due_words, foresee
from web.ops.incident import DONE
from web.ops.opened import STATUS
from web.ops.operations import OPERATIONS
from web.words import japan_day, moment


class Refused(TetsuzukiError):
    """Nothing was changed. The message, in Japanese, says why and what to do, or lists what has to be chosen first."""


@dataclass(frozen=True)
class Asked:
    """An operation that an operator asked for. login: of the operator.  more: what its function takes besides."""

    name: str  # suspend | resume | cancel | retry
    number: str
    login: str
    reason: str
    more: Mapping[str, Any]


@dataclass(frozen=True)
class Ahead:
    """What an operation would do, looked at and undone. seen: the end of the record it was looked at."""

    title: str
    lead: tuple[str, ...]
    foreseen: Foreseen
    seen: int


def look_ahead(parts: Opened, asked: Asked) -> Ahead:
    """What the operation would do; the look at the case is recorded. Raises Refused."""
    with _noting_damage(parts), parts.database.transaction() as db:
        operator = _operator(db, parts, asked.login)
        row = _case(db, asked)
        assert operator.account_id is not None
        case_file.note_view(
            db,
            case_id=row.id,
            account_id=operator.account_id,
            what=f"ops.{asked.name}",
            now=parts.now(),
        )
        act = _act(db, parts, asked, row, operator, row.last_seq)
        try:
            found = previews.preview(db, row.id, act)
        except CaseDamaged:
            raise
        except TetsuzukiError as error:
            raise Refused(why_not(error)) from error
        names = versions.get(db, row.version_id).node_names()
    title, lead = _WORDS[asked.name]
    return Ahead(title, lead, foresee(found, names), row.last_seq)


def carry_out(parts: Opened, asked: Asked, *, seen: int) -> str:
    """The operation is done and in the record; what to say of it. Raises Refused, also when the case has gone on since."""
    try:
        with _noting_damage(parts), parts.database.transaction() as db:
            operator = _operator(db, parts, asked.login)
            row = cases.get_by_number(db, asked.number)
            _act(db, parts, asked, row, operator, seen)()
    except Refused:
        raise
    except TetsuzukiError as error:
        raise Refused(why_not(error)) from error
    done = DONE["retry"] if asked.name == "retry" else OPERATIONS[asked.name].done
    return f"{row.number}：{done}"


_WORDS = {
    **{name: (one.title, one.lead) for name, one in OPERATIONS.items()},
    "retry": ("止まったところをもう一度実行する", ()),
}


@contextmanager
def _noting_damage(parts: Opened) -> Iterator[None]:
    """A case whose state cannot be read stops with an incident, as after an action on a page. Raises Refused for it."""
    try:
        yield
    except CaseDamaged as error:
        with parts.database.transaction() as db:
            incidents.stop_damaged(db, error, parts.now())
        raise Refused(
            f"この操作はできません：{error}{incidents.REMEDIES[incidents.DAMAGED]}"
        ) from error


def _operator(db: Any, parts: Opened, login: str) -> Actor:
    """Who acts, as the record will name them. Raises Refused for somebody who is no operator."""
    account_id = accounts.find_id(db, login)
    if account_id is None:
        raise Refused(
            f"アカウント {login} がないか、閉じられています。--as に運用担当のログインIDを書いてください。"
        )
    actor = accounts.actor(db, accounts.get(db, account_id), today=japan_day(parts.now()))
    if not access.is_allowed(actor, "ops.case"):
        raise Refused(
            f"{login} は運用担当ではありません。--as に運用担当のログインIDを書いてください。"
        )
    return actor


def _case(db: Any, asked: Asked) -> CaseRow:
    """The case. Raises Refused without it, without a reason, and for an operation that its status does not allow."""
    if not asked.reason.strip():
        raise Refused("--reason に理由を書いてください。記録に残ります。")
    try:
        row = cases.get_by_number(db, asked.number)
    except NotFound as error:
        raise Refused(str(error)) from error
    if asked.name != "retry" and row.status not in OPERATIONS[asked.name].statuses:
        if asked.name == "suspend" and row.status == "suspended":
            since = moment(interventions.suspended_since(db, row.id))
            raise Refused(f"案件 {row.number} は、{since}から、もう一時停止しています。")
        raise Refused(f"案件 {row.number} は「{STATUS[row.status][0]}」です。{NOT_NOW}")
    return row


def _act(
    db: Any, parts: Opened, asked: Asked, row: CaseRow, operator: Actor, seen: int
) -> Callable[[], object]:
    at, reason = parts.now(), asked.reason
    if asked.name == "retry":
        incident_id = _incident(db, row, asked.more.get("incident"))

        def retry() -> object:
            interventions.hold(db, row.id, seen)
            return incidents.retry(
                db, incident_id=incident_id, actor=operator, now=at, reason=reason
            )

        return retry
    more: dict[str, Any] = {}
    if asked.name == "resume":
        more["decided"] = _decided(db, parts, row, asked.more["decided"])
    return lambda: OPERATIONS[asked.name].act(
        db, case_id=row.id, seen=seen, actor=operator, now=at, reason=reason, **more
    )


def _incident(db: Any, row: CaseRow, chosen: int | None) -> int:
    """The open incident that is meant. Raises Refused without one and for one of several."""
    found = [one for one in incidents.list_of_case(db, row.id) if one.status == "open"]
    meant = [one.id for one in found if chosen in (None, one.id)]
    if not meant:
        raise Refused(
            f"案件 {row.number} に、その障害はありません。解決したか、番号が違います。"
            if chosen
            else f"案件 {row.number} に、再実行する障害はありません。"
        )
    if len(meant) > 1:
        names = versions.get(db, row.version_id).node_names()
        lines = [
            f"  --incident {one.id}  {names.get(one.node or '', '案件全体')}（{word_of(one.code)}）"
            for one in found
        ]
        raise Refused("\n".join(["障害が二つ以上あります。どれかを選んでください。", *lines]))
    return meant[0]


def _decided(db: Any, parts: Opened, row: CaseRow, decided: Mapping[str, str]) -> Mapping[str, str]:
    """What is to become of all that fell due. Raises Refused where it is not said, or said of something else."""
    due = interventions.fallen_due(db, row.id, parts.now())
    unknown = sorted(decided.keys() - {one.key for one in due})
    if not unknown and all(decided.get(one.key) in one.choices for one in due):
        return decided
    names = versions.get(db, row.version_id).node_names()
    lines = [
        f"--decide の {key} は、止めている間に届いたものにありません。消すか、名前を直してください。"
        for key in unknown
    ]
    if due:
        lines.append("止めている間に届いたものを、どうするか選んでください。")
    for one in due:
        lines.append(due_words(one, names))
        lines += [f"  --decide {one.key}={choice}  {CHOICES[choice]}" for choice in one.choices]
    raise Refused("\n".join(lines))
