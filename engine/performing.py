"""How a call is made: claimed in one transaction, performed with none open, settled in another.

Parameters and results are checked against the operation's schemas on the way out and in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from adapters.base import (
    Adapter,
    Done,
    Operation,
    Outcome,
    Permanent,
    RetryPolicy,
    Temporary,
    Unknown,
    Unreadable,
)
from engine import called_cases, calls, letters, operations, schema_faults
from engine.calls import Claimed
from engine.database import Database
from engine.feel.values import FeelDate, FeelDateTime, FeelTime, from_feel
from engine.file_store import Store

LETTER_RETRY = RetryPolicy(attempts=8, first=timedelta(seconds=30))


@dataclass(frozen=True)
class Parts:
    """What the jobs work with. adapters: by name.  portal_url: put into mails and letters.  clock: now, aware."""

    database: Database
    store: Store
    adapters: Mapping[str, Adapter]
    fonts: Path
    portal_url: str
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))


def perform_call(parts: Parts, call_id: int) -> None:
    """The call has been made, or asked about, once; what came back is settled. One that begins a case has gone on."""
    if called_cases.work(parts.database, call_id, parts.clock()):
        return
    with parts.database.transaction() as db:
        claimed = calls.claim(db, call_id, parts.clock())
    if claimed is None:
        return
    outcome: Outcome | None
    if claimed.operation == operations.LETTER:
        outcome, retry = _make_ordered_letter(parts, claimed), LETTER_RETRY
    else:
        outcome, retry = _ask(parts.adapters, claimed)
    with parts.database.transaction() as db:
        calls.settle(db, claimed, outcome, retry=retry, now=parts.clock())


def _ask(adapters: Mapping[str, Adapter], claimed: Claimed) -> tuple[Outcome | None, RetryPolicy]:
    """What the other side said, with result and parameters checked against the operation's schemas.

    None: only for a corrected call, whose request before the correction the other side never got.
    """
    adapter = adapters.get(claimed.operation.split(".", 1)[0])
    known = None if adapter is None else adapter.operations().get(claimed.operation)
    if adapter is None or known is None:
        message = f"{claimed.operation} につなぐ設定がありません。設定（docs/adapters.md）に加えてください。"
        return _not_sent(claimed, message), RetryPolicy()
    if claimed.before == "unknown":
        found = adapter.find(claimed.operation, claimed.key)
        if isinstance(found, Temporary | Permanent):
            # Only the question failed: nobody knows more than before, so the next attempt asks again too.
            message = f"結果を問い合わせましたが、分かりません：{found.message}"
            return Unknown(message), adapter.retry
        if claimed.corrected_key is not None:
            return found, adapter.retry
        if found is not None:
            return _checked(known, found), adapter.retry
    try:
        parameters = known.parameters.load(plain(claimed.parameters))
    except ValidationError as error:
        wrong = schema_faults.in_words(error.messages_dict)
        return Permanent(f"渡す引数が合いません。{wrong}値を直してください。"), adapter.retry
    return _checked(known, _send(adapter, known, claimed, parameters)), adapter.retry


def _not_sent(claimed: Claimed, message: str) -> Outcome:
    """Nobody was asked: of a request that may have been processed nobody knows more than before."""
    return Unknown(message) if claimed.before == "unknown" else Permanent(message)


def _send(
    adapter: Adapter, known: Operation, claimed: Claimed, parameters: Mapping[str, Any]
) -> Outcome:
    """Asks for the state of what was accepted, else sends."""
    if claimed.before == "accepted" and claimed.external_ref is not None:
        return adapter.poll(claimed.operation, claimed.external_ref)
    outcome: Outcome = getattr(adapter, known.method)(
        parameters, key=claimed.key, attempt=claimed.attempt
    )
    return outcome


def _checked(known: Operation, outcome: Outcome) -> Outcome:
    """Done only with a result of the promised shape; ISO texts of dates become dates."""
    if not isinstance(outcome, Done):
        return outcome
    try:
        return Done(known.result.load(plain(outcome.result)))
    except ValidationError as error:
        wrong = schema_faults.in_words(error.messages_dict)
        return Unreadable(f"返った結果が、取り決めた形と違います。{wrong}")


def plain(value: Any) -> Any:
    """JSON as schemas read it: dates as ISO text, whole numbers as int, other numbers as text."""
    value = from_feel(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "as_integer_ratio"):  # Decimal
        return int(value) if value == int(value) else str(value)
    if isinstance(value, FeelDate | FeelDateTime | FeelTime):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _make_ordered_letter(parts: Parts, claimed: Claimed) -> Outcome:
    with parts.database.reading() as db:
        letter_id = letters.find_ordered(db, claimed.case_id, claimed.token)
    if letter_id is None:
        return Permanent("通知書がまだ発行されていません。発行する作業から再試行してください")
    return letters.make(
        parts.database,
        parts.store,
        parts.fonts,
        letter_id,
        parts.clock(),
        portal_url=parts.portal_url,
    )
