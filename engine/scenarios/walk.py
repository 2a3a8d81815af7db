"""What one scenario did, so that a second engine can do it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.second_engine import Move


@dataclass(frozen=True)
class Walk:
    """A whole scenario. entered: nodes in order.  taken: flows in order.

    end: id of the end event, None while the case is open.  variables: of the process at the end.
    """

    process: str
    moves: tuple[Move, ...]
    entered: tuple[str, ...]
    taken: tuple[str, ...]
    end: str | None
    variables: Mapping[str, Any]
