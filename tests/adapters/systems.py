"""An adapter beside its running stand-in, one builder per outside system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adapters.base import Adapter, Outcome
from adapters.corporate_number import CorporateNumber
from adapters.mail import Mail
from adapters.vehicle_register import VehicleRegister
from tests.adapters.standin import Running

TOKEN = "test-token-3f9c"
APPLICATION_ID = "TestAppId0001"


@dataclass
class System:
    """An adapter beside its stand-in. ask: a good request under a key; refuse: one the other side says no to."""

    adapter: Adapter
    standin: Running
    ask: Callable[[str], Outcome]
    refuse: Callable[[str], Outcome]
    changes_something: bool  # a lost reply leaves the outcome open


def vehicle_register(standin: Running) -> System:
    standin.control(hours="open", no_hit=0, clock="2026-05-07T10:00")
    adapter = VehicleRegister(base_url=standin.url, token=TOKEN, read_timeout_s=1.5)
    good = {"plate": "多摩130あ5678", "chassis_tail": "FEB50509901", "purpose": "変更届の審査"}

    def refuse(key: str) -> Outcome:
        standin.control(hours="closed")
        return adapter.match(good, key=key, attempt=1)

    return System(
        adapter, standin, lambda key: adapter.match(good, key=key, attempt=1), refuse, True
    )


def corporate_number(standin: Running) -> System:
    standin.control(burst=0)
    adapter = CorporateNumber(
        base_url=standin.url, application_id=APPLICATION_ID, read_timeout_s=1.5, pace_s=0.0
    )

    def ask(key: str) -> Outcome:
        return adapter.find_corporation({"corporate_no": "7999901000001"}, key=key, attempt=1)

    def refuse(key: str) -> Outcome:
        return adapter.find_corporation({"corporate_no": "1999901000001"}, key=key, attempt=1)

    return System(adapter, standin, ask, refuse, False)


def mail(standin: Running) -> System:
    standin.control(clear=1)
    adapter = Mail(
        host="127.0.0.1",
        port=standin.smtp_port,
        security="none",
        sender="no-reply@example.tokyo",
        sender_name="東京都",
        timeout_s=1.5,
    )

    def ask(key: str) -> Outcome:
        return adapter.send(key, "filer@example.jp", "お知らせ", "本文です。")

    def refuse(key: str) -> Outcome:
        standin.control(fault="error")
        return ask(key)

    return System(adapter, standin, ask, refuse, True)


BUILDERS = {
    "vehicle_register": vehicle_register,
    "corporate_number": corporate_number,
    "mail": mail,
}
