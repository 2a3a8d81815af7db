import pytest
from sqlalchemy import Connection

from engine import feedback
from engine.errors import TetsuzukiError
from tests.support.office import NOW, case


def give(
    db: Connection, case_id: int, rating: int, *, moment: str = "filed", comment: str = ""
) -> None:
    feedback.give(
        db,
        case_id=case_id,
        procedure="inquiry",
        moment=moment,
        rating=rating,
        comment=comment,
        now=NOW,
    )


def test_ratings_add_up_per_procedure(db: Connection) -> None:
    for rating in (5, 4, 1):
        give(db, case(db), rating)
    found = feedback.summary(db, "inquiry")
    assert (found.count, found.by_rating) == (3, {1: 1, 2: 0, 3: 0, 4: 1, 5: 1})
    assert found.average == pytest.approx(10 / 3)
    assert feedback.summary(db, "other").average is None


def test_a_second_rating_replaces_the_first(db: Connection) -> None:
    case_id = case(db)
    give(db, case_id, 1)
    give(db, case_id, 5, comment=" 速かった ")
    found = feedback.find(db, case_id, "filed")
    assert found and (found.rating, found.comment) == (5, "速かった")
    assert feedback.find(db, case_id, "ended") is None
    assert feedback.summary(db, "inquiry").count == 1


@pytest.mark.parametrize(("moment", "rating"), [("filed", 0), ("filed", 6), ("later", 3)])
def test_other_values_are_refused(db: Connection, moment: str, rating: int) -> None:
    with pytest.raises(TetsuzukiError):
        give(db, case(db), rating, moment=moment)


def test_the_newest_comments_come_first_and_are_cut(db: Connection) -> None:
    give(db, case(db), 3, comment="長" * 2000)
    assert [len(one.comment) for one in feedback.latest(db, "inquiry")] == [1000]
