from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, exc, insert, select, text, update

from engine import search
from engine.database import MIGRATIONS, Database, migrate
from engine.tables import counters, metadata, search_texts, versions
from tests.support import office
from tests.support.databases import new_database

ROW = {"sign": "test", "year": 2026, "last": 1}


def test_what_a_block_wrote_is_kept_when_it_ends_and_undone_when_it_raises(
    database: Database,
) -> None:
    with pytest.raises(RuntimeError), database.transaction() as db:
        db.execute(insert(counters).values(ROW))
        raise RuntimeError
    with database.reading() as db:
        assert db.execute(select(counters)).all() == []
    with database.transaction() as db:
        db.execute(insert(counters).values(ROW))
    with database.reading() as db:
        assert len(db.execute(select(counters)).all()) == 1


def test_a_reading_connection_cannot_write(database: Database) -> None:
    with database.reading() as db, pytest.raises(exc.InternalError, match="read-only"):
        db.execute(insert(counters).values(ROW))


def test_a_connection_the_server_has_ended_is_not_given_out_again(database: Database) -> None:
    backend = "select pg_backend_pid()"
    with database.transaction() as db:
        killer = db.exec_driver_sql(backend).scalar()
        with database.transaction() as idle:
            ended = idle.exec_driver_sql(backend).scalar()
        db.exec_driver_sql("select pg_terminate_backend(%s, 5000)", (ended,))
        with database.transaction() as fresh:
            assert fresh.exec_driver_sql(backend).scalar() not in (ended, killer)


def test_a_query_is_planned_for_its_values_however_often_it_is_asked(db: Connection) -> None:
    for number in range(20):
        db.execute(select(counters.c.last).where(counters.c.sign == str(number)))
    prepared = db.exec_driver_sql("select statement from pg_prepared_statements").scalars()
    assert not [statement for statement in prepared if "counters.sign" in statement]


def test_waiting_for_a_lock_and_idling_in_a_transaction_have_an_end(db: Connection) -> None:
    for name, value in (("lock_timeout", "5s"), ("statement_timeout", "30s"), ("TimeZone", "UTC")):
        assert db.execute(text(f"show {name}")).scalar() == value
    assert db.execute(text("show idle_in_transaction_session_timeout")).scalar() == "15s"


def test_the_migrations_make_exactly_the_tables_and_take_them_away_again(server_url: str) -> None:
    with new_database(server_url) as url:
        database = Database(url)
        migrate(database)
        migrate(database)  # nothing to do
        with database.reading() as db:
            context = MigrationContext.configure(
                db,
                opts={
                    "include_name": lambda name, kind, _: (
                        not (name or "").startswith("procrastinate_")
                    )
                },
            )
            assert compare_metadata(context, metadata) == []
            assert db.execute(text("select count(*) from procrastinate_jobs")).scalar() == 0
        migrate(database, "base")
        with database.reading() as db:
            left = db.execute(
                text(
                    "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' "
                    "union all select proname from pg_proc where pronamespace = 'public'::regnamespace"
                )
            )
            assert left.scalars().all() == ["alembic_version"]
        migrate(database)
        database.close()


def test_cases_from_before_are_found_in_any_kana(server_url: str) -> None:
    with new_database(server_url) as url:
        database = Database(url)
        migrate(database, "0010")
        with database.transaction() as db:
            case_id = office.case(db, number="R8-000001", applicant_name="さくらショップ")
            row = {"procedure": "inquiry", "is_ended": False, "arrived_at": office.NOW}
            given = {"text": "R8000001\nさくらショップ", "grams": ["さ", "p:inquiry", "s:sanpai"]}
            db.execute(
                insert(search_texts).values(case_id=case_id, sections=["sanpai"], **row, **given)
            )
        migrate(database)
        with database.reading() as db:
            for words in ("サクラ", "さくらしょ", "ｼﾖｯ"):
                found = search.find(db, words, sections={"sanpai"}, procedure="inquiry")
                assert [row.number for row in found.rows] == ["R8-000001"], words
            grams = db.execute(select(search_texts.c.grams)).scalar_one()
        assert {"サ", "サク", "シヨ", "プ", "p:inquiry", "s:sanpai"} <= set(grams)
        assert "さ" not in grams and "0\nさ" not in grams
        database.close()


def test_cases_from_before_are_found_by_the_section_of_their_procedure(server_url: str) -> None:
    with new_database(server_url) as url:
        database = Database(url)
        migrate(database, "0007")
        with database.transaction() as db:
            case_id = office.case(db, number="R8-000001")
            db.execute(
                update(versions).values(files={"procedure.yaml": "office: {section: sanpai}"})
            )
            row = {"procedure": "inquiry", "is_ended": False, "arrived_at": office.NOW, "text": "x"}
            none: dict[str, list[str]] = {"sections": [], "grams": []}
            db.execute(insert(search_texts).values(case_id=case_id, **row, **none))
        migrate(database)
        with database.reading() as db:
            found = db.execute(select(search_texts.c.sections, search_texts.c.grams)).one()
        assert tuple(found) == (["sanpai"], ["s:sanpai"])
        database.close()


def test_the_schema_of_procrastinate_is_still_the_one_we_installed() -> None:
    """Fails when the package is raised: then its own migrations belong into a migration of ours."""
    ours = (MIGRATIONS / "versions" / "0001_procrastinate.sql").read_text(encoding="utf-8")
    assert ours == SchemaManager.get_schema()
