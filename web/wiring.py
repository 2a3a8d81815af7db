"""Puts the parts together: `create_app(settings)` is the whole web application."""

from __future__ import annotations

import functools
import hashlib
import importlib
import logging
import pkgutil
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask, request, url_for
from flask_wtf.csrf import CSRFProtect
from marshmallow import EXCLUDE, ValidationError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

import web
from adapters import discover
from adapters.base import Adapter
from engine import postgres
from engine.database import Database
from engine.file_store import Store
from web import (
    auth,
    checking,
    errors,
    failures,
    once,
    operation_titles,
    session_time,
    sign_in,
    words,
)
from web import settings as settings_module
from web.navigation import addresses, site
from web.parts import Parts, now, parts, today
from web.settings import Settings
from web.throttle import Throttle

__all__ = ["Parts", "configured_adapters", "create_app", "now", "parts", "today"]

log = logging.getLogger("tetsuzuki.web")
STATIC = Path(__file__).parent / "static"
CSP = (
    "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
# Only the editors of the studio write style attributes and use data: fonts and images.
STUDIO_CSP = CSP + "; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
YEAR_S = 31_536_000
csrf = CSRFProtect()


def create_app(
    settings: Settings | None = None,
    *,
    database: Database | None = None,
    store: Store | None = None,
    adapters: Mapping[str, Adapter] | None = None,
    background: Executor | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Flask:
    """The application. settings None: from the environment. What is not given is made from the settings."""
    settings = settings or settings_module.read()
    app = Flask("web", root_path=str(Path(__file__).parent), static_folder=str(STATIC))
    _configure(app, settings)
    app.extensions["tetsuzuki"] = Parts(
        database=database or Database(_database_url(settings), limits=settings.limits),
        settings=settings,
        store=store or Store(settings.files),
        adapters=configured_adapters(settings) if adapters is None else adapters,
        background=background or ThreadPoolExecutor(2, thread_name_prefix="mail-link"),
        throttle=Throttle(),
        clock=clock,
    )
    csrf.init_app(app)
    app.register_blueprint(sign_in.blueprint)
    app.register_blueprint(session_time.blueprint)
    for views in _blueprints():
        app.register_blueprint(views)
    app.extensions["tetsuzuki.addresses"] = addresses(app.url_map.iter_rules)
    errors.install(app)
    app.jinja_env.filters.update(words.FILTERS)
    app.jinja_env.filters.update(
        failure=failures.of_call,
        in_words=operation_titles.in_words,
        operation_title=operation_titles.title_of,
        stopped=failures.word_of,
    )
    app.jinja_env.globals.update(
        new_form_token=once.new_form_token,
        asset=asset,
        moment_now=lambda: words.moment(now()),
        problems_max=checking.SHOWN_MAX,
    )
    app.context_processor(_frame)
    app.after_request(_headers)
    return app


def configured_adapters(settings: Settings) -> dict[str, Adapter]:
    """Every adapter whose settings are complete, by name; the others are left out and named in the log."""
    made = {}
    for name, adapter in discover().items():
        try:
            values: Any = adapter.settings().load(
                dict(settings.adapters.get(name, {})), unknown=EXCLUDE
            )
        except ValidationError as error:
            missing = ", ".join(sorted(map(str, error.messages_dict)))
            log.warning(
                "adapter %s is not used: set TETSUZUKI_%s__* (%s)", name, name.upper(), missing
            )
            continue
        made[name] = adapter(**values)
    return made


def asset(name: str) -> str:
    """The address of a built file, with its content in the address so that browsers may keep it for a year."""
    return url_for("static", filename=f"dist/{name}", v=_fingerprint(STATIC / "dist" / name))


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        # Flask's own cookie only carries the CSRF secret and messages; who is signed in is a row.
        SESSION_COOKIE_NAME="__Host-form" if settings.is_https else "form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=settings.request_limit_bytes,
        MAX_FORM_MEMORY_SIZE=5_000_000,
        MAX_FORM_PARTS=5_000,  # 50 vehicle rows of some 40 fields
        WTF_CSRF_TIME_LIMIT=None,  # as long as the cookie: a form filled in slowly is not lost
        PREFERRED_URL_SCHEME="https" if settings.is_https else "http",
        TRAP_BAD_REQUEST_ERRORS=False,
    )
    if settings.proxies:
        n = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]


def _database_url(settings: Settings) -> str:
    if settings.database_url:
        return settings.database_url
    return postgres.start(settings.data).url


def _blueprints() -> list[Any]:
    """The blueprint of each kind of user: `blueprint` in web/<kind>/views.py. Nothing is listed by hand."""
    found = []
    for package in pkgutil.iter_modules(web.__path__):
        if package.ispkg and (Path(web.__path__[0]) / package.name / "views.py").exists():
            found.append(importlib.import_module(f"web.{package.name}.views").blueprint)
    return found


def _frame() -> dict[str, Any]:
    failed = request.environ.get(errors.FAILED)
    actor = auth.known_actor() if failed else auth.current_actor()
    home = ("受付番号で確かめる", "/guest") if actor.kind == "guest" else ("マイページ", "/my")
    return {
        "site": site(actor, is_broken=bool(failed)),
        "actor": actor,
        "session_left": None if failed else session_time.find_left(),
        "sessions_last": parts().settings,
        "home_crumb": [home],
    }


def _headers(response: Response) -> Response:
    is_studio = request.blueprint == "studio"
    response.headers.setdefault("Content-Security-Policy", STUDIO_CSP if is_studio else CSP)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if parts().settings.is_https:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_S}")
    if request.endpoint == "static" and response.status_code == 200 and "v" in request.args:
        response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    elif request.endpoint != "static":
        # Personal data must not stay on a shared PC.
        response.headers.setdefault("Cache-Control", "no-store")
    return response


@functools.cache
def _read_fingerprint(path: Path, changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _fingerprint(path: Path) -> str:
    try:
        return _read_fingerprint(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return "0"
