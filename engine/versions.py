"""Deployed states of procedures: stored whole, never changed, compiled once per process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from engine.access import Actor
from engine.bpmn.model import Process
from engine.dmn import Model
from engine.errors import NotFound
from engine.history import Entry
from engine.parameters import Parameters
from engine.procedure import Folder, Procedure
from engine.procedure import compile as compile_folder
from engine.tables import cases, publications, versions
from forms.definition import FormDefinition


@dataclass(frozen=True)
class Version:
    """One deployed state: its row and what runs."""

    id: int
    number: int
    published_at: datetime
    published_by: str
    note: str
    is_current: bool
    content_hash: str
    parts: Procedure

    @property
    def procedure(self) -> str:
        return self.parts.code

    @property
    def name(self) -> str:
        return self.parts.name

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.parts.settings

    @property
    def processes(self) -> Mapping[str, Process]:
        return self.parts.processes

    @property
    def main(self) -> Process:
        return self.parts.main

    @property
    def forms(self) -> Mapping[str, FormDefinition]:
        return self.parts.forms

    @property
    def decisions(self) -> Mapping[str, Model]:
        return self.parts.decisions

    @property
    def parameters(self) -> Parameters:
        return self.parts.parameters

    @property
    def letters(self) -> Mapping[str, str]:
        return self.parts.letters

    @property
    def mails(self) -> Mapping[str, str]:
        return self.parts.mails

    @property
    def files(self) -> Mapping[str, str]:
        return self.parts.files

    def node_names(self) -> dict[str, str]:
        """Node id -> name, of every process; the id where it has none."""
        return {
            node.id: node.name or node.id
            for process in self.processes.values()
            for node in process.nodes
        }

    def decision_names(self) -> dict[str, str]:
        """Decision id -> name, of every table; the id where it has none."""
        return {id: model.decisions[id].name or id for id, model in self.decisions.items()}

    @property
    def diagram(self) -> str:
        """The BPMN file with the main process."""
        return self.files[self.main.file.rpartition("/")[2]]


def get(db: Connection, version_id: int) -> Version:
    """The version; raises NotFound. Its files are fetched and compiled only the first time in this process."""
    row = db.execute(_heads().where(versions.c.id == version_id)).one_or_none()
    if row is None:
        raise NotFound(f"version {version_id} does not exist")
    return _version(db, row)


def of_record(db: Connection, entries: Iterable[Entry]) -> dict[int, Version]:
    """The versions under which the entries were made, by id: more than one after a changeover."""
    ids = {(entry.payload or {}).get("env", {}).get("version") for entry in entries}
    return {version_id: get(db, version_id) for version_id in sorted(filter(None, ids))}


def current(db: Connection, procedure: str) -> Version:
    """The version new cases start on; raises NotFound when the procedure is not deployed."""
    row = db.execute(
        _heads().where(versions.c.procedure == procedure, versions.c.is_current)
    ).one_or_none()
    if row is None:
        raise NotFound(f"procedure {procedure} is not deployed")
    return _version(db, row)


def list_current(db: Connection) -> list[Version]:
    """The current version of every procedure, by name of the folder."""
    rows = db.execute(_heads().where(versions.c.is_current).order_by(versions.c.procedure)).all()
    return [_version(db, row) for row in rows]


def list_in_use(db: Connection) -> list[Version]:
    """The current versions, and older ones with cases that are not ended; the current one last of its procedure."""
    has_cases = versions.c.id.in_(select(cases.c.version_id).where(cases.c.status != "ended"))
    rows = db.execute(
        _heads()
        .where(or_(versions.c.is_current, has_cases))
        .order_by(versions.c.procedure, versions.c.is_current)
    ).all()
    return [_version(db, row) for row in rows]


def list_procedures(db: Connection) -> list[str]:
    """The folder names of every procedure that was ever deployed, sorted."""
    return list(
        db.execute(select(versions.c.procedure).distinct().order_by(versions.c.procedure)).scalars()
    )


@dataclass(frozen=True)
class VersionRow:
    """A line of the list of versions."""

    id: int
    number: int
    name: str
    published_at: datetime
    published_by: str
    note: str
    is_current: bool
    open_cases: int


def list_all(db: Connection, procedure: str) -> list[VersionRow]:
    """Every version of the procedure, newest first, with the number of its cases that are not ended."""
    open_cases = (
        select(cases.c.version_id, func.count().label("open_cases"))
        .where(cases.c.status != "ended", cases.c.procedure == procedure)
        .group_by(cases.c.version_id)
        .subquery()
    )
    rows = db.execute(
        select(
            versions.c.id,
            versions.c.number,
            versions.c.name,
            versions.c.published_at,
            versions.c.published_by,
            versions.c.note,
            versions.c.is_current,
            func.coalesce(open_cases.c.open_cases, 0).label("open_cases"),
        )
        .outerjoin(open_cases, open_cases.c.version_id == versions.c.id)
        .where(versions.c.procedure == procedure)
        .order_by(versions.c.number.desc())
    ).all()
    return [VersionRow(**row._mapping) for row in rows]


@dataclass(frozen=True)
class Publication:
    """Version `number` became the current one: published for the first time or again."""

    number: int
    published_at: datetime
    published_by: str
    note: str


def list_publications(db: Connection, procedure: str) -> list[Publication]:
    """Every change of the current version, newest first."""
    rows = db.execute(
        select(
            versions.c.number,
            publications.c.published_at,
            publications.c.published_by,
            publications.c.note,
        )
        .join(versions, versions.c.id == publications.c.version_id)
        .where(versions.c.procedure == procedure)
        .order_by(publications.c.published_at.desc(), publications.c.id.desc())
    )
    return [Publication(*row) for row in rows]


def files_of(db: Connection, version_id: int) -> Folder:
    """The texts of a version, as they were checked; raises NotFound."""
    row = db.execute(
        select(versions.c.procedure, versions.c.files).where(versions.c.id == version_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"version {version_id} does not exist")
    return Folder(row.procedure, row.files)


def store(
    db: Connection, folder: Folder, *, name: str, note: str, actor: Actor, now: datetime
) -> tuple[int, bool]:
    """(id, is_new): the folder is the current version afterwards. The same content again changes nothing but which is current.

    Each time another version becomes the current one, that is noted with the actor and the note.

    Only engine.deploy calls this, after every check.
    """
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"versions:{folder.name}"))))
    known = db.execute(
        select(versions.c.id, versions.c.is_current).where(
            versions.c.procedure == folder.name, versions.c.content_hash == folder.content_hash
        )
    ).one_or_none()
    if known is not None and known.is_current:
        return known.id, False
    db.execute(
        update(versions)
        .where(versions.c.procedure == folder.name, versions.c.is_current)
        .values(is_current=False)
    )
    if known is not None:
        db.execute(update(versions).where(versions.c.id == known.id).values(is_current=True))
        _note(db, known.id, note=note, actor=actor, now=now)
        return known.id, False
    last = db.execute(
        select(func.coalesce(func.max(versions.c.number), 0)).where(
            versions.c.procedure == folder.name
        )
    ).scalar_one()
    created = db.execute(
        insert(versions)
        .values(
            procedure=folder.name,
            number=last + 1,
            content_hash=folder.content_hash,
            files=dict(folder.files),
            name=name,
            published_at=now,
            published_by=actor.name or actor.label,
            note=note,
            is_current=True,
        )
        .returning(versions.c.id)
    ).scalar_one()
    _note(db, created, note=note, actor=actor, now=now)
    return created, True


def _note(db: Connection, version_id: int, *, note: str, actor: Actor, now: datetime) -> None:
    db.execute(
        insert(publications).values(
            version_id=version_id,
            published_at=now,
            published_by=actor.name or actor.label,
            note=note,
        )
    )


_HEAD = ("id", "number", "published_at", "published_by", "note", "is_current", "content_hash")
_BESIDE = "version_head_"


def _heads() -> Any:
    return select(*(versions.c[name] for name in _HEAD))


def head_columns() -> list[ColumnElement[Any]]:
    """The columns `of_row` needs, to be read beside a case."""
    return [versions.c[name].label(_BESIDE + name) for name in _HEAD]


def of_row(db: Connection, row: Any) -> Version:
    """The version of a row with `head_columns`; asks the database only for what this process has not compiled yet."""
    return _version(db, row, _BESIDE)


_compiled: dict[str, Procedure] = {}
_LARGEST_CACHE = 200


def _version(db: Connection, row: Any, prefix: str = "") -> Version:
    head = {name: getattr(row, prefix + name) for name in _HEAD}
    parts = _compiled.get(head["content_hash"])
    if parts is None:
        parts = compile_folder(files_of(db, head["id"]))
        if len(_compiled) >= _LARGEST_CACHE:
            _compiled.pop(next(iter(_compiled)))
        _compiled[head["content_hash"]] = parts
    return Version(**head, parts=parts)
