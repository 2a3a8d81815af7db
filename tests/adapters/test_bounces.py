"""Mails that come back: which of ours it was, and what is no final failure."""

from __future__ import annotations

import pytest

from adapters.bounces import Bounce, read

KEY = "MvyEIIZFLtLFQxz62RAmwrX_-17-correction"
REPORT = """\
From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Tue, 12 May 2026 10:00:00 +0900

Final-Recipient: rfc822; gone@example.jp
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 user unknown

--b1
Content-Type: {carried}

From: noreply@example.tokyo
To: gone@example.jp
Message-ID: <{id}@example.tokyo>
Subject: =?utf-8?b?6KOc5q2j?=

--b1--
"""


def report(**changes: str) -> bytes:
    values = {
        "to": f"<bounce+{KEY}@example.tokyo>",
        "action": "failed",
        "status": "5.1.1",
        "carried": "message/rfc822",
        "id": "other",
    }
    return REPORT.format(**values | changes).encode()


def test_the_address_it_came_back_to_names_the_message() -> None:
    assert read(report()) == Bounce(KEY, "5.1.1")


def test_the_mail_server_may_tell_the_address_itself() -> None:
    raw = report(to="postmaster@example.tokyo")
    assert read(raw, to=f"bounce+{KEY}@example.tokyo") == Bounce(KEY, "5.1.1")


@pytest.mark.parametrize("carried", ["message/rfc822", "text/rfc822-headers"])
def test_else_the_message_it_carries_names_it(carried: str) -> None:
    raw = report(to="bounce@example.tokyo", id=KEY, carried=carried)
    assert read(raw) == Bounce(KEY, "5.1.1")


def test_a_timeout_after_days_is_a_failure_too() -> None:
    assert read(report(status="4.4.7")) == Bounce(KEY, "4.4.7")


@pytest.mark.parametrize(
    "raw",
    [
        report(action="delayed", status="4.4.1"),
        report(action="delivered", status="2.0.0"),
        report(to="office@example.tokyo", id="not ours"),
        f"To: bounce+{KEY}@example.tokyo\nSubject: out of office\n\nBack on Monday.\n".encode(),
        b"",
        b"\xff\xfe\x00",
        report()[:400],
    ],
)
def test_anything_else_is_no_failure(raw: bytes) -> None:
    assert read(raw) is None
