"""A stand-in as its own process, and what a person can do on its control page."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.waiting import LIMIT_S

ROOT = Path(__file__).parents[2]


@dataclass
class Running:
    process: subprocess.Popen
    url: str
    smtp_port: int | None

    def control(self, **fields: object) -> None:
        data = {name: str(value) for name, value in fields.items()}
        reply = httpx.post(f"{self.url}/control", data=data)
        assert reply.status_code == 303, reply.text

    def journal(self) -> list[dict]:
        return httpx.get(f"{self.url}/control/journal").json()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(LIMIT_S)


def start(name: str, *options: str) -> Running:
    process = subprocess.Popen(
        [sys.executable, "-m", f"adapters.standins.{name}", "--port", "0", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline()
    smtp = re.search(r"smtp (\d+)", line)
    return Running(process, re.search(r"http://\S+", line)[0], int(smtp[1]) if smtp else None)
