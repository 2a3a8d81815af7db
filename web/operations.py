"""What a model may ask for. Apart from installation: the check of a model needs no more of an installation."""

from __future__ import annotations

from typing import Any

import adapters
from engine import operations as own


def operations() -> dict[str, Any]:
    """Every operation a model may ask for, by name: those of all adapters and the engine's own."""
    found: dict[str, Any] = dict.fromkeys(own.names())
    for adapter in adapters.discover().values():
        found |= adapter.operations()
    return found
