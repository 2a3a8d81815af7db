"""What passes between a case and the one it began at a call activity: marks in the row of the call, found by the jobs.

Neither case touches the other: the one that ends or stops waiting writes into the row, the job it defers does the rest.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, update

from engine.bpmn.model import BEGIN_CASE
from engine.round_trip import Answer, Send, Statement
from engine.tables import INSTANT, KEY, calls

_at = bindparam("at", type_=INSTANT)
_due = update(calls).where(
    calls.c.case_id == bindparam("of_case", type_=BigInteger), calls.c.operation == BEGIN_CASE
)
_CALL_OFF = Statement(
    _due.where(
        calls.c.token == any_(bindparam("tokens", type_=ARRAY(BigInteger))),
        calls.c.status == "cancelled",
        calls.c.external_ref.is_not(None),
    )
    .values(next_at=_at, queued_at=_at)
    .returning(calls.c.id)
)
_TELL = Statement(
    _due.where(
        calls.c.token == bindparam("token", type_=BigInteger),
        calls.c.status == "accepted",
        calls.c.external_ref == bindparam("begun", type_=KEY),
    )
    .values(next_at=_at, queued_at=_at)
    .returning(calls.c.id)
)


def call_off(send: Send, case_id: int, tokens: Collection[int], now: datetime) -> Answer:
    """Of the cancelled calls of the case at these tokens, those whose begun case is to be cancelled too: ids, for their jobs."""
    return send(_CALL_OFF, {"of_case": case_id, "tokens": sorted(tokens), "at": now})


def tell(send: Send, caller_id: int, token: int, public_key: str, now: datetime) -> Answer:
    """The call that waits for the end of the case with that key is due: its id, for its job; nothing when nobody waits."""
    return send(_TELL, {"of_case": caller_id, "token": token, "begun": public_key, "at": now})
