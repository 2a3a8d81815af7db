"""Every page of the portal; the files beside this one hold them."""

from __future__ import annotations

from web.portal import account, casework, entry, guests, guide, handing_in, papers
from web.portal.blueprint import blueprint

__all__ = [
    "account",
    "blueprint",
    "casework",
    "entry",
    "guests",
    "guide",
    "handing_in",
    "papers",
]
