"""The parts of the running application, as views reach them. wiring.py puts them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import current_app

from adapters.base import Adapter
from engine.database import Database
from engine.file_store import Store
from web.settings import Settings
from web.throttle import Throttle
from web.words import japan_day

# The fonts of the letters, as the front-end build puts them there.
FONTS = Path(__file__).parent / "static" / "dist" / "fonts"


@dataclass(frozen=True)
class Parts:
    """adapters: those that are configured, by name.  background: for what an answer must not wait for (mail links).

    operations: every operation a model may ask for, by name (adapters and engine).
    """

    database: Database
    settings: Settings
    store: Store
    adapters: Mapping[str, Adapter]
    background: Executor
    throttle: Throttle
    operations: Mapping[str, Any] = field(default_factory=dict)
    clock: Callable[[], datetime] | None = None


def parts() -> Parts:
    """The parts of the current application."""
    found: Parts = current_app.extensions["tetsuzuki"]
    return found


def now() -> datetime:
    """The injected time, aware, UTC."""
    found = parts()
    return (found.clock or found.settings.clock)()


def today() -> date:
    """The JST calendar day of now()."""
    return japan_day(now())
