"""The blueprint of the portal; the files beside it put their pages on it, views.py gathers them."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("portal", __name__)
