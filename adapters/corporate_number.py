"""法人番号システム Web-API Ver.4 of the National Tax Agency (国税庁): name and address of a corporation.

Follows the published specification: `GET {base_url}/4/num?id=&number=&type=12&history=0`, type 12 = XML in UTF-8
(there is no JSON). HTTP 200 also for no row, 400 bad parameter, 403 too many accesses, 404 bad id or path, 500.
The check digit is looked at before anything is sent. The service asks for the text in ATTRIBUTION wherever its
data are shown. `*ImageId` set = the name has characters outside the character set: keep the applicant's spelling.
"""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any, ClassVar

from lxml import etree
from marshmallow import Schema, fields

from adapters import http
from adapters.base import (
    Adapter,
    Done,
    Outcome,
    Permanent,
    Refused,
    RetryPolicy,
    Temporary,
    operation,
)

ATTRIBUTION = (
    "このサービスは、国税庁法人番号システムのWeb-API機能を利用して取得した情報をもとに作成しているが、"
    "サービスの内容は国税庁によって保証されたものではない。"
)
XML_UTF8 = "12"
TOO_MANY_WAIT = timedelta(seconds=10)
LONGEST_TURN_S = 5.0
CLOSED_PROCESSES = {"21", "71", "72", "81", "99"}


class Settings(Schema):
    base_url = fields.Url(
        load_default="https://api.houjin-bangou.nta.go.jp",
        require_tld=False,
        schemes={"http", "https"},
    )
    application_id = fields.String(required=True, load_only=True)
    read_timeout_s = fields.Float(load_default=30.0)
    pace_s = fields.Float(load_default=1.0)  # no published rate: one request a second


class FindParameters(Schema):
    corporate_no = fields.String(required=True)


class Corporation(Schema):
    """found False: every other value is None or False."""

    found = fields.Boolean(required=True)
    corporate_no = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    kana = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, allow_none=True)
    zip = fields.String(required=True, allow_none=True)
    prefecture = fields.String(required=True, allow_none=True)
    city = fields.String(required=True, allow_none=True)
    street = fields.String(required=True, allow_none=True)
    address_outside = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)  # the parts joined
    closed = fields.Boolean(required=True)
    close_date = fields.Date(required=True, allow_none=True)
    successor = fields.String(required=True, allow_none=True)
    name_is_image = fields.Boolean(required=True)
    address_is_image = fields.Boolean(required=True)
    updated_on = fields.Date(required=True, allow_none=True)  # lastUpdateDate of the service


class CorporateNumber(Adapter):
    name = "corporate_number"
    title = "法人番号システム Web-API"
    settings = Settings
    zone = "internet"
    retry: ClassVar[RetryPolicy] = RetryPolicy(attempts=5, first=timedelta(seconds=10))

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        self._pace = threading.Lock()
        self._next = float("-inf")

    @operation(FindParameters, Corporation)
    def find_corporation(self, parameters: dict[str, Any], *, key: str, attempt: int) -> Outcome:
        """法人番号から名称と所在地を調べる。"""
        number = parameters["corporate_no"]
        if not check_digit_fits(number):
            return Refused("INVALID_NUMBER", "法人番号の検査数字が合いません")
        if not self._wait_turn():
            return Temporary("corporate_number：照会が混み合っています")
        reply = http.send(
            "GET",
            f"{self.config.get('base_url', 'https://api.houjin-bangou.nta.go.jp').rstrip('/')}/4/num",
            system=self.name,
            params={
                "id": self.config["application_id"],
                "number": number,
                "type": XML_UTF8,
                "history": "0",
            },
            understood=frozenset({403}),
            read_timeout_s=self.config.get("read_timeout_s", 30.0),
        )
        if not isinstance(reply, http.Reply):
            return reply
        if reply.status == 403:
            wait = http.retry_after(reply) or TOO_MANY_WAIT
            return Temporary("corporate_number：アクセスが多すぎます（403）", retry_after=wait)
        return _outcome(reply.body, number)

    def _wait_turn(self) -> bool:
        """Sleeps until this request's turn; False at once when so many wait that a page could not wait with them."""
        with self._pace:
            now = time.monotonic()
            turn = max(self._next, now)
            if turn - now > LONGEST_TURN_S:
                return False
            self._next = turn + self.config.get("pace_s", 1.0)
        # Outside the lock: whoever comes next learns at once how long the queue is.
        time.sleep(turn - now)
        return True


def check_digit_fits(number: str) -> bool:
    """Whether a 13-digit corporate number carries the right first digit.

    Source: 法人番号の指定等に関する省令2条 — weights 1, 2, 1, 2 … from the right over the other twelve, 9 - (sum mod 9).
    """
    if len(number) != 13 or not (number.isascii() and number.isdigit()):
        return False
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number[1:])))
    return int(number[0]) == 9 - total % 9


def _outcome(body: bytes, number: str) -> Outcome:
    try:
        root = etree.fromstring(body, _safe_parser())
    except etree.XMLSyntaxError:
        return Permanent("corporate_number：返事がXMLではありません")
    if root.tag != "corporations":
        return Permanent("corporate_number：返事が法人の一覧ではありません")
    updated_on = _text(root, "lastUpdateDate")
    rows = [row for row in root.findall("corporation") if _text(row, "corporateNumber") == number]
    if not rows:
        return Done(_nothing(number, updated_on))
    return Done(_corporation(rows[-1], number, updated_on))


def _corporation(row: etree._Element, number: str, updated_on: str | None) -> dict[str, Any]:
    parts = [_text(row, tag) for tag in ("prefectureName", "cityName", "streetNumber")]
    outside = _text(row, "addressOutside")
    close_date = _text(row, "closeDate")
    return {
        "found": True,
        "corporate_no": number,
        "name": _text(row, "name"),
        "kana": _text(row, "furigana"),
        "kind": _text(row, "kind"),
        "zip": _text(row, "postCode"),
        "prefecture": parts[0],
        "city": parts[1],
        "street": parts[2],
        "address_outside": outside,
        "address": "".join(part for part in parts if part) or outside,
        "closed": bool(close_date) or _text(row, "process") in CLOSED_PROCESSES,
        "close_date": close_date,
        "successor": _text(row, "successorCorporateNumber"),
        "name_is_image": bool(_text(row, "nameImageId")),
        "address_is_image": bool(_text(row, "addressImageId")),
        "updated_on": updated_on,
    }


def _nothing(number: str, updated_on: str | None) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(Corporation._declared_fields)
    return empty | {
        "found": False,
        "corporate_no": number,
        "closed": False,
        "name_is_image": False,
        "address_is_image": False,
        "updated_on": updated_on,
    }


def _text(element: etree._Element, tag: str) -> str | None:
    return (element.findtext(tag) or "").strip() or None


def _safe_parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
