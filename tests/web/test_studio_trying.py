"""Trying a decision with example values: which fields are asked, how they are read, what is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine import accounts, dmn, feel, organisation, procedure, version_drafts
from engine.access import SYSTEM
from engine.database import Database
from engine.feel.values import FeelDate
from tests.support import office
from tests.web.person import Person
from web.studio import example_inputs

MODELS = Path(__file__).parents[2] / "process_models/sanpai_vehicle_change"
ROW_RULES = (MODELS / "decisions/row_rules.dmn").read_text(encoding="utf-8")
CLOCK = feel.Clock(datetime(2026, 6, 1, 9, tzinfo=UTC))
TRY = "/studio/sanpai_vehicle_change/draft/try/decisions/row_rules.dmn"
PEOPLE = {
    "people": [{"key": "ueda", "name": "上田 分", "kana": "ウエダ", "posts": []}],
    "accounts": [
        {"login": "ueda", "password": "ueda-demo-2026", "roles": ["analyst"], "person": "ueda"}
    ],
}

ENDLESS = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="e" namespace="e">'
    '<decision id="d" name="d"><literalExpression><text>'
    "count(for a in 1..100000, b in 1..100000 return a * b)"
    "</text></literalExpression></decision></definitions>"
)


@pytest.fixture
def analyst(app: Flask, database: Database) -> Person:
    """Signed in, and the vehicle notice is being edited."""
    folder = procedure.read_folder(MODELS)
    with database.transaction() as db:
        accounts.load(db, PEOPLE, organisation.load(db, PEOPLE), now=office.NOW)
        version_drafts.start(
            db, "sanpai_vehicle_change", folder.files, actor=SYSTEM, now=office.NOW
        )
    person = Person(app).open("/login")
    return person.press("ログイン", {"login": "ueda", "password": "ueda-demo-2026"})


def fill(person: Person, decision: str, values: dict[str, str]) -> Person:
    person.open(f"{TRY}?decision={decision}")
    return person.press("試す", {f"v:{name}": value for name, value in values.items()})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", Decimal(12)),
        ("-0.5", Decimal("-0.5")),
        ("013", "013"),
        ('"013"', "013"),
        ('"12"', "12"),
        ("true", True),
        ("いいえ", False),
        ("null", None),
        ("普通 貨物", "普通 貨物"),
        ("=[1, 2]", [Decimal(1), Decimal(2)]),
        ('={kind: "甲"}', {"kind": "甲"}),
    ],
)
def test_what_is_entered_is_read_as_what_it_looks_like(text: str, value: Any) -> None:
    assert example_inputs.read(text, clock=CLOCK) == (value, "")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,000,000", 1000000), ("１００００００", 1000000), ("－１，０００．５", Decimal("-1000.5"))],
)
def test_a_number_may_be_typed_as_people_write_it(text: str, value: Any) -> None:
    assert example_inputs.read(text, clock=CLOCK, kind="number") == (value, "")
    assert example_inputs.read(text, clock=CLOCK, kind="string") == (text, "")


@pytest.mark.parametrize("text", ["100万円", "1000000円", "多い", "1,00"])
def test_what_is_no_number_is_told_how_to_write_it(text: str) -> None:
    value, error = example_inputs.read(text, clock=CLOCK, kind="number")
    assert value is None
    assert "1000000" in error


def test_a_field_of_numbers_is_known_by_its_type_or_its_column() -> None:
    file = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="e" namespace="e">'
        '<itemDefinition name="t"><itemComponent name="fee"><typeRef>number</typeRef></itemComponent></itemDefinition>'
        '<inputData id="i" name="i"><variable name="i" typeRef="t"/></inputData>'
        '<inputData id="j" name="j"><variable name="j"/></inputData>'
        '<decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>'
        '<informationRequirement><requiredInput href="#j"/></informationRequirement><decisionTable>'
        '<input id="c1"><inputExpression><text>i.fee</text></inputExpression></input>'
        '<input id="c2"><inputExpression typeRef="number"><text>j</text></inputExpression></input><output id="o"/>'
        "</decisionTable></decision></definitions>"
    )
    fields = example_inputs.fields(dmn.read(file.encode(), file="e.dmn"), "d")
    assert {field.name: field.kind for field in fields} == {"i.fee": "number", "j": "number"}


def test_a_date_is_a_date_and_a_wrong_one_is_explained() -> None:
    value, _ = example_inputs.read("2026-04-23", clock=CLOCK)
    assert isinstance(value, FeelDate)
    assert example_inputs.read("2026-02-30", clock=CLOCK)[1]
    assert example_inputs.read("=1 +", clock=CLOCK)[1]


def test_the_fields_are_what_the_decision_and_all_it_requires_read() -> None:
    model = dmn.read(ROW_RULES.encode(), file="row_rules.dmn")
    usage = {field.name: field for field in example_inputs.fields(model, "usage_right")}
    assert {"row.needs_match", "row.right_kind", "notice.permit_no"} <= set(usage)
    assert usage["row.right_kind"].label == "使用権原"
    assert usage["row.right_kind"].examples == ("その他",)
    assert "row.fuel" not in usage
    assert "row.fuel" in {field.name for field in example_inputs.fields(model, "row_rules")}


def test_the_rule_that_matched_is_shown_with_its_cells_and_the_values_used(
    analyst: Person,
) -> None:
    fill(analyst, "usage_right", {"row.needs_match": "false", "notice.permit_no": '"01300000001"'})
    assert "使用権原：1行目が当てはまりました" in analyst.text
    [outcome] = analyst.root.xpath("//*[@data-matched]")
    assert outcome.get("data-matched") == '["usage_right_r1"]'
    assert 'verdict: "OK"' in outcome.text_content()
    assert "照合する行＝false" in outcome.text_content()
    assert "減車は対象外" in outcome.text_content()


def test_of_a_long_value_that_was_used_the_page_shows_the_beginning(analyst: Person) -> None:
    many = "=for n in 1..20000 return n"
    fill(analyst, "usage_right", {"row.needs_match": many, "notice.permit_no": '"01300000001"'})
    [outcome] = analyst.root.xpath("//*[@data-matched]")
    text = outcome.text_content()
    assert "照合する行＝[1, 2, 3" in text and "…（全" in text
    assert len(text) < 5000


def test_a_field_is_called_as_the_form_calls_it(analyst: Person) -> None:
    analyst.open(f"{TRY}?decision=usage_right")
    [label] = analyst.root.xpath("//label[code='notice.permit_no']")
    assert label.text_content().split() == ["許可番号", "notice.permit_no"]


def test_a_value_that_cannot_be_read_is_marked_and_nothing_is_computed(analyst: Person) -> None:
    fill(analyst, "usage_right", {"row.needs_match": "=1 +"})
    [field] = analyst.root.xpath("//input[@name='v:row.needs_match']")
    assert field.get("aria-invalid") == "true" and field.get("value") == "=1 +"
    assert not analyst.root.xpath("//*[@data-matched]")


def test_the_dated_parameters_a_table_read_are_shown_with_their_day(analyst: Person) -> None:
    analyst.open(TRY.replace("row_rules", "deadline"))
    analyst.press("試す", {"v:notice.also_registry_item": "true"})
    text = analyst.root.xpath("//*[@data-try-outcome]")[0].text_content()
    assert "registry_days＝30" in text and "から）" in text
    assert "8-5 届出期間：1行目が当てはまりました" in text


def test_an_unsaved_table_is_tried_as_it_stands(analyst: Person) -> None:
    values = {"decision": "usage_right", "v:row.needs_match": "false", "_try": "1"}
    changed = ROW_RULES.replace('<text>"OK"</text>', '<text>"EDITED"</text>', 1)
    token = analyst.open(TRY).form("試す").to_dict()["csrf_token"]
    analyst.send(TRY, values | {"_text": changed, "csrf_token": token})
    assert "EDITED" in analyst.root.text_content()
    assert not analyst.root.xpath("//main | //header")
    analyst.send(TRY, values | {"_text": "<definitions", "csrf_token": token})
    said = analyst.root.text_content()
    assert "この判定表はまだ試せません" in said and "直し方：" in said


@pytest.mark.parametrize("path", ["forms/notice.form", "decisions/none.dmn", "process.bpmn"])
def test_only_tables_of_the_draft_can_be_tried(analyst: Person, path: str) -> None:
    assert analyst.open(f"/studio/sanpai_vehicle_change/draft/try/{path}").status == 404


def test_a_table_that_would_compute_for_ever_is_stopped(analyst: Person) -> None:
    token = analyst.open(TRY).form("試す").to_dict()["csrf_token"]
    analyst.send(TRY, {"_text": ENDLESS, "_try": "1", "csrf_token": token})
    assert "計算を止めました" in analyst.root.text_content()


def test_a_trial_at_which_a_case_would_stop_says_so_and_can_be_no_example(
    analyst: Person,
) -> None:
    values = {"decision": "usage_right", "v:row.needs_match": "false", "_try": "1"}
    changed = ROW_RULES.replace('<text>"OK"</text>', "<text>1 / 0</text>", 1)
    token = analyst.open(TRY).form("試す").to_dict()["csrf_token"]
    analyst.send(TRY, values | {"_text": changed, "csrf_token": token})
    (told,) = analyst.root.xpath("//*[@data-try-outcome]//*[@role='alert']")
    assert "案件はここで止まります" in told.text_content() and "0" in told.text_content()
    assert not analyst.root.xpath("//form[@data-keep]")
