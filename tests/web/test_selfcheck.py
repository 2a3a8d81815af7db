"""`tetsuzuki selfcheck` says its findings in Japanese and nothing else."""

import subprocess
import sys

from web.settings import ROOT


def test_only_findings_are_printed() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "web", "selfcheck"],
        cwd=ROOT, timeout=60, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert len(lines) == 4 and all(line.startswith("○ ") for line in lines)
