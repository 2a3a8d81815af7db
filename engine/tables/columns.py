"""The metadata of all tables, and the columns that many of them have."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

KEY = Text(collation="C")
INSTANT = DateTime(timezone=True)


def id_column() -> Column[int]:
    return Column("id", BigInteger, Identity(), primary_key=True)


def case_column(**options: object) -> Column[int]:
    return Column("case_id", ForeignKey("cases.id"), nullable=False, **options)  # type: ignore[arg-type]
