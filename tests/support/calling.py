"""Two procedures of which one begins cases of the other, and the office in which they run with their jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, text

from engine import apply, cases, interventions, jobs, rebuild, tasks, versions, worker
from engine.access import SYSTEM, Actor
from engine.cases import CaseRow
from engine.database import Database
from engine.kernel import effects as fx
from engine.procedure import Folder
from engine.tables import calls as call_rows
from engine.tables import cases as case_rows
from engine.tables import incidents as incident_rows
from engine.worker import Parts
from tests.support import models
from tests.support.models import NOW

OPERATOR = Actor(kind="staff", name="運用", account_id=1, roles=frozenset({"operator"}))
PERIOD = {"days": 5, "unit": "open_days", "stops": []}
ERROR = '<bpmn:error id="no" name="no" errorCode="NO"/>'
ORDER = "<zeebe:input source='=notice.holder' target='order'/>"
RESULT = (
    "<zeebe:output source='=review.decision' target='told'/>"
    "<zeebe:output source='=called.number' target='number'/>"
)


def call(
    *, procedure: str = "permit", inside: str = "", loop: str = "", attributes: str = ""
) -> str:
    """A call activity `ask`. inside: mappings and binding."""
    return (
        f'<bpmn:callActivity id="ask" name="許可の案件" {attributes}><bpmn:extensionElements>'
        f'<zeebe:properties><zeebe:property name="procedure" value="{procedure}"/></zeebe:properties>'
        f"{inside}</bpmn:extensionElements>{loop}</bpmn:callActivity>"
    )


def mapped(*lines: str) -> str:
    return f"<zeebe:ioMapping>{''.join(lines)}</zeebe:ioMapping>"


def edge(event: str) -> str:
    """An event on the call activity that leads to the task `mend` and past the review."""
    return (
        f'<bpmn:boundaryEvent id="edge" attachedToRef="ask">{event}</bpmn:boundaryEvent>'
        + models.user_task("mend", name="対応")
        + '<bpmn:endEvent id="end_mend" name="対応した"/>'
        + models.flows("edge", "mend", "end_mend")
    )


CATCH_NO = edge('<bpmn:errorEventDefinition errorRef="no"/>')


def timer(length: str) -> str:
    return (
        '<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">'
        f"{length}</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )


def calling(asks: str = "", *, beside: str = "", **settings: Any) -> Folder:
    """`sample`: begins a case of `permit` and waits for it, then somebody reviews."""
    lanes = {"examiner": ("review", "mend") if beside else ("review",)}
    body = models.line(asks or call(), models.user_task("review")) + beside
    return models.folder(
        models.process(body, lanes=lanes, extra=ERROR),
        settings={"standard_period": PERIOD, **settings},
    )


def called(body: str = "", **settings: Any) -> Folder:
    """`permit`: somebody decides, unless another body is given; lets others begin its cases and takes `order`."""
    body = body or models.line(models.user_task("decide"))
    names = tuple(name for name in ("decide", "other") if f'userTask id="{name}"' in body)
    lanes = {"examiner": names} if names else {}
    bpmn = models.process(body, lanes=lanes, id="permit", extra=ERROR)
    allowed = {"id": "permit", "name": "許可", "callable": {"takes": ["order"]}, **settings}
    kept = {name: value for name, value in allowed.items() if value is not None}
    return Folder("permit", models.folder(bpmn, settings=kept).files)


class Office:
    """The cases of a database, with their jobs done when the test says so."""

    def __init__(self, at_work: Parts):
        self.at_work = at_work
        self.database: Database = at_work.database

    def publish(self, *folders: Folder) -> None:
        with self.database.transaction() as db:
            for folder in folders:
                models.store(db, folder)

    def file(self, procedure: str = "sample") -> int:
        with self.database.transaction() as db:
            return cases.start(
                db,
                version=versions.current(db, procedure),
                answers={"holder": "東京", "email": "t@example.com"},
                actor=Actor(kind="applicant", name="東京"),
                channel="counter",
                now=NOW,
            ).id

    def job(self) -> int | None:
        """The next job that works on a call, taken out; None when none waits."""
        taken = (
            "delete from procrastinate_jobs where id = (select min(id) from procrastinate_jobs "
            "where task_name = :name) returning (args->>'row_id')::bigint"
        )
        with self.database.transaction() as db:
            return db.execute(text(taken), {"name": jobs.PERFORM_CALL}).scalar()

    def work(self) -> None:
        """Every job that waits is done, and those they bring about."""
        while (row_id := self.job()) is not None:
            assert worker.run_job(self.at_work, jobs.PERFORM_CALL, row_id)

    def waiting(self, sample: Folder, permit: Folder | None = None) -> tuple[int, int]:
        """(a case that waits, the one it began)."""
        self.publish(permit or called(), sample)
        first = self.file()
        self.work()
        (begun,) = self.begun()
        return first, begun.id

    def begun(self) -> list[CaseRow]:
        """Every case that another one began."""
        ids = select(case_rows.c.id).where(case_rows.c.caller_id.is_not(None))
        with self.database.reading() as db:
            found = db.execute(ids.order_by(case_rows.c.id)).scalars().all()
            return [cases.get_by_id(db, one) for one in found]

    def case(self, case_id: int) -> CaseRow:
        with self.database.reading() as db:
            return cases.get_by_id(db, case_id)

    def complete(self, case_id: int, decision: str = "よい") -> None:
        with self.database.transaction() as db:
            task = tasks.open_of_case(db, case_id)[0]
            done = fx.Completed(task.token, {"decision": decision})
            apply.step(db, case_id=case_id, input=done, actor=SYSTEM, now=NOW)

    def cancel(self, case_id: int) -> None:
        with self.database.transaction() as db:
            seen = cases.get_by_id(db, case_id).last_seq
            interventions.cancel(
                db, case_id=case_id, seen=seen, actor=OPERATOR, now=NOW, reason="誤り"
            )

    def nodes(self, case_id: int) -> list[str]:
        with self.database.reading() as db:
            return [task.node for task in tasks.open_of_case(db, case_id)]

    def variables(self, case_id: int) -> Mapping[str, Any]:
        with self.database.reading() as db:
            return cases.variables(db, case_id)

    def call(self) -> Any:
        """The row of the only call."""
        with self.database.reading() as db:
            return db.execute(select(call_rows)).one()

    def incident(self, case_id: int) -> Any:
        """The only open incident of the case."""
        of_case = incident_rows.c.case_id == case_id, incident_rows.c.status == "open"
        with self.database.reading() as db:
            return db.execute(select(incident_rows).where(*of_case)).one()

    def holds_together(self) -> None:
        """Every case gives its stored state when it is replayed."""
        with self.database.reading() as db:
            found = [rebuild.differences(db, case_id) for case_id in rebuild.all_cases(db)]
        assert found == [[]] * len(found)
