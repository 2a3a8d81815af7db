"""How Alembic reaches the database: over the connection that `engine.database.migrate` hands in."""

from alembic import context

from engine.tables import metadata


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Procrastinate's tables come from its own schema and are no business of autogenerate."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


db = context.config.attributes["connection"]
# Building tables may wait for a busy server longer than a page may.
db.exec_driver_sql("set local statement_timeout = 0")
db.exec_driver_sql("set local idle_in_transaction_session_timeout = 0")
# Two processes that start at once: the second waits here and then finds nothing to do.
db.exec_driver_sql("set local lock_timeout = 0")
db.exec_driver_sql("select pg_advisory_xact_lock(7268301)")
context.configure(connection=db, target_metadata=metadata, include_name=_is_ours)
with context.begin_transaction():
    context.run_migrations()
