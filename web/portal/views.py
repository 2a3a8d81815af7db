"""Every page of the portal."""

from __future__ import annotations

from web.portal import guide
from web.portal.blueprint import blueprint

__all__ = ["blueprint", "guide"]
