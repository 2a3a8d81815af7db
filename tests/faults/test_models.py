"""Broken and hostile model files through `tetsuzuki check --json`: one line each, in time, never an exception."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support import models

LIMIT_S = 5.0
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{("&" + a + ";") * 10}">'
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + ']><bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL">&i;</bpmn:definitions>'
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL">&x;</bpmn:definitions>'
)
FIELD = {
    "type": "default", "id": "f", "schemaVersion": 18,
    "components": [{"type": "hologram", "id": "h", "key": "h", "label": "立体の映像"}],
}  # fmt: skip


def long_line(nodes: int) -> str:
    """A model of that many tasks one after the other."""
    names = [f"s{n}" for n in range(nodes)]
    tasks = [f'<bpmn:scriptTask id="{n}" name="{n}"><bpmn:extensionElements>'
             f'<zeebe:script expression="=1" resultVariable="x"/></bpmn:extensionElements></bpmn:scriptTask>'
             for n in names]  # fmt: skip
    return models.process(models.line(*tasks), lanes={"system": ("start", *names, "end")})


def check(*paths: Path) -> tuple[list[dict[str, Any]], int, float]:
    """(lines, exit code, seconds of the processor, its start and all) of the real command."""
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "web", "check", "--json", *map(str, paths)],
        capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2], check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    after = os.times()
    return (
        [json.loads(line) for line in done.stdout.splitlines()],
        done.returncode,
        after.children_user + after.children_system - before.children_user - before.children_system,
    )


BROKEN = {
    "cut.bpmn": b"<?xml version='1.0'?><bpmn:definitions xmlns:bpmn='http://www.omg",
    "empty.bpmn": b"",
    "noise.bpmn": bytes(range(256)),
    "bomb.bpmn": BOMB.encode(),
    "outside.bpmn": OUTSIDE.encode(),
    "deep.bpmn": b"<a>" * 50_000,
    "cut.dmn": b"<definitions",
    "bomb.dmn": BOMB.encode(),
    "list.form": b"[1, 2]",
    "cut.form": b'{"type": "default", ',
    "field.form": json.dumps(FIELD).encode(),
    "deep.form": b"[" * 100_000,
    "noise.form": bytes(range(256)),
}


def test_every_broken_file_gives_one_line_that_says_what_and_how_to_mend_it(tmp_path: Path) -> None:
    for name, content in BROKEN.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "sound.bpmn").write_text(long_line(1), encoding="utf-8")
    lines, code, took_s = check(tmp_path)
    assert took_s < LIMIT_S, lines
    found = {Path(line["file"]).name: line for line in lines}
    assert code == 1 and len(lines) == len(BROKEN) + 1
    assert found["sound.bpmn"]["deployable"], found["sound.bpmn"]
    for name in BROKEN:
        line = found[name]
        assert line["deployable"] is False, line
        assert line["problems"], line
        for problem in line["problems"]:
            assert problem["problem"] and problem["remedy"], line
        assert "root:" not in json.dumps(line)


def test_a_model_of_ten_thousand_nodes_is_checked_in_time(tmp_path: Path) -> None:
    (tmp_path / "long.bpmn").write_text(long_line(10_000), encoding="utf-8")
    (line,), _, took_s = check(tmp_path / "long.bpmn")
    assert took_s < LIMIT_S, line["ms"]
    assert all(p["problem"] and p["remedy"] for p in line["problems"])
