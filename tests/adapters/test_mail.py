"""Outgoing mail against the stand-in mailbox."""

from __future__ import annotations

import re

import httpx
import pytest

from adapters.base import Done, Permanent, Refused, Temporary, Unknown
from adapters.mail import _refusal, _return_path
from tests.adapters.systems import mail


@pytest.fixture
def system(standins):
    standins["mail"].control(fault="none")
    return mail(standins["mail"])


def page_of_last_mail(system) -> str:
    links = re.findall(r"/mail/\d+", httpx.get(system.standin.url).text)
    return httpx.get(system.standin.url + links[0]).text


def test_a_mail_arrives_with_our_message_id_and_says_it_is_automatic(system):
    body = "手続の状況が変わりました。\nhttps://example.tokyo/status/abc"
    outcome = system.adapter.send("letter-17", "filer@example.jp", "【東京都】お知らせ", body)
    assert outcome == Done({"message_id": "<letter-17@example.tokyo>"})
    text = page_of_last_mail(system)
    assert "【東京都】お知らせ" in text
    assert "&lt;letter-17@example.tokyo&gt;" in text
    assert "auto-generated" in text
    assert '<a href="https://example.tokyo/status/abc">' in text


@pytest.mark.parametrize(
    ("message_id", "to", "subject"),
    [
        ("k", "filer@example.jp\r\nBcc: x@example.jp", "件名"),
        ("k", "filer@example.jp", "件名\r\nBcc: x@example.jp"),
        ("k\r\nX: 1", "filer@example.jp", "件名"),
        ("k", "a@example.jp, b@example.jp", "件名"),
        ("k", "宛先@example.jp", "件名"),
        ("k", "filer@example.jp", " "),
    ],
)
def test_header_injection_and_strange_addresses_never_leave_the_house(
    system, message_id, to, subject
):
    before = len(system.standin.journal())
    assert isinstance(system.adapter.send(message_id, to, subject, "本文"), Permanent)
    assert len(system.standin.journal()) == before


def test_greylisting_is_temporary_and_the_second_attempt_arrives_once(system):
    system.standin.control(fault="rate", times=1)
    assert isinstance(system.ask("grey-1"), Temporary)
    assert isinstance(system.ask("grey-1"), Done)
    assert "（1通）" in httpx.get(system.standin.url).text


def test_a_refusal_is_permanent(system):
    system.standin.control(fault="error", times=1)
    assert isinstance(system.ask("no-1"), Permanent)


def test_an_address_the_server_does_not_know_is_refused_for_good(system):
    system.standin.control(fault="none", unknown="gone@example.jp")
    outcome = system.adapter.send("gone-1", "gone@example.jp", "件名", "本文")
    assert outcome == Refused(
        "recipient", "宛先のサーバーが、このアドレスを受け付けません（550 5.1.1）"
    )
    system.standin.control(fault="none", all_known="1")
    assert isinstance(system.adapter.send("gone-2", "gone@example.jp", "件名", "本文"), Done)


@pytest.mark.parametrize(
    ("code", "said", "kind"),
    [
        (550, b"user unknown", Refused),
        (552, b"5.2.2 mailbox full", Refused),
        (550, b"5.7.1 relaying denied", Permanent),
        (450, b"4.2.1 try later", Temporary),
        (-1, b"", Temporary),
    ],
)
def test_a_refusal_is_told_from_our_own_fault(code, said, kind):
    assert isinstance(_refusal(code, said), kind)


def test_a_long_key_keeps_the_return_address_within_the_rules():
    assert _return_path("k-1", "example.tokyo") == "bounce+k-1@example.tokyo"
    assert _return_path("k" * 80, "example.tokyo") == "bounce@example.tokyo"


def test_a_line_cut_within_the_text_leaves_it_open_and_nothing_arrives(system):
    system.standin.control(fault="unreachable", times=1)
    assert isinstance(system.ask("cut-1"), Unknown)
    assert "（0通）" in httpx.get(system.standin.url).text


def test_a_server_without_tls_gets_nothing_when_tls_is_demanded(system):
    system.adapter.config["security"] = "starttls"
    assert isinstance(system.ask("tls-1"), Permanent)


def test_a_mail_is_shown_as_text_never_as_markup(system):
    system.adapter.send("x-1", "filer@example.jp", "<b>件名</b>", "<script>alert(1)</script>")
    assert "<script>" not in page_of_last_mail(system)
