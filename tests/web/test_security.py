import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from engine import feel, kernel, safe_xml
from engine.database import Database
from tests.web.person import Person
from web.settings import WrongSetting, read

ROOT = Path(__file__).parents[2]
New = Callable[[], Person]
PAGES = [
    "/",
    "/login",
    "/account/login",
    "/account/register",
    "/help",
    "/nothing-here",
    "/api/health",
    "/api/ready",
]


@pytest.mark.parametrize("address", PAGES)
def test_every_answer_carries_the_security_headers(somebody: New, address: str) -> None:
    headers = somebody().open(address).page.headers
    csp = headers["Content-Security-Policy"]
    for rule in (
        "default-src 'self'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ):
        assert rule in csp
    assert "unsafe-inline" not in csp
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", PAGES[:-1])
def test_no_page_has_an_inline_script_or_style_or_asks_another_host(
    somebody: New, address: str
) -> None:
    root = somebody().open(address).root
    assert not [s for s in root.iter("script") if not s.get("src")]
    assert not list(root.iter("style"))
    assert not root.xpath("//*[@style]") and not root.xpath("//*[@onclick]")
    addresses = root.xpath("//script/@src | //link/@href | //img/@src")
    assert all(address.startswith("/") for address in addresses), addresses


def test_a_post_without_the_csrf_token_is_refused_with_a_page_that_helps(somebody: New) -> None:
    person = somebody().open("/login")
    person.send("/login", {"login": "sato", "password": "sato-demo-2026"})
    assert person.status == 403
    assert "画面を開き直してください" in person.text
    assert person.client.get_cookie("session") is None


def test_a_page_that_is_not_there_says_what_to_do(somebody: New) -> None:
    person = somebody().open("/nothing-here")
    assert person.status == 404
    assert "どうすればよいか" in person.text


def test_an_error_of_ours_shows_a_page_without_its_text(app: Flask) -> None:
    def broken() -> str:
        raise RuntimeError("多摩太郎さんの住所")

    app.add_url_rule("/broken", view_func=broken)
    person = Person(app).open("/broken")
    assert person.status == 500
    assert "不具合" in person.text
    assert "多摩太郎" not in person.page.get_data(as_text=True)


def test_without_its_database_a_page_says_so_and_nothing_more_breaks(
    make_app: Callable[..., Flask], database: Database
) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    app = make_app(database=gone)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    person = Person(app)
    person.client.set_cookie("session", "x" * 43)
    person.open("/")
    assert person.status == 503
    assert "データを保管しているところとつながりません" in person.text
    assert person.open("/api/health").status == 503
    assert person.open("/api/ready").status == 503


def test_a_request_that_is_too_large_is_refused_with_its_own_page(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    person = Person(app).open("/login")
    form = person.form("ログイン")
    person.send("/login", form.to_dict() | {"login": "x" * 5000, "password": "y"})
    assert person.status == 413
    assert "大きすぎます" in person.text


# --- settings ------------------------------------------------------------------------------------------


def test_the_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path) -> None:
    first = read({"TETSUZUKI_DATA": str(tmp_path)})
    again = read({"TETSUZUKI_DATA": str(tmp_path)})
    assert first.secret_key == again.secret_key
    assert len(first.secret_key) >= 43
    assert (tmp_path / "secrets" / "web").stat().st_mode & 0o777 == 0o600
    assert first.secret_key not in repr(first)


def test_settings_of_adapters_come_from_their_variables(tmp_path) -> None:
    found = read(
        {
            "TETSUZUKI_DATA": str(tmp_path),
            "TETSUZUKI_VEHICLE_REGISTER__BASE_URL": "http://127.0.0.1:9",
        }
    )
    assert found.adapters == {"vehicle_register": {"base_url": "http://127.0.0.1:9"}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TETSUZUKI_PORT", "eighty"),
        ("TETSUZUKI_NOW", "2026-05-07"),
        ("TETSUZUKI_PUBLIC_URL", "tetsuzuki.example.jp"),
        ("TETSUZUKI_LIMIT_STEPS", "many"),
        ("TETSUZUKI_LIMIT_STEPS", "99"),
        ("TETSUZUKI_LIMIT_DEPTH", "401"),
        ("TETSUZUKI_LIMIT_FEEL_SECONDS", "0.5"),
        ("TETSUZUKI_LIMIT_FEEL_DEPTH", "81"),
        ("TETSUZUKI_LIMIT_FEEL_SOURCE", "100001"),
        ("TETSUZUKI_LIMIT_FEEL_REGEX_MS", "2001"),
        ("TETSUZUKI_LIMIT_XML_MB", "11"),
        ("TETSUZUKI_LIMIT_TOKEN", "5"),
    ],
)
def test_a_wrong_setting_names_itself(tmp_path, name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=rf"{name} .*(です|ありません)。") as wrong:
        read({"TETSUZUKI_DATA": str(tmp_path), name: value})
    assert " is " not in str(wrong.value)


def test_limits_are_read_from_their_settings_and_documented_with_their_defaults(tmp_path) -> None:
    found = read(
        {
            "TETSUZUKI_DATA": str(tmp_path),
            "TETSUZUKI_LIMIT_STEPS": "500",
            "TETSUZUKI_LIMIT_FEEL_SECONDS": "2",
            "TETSUZUKI_LIMIT_FEEL_DEPTH": "20",
            "TETSUZUKI_LIMIT_FEEL_SOURCE": "2000",
            "TETSUZUKI_LIMIT_FEEL_REGEX_MS": "50",
            "TETSUZUKI_LIMIT_XML_MB": "3",
        }
    )
    lowered = feel.Limits(depth=20, source=2_000, time_s=2.0, regex_s=0.05)
    assert found.limits == kernel.Limits(steps=500, feel=lowered)
    assert found.xml == safe_xml.Limits(size_bytes=3_000_000)
    plain = read({"TETSUZUKI_DATA": str(tmp_path)})
    assert (plain.limits, plain.xml) == (kernel.Limits(), safe_xml.LARGEST)
    guide = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    lines = re.findall(
        r"^\| `TETSUZUKI_LIMIT_([A-Z_]+)` \|.*\| `([0-9,]+)` \|", guide, re.MULTILINE
    )
    defaults = {name.lower(): int(value.replace(",", "")) for name, value in lines}
    limits, its_feel = kernel.Limits(), feel.DEFAULT
    assert defaults == {
        "steps": limits.steps,
        "depth": limits.depth,
        "tokens": limits.tokens,
        "instances": limits.instances,
        "variable_size": limits.variable_size,
        "callers": limits.callers,
        "feel_steps": its_feel.steps,
        "feel_size": its_feel.size,
        "feel_seconds": its_feel.time_s,
        "feel_depth": its_feel.depth,
        "feel_source": its_feel.source,
        "feel_regex_ms": its_feel.regex_s * 1000,
        "xml_mb": safe_xml.LARGEST.size_bytes / 1_000_000,
        "xml_depth": safe_xml.LARGEST.depth,
    }
