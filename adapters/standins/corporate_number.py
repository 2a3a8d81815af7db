"""Stand-in of the 法人番号システム Web-API Ver.4, call `num`, types 12 (XML) and 02 (CSV, UTF-8); about 50 fictional rows.

Checks id, parameter names and values as the specification says: 400 bad parameter, 403 too many accesses,
404 bad id or path. `burst` on the control page: more than N requests within a second give 403.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
import time
from collections import deque
from collections.abc import Mapping
from datetime import date

from lxml import etree

from adapters.standins import page, server
from adapters.standins.corporations import FIXTURES, Corporation
from adapters.standins.server import Request, Response

PARAMETERS = {"id", "number", "type", "history"}
COLUMNS = (
    "sequenceNumber corporateNumber process correct updateDate changeDate name nameImageId kind prefectureName "
    "cityName streetNumber addressImageId prefectureCode cityCode postCode addressOutside addressOutsideImageId "
    "closeDate closeCause successorCorporateNumber changeCause assignmentDate latest enName enPrefectureName "
    "enCityName enAddressOutside furigana hihyoji"
).split()


class CorporateNumber(server.Standin):
    title = "法人番号Web-APIの代役"
    rate_status = 403

    def __init__(self, application_id: str):
        super().__init__()
        self.application_id = application_id
        self.rows = {row.corporate_number: row for row in FIXTURES}
        self.burst = 0  # 0: no limit
        self.recent: deque[float] = deque()
        self.processed = 0

    def journal_key(self, request: Request) -> str | None:
        return ",".join(request.query.get("number", [])) or None

    def answer(self, request: Request) -> Response:
        if request.path != "/4/num" or request.method != "GET":
            return Response(404)
        if request.query.get("id") != [self.application_id]:
            return Response(404)
        if self._too_many():
            return Response(403)
        numbers = self._numbers(request)
        if numbers is None:
            return Response(400)
        self.processed += 1
        found = [self.rows[number] for number in numbers if number in self.rows]
        if request.query["type"] == ["02"]:
            return Response(200, to_csv(found), "text/csv; charset=utf-8")
        return Response(200, to_xml(found), "application/xml; charset=utf-8")

    def _numbers(self, request: Request) -> list[str] | None:
        query = request.query
        if set(query) - PARAMETERS or any(len(values) != 1 for values in query.values()):
            return None
        numbers = query.get("number", [""])[0].split(",")
        if len(numbers) > 10 or not all(re.fullmatch(r"[0-9]{13}", n) for n in numbers):
            return None
        if query.get("type", [""])[0] not in ("12", "02"):
            return None
        if query.get("history", ["0"])[0] not in ("0", "1"):
            return None
        return numbers

    def _too_many(self) -> bool:
        now = time.monotonic()
        while self.recent and self.recent[0] < now - 1:
            self.recent.popleft()
        self.recent.append(now)
        return bool(self.burst) and len(self.recent) > self.burst

    def control(self, form: Mapping[str, str]) -> None:
        if "burst" in form:
            self.burst = int(form["burst"] or 0)

    def panel(self) -> str:
        settings = (
            '<form method="post" action="/control"><fieldset><legend>混雑（403）</legend>'
            "<label>1秒に受け付ける件数（0は無制限） "
            f'<input name="burst" value="{self.burst}" size="4" inputmode="numeric"></label>'
            '<button type="submit">設定する</button></fieldset></form>'
        )
        rows = page.table(
            "登録されている法人（すべて架空）",
            ("法人番号", "名称", "所在地", "閉鎖", "承継先"),
            [
                (
                    row.corporate_number,
                    row.name,
                    f"{row.prefecture}{row.city}{row.street}" or row.address_outside,
                    row.close_date,
                    row.successor,
                )
                for row in self.rows.values()
            ],
        )
        return settings + rows


def to_xml(rows: list[Corporation]) -> bytes:
    """Type 12."""
    root = etree.Element("corporations")
    for tag, text in _header(rows).items():
        etree.SubElement(root, tag).text = text
    for number, row in enumerate(rows, 1):
        element = etree.SubElement(root, "corporation")
        for tag, text in zip(COLUMNS, _values(number, row), strict=True):
            etree.SubElement(element, tag).text = text or None
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def to_csv(rows: list[Corporation]) -> bytes:
    """Type 02: first line the header values, every value quoted."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(_header(rows).values())
    for number, row in enumerate(rows, 1):
        writer.writerow(_values(number, row))
    return out.getvalue().encode()


def _header(rows: list[Corporation]) -> dict[str, str]:
    return {
        "lastUpdateDate": date.today().isoformat(),  # noqa: DTZ011 - the machine's day is all a stand-in knows
        "count": str(len(rows)),
        "divideNumber": "1",
        "divideSize": "1",
    }


def _values(sequence: int, row: Corporation) -> list[str]:
    given = {
        "sequenceNumber": str(sequence),
        "corporateNumber": row.corporate_number,
        "process": row.process,
        "correct": "0",
        "updateDate": "2025-10-01",
        "changeDate": row.close_date or "2015-10-05",
        "name": row.name,
        "nameImageId": row.name_image_id,
        "kind": row.kind,
        "prefectureName": row.prefecture,
        "cityName": row.city,
        "streetNumber": row.street,
        "prefectureCode": "13" if row.prefecture else "",
        "postCode": row.post_code,
        "addressOutside": row.address_outside,
        "closeDate": row.close_date,
        "closeCause": row.close_cause,
        "successorCorporateNumber": row.successor,
        "assignmentDate": "2015-10-05",
        "latest": "1",
        "enName": row.en_name,
        "furigana": row.furigana,
        "hihyoji": "0",
    }
    return [given.get(column, "") for column in COLUMNS]


def main(argv: list[str]) -> int:
    """Runs until interrupted. Options: --port, --application-id."""

    def make(arguments: argparse.Namespace) -> CorporateNumber:
        return CorporateNumber(arguments.application_id)

    return server.run(make, argv, application_id="DemoAppId0001")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
