"""The stored state of a case, read."""

from __future__ import annotations

from engine import kernel
from engine.errors import CaseDamaged
from engine.versions import Version


def read(state: str, version: Version, *, case_id: int, number: str) -> kernel.State:
    """What the text holds. Raises CaseDamaged, which names the case and why it cannot be gone on from."""
    try:
        return kernel.load(state, version.main)
    except kernel.StateUnreadable as error:
        raise CaseDamaged(case_id, f"{number}：{error}") from error
