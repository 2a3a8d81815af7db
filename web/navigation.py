"""The frame of a page: which menu, which name, who is signed in. Filled into base.html as `site`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, request

from engine import organisation
from engine.access import Actor, is_allowed
from web.auth import sign_in_address
from web.parts import parts, today

STAFF_AREAS = ("/desk", "/studio", "/ops", "/login")
# label, address, action of the permission table that opens it
STAFF_MENU = (
    ("自分の仕事", "/desk/", "desk"),
    ("案件検索", "/desk/search", "desk"),
    ("手続の設計", "/studio/", "studio"),
    ("運用", "/ops/", "ops"),
)
PORTAL_MENU = (
    ("手続を探す", "/", "portal.browse"),
    ("マイページ", "/my", "portal.my"),
)
FOOTER = (
    ("使い方", "/help"),
    ("個人情報の取扱い", "/privacy"),
    ("アクセシビリティ", "/accessibility"),
)


@dataclass(frozen=True)
class Item:
    """One entry of a menu."""

    label: str
    href: str
    current: bool = False
    count: int | str | None = None


@dataclass(frozen=True)
class Site:
    """What base.html shows around a page. area: portal | staff.  who: the signed-in person, empty when nobody is."""

    area: str
    name: str
    home: str
    office: str
    banner: str
    who: str = ""
    sign_in: str = ""
    dense: bool = False
    nav: list[Item] = field(default_factory=list)
    footer: list[Item] = field(default_factory=list)


def site(actor: Actor, *, is_broken: bool = False) -> Site:
    """The frame for the actor at the current address. is_broken: an error page, which asks the database nothing."""
    settings = parts().settings
    is_staff = request.path.startswith(STAFF_AREAS)
    nav = _menu(actor, STAFF_MENU if is_staff else PORTAL_MENU)
    back = "" if request.path.startswith(("/account/", "/login")) else request.path
    return Site(
        area="staff" if is_staff else "portal",
        name=settings.desk_name if is_staff else settings.portal_name,
        home=_home(nav) if is_staff else "/",
        office=settings.office_name,
        banner=settings.banner,
        who=_who(actor, is_broken=is_broken),
        sign_in="" if is_staff else sign_in_address("applicant", back),
        dense=is_staff and request.cookies.get("dense") == "1",
        nav=nav,
        footer=[] if is_staff else [Item(label, href) for label, href in FOOTER],
    )


def _home(menu: list[Item]) -> str:
    """Where the work of a member of the staff begins; of one who has not signed in, where the signing in does."""
    return menu[0].href if menu else "/login"


def _who(actor: Actor, *, is_broken: bool) -> str:
    """株式会社多摩クリーン運輸 様; 産業廃棄物対策課　審査担当　佐藤 花子."""
    if actor.kind == "applicant":
        return f"{actor.name} 様"
    if actor.kind == "guest":
        return ""
    if actor.kind != "staff" or actor.person_id is None or is_broken:
        return actor.name
    with parts().database.reading() as db:
        held = organisation.posts_of(db, actor.person_id, today())
    if not held:
        return actor.name
    first = held[0]
    more = "ほか" if len(held) > 1 else ""
    # No brackets around the post: its own name may have some, 係長（課長代理）.
    return f"{first.section_name}　{first.name}{more}　{actor.name}"


def _menu(actor: Actor, entries: tuple[tuple[str, str, str], ...]) -> list[Item]:
    shown = [
        (label, href)
        for label, href, action in entries
        if is_allowed(actor, action) and _is_served(href)
    ]
    here = max((href for _, href in shown if _is_under(request.path, href)), key=len, default="")
    return [Item(label, href, current=href == here) for label, href in shown]


def _is_under(path: str, href: str) -> bool:
    if href == "/":
        return path == "/" or path.startswith("/procedures")
    return path.rstrip("/") == href.rstrip("/") or path.startswith(href.rstrip("/") + "/")


def _is_served(href: str) -> bool:
    served: Any = current_app.extensions["tetsuzuki.addresses"]
    return href in served


def addresses(rules: Callable[[], Any]) -> frozenset[str]:
    """Every address without a variable part, so that a menu names no page that is not there."""
    return frozenset(rule.rule for rule in rules() if not rule.arguments)
