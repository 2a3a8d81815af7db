"""The stand-ins of outside systems that a demo starts beside the application."""

import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from web import standins


class Settings:
    adapters: dict[str, Any] = {}
    portal_name = "試験"

    def __init__(self, data: Path):
        self.data = data


def test_a_secret_that_begins_with_a_hyphen_starts_the_register(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _: "-begins-with-a-hyphen")
    processes, _ = standins.parts(Settings(tmp_path))  # type: ignore[arg-type]
    register = next(one for one in processes if one.name.endswith("vehicle_register"))
    started = subprocess.Popen(
        [sys.executable, *register.command[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            started.wait(3)  # argparse would have ended it at once
    finally:
        started.terminate()
        started.communicate()
