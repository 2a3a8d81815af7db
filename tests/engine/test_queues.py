from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from engine import queues
from engine.access import Actor
from engine.queues import Filters
from tests.support.office import NOW, TODAY, case, clerk, office, task


@pytest.fixture
def sato(db: Connection) -> Actor:
    office(db)
    return clerk(db, "sato")


def page(db: Connection, actor: Actor, view: str, **options: Any) -> queues.QueuePage:
    return queues.page(db, actor=actor, view=view, now=NOW, **options)


def ids(found: queues.QueuePage) -> list[int | None]:
    return [row.task_id for row in found.rows]


@contextmanager
def counted(db: Connection) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_the_four_views_divide_the_work(db: Connection, sato: Actor) -> None:
    suzuki, abe = clerk(db, "suzuki"), clerk(db, "abe")
    mine = task(db, case(db), person_id=sato.person_id)
    free = task(db, case(db))
    colleague = task(db, case(db), person_id=suzuki.person_id)
    task(db, case(db), section_code="soumu", post_code="soumu.clerk")
    passed_on = case(db)
    did = task(
        db, passed_on, status="done", closed_at=NOW, closed_person_id=sato.person_id, outcome="ok"
    )
    with_chief = task(db, passed_on, person_id=abe.person_id, name="決裁")

    assert ids(page(db, sato, "mine")) == [mine]
    assert ids(page(db, sato, "section")) == [free]
    assert ids(page(db, sato, "section", filters=Filters(state="working"))) == [
        colleague,
        with_chief,
    ]
    assert ids(page(db, sato, "waiting")) == [with_chief]
    assert ids(page(db, sato, "done")) == [did]
    counts = page(db, sato, "mine").counts
    assert (counts.mine, counts.section, counts.waiting) == (1, 1, 1)


def test_the_nearest_deadline_comes_first_and_none_last(db: Connection, sato: Actor) -> None:
    made = {
        due: task(db, case(db), due_on=due and TODAY + timedelta(days=due))
        for due in (3, None, -2, 10)
    }
    assert ids(page(db, sato, "section")) == [made[-2], made[3], made[10], made[None]]
    newest = ids(page(db, sato, "section", sort="new"))
    assert newest == sorted(made.values(), reverse=True)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(due="over"), ["late"]),
        (Filters(due="today"), ["today"]),
        (Filters(due="week"), ["today", "soon"]),
        (Filters(due="none"), ["never"]),
        (Filters(procedure="sanpai"), ["soon"]),
        (Filters(words="高田"), ["today"]),
        (Filters(words="髙田 今日"), ["today"]),
        (Filters(words="髙田 遅い"), []),
        (Filters(words="高"), ["today"]),
        (Filters(words="R8-9001"), ["late"]),
        (Filters(words="9001"), ["late"]),
        (Filters(words="100%"), []),
    ],
)
def test_filters_leave_what_fits(
    db: Connection, sato: Actor, filters: Filters, found: list[str]
) -> None:
    made = {
        "late": task(db, case(db, number="R8-9001", title="遅い"), due_on=date(2026, 5, 1)),
        "today": task(db, case(db, applicant_name="髙田環境", title="今日"), due_on=TODAY),
        "soon": task(db, case(db, procedure="sanpai"), due_on=date(2026, 5, 18)),
        "never": task(db, case(db)),
    }
    assert ids(page(db, sato, "section", filters=filters)) == [made[name] for name in found]


def test_unclaimed_work_is_narrowed_to_what_one_may_claim(db: Connection, sato: Actor) -> None:
    own = task(db, case(db), post_code=sorted(sato.posts)[0])
    other = task(db, case(db), post_code="sanpai.section_manager")
    task(db, case(db), post_code=sorted(sato.posts)[0], person_id=clerk(db, "suzuki").person_id)
    everything = page(db, sato, "section")
    assert ids(everything) == [own, other]
    assert (everything.counts.section, everything.counts.able) == (2, 1)
    for sort in ("due", "new"):
        found = page(db, sato, "section", filters=Filters(state="able"), sort=sort)
        assert ids(found) == [own] and found.total == 1


def test_a_line_says_who_has_it_and_since_when(db: Connection, sato: Actor) -> None:
    case_id = case(db, title="増車の届出", applicant_name="株式会社髙田環境")
    task(db, case_id, person_id=sato.person_id, due_on=TODAY)
    (row,) = page(db, sato, "mine").rows
    assert (row.title, row.applicant_name, row.state) == (
        "増車の届出",
        "株式会社髙田環境",
        "working",
    )
    assert (row.person_name, row.due_on, row.at) == ("佐藤 花子", TODAY, NOW)


def test_a_case_i_handed_on_waits_for_others_until_it_ends(db: Connection, sato: Actor) -> None:
    did = {"status": "done", "closed_at": NOW, "closed_person_id": sato.person_id}
    with_applicant, with_system, back, ended = (case(db) for _ in range(4))
    gone = case(db, status="ended")
    for case_id in (with_applicant, with_system, back, ended, gone):
        task(db, case_id, **did)
    task(db, with_applicant, audience="applicant", post_code=None, section_code=None)
    task(db, back, post_code="sanpai.examiner")
    task(db, ended, person_id=sato.person_id)
    found = page(db, sato, "waiting")
    assert {(row.case_id, row.state) for row in found.rows} == {
        (with_applicant, "applicant"),
        (with_system, "system"),
    }
    only = page(db, sato, "waiting", filters=Filters(state="applicant"))
    assert [row.case_id for row in only.rows] == [with_applicant]


def test_pages_are_bounded_and_past_the_end_shows_the_last(db: Connection, sato: Actor) -> None:
    case_id = case(db)
    for _ in range(120):
        task(db, case_id)
    first = page(db, sato, "section")
    assert (len(first.rows), first.total, first.pages) == (50, 120, 3)
    last = page(db, sato, "section", page=99)
    assert (len(last.rows), last.page) == (20, 3)
    assert not set(ids(first)) & set(ids(last))


def test_every_page_costs_the_same_number_of_queries(db: Connection, sato: Actor) -> None:
    def queries(view: str) -> int:
        with counted(db) as seen:
            page(db, sato, view, filters=Filters(words="案件", due="none"))
        return len(seen)

    empty = {view: queries(view) for view in queues.VIEWS}
    for _ in range(30):
        case_id = case(db)
        task(db, case_id)
        task(db, case_id, person_id=sato.person_id)
        task(db, case_id, status="done", closed_at=NOW, closed_person_id=sato.person_id)
    assert {view: queries(view) for view in queues.VIEWS} == empty
    assert set(empty.values()) == {3}


def test_after_completing_the_next_one_by_deadline_is_offered(db: Connection, sato: Actor) -> None:
    later = task(db, case(db), person_id=sato.person_id, due_on=date(2026, 6, 1))
    now = task(db, case(db), person_id=sato.person_id, due_on=TODAY)
    found = queues.next_of(db, actor=sato, now=NOW)
    assert found and found.task_id == now
    after = queues.next_of(db, actor=sato, now=NOW, but=now)
    assert after and after.task_id == later


def test_done_work_is_narrowed_by_what_was_decided(db: Connection, sato: Actor) -> None:
    did = {"status": "done", "closed_at": NOW, "closed_person_id": sato.person_id}
    task(db, case(db), outcome="決定する", **did)
    returned = task(db, case(db), outcome="差し戻す", **did)
    task(db, case(db), **did)
    task(db, case(db), outcome="別の人の判断", **did | {"closed_person_id": None})
    assert queues.outcomes(db, actor=sato, now=NOW) == ["差し戻す", "決定する"]
    assert ids(page(db, sato, "done", filters=Filters(outcome="差し戻す"))) == [returned]


def test_somebody_without_a_post_sees_nothing(db: Connection, sato: Actor) -> None:
    task(db, case(db))
    nobody = Actor(kind="staff", account_id=1, person_id=None, roles=frozenset({"clerk"}))
    for view in queues.VIEWS:
        assert page(db, nobody, view).rows == ()
