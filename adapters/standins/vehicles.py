"""The fictional trucks of the stand-in register. registered_from: first close of day that shows the record."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

TAMA = "株式会社多摩クリーン運輸"
TAMA_ADDR = "東京都八王子市元本郷町三丁目24番1号"
BASE = "東京都八王子市元本郷町三丁目24番1号"


@dataclass(frozen=True)
class Vehicle:
    """One record of the national register."""

    plate: str
    chassis_no: str
    user_name: str = ""  # blank: the owner
    user_addr: str = ""
    owner_name: str = TAMA
    owner_addr: str = TAMA_ADDR
    base_place: str = BASE
    maker_model: str = "三菱 2RG-FEB50"
    body_type: str = "キャブオーバ"
    max_load_kg: int = 3000
    gvw_kg: int = 6800
    fuel: str = "軽油"
    use_class: str = "事業用"
    inspection_until: date | None = date(2027, 8, 31)
    registered_from: date = date(2020, 1, 1)
    deregistered: bool = False
    plate_on_vehicle: str | None = None

    def record(self) -> dict[str, Any]:
        """As it stands in a reply: every key, dates as ISO text, blank as null."""
        values = asdict(self)
        for name in ("registered_from", "deregistered", "plate_on_vehicle"):
            del values[name]
        if self.inspection_until:
            values["inspection_until"] = self.inspection_until.isoformat()
        return {name: None if value == "" else value for name, value in values.items()}


FIXTURES = [
    Vehicle("多摩130あ5678", "FEB50-509901"),
    Vehicle("多摩130あ1201", "FEB50-501201"),
    Vehicle("多摩130あ1202", "FEB50-501202", body_type="ダンプ"),
    Vehicle("品川130い2468", "FRR90-7001234", registered_from=date(2026, 5, 14)),
    Vehicle(
        "足立100い3333",
        "GK70-3333001",
        TAMA,
        TAMA_ADDR,
        "東都リース株式会社",
        "東京都港区芝一丁目1番1号",
    ),
    Vehicle(
        "品川100わ7777",
        "GK70-7777001",
        owner_name="東都レンタカー株式会社",
        owner_addr="東京都品川区大崎二丁目2番2号",
        base_place="東京都品川区大崎二丁目2番2号",
    ),
    Vehicle("八王子800さ215", "BKG-8000215", body_type="塵芥車", use_class="自家用"),
    Vehicle("八王子800さ1024", "BKG-8001024", body_type="塵芥車", use_class="自家用"),
    Vehicle(
        "多摩100さ6666",
        "FBA60-6660066",
        owner_name="多摩 太郎",
        owner_addr="東京都八王子市明神町二丁目5番6号",
        use_class="自家用",
    ),
    Vehicle(
        "練馬130え4321",
        "NKR85-4321001",
        owner_name="株式会社髙田環境",
        owner_addr="東京都練馬区豊玉北六丁目12番1号",
        base_place="東京都練馬区豊玉北六丁目12番1号",
        maker_model="いすゞ 2RG-NKR85",
    ),
    *(
        Vehicle(
            plate,
            chassis_no,
            owner_name="株式会社秋川環境",
            owner_addr="東京都あきる野市二宮350番地",
            base_place="東京都あきる野市二宮350番地",
            maker_model=maker_model,
            body_type=body_type,
        )
        for plate, chassis_no, maker_model, body_type in (
            ("八王子130あ3501", "FRR90-7350001", "いすゞ 2RG-FRR90", "ダンプ"),
            ("八王子130あ3502", "FRR90-7350002", "いすゞ 2RG-FRR90", "脱着装置付コンテナ専用車"),
        )
    ),
    Vehicle("江戸川100か1111", "FK62-1111001", plate_on_vehicle="足立100か1111"),
    Vehicle("足立130う8080", "FE84D-1234567", body_type="脱着装置付コンテナ専用車"),
    Vehicle("江東100き1212", "FK62-1212001", deregistered=True),
    Vehicle("葛飾130く1313", "FK62-1313001", inspection_until=date(2026, 1, 31)),
]
