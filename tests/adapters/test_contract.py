"""What holds for every adapter, tried against its stand-in in its own process."""

from __future__ import annotations

import logging
import uuid

import pytest

import adapters
from adapters.base import Done, Permanent, Refused, Temporary, Unknown
from tests.adapters.systems import APPLICATION_ID, BUILDERS, TOKEN, System


@pytest.fixture
def key() -> str:
    return f"call-{uuid.uuid4().hex}"


def keys_seen(system: System) -> list[str]:
    return [entry["key"] for entry in system.standin.journal() if entry["key"]]


def test_every_adapter_is_under_this_contract():
    assert set(adapters.discover()) == set(BUILDERS)


def test_a_good_request_is_done_and_its_result_fits_the_schema(system, key):
    outcome = system.ask(key)
    assert isinstance(outcome, Done)
    for operation in system.adapter.operations().values():
        operation.result.load(outcome.result)


def test_a_reply_that_comes_too_late_is_unknown_when_something_may_have_changed(system, key):
    system.standin.control(fault="delay", times=1, delay_s=2.5)
    outcome = system.ask(key)
    assert isinstance(outcome, Unknown if system.changes_something else Temporary)


def test_a_no_of_the_other_side_is_final(system, key):
    assert isinstance(system.refuse(key), Refused | Permanent)


def test_too_many_requests_is_temporary(system, key):
    system.standin.control(fault="rate", times=1)
    assert isinstance(system.ask(key), Temporary)
    assert isinstance(system.ask(key), Done)


def test_an_outage_is_temporary(system, key):
    system.standin.control(fault="outage", times=1)
    assert isinstance(system.ask(key), Temporary)


def test_nobody_listening_is_temporary(system, key):
    closed = "http://127.0.0.1:9"
    system.adapter.config |= {"base_url": closed, "host": "127.0.0.1", "port": 9}
    assert isinstance(system.ask(key), Temporary)


def test_after_a_lost_reply_the_request_is_done_once_under_its_key(system, key):
    system.standin.control(fault="drop_after", times=1)
    lost = system.ask(key)
    assert isinstance(lost, Unknown if system.changes_something else Temporary)
    again = system.adapter.find("match", key) if system.changes_something else None
    if again is None:
        again = system.ask(key)
    assert isinstance(again, Done)


def test_a_reply_sent_twice_does_not_confuse_the_next_request(system, key):
    if system.adapter.name == "mail":
        pytest.skip("a mail server has no way to answer twice")
    system.standin.control(fault="twice", times=1)
    first, second = system.ask(key), system.ask(key)
    assert isinstance(first, Done)
    assert first == second


def test_every_attempt_carries_the_same_key(system, key):
    before = len(keys_seen(system))
    system.standin.control(fault="rate", times=1)
    system.ask(key)
    system.ask(key)
    seen = keys_seen(system)[before:]
    assert len(seen) == 2
    assert len(set(seen)) == 1
    if system.adapter.name != "corporate_number":  # a read has no key but its own question
        assert key in seen[0]


def test_no_secret_and_no_person_stands_in_logs_or_messages(system, key, caplog):
    with caplog.at_level(logging.INFO):
        texts = []
        for fault in ("none", "outage", "error", "unreachable"):
            system.standin.control(fault=fault, times=1)
            texts.append(str(getattr(system.ask(key), "message", "")))
    ours = "".join(
        [r.getMessage() for r in caplog.records if r.name.startswith("tetsuzuki")] + texts
    )
    for word in (TOKEN, APPLICATION_ID, "509901", "filer@example.jp", "7999901000001"):
        assert word not in ours
