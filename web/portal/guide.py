"""What may be filed here, and what one must know before: list of procedures, guide pages, pages about the portal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, render_template, request

from engine import versions
from engine.errors import NotFound
from engine.text import kana_key, text_key
from engine.versions import Version
from web.auth import current_actor
from web.parts import parts
from web.portal import filing as filings
from web.portal.blueprint import blueprint

CHANNELS = {"account", "guest"}
UNITS = {"open_days": "開庁日", "days": "日"}
# So many procedures may be shown whole to somebody whose search found none.
FEW = 10
# What stands between the words of a sentence: 車を売った, 産廃の質問.
BETWEEN = frozenset("をがのはにもでとへ") | {"から", "した", "したい"}
PAGES = ("help", "privacy", "accessibility")


@dataclass(frozen=True)
class Group:
    """Procedures of one kind of matter, as the list shows them."""

    name: str
    versions: list[Version]


@blueprint.get("/")
def index() -> str:
    wanted = request.args.get("q", "").strip()[:100]
    with parts().database.reading() as db:
        offered = [v for v in versions.list_current(db) if is_offered(v)]
    found = [v for v in offered if matches(v.settings, wanted)]
    is_few = bool(wanted) and not found and len(offered) <= FEW
    return render_template(
        "portal/index.html",
        groups=groups(found),
        every=groups(offered) if is_few else [],
        wanted=wanted,
        count=len(found),
        of=len(offered),
        takes_guests=any(takes_guests(v) for v in offered),
    )


@blueprint.get("/procedures/<code>")
def guide(code: str) -> str:
    version = offered_version(code)
    actor = current_actor()
    with parts().database.reading() as db:
        cautions = filings.cautions_of(db, version, actor)
    return render_template(
        "portal/guide.html",
        version=version,
        settings=version.settings,
        period=period_words(version.settings.get("standard_period")),
        is_signed_in=actor.kind == "applicant",
        cautions=cautions,
        takes_guests=takes_guests(version),
    )


@blueprint.get("/<any(help, privacy, accessibility):page>")
def about(page: str) -> str:
    return render_template(f"portal/{page}.html")


def offered_version(code: str) -> Version:
    """The current version of a procedure people may file here; 404 otherwise."""
    try:
        with parts().database.reading() as db:
            version = versions.current(db, code)
    except NotFound:
        abort(404)
    if not is_offered(version):
        abort(404)
    return version


def takes_guests(version: Version) -> bool:
    """Whether the procedure may be filed without an account."""
    return "guest" in version.settings["filing"]["by"]


def keep_days(version: Version) -> int:
    """How many days after its last save a draft is kept."""
    return int((version.settings.get("drafts") or {}).get("delete_after_days", 30))


def is_offered(version: Version) -> bool:
    return bool(CHANNELS & set(version.settings["filing"]["by"]))


def matches(settings: Any, wanted: str) -> bool:
    """Whether every word stands somewhere in the procedure's keywords and in what list and guide say of it.

    A word written in one (トラック変更, 車を売った) is found by its parts.
    """
    keywords = list(settings.get("keywords", ()))
    texts = [settings[k] for k in ("name", "short_name", "summary", "who")]
    texts += [settings.get("category") or "", settings["kind"], settings["office"]["name"]]
    texts += [law["law"] for law in settings.get("laws", ())]
    keys = [_key(text) for text in texts + keywords]
    whole = {_key(word) for word in (*keywords, *BETWEEN)}
    return all(_is_made_of(_key(word), keys, whole) for word in wanted.split())


def _is_made_of(word: str, keys: list[str], whole: set[str]) -> bool:
    """Whether the word can be cut into keywords and parts of the texts, two characters long or longer.

    A single character is a part only as a keyword: with any one of them, every word would be found.
    """
    reached = [True] + [False] * len(word)
    for end in range(1, len(word) + 1):
        reached[end] = any(
            reached[start]
            and (
                word[start:end] in whole
                or (end - start > 1 and any(word[start:end] in key for key in keys))
            )
            for start in range(end)
        )
    return reached[-1] or (len(word) == 1 and any(word in key for key in keys))


def groups(found: list[Version]) -> list[Group]:
    """The procedures by category, categories and names in order."""
    by_name: dict[str, list[Version]] = {}
    for version in found:
        by_name.setdefault(version.settings.get("category") or "そのほか", []).append(version)
    return [Group(name, sorted(by_name[name], key=lambda v: v.name)) for name in sorted(by_name)]


def period_words(period: Any) -> str:
    """受け付けてから5開庁日（目標）; empty when the procedure has none."""
    if not period:
        return ""
    note = f"（{period['text']}）" if period.get("text") else ""
    return f"受け付けてから{period['days']}{UNITS[period['unit']]}{note}"


def _key(text: str) -> str:
    """Width, case, variants and kana folded: とらっく, ﾄﾗｯｸ and トラック are one."""
    return kana_key(text_key(text))
