"""The form of the vehicle notice: what each answer demands of the others, as the law and the certificate do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from engine import environment, kernel, naming, procedure, scenarios
from engine.calendar import TOKYO
from engine.feel import Clock
from engine.feel.values import from_feel, to_feel
from engine.feel_functions import feel_functions
from engine.scenarios import reading, running
from forms.component import answered
from forms.validation import InvalidAnswers

FOLDER = Path(__file__).parents[2] / "process_models" / "sanpai_vehicle_change"
NOTICE = procedure.compile(procedure.read_folder(FOLDER))
FIRST = reading.read("01_on_time_auto", NOTICE.scenarios)
REMOVED = {"row_type": "REMOVE", "plate": "多摩130あ1201", "chassis_no": "FEB50-501201"}


KEI = {"vehicle_kind": "軽自動車", "plate": "多摩480り1234"}


def errors(row: dict[str, Any] | None = None, **head: Any) -> dict[str, str]:
    """Path -> message for the filing of the first scenario with these answers changed; row: of its vehicle."""
    vehicle = {**FIRST.filing["vehicles"][0], **(row or {})}
    filing = {**FIRST.filing, "vehicles": [vehicle], **head}
    try:
        running.filed_answers(
            NOTICE,
            replace(FIRST, filing=filing),
            now=FIRST.begins.astimezone(UTC),
        )
    except InvalidAnswers as error:
        return {one.path: one.message for one in error.errors}
    return {}


def test_the_notice_of_the_first_scenario_is_complete() -> None:
    assert errors() == {}


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ({"plate": "多摩130お5678"}, "plate"),
        ({"plate": "多摩130し5678"}, "plate"),
        ({"plate": "多摩130へ5678"}, "plate"),
        ({"plate": "多摩130ん5678"}, "plate"),
        ({"plate": "多摩130あ0"}, "plate"),
        ({"plate": "多摩A30あ5678"}, "plate"),
        ({"chassis_no": "50-9901"}, "chassis_no"),
        ({"chassis_no": None}, "chassis_no"),
        ({"chassis_no": "あいうえおかきく"}, "chassis_no"),
        ({"chassis_no": "FEB50_509901"}, "chassis_no"),
        ({"chassis_no": "国[1]1234567"}, "chassis_no"),
        ({"emission_code": "2RG2"}, "emission_code"),
        ({"emission_code": "ディーゼル"}, "emission_code"),
        ({"row_type": "RENUMBER"}, "old_plate"),
        ({"row_type": "RENUMBER", "old_plate": "多摩130あ5678"}, "old_plate"),
        ({"row_type": "RENUMBER", "old_plate": "多摩130あ9999"}, "old_plate"),
        ({"chassis_no": "FEB50-501201"}, "chassis_no"),
        ({"chassis_no": "FEB50501201"}, "chassis_no"),
        ({"plate": "多摩130あ1201"}, "plate"),
        ({"vehicle_kind": None}, "vehicle_kind"),
        ({"plate": KEI["plate"]}, "use_class"),
        ({**KEI, "plate": "多摩480お1234"}, "plate"),
        ({"body_type": "その他"}, "body_type_other"),
        ({"maker_model": None}, "maker_model"),
        ({"max_load_kg": 0}, "max_load_kg"),
        ({"gvw_kg": 2000}, "gvw_kg"),
        ({"emission_code": None}, "emission_code"),
        ({"use_class": "自家用"}, "use_class"),
        ({"owner_name": None}, "owner_name"),
        ({"base_place": None}, "base_place"),
        ({"inspection_until": date(2026, 5, 6)}, "inspection_until"),
        ({"right_kind": "リース", "lease_until": date(2030, 3, 31)}, "lease_contract"),
        ({"right_kind": "リース", "lease_contract": "契約.pdf"}, "lease_until"),
        ({"right_kind": "リース", "lease_contract": "契約.pdf", "lease_until": date(2026, 5, 6)}, "lease_until"),
        ({"garage": None}, "garage"),
        ({"waste_kinds": ["廃油"]}, "waste_kinds"),
        ({"photo_front": None}, "photo_front"),
        ({"photo_side_l": None}, "photo_side_l"),
        ({"photo_side_r": None}, "photo_side_r"),
        ({"cert_file": None}, "cert_file"),
        ({**REMOVED, "removal_reason": "盗難"}, "police_report_no"),
        ({**REMOVED}, "removal_reason"),
        ({"row_type": "REPLACE_NEW"}, "vehicles"),
    ],
)  # fmt: skip
def test_a_vehicle_row_that_lacks_or_breaks_something_is_marked_there(
    row: dict[str, Any], path: str
) -> None:
    found = errors(row)
    assert any(one.endswith(path) for one in found), found
    assert all(message.endswith("。") for message in found.values())


@pytest.mark.parametrize(
    "row",
    [
        {"body_type": "トラクタ", "max_load_kg": 0},
        {"fuel": "電気", "emission_code": None},
        {"emission_code": "２ｒｇ－ＦＥＢ５０"},
        {"chassis_no": "国[01]1234567"},
        {"plate": "品川130わ5678", "use_class": "自家用"},
        {"inspection_until": date(2026, 5, 7)},
        {**KEI, "use_class": "事業用"},
        {**KEI, "use_class": "自家用"},
        {"row_type": "RENUMBER", "old_plate": "多摩130あ1201"},
        {**REMOVED, "removal_reason": "盗難", "police_report_no": "八王子-1", "photo_front": None},
        {**REMOVED, "removal_reason": "売却", "cert_file": None, "body_type": None},
        {**REMOVED, "removal_reason": "売却", "vehicle_kind": None},
    ],
)
def test_a_vehicle_row_need_not_say_what_does_not_concern_it(row: dict[str, Any]) -> None:
    assert errors(row) == {}


def test_a_vehicle_that_the_ledger_holds_is_not_added_again_and_the_message_says_what_to_choose() -> (
    None
):
    found = errors({"chassis_no": "FEB50-501201"})
    assert list(found) == ["vehicles[0].chassis_no"]
    assert "すでにこの許可の車両台帳に登録されています" in found["vehicles[0].chassis_no"]
    assert "仕様変更" in found["vehicles[0].chassis_no"]


def test_a_new_vehicle_may_take_the_plate_of_one_that_leaves_in_the_same_notice() -> None:
    vehicle = FIRST.filing["vehicles"][0]
    rows = [
        {**vehicle, **REMOVED, "removal_reason": "売却"},
        {**vehicle, "plate": REMOVED["plate"]},
    ]
    assert errors(vehicles=rows) == {}


@pytest.mark.parametrize(
    ("head", "path"),
    [
        ({"notice_kind": "special"}, "notice_kind"),
        ({"permit_no": "013"}, "permit_no"),
        ({"permit_no": "01350987654"}, "permit_no"),
        ({"permit_no": "01320987654"}, "permit_no"),
        ({"filer_kind": "agent"}, "power_file"),
        ({"change_items": ["vehicle", "vessel"]}, "change_items"),
        ({"also_registry_item": True}, "registry_file"),
        ({"change_date": date(2026, 5, 8)}, "change_date"),
        ({"change_date": date(2023, 5, 31), "late_reason": "二十文字より長い遅れた理由をここに書いています。"}, "change_date"),
        ({"change_date": date(2026, 4, 20)}, "late_reason"),
        ({"change_date": date(2026, 4, 20), "late_reason": "忘れていた。"}, "late_reason"),
        ({"reason": None}, "reason"),
        ({"declaration": False}, "declaration"),
        ({"zip": "192-005"}, "zip"),
        ({"vehicles": []}, "vehicles"),
        ({"vehicles": [FIRST.filing["vehicles"][0]] * 2}, "vehicles"),
        ({"vehicles": [FIRST.filing["vehicles"][0], {**FIRST.filing["vehicles"][0], "plate": "多摩130あ5679", "chassis_no": "ｆｅｂ５０５０９９０１"}]}, "vehicles"),
    ],
)  # fmt: skip
def test_an_answer_of_the_notice_that_cannot_be_is_marked(head: dict[str, Any], path: str) -> None:
    found = errors(**head)
    assert any(one.endswith(path) for one in found), found


def test_a_permit_with_transfer_and_storage_is_as_good() -> None:
    assert "permit_no" not in errors(permit_no="01310987654")


def test_a_chassis_number_and_an_emission_mark_are_kept_in_one_spelling() -> None:
    row = {"chassis_no": "ｆｅｂ５０ー５０９９０１", "emission_code": "ＫＫ－"}
    filing = {**FIRST.filing, "vehicles": [{**FIRST.filing["vehicles"][0], **row}]}
    filed = running.filed_answers(
        NOTICE, replace(FIRST, filing=filing), now=FIRST.begins.astimezone(UTC)
    )
    kept = filed["vehicles"][0]
    assert (kept["chassis_no"], kept["emission_code"]) == ("FEB50-509901", "KK-")


def test_the_kinds_of_waste_are_the_twenty_of_the_law() -> None:
    """廃棄物処理法2条4項1号, 施行令2条."""
    row = NOTICE.forms["notice"].by_key["vehicles"]
    (kinds,) = [one for one in answered(row.components) if one.key == "waste_kinds"]
    assert [choice.value for choice in kinds.choices] == [
        *"燃え殻 汚泥 廃油 廃酸 廃アルカリ 廃プラスチック類".split(),
        *"紙くず 木くず 繊維くず 動植物性残さ 動物系固形不要物 ゴムくず 金属くず".split(),
        *"ガラスくず等 鉱さい がれき類 動物のふん尿 動物の死体 ばいじん 政令13号廃棄物".split(),
    ]


def test_who_is_sent_to_the_counter_is_told_where_it_is() -> None:
    office = NOTICE.settings["office"]
    where = f"{office['name']}（電話 {office['phone']}、{office['email']}、開庁日の9:00–17:00）"
    assert office["hours"] == "9:00–17:00（開庁日）"
    for head in (
        {"notice_kind": "special"},
        {"change_items": ["other"]},
        {"permit_no": "01350987654"},
    ):
        assert any(where in message for message in errors(**head).values()), head


def test_every_field_that_can_be_noted_for_correction_has_its_name_in_the_letter() -> None:
    form = NOTICE.forms["notice"]
    text = (FOLDER / "decisions" / "field_labels.dmn").read_text()
    asked = [one.key for one in form.by_key.values() if one.role == "field"]
    asked += [one.key for one in answered(form.by_key["vehicles"].components)]
    assert {"change_date", "chassis_no"} <= set(asked)
    assert [key for key in asked if f'<text>"{key}"</text>' not in text] == []


@pytest.mark.parametrize(
    ("rows", "corrects", "title"),
    [
        ([{"row_type": "ADD", "plate": "多摩130あ5678"}], None, "増車 多摩130あ5678"),
        (
            [{"row_type": "REPLACE_OLD", "plate": "多摩130あ1201"}, {"row_type": "REPLACE_NEW"}],
            None,
            "入替 多摩130あ1201 ほか1台",
        ),
        ([REMOVED] * 3, {"number": "R8-000417"}, "訂正 減車 多摩130あ1201 ほか2台"),
        ([{"row_type": None, "plate": None}], None, "車両変更届 多摩運輸"),
        ([], None, "車両変更届 多摩運輸"),
        (None, None, "車両変更届 多摩運輸"),
    ],
)
def test_a_notice_is_told_from_the_others_by_its_first_vehicle(
    rows: list[dict[str, Any]] | None, corrects: dict[str, Any] | None, title: str
) -> None:
    notice = {"holder_name": "多摩運輸", "vehicles": rows}
    found = naming.text_of(
        NOTICE.settings["filing"]["title"],
        to_feel({"notice": notice, "corrects": corrects}),
        clock=Clock(FIRST.begins.astimezone(UTC)),
        functions=feel_functions(TOKYO),
    )
    assert found == title


def caution(permit: dict[str, Any] | None, *, on: str) -> dict[str, Any] | None:
    """What the applicant is told before filing, on that day."""
    now = datetime.fromisoformat(f"{on}T09:00+09:00")
    decide = environment.build(NOTICE, now=now, calendar=TOKYO, limits=kernel.Limits()).decisions[
        "permit_caution"
    ]
    context = {"permit": to_feel(permit)}
    said = from_feel(decide(context, Clock(now)).value)
    return said if said["kind"] else None


PERMIT = {"status": "有効", "permit_until": date(2026, 5, 31), "renewal_applied_on": None}


@pytest.mark.parametrize(
    ("changes", "on", "kind", "words"),
    [
        ({}, "2026-06-01", "error", "2026年（令和8年）5月31日（日）に終わりました"),
        ({}, "2026-05-31", "warning", "2026年（令和8年）5月31日（日）に終わります"),
        ({}, "2026-03-02", "warning", "2026年（令和8年）5月31日（日）に終わります"),
        ({"renewal_applied_on": date(2026, 5, 1)}, "2026-06-01", "warning", "更新を申請中です"),
        ({"renewal_applied_on": date(2026, 6, 1)}, "2026-06-01", "error", "終わりました"),
        ({"status": "停止"}, "2026-01-05", "error", "いま有効ではありません（停止）"),
        ({"status": "解散"}, "2026-01-05", "error", "法人が解散しています"),
    ],
)
def test_an_applicant_is_told_of_the_permit_before_filing(
    changes: dict[str, Any], on: str, kind: str, words: str
) -> None:
    said = caution(PERMIT | changes, on=on)
    assert said is not None
    assert said["kind"] == kind and words in said["heading"] and said["text"]


def test_nothing_is_said_of_a_permit_that_runs_on() -> None:
    assert caution(PERMIT, on="2026-03-01") is None
    assert (
        caution({key: PERMIT[key] for key in ("status", "permit_until")}, on="2026-03-01") is None
    )


def test_a_permit_that_is_not_in_the_register_is_told_of() -> None:
    said = caution(None, on="2026-03-01")
    assert said is not None and said["kind"] == "error"


@pytest.mark.parametrize(
    ("permit", "verdict", "words"),
    [
        (None, "invalid", "許可台帳にありません"),
        ({"status": "廃業"}, "invalid", "廃止されています"),
        ({"status": "取消"}, "invalid", "取り消されています"),
        ({"status": "保留"}, "invalid", ""),
        ({"permit_date": date(2026, 4, 24)}, "invalid", ""),
        ({"permit_until": date(2026, 4, 22)}, "invalid", ""),
        ({"permit_until": date(2026, 4, 23)}, "invalid", ""),
        ({"permit_until": date(2026, 5, 7)}, "valid", ""),
    ],
)
def test_a_permit_must_hold_on_the_day_of_the_change_and_today(
    permit: dict[str, Any] | None, verdict: str, words: str
) -> None:
    now = datetime.fromisoformat("2026-05-07T09:00+09:00")
    decide = environment.build(NOTICE, now=now, calendar=TOKYO, limits=kernel.Limits()).decisions[
        "permit_state"
    ]
    held = {"status": "有効", "permit_date": date(2023, 6, 1), "permit_until": date(2028, 5, 31)}
    context = {
        "permit": {"found": permit is not None, "data": held | (permit or {}), "valid_from": None},
        "notice": {"change_date": date(2026, 4, 23)},
    }
    said = from_feel(decide(to_feel(context), Clock(now)).value)
    assert said["verdict"] == verdict and words in said["reason"]


def test_two_vehicles_of_one_notice_have_two_numbers() -> None:
    first = FIRST.filing["vehicles"][0]
    second = {**first, "chassis_no": "FEB50-509999"}
    assert "vehicles" in errors(vehicles=[first, second])
    assert errors(vehicles=[first, {**second, "plate": "多摩130あ5679"}]) == {}
    gone = {**REMOVED, "plate": first["plate"], "removal_reason": "sold"}
    assert "vehicles" not in errors(vehicles=[first, gone])


def facts_at_the_end(name: str) -> dict[str, str]:
    """Label -> text of what the clerk's page says of the case of the scenario, from the file's own `facts`."""
    results = scenarios.run_all(NOTICE).results
    walk = next(one.walk for one in results if one.name == name)
    assert walk is not None
    found = {}
    for fact in NOTICE.settings["facts"]:
        known = {**walk.variables, "parameters": NOTICE.parameters.on(date(2026, 6, 15))}
        clock = Clock(datetime(2026, 6, 15, tzinfo=UTC))
        found[fact["label"]] = naming.value_of(fact["value"], known, clock=clock, functions={})
    return {label: str(from_feel(value)) for label, value in found.items() if value is not None}


def test_a_notice_in_time_says_only_its_deadline() -> None:
    assert facts_at_the_end("01_on_time_auto") == {"届出の期限": "2026-05-07"}


def test_a_notice_later_than_the_limit_says_how_late_it_is_and_why_the_manager_decides() -> None:
    found = facts_at_the_end("22_manager_decides")
    assert found["遅延日数"] == "39日"  # from 2026-05-07 to 06-15
    assert found["決定者"] == "遅延が30日を超えるので課長が決定します"
