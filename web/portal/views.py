"""Every page of the portal; the files beside this one hold them."""

from __future__ import annotations

from web.portal import account, casework, entry, guests, guide, papers
from web.portal.blueprint import blueprint
from web.portal.entry import submit

__all__ = ["account", "blueprint", "casework", "entry", "guests", "guide", "papers", "submit"]
