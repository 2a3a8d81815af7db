"""The procedures of this repository: their scenarios hold, everything is reached, every letter and mail can be written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import adapters
from engine import (
    history,
    letter_values,
    naming,
    operations,
    procedure,
    procedure_checks,
    scenarios,
)
from engine.calendar import jst_date
from engine.dmn.model import TableBox
from engine.feel import Clock
from engine.feel.values import from_feel, to_feel
from engine.kernel import dump, load, variables
from engine.kernel import effects as fx
from engine.procedure import Procedure
from forms import letters
from web.desk.values import WORDS

ROOT = Path(__file__).parents[2]
FOLDERS = scenarios.folders([ROOT / "process_models"])
FONTS = ROOT / "web/static/dist/fonts"


def adapter_operations() -> dict[str, Any]:
    return {n: o for a in adapters.discover().values() for n, o in a.operations().items()}


@cache
def played(name: str) -> tuple[Procedure, scenarios.Report]:
    compiled = procedure.compile(procedure.read_folder(ROOT / "process_models" / name))
    return compiled, scenarios.run_all(compiled, operations=adapter_operations())


names = pytest.mark.parametrize("name", [folder.name for folder in FOLDERS])


@names
def test_what_applicants_read_holds_no_note_of_ours(name):
    settings = played(name)[0].settings
    shown = "name who summary needed steps fee laws standard_period stages".split()
    assert "未確認" not in str([settings.get(key) for key in shown])


@names
def test_a_dated_value_a_decision_uses_is_called_by_words(name):
    words = played(name)[0].settings["words"]
    used = set()
    for file in (ROOT / "process_models" / name / "decisions").glob("*.dmn"):
        used |= set(re.findall(r"\bparameters\.(\w+)", file.read_text()))
    assert used <= words.keys()


def test_both_procedures_are_there():
    assert {"inquiry", "sanpai_vehicle_change"} <= {folder.name for folder in FOLDERS}


@names
def test_the_check_finds_no_error(name):
    known = adapter_operations() | dict.fromkeys(operations.names())
    found = procedure_checks.examine(
        procedure.read_folder(ROOT / "process_models" / name), operations=known
    ).problems
    assert [p for p in found if p.severity == "error"] == []


@names
def test_every_scenario_passes(name):
    report = played(name)[1]
    assert report.results
    assert [r.as_text() for r in report.results if not r.passed] == []


@names
def test_every_end_event_is_reached(name):
    report = played(name)[1]
    assert [p for p in report.problems if p.severity == "error"] == []


def test_the_vehicle_notice_passes_every_node_and_flow():
    covered = played("sanpai_vehicle_change")[1].coverage
    assert [one.name for process in covered.processes for one in process.missed] == []


def test_the_scenarios_of_the_dossier_are_there():
    files = [r.name for r in played("sanpai_vehicle_change")[1].results]
    for number in ("01", "02", "03", "04", "05", "06", "07", "10"):
        assert any(file.startswith(number) for file in files)


@names
def test_a_replay_of_the_inputs_gives_the_same_state(name):
    compiled, report = played(name)
    for result in report.results:
        for before, after in zip(result.walk.moves, result.walk.moves[1:], strict=False):
            assert dump(before.step.state) == dump(after.before)
        last = result.walk.moves[-1].step.state
        assert dump(load(dump(last), compiled.main)) == dump(last)


@names
def test_every_result_of_a_decision_table_has_a_word_that_a_clerk_reads(name):
    compiled = played(name)[0]
    cells = {
        cell
        for model in compiled.decisions.values()
        for decision in model.decisions.values()
        if isinstance(decision.box, TableBox)
        for rule in decision.box.rules
        for cell in rule.outputs
    }
    codes = {cell.strip('"') for cell in cells if re.fullmatch(r'"[A-Za-z_]+"', cell)}
    assert codes <= {*WORDS, *compiled.settings["words"]}


def ordered_letters(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(letter, values) of every letter the scenarios order, as the engine would make it."""
    compiled, report = played(name)
    for result in report.results:
        yield from letters_of(compiled, result)


def letters_of(
    compiled: Procedure, result: scenarios.Result
) -> Iterator[tuple[str, dict[str, Any]]]:
    assert result.walk is not None
    decided: list[dict[str, Any]] = []
    for move in result.walk.moves:
        for effect in move.step.effects:
            if isinstance(effect, fx.Decided):
                decided.append({"effects": [history.dump_effect(effect)]})
            if isinstance(effect, fx.RequestCall) and effect.operation == operations.LETTER:
                seen = variables(move.step.state, effect.token)
                data = {**seen, **(effect.parameters.get("data") or {})}
                wanted = letters.decisions_named(compiled.letters[effect.parameters["letter"]])
                data["decisions"] = letter_values.reasons(reversed(decided), wanted)
                day = jst_date(move.at)
                number = {"letter": {"number": "8環産収第1号", "dated_on": day}}
                yield effect.parameters["letter"], {**from_feel(data), **number}
    if "receipt" in compiled.letters:
        first = from_feel(dict(variables(result.walk.moves[0].step.state)))
        yield "receipt", {**first, "letter": {"number": None, "dated_on": day_of(result)}}


def day_of(result: scenarios.Result) -> Any:
    return jst_date(result.walk.moves[0].at)


@names
def test_every_letter_the_scenarios_order_can_be_written(name):
    compiled, _ = played(name)
    written = set()
    for letter, values in ordered_letters(name):
        html = letters.to_html(
            compiled.letters[letter],
            values,
            title=compiled.settings["letters"][letter]["title"],
            office=compiled.settings["office"],
            fonts=FONTS,
        )
        assert "None" not in html
        assert not re.search(r"\d{4}年（", html), f"{letter}: two forms of dates in one letter"
        written.add(letter)
    assert written == set(compiled.letters)


def test_a_letter_calls_a_row_what_the_form_calls_it():
    compiled, report = played("sanpai_vehicle_change")
    (corrected,) = [r for r in report.results if r.name == "33_first_row_corrected"]
    row = compiled.forms["notice"].by_key["vehicles"]
    (note,) = dict(letters_of(compiled, corrected))["correction"]["correction"]["notes"]
    assert note["label"] == row.row_label(1) + "の写真（左側面）"


@names
def test_mails_name_the_case_and_carry_nothing_of_it(name):
    compiled, report = played(name)
    values = {
        "case": {"number": "R8-000417", "public_key": "k"},
        "number": "R8-000417",
        "procedure": {"name": compiled.name, "short_name": compiled.settings["short_name"]},
        "office": compiled.settings["office"],
        "url": "https://example.tokyo/cases/k",
        "due_on": date(2026, 5, 26),
    }
    for template in compiled.mails.values():
        subject, body = letters.mail(template, values)
        assert "R8-000417" in subject
        assert values["url"] in body
        assert "notice" not in template
    assert compiled.mails
    assert report.results


@pytest.mark.parametrize(
    ("old", "new", "element"),
    [
        ("  email: '=inquiry.email'\n", "", "filing.email"),
        ("  by: [account, guest]\n", "  by: [guest]\n", "filing.by"),
        ("  form: inquiry\n", "  form: inquiry\n  binding: {register: permits, field: name}\n", "filing.by"),
    ],
)  # fmt: skip
def test_a_procedure_for_guests_needs_a_way_back_and_no_bound_account(old, new, element):
    folder = procedure.read_folder(ROOT / "process_models/inquiry")
    assert old in folder.files["procedure.yaml"]
    texts = {
        **folder.files,
        "procedure.yaml": folder.files["procedure.yaml"].replace(old, new),
    }
    known = adapter_operations() | dict.fromkeys(operations.names())
    found = procedure_checks.examine(procedure.Folder("inquiry", texts), operations=known).problems
    assert [p.element for p in found if p.severity == "error"] == [element]


@names
def test_every_end_a_case_comes_to_is_told_with_no_value_missing(name):
    compiled, report = played(name)
    ends, told = compiled.settings["ends"], set()
    for result in report.results:
        if result.walk.end is None:
            continue
        end = ends[result.walk.end]
        values = dict(letters_of(compiled, result)).get(end.get("letter"), {})
        clock = Clock(result.walk.moves[-1].at)
        for text in end["next"]:
            if text.startswith("="):
                said = naming.value_of(text, to_feel(values), clock=clock, functions={})
                assert isinstance(said, str), (result.file, text)
        told.add(result.walk.end)
    assert told == set(ends)
