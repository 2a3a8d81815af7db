"""The blueprint of the operators' pages; for everybody else they do not exist."""

from __future__ import annotations

from flask import Blueprint, request, url_for

from engine import access
from engine.access import Actor
from web.auth import current_actor, login_required
from web.navigation import Item

blueprint = Blueprint("ops", __name__, url_prefix="/ops")

PAGES = (
    ("ops.index", "概況・障害"),
    ("ops.places", "滞留"),
    ("ops.work", "待ち・失敗"),
    ("ops.adapters", "外部システム"),
    ("ops.holidays", "閉庁日"),
    ("ops.retention", "保存期間"),
)


@blueprint.before_request
@login_required("staff")
def only_operators() -> None:
    """Everything here is for staff with the role of operator; the others get 404."""
    access.require(current_actor(), "ops")


def operator() -> Actor:
    """The operator of this request."""
    return current_actor()


def tabs() -> list[Item]:
    """The pages of the operator, the present one marked."""
    return [Item(label, url_for(page), current=request.endpoint == page) for page, label in PAGES]
