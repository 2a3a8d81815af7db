"""One HTTP request to an outside system, with the rules that hold for all of them.

Time-outs on every request, no redirects, one connection per request, a bounded reply, and every failure
sorted into what the engine may do next: Temporary (surely not processed), Unknown (sent, may have been
processed), Permanent (a person must look). Messages name system, fact and status, never a body, an address
with a query, or a credential.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from adapters.base import Permanent, Temporary, Unknown

log = logging.getLogger("tetsuzuki.adapters")

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 30.0
REPLY_LIMIT_BYTES = 5_000_000
LONGEST_RETRY_AFTER = timedelta(hours=24)
SAFE_METHODS = {"GET", "HEAD"}

Failure = Temporary | Unknown | Permanent


@dataclass(frozen=True)
class Reply:
    """What the other side answered: 2xx, or a 4xx status the caller said it understands."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class _TooLong(Exception):
    limit: int


def send(
    method: str,
    url: str,
    *,
    system: str,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    understood: frozenset[int] = frozenset(),
    read_timeout_s: float = READ_TIMEOUT_S,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
) -> Reply | Failure:
    """The reply, or what its absence means.

    system: the adapter's name, for messages and log lines.
    understood: statuses outside 2xx the caller gives a business meaning to; they come back as a Reply.
    """
    safe = method in SAFE_METHODS
    try:
        reply = _exchange(
            method,
            url,
            params=params,
            headers=headers,
            json=json,
            timeout=httpx.Timeout(read_timeout_s, connect=connect_timeout_s),
        )
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        return Temporary(f"{system}：つながりません（{type(error).__name__}）")
    except (httpx.UnsupportedProtocol, httpx.InvalidURL):
        return Permanent(f"{system}：設定のアドレス（base_url）が使えません。設定を直してください")
    except _TooLong as error:
        return Permanent(f"{system}：返事が長すぎます（{error.limit:,}バイト超）")
    except httpx.TransportError as error:
        fact = f"{system}：送ったあと返事がありません（{type(error).__name__}）"
        return Temporary(fact) if safe else Unknown(fact)
    log.info("%s %s -> %d, reply sha256 %s", system, method, reply.status, _digest(reply.body))
    if 200 <= reply.status < 300 or reply.status in understood:
        return reply
    return failure(reply, system=system, safe=safe)


def failure(reply: Reply, *, system: str, safe: bool) -> Failure:
    """What a status that nobody understood means for the next attempt.

    safe: the request changes nothing, so that asking again is always allowed.
    """
    status = reply.status
    if status in (429, 502, 503):
        return Temporary(f"{system}：{status} が返りました", retry_after=retry_after(reply))
    if status >= 500:
        fact = f"{system}：{status} が返りました。処理されたかもしれません"
        return Temporary(f"{system}：{status} が返りました") if safe else Unknown(fact)
    if status in (401, 403):
        return Permanent(
            f"{system}：{status} が返りました。認証の設定と契約の内容を確かめてください"
        )
    if 300 <= status < 400:
        return Permanent(
            f"{system}：{status} が返りました。転送には従いません。設定のアドレスを直してください"
        )
    return Permanent(f"{system}：{status} が返りました。送った内容が相手の決まりに合いません")


def retry_after(reply: Reply, *, now: datetime | None = None) -> timedelta | None:
    """The wait the other side asks for (seconds or an HTTP date), at most a day; None when it says nothing usable."""
    text = reply.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:7])), LONGEST_RETRY_AFTER)
    try:
        wait = parsedate_to_datetime(text) - (now or datetime.now(UTC))
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta(0)), LONGEST_RETRY_AFTER)


def _exchange(
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None,
    headers: Mapping[str, str] | None,
    json: Any,
    timeout: httpx.Timeout,
) -> Reply:
    # A client per request: a reply sent twice by a broken peer can never be taken for the next one.
    with (
        httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False) as client,
        client.stream(
            method,
            url,
            params=dict(params) if params else None,
            headers=dict(headers or {}),
            json=json,
        ) as response,
    ):
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > REPLY_LIMIT_BYTES:
                raise _TooLong(REPLY_LIMIT_BYTES)
        headers_lower = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers_lower, bytes(body))


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]
