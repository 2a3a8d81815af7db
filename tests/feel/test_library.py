"""engine/feel can be lifted out of this repository, as its README says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

import regex

from engine import feel
from engine.feel.values import from_feel, to_feel

FEEL = Path(__file__).parent.parent.parent / "engine" / "feel"


def test_the_folder_works_alone_under_another_name(tmp_path: Path) -> None:
    shutil.copytree(FEEL, tmp_path / "myfeel", ignore=shutil.ignore_patterns("__pycache__"))
    for file in (tmp_path / "myfeel").glob("*.py"):
        file.write_text(file.read_text("utf-8").replace("engine.feel", "myfeel"), "utf-8")
    shutil.copytree(Path(regex.__file__).parent, tmp_path / "regex")
    script = (
        "import datetime, sys; sys.path.insert(0, sys.argv[1])\n"
        "import myfeel; from myfeel.values import to_feel\n"
        "clock = myfeel.Clock(datetime.datetime(2026, 5, 7, tzinfo=datetime.timezone.utc))\n"
        "rule = myfeel.compile('count(世帯員[年齢 >= 65]) + today().day')\n"
        "print(rule.strict(to_feel({'世帯員': [{'年齢': 70}]}), clock=clock))\n"
        "assert not any(name.partition('.')[0] == 'engine' for name in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, str(tmp_path)], capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("8", "")


def test_the_example_of_the_readme_runs() -> None:
    [example] = re.findall(r"```python\n(.*?)```", (FEEL / "README.md").read_text("utf-8"), re.S)
    known: dict[str, object] = {}
    exec(example, known)  # noqa: S102 - our own text
    rule, cell, context, clock = (known[name] for name in ("rule", "cell", "context", "clock"))
    assert isinstance(rule, feel.Expression)
    assert isinstance(cell, feel.UnaryTests)
    assert isinstance(context, dict)
    assert isinstance(clock, feel.Clock)
    assert rule.evaluate(context, clock=clock).value is True
    assert rule.names == {"amount", "世帯員"}
    assert cell.matches(to_feel(150), {}, clock=feel.Clock(datetime(2026, 6, 1, tzinfo=UTC)))
    twice, functions = known["twice"], known["functions"]
    assert isinstance(twice, feel.Expression)
    assert isinstance(functions, dict)
    assert from_feel(twice.strict(context, clock=clock, functions=functions)) == 300


def test_the_readme_names_every_file() -> None:
    files = (FEEL / "README.md").read_text("utf-8").partition("## Files")[2]
    named = re.findall(r"`(\w+\*?)`", files)
    missing = [
        file.stem
        for file in FEEL.glob("*.py")
        if file.stem != "__init__" and not any(fnmatch(file.stem, one) for one in named)
    ]
    assert missing == []
    assert not [one for one in named if not list(FEEL.glob(f"{one}.py"))]
