"""National vehicle register: is this truck registered, to whom, until when.

The interface document of the electronic provision service (登録情報提供機関, 道路運送車両法96条の15) is given to
its customers only. **The exchange format below is our own**; it keeps to what is public about the service: the
key is the plate together with the last seven or more characters of the chassis number, each query states its
purpose, the data are those of the previous working day's close, the service is open 05:00-22:30 and closed
from 29 December to 3 January, raw replies are not passed to third parties. An operator with a contract puts a
relay that speaks this format in front of the real service. Plate and chassis number are asked in one spelling:
NFKC, capital letters, no hyphens, no spaces; another one is a BAD_FIELD, so that no caller relies on the other
side to fold.

    POST {base_url}/v1/inquiries      Authorization: Bearer <token>, Idempotency-Key: <key>
      {"plate": "多摩130あ5678", "chassis_tail": "509901", "purpose": "..."}
      200 {"status": "HIT"|"NO_HIT", "as_of_date": "2026-05-01", "record": {...}|null,
           "deregistered": bool, "plate_gap": bool, "plate_on_vehicle": str|null}
      409 {"code": "CLOSED", "opens_at": "2026-05-08T05:00:00+09:00"}
      409 {"code": "KEY_REUSED"}      the key was used for another question
      400 {"code": "BAD_FIELD", "field": ...}   401, 429 + Retry-After, 5xx
    GET  {base_url}/v1/inquiries/{key}   200 as above, 404 = never received
"""

from __future__ import annotations

import json
from typing import Any, ClassVar
from urllib.parse import quote

from marshmallow import Schema, ValidationError, fields, validate

from adapters import http
from adapters.base import (
    Adapter,
    Done,
    Outcome,
    Permanent,
    Refused,
    RetryPolicy,
    Unknown,
    Unreadable,
    operation,
)

COMPARABLE_CHARACTERS = 7


class Settings(Schema):
    base_url = fields.Url(required=True, require_tld=False, schemes={"http", "https"})
    token = fields.String(required=True, load_only=True)
    read_timeout_s = fields.Float(load_default=60.0)  # the provider's own limit for one question


class MatchParameters(Schema):
    """row_id only comes back with the answer; it never leaves the house."""

    plate = fields.String(required=True, validate=validate.Length(min=3, max=20))
    chassis_tail = fields.String(
        required=True, validate=validate.Length(min=COMPARABLE_CHARACTERS, max=40)
    )
    purpose = fields.String(required=True, validate=validate.Length(min=1, max=100))
    row_id = fields.String(load_default=None, allow_none=True)


class Record(Schema):
    """What the register holds about one vehicle. Every key is there; None = the register has nothing in it."""

    plate = fields.String(required=True)
    chassis_no = fields.String(required=True)
    maker_model = fields.String(required=True, allow_none=True)
    body_type = fields.String(required=True, allow_none=True)
    max_load_kg = fields.Integer(required=True, allow_none=True)
    gvw_kg = fields.Integer(required=True, allow_none=True)
    fuel = fields.String(required=True, allow_none=True)
    use_class = fields.String(required=True, allow_none=True)
    owner_name = fields.String(required=True, allow_none=True)
    owner_addr = fields.String(required=True, allow_none=True)
    user_name = fields.String(required=True, allow_none=True)
    user_addr = fields.String(required=True, allow_none=True)
    base_place = fields.String(required=True, allow_none=True)
    inspection_until = fields.Date(required=True, allow_none=True)


class MatchResult(Schema):
    status = fields.String(required=True, validate=validate.OneOf(["HIT", "NO_HIT"]))
    record = fields.Nested(Record, required=True, allow_none=True)
    deregistered = fields.Boolean(required=True)  # 抹消
    plate_gap = fields.Boolean(required=True)  # プレート番号かい離
    plate_on_vehicle = fields.String(required=True, allow_none=True)
    as_of_date = fields.Date(required=True)  # close of the previous working day
    row_id = fields.String(load_default=None, allow_none=True)


class VehicleRegister(Adapter):
    name = "vehicle_register"
    title = "自動車登録情報（国の登録）"
    settings = Settings
    zone = "internet"
    retry: ClassVar[RetryPolicy] = RetryPolicy(attempts=3)

    @operation(MatchParameters, MatchResult)
    def match(self, parameters: dict[str, Any], *, key: str, attempt: int) -> Outcome:
        """車両番号と車台番号で国の登録を照会する。"""
        question = {name: parameters[name] for name in ("plate", "chassis_tail", "purpose")}
        reply = http.send(
            "POST",
            f"{self.config['base_url'].rstrip('/')}/v1/inquiries",
            system=self.name,
            headers={**self._authorisation(), "Idempotency-Key": key},
            json=question,
            understood=frozenset({409}),
            read_timeout_s=self.config.get("read_timeout_s", 60.0),
        )
        return _outcome(reply, row_id=parameters.get("row_id"))

    def find(self, operation: str, key: str) -> Outcome | None:
        """The answer the other side gave under this key; None when it never got the question."""
        reply = http.send(
            "GET",
            f"{self.config['base_url'].rstrip('/')}/v1/inquiries/{quote(key, safe='')}",
            system=self.name,
            headers=self._authorisation(),
            understood=frozenset({404, 409}),
            read_timeout_s=self.config.get("read_timeout_s", 60.0),
        )
        if isinstance(reply, http.Reply) and reply.status == 404:
            return None
        return _outcome(reply, row_id=None)

    def _authorisation(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.config['token']}", "Accept": "application/json"}


def _outcome(reply: http.Reply | http.Failure, *, row_id: str | None) -> Outcome:
    if not isinstance(reply, http.Reply):
        return reply
    try:
        body = json.loads(reply.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return _broken(reply, "返事がJSONのオブジェクトではありません")
    if reply.status == 409:
        return _refusal(body)
    answer = {name: body.get(name) for name in MatchResult._declared_fields if name in body}
    answer["row_id"] = row_id
    try:
        MatchResult().load(answer)
    except ValidationError as error:
        return _broken(
            reply, f"項目 {', '.join(sorted(map(str, error.messages_dict)))} が取り決めと違います"
        )
    return Done(answer)


def _refusal(body: dict[str, Any]) -> Outcome:
    if body.get("code") == "CLOSED":
        return Refused("CLOSED", "受付時間外です", {"opens_at": body.get("opens_at")})
    if body.get("code") == "KEY_REUSED":
        return Permanent("vehicle_register：同じ鍵が別の照会に使われています")
    return Unreadable("vehicle_register：409 が返りましたが、理由が分かりません")


def _broken(reply: http.Reply, fact: str) -> Outcome:
    if not reply.body:
        return Unknown(f"vehicle_register：{reply.status} が返りましたが、中身が空です")
    return Unreadable(f"vehicle_register：{reply.status} が返りましたが、{fact}")
