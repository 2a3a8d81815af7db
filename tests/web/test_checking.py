"""`tetsuzuki check`: a line for every file under a path, whatever the makers call it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from web import checking

TODAY = date(2026, 6, 1)
EMPTY = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'


def lines(*paths: Path) -> list[dict]:
    return [
        json.loads(r.as_json()) for r in checking.check(list(paths), operations={}, today=TODAY)
    ]


def test_every_name_makers_give_a_model_gets_a_line_outside_any_procedure(tmp_path: Path) -> None:
    names = ["a.bpmn", "b.bpmn2", "c.bpmn20.xml", "d.BPMN", "deep/e.bpmn"]
    (tmp_path / "deep").mkdir()
    for name in [*names, "notes.txt", "other.xml"]:
        (tmp_path / name).write_text(EMPTY, encoding="utf-8")
    found = {Path(line["file"]).relative_to(tmp_path).as_posix() for line in lines(tmp_path)}
    assert found == set(names)


def test_a_single_file_is_checked_under_any_name(tmp_path: Path) -> None:
    (tmp_path / "process.xml").write_text(EMPTY, encoding="utf-8")
    [line] = lines(tmp_path / "process.xml")
    [problem] = line["problems"]
    assert line["deployable"] is False
    assert problem["line"] == 1


def test_a_link_back_to_the_folder_above_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_text(EMPTY, encoding="utf-8")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert len(lines(tmp_path)) == 1


def test_a_missing_file_gets_a_line_too(tmp_path: Path) -> None:
    [line] = lines(tmp_path / "none.bpmn")
    assert line["deployable"] is False
    assert line["problems"][0]["remedy"]
