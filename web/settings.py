"""What an installation decides: read once from the environment (TETSUZUKI_*), then never changed.

Secrets nobody has set are made at the first start and kept in the data folder, readable by its owner only.
Adapters are set by `TETSUZUKI_<ADAPTER>__<SETTING>`, e.g. TETSUZUKI_MAIL__HOST=127.0.0.1.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from engine import feel, kernel, safe_xml
from engine.kernel.env import DEFAULT_LIMITS
from engine.limits import setting

ROOT = Path(__file__).parent.parent
ADAPTER_SETTING = re.compile(r"TETSUZUKI_([A-Z0-9]+(?:_[A-Z0-9]+)*)__([A-Z0-9_]+)")
MEGABYTE = 1024 * 1024
SECRETS = "secrets"  # folder inside the data folder


class WrongSetting(Exception):
    """A variable holds something it cannot; the Japanese message names it, the fact and the remedy."""


def clock() -> datetime:
    """Now, aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Settings:
    """data: folder of everything that stays.  public_url: the address people type; https makes cookies Secure.

    database_url: None for the embedded server in the data folder.  proxies: reverse proxies in front that we trust.
    limits: what a case may use.  xml: what a diagram or decision table may be to be deployed.
    clock: injected time; TETSUZUKI_NOW freezes it.  adapters: adapter name -> its settings as text.
    """

    data: Path
    secret_key: str = field(repr=False)
    database_url: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    procedures: Path = ROOT / "process_models"
    office_name: str = "東京都"
    portal_name: str = "東京都 オンライン手続"
    desk_name: str = "東京都 業務ポータル"
    banner: str = ""
    proxies: int = 0
    file_limit_bytes: int = 20 * MEGABYTE
    request_limit_bytes: int = 100 * MEGABYTE
    session_idle_minutes: int = 30
    session_hours: int = 12
    session_warning_minutes: int = 5
    limits: kernel.Limits = DEFAULT_LIMITS
    xml: safe_xml.Limits = safe_xml.LARGEST
    adapters: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    clock: Callable[[], datetime] = clock

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def files(self) -> Path:
        """Folder of the file store."""
        return self.data / "files"


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Makes the data folder and missing secrets. Raises WrongSetting."""
    env = os.environ if environ is None else environ
    data = Path(env.get("TETSUZUKI_DATA", "data")).absolute()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    host, port = env.get("TETSUZUKI_HOST", "127.0.0.1"), _number(env, "TETSUZUKI_PORT", 8000)
    office = env.get("TETSUZUKI_OFFICE_NAME", "東京都")
    public_url = env.get("TETSUZUKI_PUBLIC_URL", f"http://{host}:{port}").rstrip("/")
    if not re.fullmatch(r"https?://[^/\s]+", public_url):
        raise WrongSetting(
            f"TETSUZUKI_PUBLIC_URL が「{public_url}」です。https://tetsuzuki.example.jp のように、http(s) とホスト名だけにしてください。"
        )
    return Settings(
        data=data,
        secret_key=env.get("TETSUZUKI_SECRET_KEY") or kept_secret(data, "web"),
        database_url=env.get("TETSUZUKI_DATABASE_URL") or None,
        host=host,
        port=port,
        public_url=public_url,
        procedures=Path(env.get("TETSUZUKI_PROCEDURES", ROOT / "process_models")),
        office_name=office,
        portal_name=env.get("TETSUZUKI_PORTAL_NAME", f"{office} オンライン手続"),
        desk_name=env.get("TETSUZUKI_DESK_NAME", f"{office} 業務ポータル"),
        banner=env.get("TETSUZUKI_BANNER", ""),
        proxies=_number(env, "TETSUZUKI_PROXIES", 0),
        file_limit_bytes=_number(env, "TETSUZUKI_FILE_LIMIT_MB", 20) * MEGABYTE,
        request_limit_bytes=_number(env, "TETSUZUKI_REQUEST_LIMIT_MB", 100) * MEGABYTE,
        **_session(env),
        limits=case_limits(env),
        xml=xml_limits(env),
        adapters=_adapters(env),
        clock=_clock(env),
    )


# name -> (least, most); what is more would hold a transaction longer than the database lets it (engine/database.py).
_LIMITS = {
    "steps": (100, 200_000),
    "depth": (10, 400),
    "tokens": (10, 50_000),
    "instances": (1, 10_000),
    "variable_size": (10_000, 10_000_000),
    "callers": (1, 100),
    "feel_steps": (1_000, 1_000_000),
    "feel_size": (10_000, 20_000_000),
    "feel_seconds": (1, 10),
    "feel_depth": (10, feel.DEFAULT.depth),
    "feel_source": (1_000, feel.DEFAULT.source),
    "feel_regex_ms": (10, 2_000),
    "xml_mb": (1, safe_xml.LARGEST.size_bytes // 1_000_000),
    "xml_depth": (20, safe_xml.LARGEST.depth),
}


def case_limits(environ: Mapping[str, str] | None = None) -> kernel.Limits:
    """What a case may use. Raises WrongSetting."""
    env = _of_limits(environ)
    known, of_feel = DEFAULT_LIMITS, DEFAULT_LIMITS.feel
    return kernel.Limits(
        steps=_limit(env, "steps", known.steps),
        depth=_limit(env, "depth", known.depth),
        tokens=_limit(env, "tokens", known.tokens),
        instances=_limit(env, "instances", known.instances),
        variable_size=_limit(env, "variable_size", known.variable_size),
        callers=_limit(env, "callers", known.callers),
        feel=feel.Limits(
            steps=_limit(env, "feel_steps", of_feel.steps),
            size=_limit(env, "feel_size", of_feel.size),
            depth=_limit(env, "feel_depth", of_feel.depth),
            source=_limit(env, "feel_source", of_feel.source),
            time_s=float(_limit(env, "feel_seconds", int(of_feel.time_s))),
            regex_s=_limit(env, "feel_regex_ms", int(of_feel.regex_s * 1000)) / 1000,
        ),
    )


def xml_limits(environ: Mapping[str, str] | None = None) -> safe_xml.Limits:
    """What a diagram or decision table may be to be deployed. Raises WrongSetting."""
    env, largest = _of_limits(environ), safe_xml.LARGEST
    return safe_xml.Limits(
        size_bytes=_limit(env, "xml_mb", largest.size_bytes // 1_000_000) * 1_000_000,
        depth=_limit(env, "xml_depth", largest.depth),
    )


def _of_limits(environ: Mapping[str, str] | None) -> Mapping[str, str]:
    """The environment; raises WrongSetting for a limit there is not, which would change nothing."""
    env = os.environ if environ is None else environ
    known = [setting(name) for name in _LIMITS]
    for name in env:
        if name.startswith(setting("")) and name not in known:
            raise WrongSetting(f"{name} という上限はありません。あるのは {'、'.join(known)} です。")
    return env


def _limit(env: Mapping[str, str], name: str, default: int) -> int:
    least, most = _LIMITS[name]
    value = _number(env, setting(name), default)
    if not least <= value <= most:
        raise WrongSetting(
            f"{setting(name)} が {value:,} です。{least:,} から {most:,} までにしてください。"
        )
    return value


def _session(env: Mapping[str, str]) -> dict[str, int]:
    """How long a session lasts, and how early the page warns of its end."""
    idle = _number(env, "TETSUZUKI_SESSION_IDLE_MINUTES", 30)
    hours = _number(env, "TETSUZUKI_SESSION_HOURS", 12)
    warning = _number(env, "TETSUZUKI_SESSION_WARNING_MINUTES", 5)
    if not 1 <= hours <= 24:
        raise WrongSetting(
            f"TETSUZUKI_SESSION_HOURS が {hours} です。1 から 24 までにしてください。"
        )
    if not 1 <= warning < idle:
        raise WrongSetting(
            f"TETSUZUKI_SESSION_WARNING_MINUTES が {warning} です。1 以上で、操作がないときの {idle} 分より短くしてください。"
        )
    return {
        "session_idle_minutes": idle,
        "session_hours": hours,
        "session_warning_minutes": warning,
    }


def kept_secret(data: Path, name: str) -> str:
    """The secret of this name in the data folder, made at the first call; the file has mode 0600."""
    folder = data / SECRETS
    folder.mkdir(exist_ok=True, mode=0o700)
    path = folder / name
    try:
        # O_EXCL: of two processes that start together one makes it, the other reads it.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _whole(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret + "\n")
    return secret


def _whole(path: Path) -> str:
    text = path.read_text(encoding="ascii")
    if not text.endswith("\n"):
        raise WrongSetting(f"{path} の秘密が途中で切れています。消して、起動し直してください。")
    return text.strip()


def _adapters(env: Mapping[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, value in env.items():
        match = ADAPTER_SETTING.fullmatch(name)
        if match:
            found.setdefault(match[1].lower(), {})[match[2].lower()] = value
    return found


def _clock(env: Mapping[str, str]) -> Callable[[], datetime]:
    text = env.get("TETSUZUKI_NOW")
    if not text:
        return clock
    try:
        frozen = datetime.fromisoformat(text)
    except ValueError:
        frozen = None
    if frozen is None or frozen.tzinfo is None:
        raise WrongSetting(
            f"TETSUZUKI_NOW が「{text}」です。2026-05-07T16:59:00+09:00 のように、時差をつけた日時にしてください。"
        )
    return lambda: frozen.astimezone(UTC)


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        raise WrongSetting(
            f"{name} が「{text}」です。0 以上の整数を、半角の数字だけで書いてください。"
        )
    return int(text)
