from datetime import date

import pytest
from sqlalchemy import Connection

from engine import organisation
from engine.errors import NotFound, TetsuzukiError
from tests.support.office import OFFICE, TODAY, office


def test_loading_the_same_office_twice_changes_nothing(db: Connection) -> None:
    first = office(db)
    assert organisation.load(db, OFFICE) == first
    assert [p.name for p in organisation.holders(db, "sanpai.examiner", TODAY)] == [
        "佐藤 花子",
        "鈴木 一郎",
    ]


def test_a_post_is_held_from_its_first_day_up_to_the_day_of_change(db: Connection) -> None:
    people = office(db)
    organisation.leave(
        db, person_id=people["sato"], post_code="sanpai.examiner", on=date(2026, 7, 1)
    )
    organisation.appoint(
        db, person_id=people["sato"], post_code="sanpai.unit_chief", valid_from=date(2026, 7, 1)
    )

    def held(day: date) -> list[str]:
        return [post.code for post in organisation.posts_of(db, people["sato"], day)]

    assert held(date(2026, 6, 30)) == ["sanpai.examiner"]
    assert held(date(2026, 7, 1)) == ["sanpai.unit_chief"]


def test_nobody_holds_the_same_post_twice_at_a_time(db: Connection) -> None:
    people = office(db)
    with pytest.raises(TetsuzukiError, match="already holds"):
        organisation.appoint(
            db, person_id=people["sato"], post_code="sanpai.examiner", valid_from=date(2027, 4, 1)
        )


def test_a_closed_post_is_held_by_nobody(db: Connection) -> None:
    people = office(db)
    posts = [{**OFFICE["posts"][0], "to": date(2026, 5, 1)}, *OFFICE["posts"][1:]]
    organisation.load(db, {**OFFICE, "posts": posts})
    assert organisation.posts_of(db, people["sato"], TODAY) == []
    assert organisation.holders(db, "sanpai.examiner", TODAY) == []
    with pytest.raises(NotFound):
        organisation.get_post(db, "sanpai.examiner", TODAY)
