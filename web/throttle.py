"""Counts attempts per address and refuses when there are too many. In memory, per process: a brake, not a wall.

The wall is the lock of the account itself (engine.accounts): this one stops a machine that tries many accounts.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LARGEST = 10_000  # addresses remembered


@dataclass
class Throttle:
    """attempts: name of a thing -> (how many, in which span)."""

    limits: dict[str, tuple[int, timedelta]] = field(
        default_factory=lambda: {
            "sign-in": (30, timedelta(minutes=10)),
            "mail-link": (10, timedelta(minutes=30)),
            "guest-draft": (30, timedelta(minutes=10)),
            "lookup": (20, timedelta(minutes=10)),
        }
    )
    _seen: dict[tuple[str, str], deque[datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_open(self, thing: str, address: str, now: datetime) -> bool:
        """Whether one more attempt is allowed; counts it when it is."""
        count, span = self.limits[thing]
        with self._lock:
            if len(self._seen) > LARGEST:
                self._forget(now)
            seen = self._seen.setdefault((thing, address), deque())
            while seen and seen[0] <= now - span:
                seen.popleft()
            if len(seen) >= count:
                return False
            seen.append(now)
            return True

    def give_back(self, thing: str, address: str) -> None:
        """The last attempt does not count: it was right."""
        with self._lock:
            seen = self._seen.get((thing, address))
            if seen:
                seen.pop()

    def _forget(self, now: datetime) -> None:
        longest = max(span for _, span in self.limits.values())
        for key in [k for k, seen in self._seen.items() if not seen or seen[-1] <= now - longest]:
            del self._seen[key]
