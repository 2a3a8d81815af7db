"""Two analysts at one draft: nobody's text is ever lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from engine import version_drafts
from engine.access import Actor
from engine.errors import NotFound, TetsuzukiError
from engine.version_drafts import Conflict, Draft, Saved, digest
from tests.support.office import NOW

UEDA = Actor(kind="staff", name="上田", account_id=1)
MORI = Actor(kind="staff", name="森", account_id=2)
FILES = {"procedure.yaml": "id: road\n", "process.bpmn": "<a/>"}


def started(db: Connection) -> Draft:
    return version_drafts.start(db, "road", FILES, actor=UEDA, now=NOW)


def save(
    db: Connection, text: str, draft: Draft, *, actor: Actor = UEDA, overwrite: bool = False
) -> Saved | Conflict:
    return version_drafts.save(
        db,
        "road",
        "process.bpmn",
        text,
        revision=draft.revision,
        base=digest(draft.files["process.bpmn"]),
        actor=actor,
        now=NOW + timedelta(minutes=1),
        overwrite=overwrite,
    )


def test_a_save_raises_the_revision_and_names_who_saved(db: Connection) -> None:
    outcome = save(db, "<b/>", started(db), actor=MORI)
    assert isinstance(outcome, Saved)
    assert (outcome.draft.files["process.bpmn"], outcome.draft.revision) == ("<b/>", 2)
    assert version_drafts.get(db, "road").saved_by == "森"


def test_starting_a_draft_twice_keeps_the_first_ones_work(db: Connection) -> None:
    save(db, "<b/>", started(db))
    assert started(db).files["process.bpmn"] == "<b/>"


def test_a_save_over_somebody_elses_is_refused_and_both_texts_are_kept(db: Connection) -> None:
    seen_by_both = started(db)
    save(db, "<ueda/>", seen_by_both)
    outcome = save(db, "<mori/>", seen_by_both, actor=MORI)
    assert isinstance(outcome, Conflict)
    assert outcome.draft.files["process.bpmn"] == "<ueda/>"
    assert outcome.draft.saved_by == "上田"
    [kept] = outcome.draft.kept
    assert (kept.path, kept.text, kept.saved_by) == ("process.bpmn", "<mori/>", "森")


def test_overwriting_on_purpose_keeps_the_other_text(db: Connection) -> None:
    seen_by_both = started(db)
    save(db, "<ueda/>", seen_by_both)
    outcome = save(db, "<mori/>", seen_by_both, actor=MORI, overwrite=True)
    assert isinstance(outcome, Saved)
    assert outcome.draft.files["process.bpmn"] == "<mori/>"
    assert [(kept.text, kept.saved_by) for kept in outcome.draft.kept] == [("<ueda/>", "上田")]


def test_another_file_saved_in_between_is_no_conflict(db: Connection) -> None:
    seen = started(db)
    version_drafts.save(
        db, "road", "procedure.yaml", "id: road # x\n", revision=1, base="", actor=MORI, now=NOW
    )
    assert isinstance(save(db, "<b/>", seen), Saved)


def test_kept_texts_are_no_files_of_the_procedure_and_can_be_removed(db: Connection) -> None:
    seen = started(db)
    save(db, "<ueda/>", seen)
    outcome = save(db, "<mori/>", seen, actor=MORI)
    assert isinstance(outcome, Conflict)
    assert set(outcome.draft.folder.files) == set(FILES)
    after = version_drafts.remove(db, "road", outcome.kept, actor=UEDA, now=NOW)
    assert after.kept == ()


def test_only_the_newest_kept_texts_stay(db: Connection) -> None:
    seen = started(db)
    save(db, "<first/>", seen)
    for number in range(version_drafts.MOST_KEPT + 3):
        save(db, f"<lost-{number}/>", seen, actor=MORI)
    kept = version_drafts.get(db, "road").kept
    assert len(kept) == version_drafts.MOST_KEPT
    assert kept[-1].text == f"<lost-{version_drafts.MOST_KEPT + 2}/>"


@pytest.mark.parametrize(
    "path",
    ["../x.yaml", "/etc/x.yaml", "x.py", ".kept/x.yaml", "forms/../x.form", "deep/a/b.form", ""],
)
def test_a_path_no_procedure_has_is_refused(db: Connection, path: str) -> None:
    started(db)
    with pytest.raises(TetsuzukiError, match="cannot be a file of a procedure"):
        version_drafts.save(db, "road", path, "x", revision=1, base="", actor=UEDA, now=NOW)


def test_a_discarded_draft_is_gone(db: Connection) -> None:
    started(db)
    version_drafts.discard(db, "road")
    assert version_drafts.find(db, "road") is None
    with pytest.raises(NotFound):
        version_drafts.get(db, "road")


def test_a_name_that_cannot_be_a_folder_is_refused(db: Connection) -> None:
    with pytest.raises(TetsuzukiError, match="small letters"):
        version_drafts.start(db, "../etc", FILES, actor=UEDA, now=NOW)
