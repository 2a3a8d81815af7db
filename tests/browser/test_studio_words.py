"""A walk through the panels, menus and dialogs of the editors that collects every word an analyst would read in English."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import studio

VEHICLES = "/studio/sanpai_vehicle_change"
WORDS = (Path(__file__).parent / "latin_words.js").read_text(encoding="utf-8")
# The watermark of bpmn.io is to stay as it is; the rest are names analysts or standards gave.
ALLOWED = {"Powered by bpmn.io", "LPG", "CNG"}
EVENTS = {
    "StartEvent": ("Message", "Timer", "Error", "Escalation", "Signal", "Conditional"),
    "IntermediateCatchEvent": ("Message", "Timer", "Signal", "Conditional", "Link"),
    "IntermediateThrowEvent": ("Message", "Escalation", "Signal", "Link", "Compensate"),
    "EndEvent": ("Message", "Error", "Escalation", "Signal", "Terminate", "Compensate"),
}
TYPES = (
    "Task", "UserTask", "ServiceTask", "SendTask", "ReceiveTask", "ManualTask", "BusinessRuleTask",
    "ScriptTask", "CallActivity", "ExclusiveGateway", "ParallelGateway", "InclusiveGateway",
    "ComplexGateway", "EventBasedGateway", "StartEvent", "EndEvent", "IntermediateThrowEvent",
    "DataObjectReference", "DataStoreReference", "TextAnnotation", "Group", "SubProcess",
    "AdHocSubProcess", "Transaction",
)  # fmt: skip
FIELDS = (
    "textfield", "textarea", "number", "datetime", "radio", "select", "checklist", "checkbox",
    "filepicker", "dynamiclist", "group", "text", "separator", "spacer",
)  # fmt: skip


@pytest.fixture
def analyst(person: Callable[..., Page]) -> Page:
    page = studio.start(person())
    studio.edit(page, VEHICLES)
    return page


@pytest.fixture
def words(analyst: Page) -> Iterator[Callable[[str], None]]:
    """Notes what is English now, with the place; at the end there must be none."""
    found: dict[str, str] = {}

    def note(place: str) -> None:
        for word in analyst.evaluate(WORDS):
            if word not in ALLOWED and not word.startswith("walk_"):
                found.setdefault(word, place)

    yield note
    assert found == {}


def test_no_panel_or_menu_of_the_diagram_is_english(
    analyst: Page, words: Callable[[str], None]
) -> None:
    studio.opened(analyst, "process.bpmn")
    words("at first")
    wanted = [{"type": f"bpmn:{name}"} for name in TYPES]
    wanted += [
        {"type": f"bpmn:{name}", "eventDefinitionType": f"bpmn:{event}EventDefinition"}
        for name, events in EVENTS.items()
        for event in events
    ]
    ids = analyst.evaluate(
        """wanted => {
            const [factory, modeling, registry] = ['elementFactory', 'modeling', 'elementRegistry'].map(name => tetsuzukiModeler.get(name));
            const pool = registry.find(({ type }) => type === 'bpmn:Participant');
            const made = wanted.map((shape, row) => modeling.createShape(factory.createShape({ isExpanded: true, ...shape }), { x: 900, y: 3000 + row * 200 }, pool).id);
            return [...made, ...registry.filter(({ type }) => ['bpmn:Participant', 'bpmn:Lane', 'bpmn:SequenceFlow'].includes(type)).map(({ id }) => id)];
        }""",
        wanted,
    )
    assert len(ids) > len(wanted)
    for name in ids:
        analyst.evaluate(
            """id => {
                const shape = tetsuzukiModeler.get('elementRegistry').get(id);
                tetsuzukiModeler.get('selection').select(shape);
                tetsuzukiModeler.get('contextPad').open(shape, true);
                tetsuzukiModeler.get('popupMenu').open(shape, 'bpmn-replace', { x: 300, y: 300 }, { search: true });
                return new Promise(done => setTimeout(done, 30));
            }""",
            name,
        )
        words(name)
        analyst.evaluate("() => tetsuzukiModeler.get('popupMenu').close()")
    analyst.evaluate("() => tetsuzukiModeler.get('searchPad').open()")
    words("search")
    analyst.evaluate("() => tetsuzukiModeler.get('searchPad').close()")
    analyst.locator(".djs-minimap .toggle").click()
    words("minimap")


def test_nothing_of_the_simulation_is_english(analyst: Page, words: Callable[[str], None]) -> None:
    studio.opened(analyst, "process.bpmn")
    analyst.locator(".bts-toggle-mode").click()
    analyst.get_by_title("動きの記録を開く・閉じる").locator("visible=true").click()
    words("the log")
    analyst.locator('.bts-context-pad[title="先へ進める"] >> visible=true').first.click()
    analyst.wait_for_timeout(1500)
    words("while it moves")


@pytest.mark.parametrize("path", ["decisions/row_rules.dmn", "decisions/deadline.dmn"])
def test_no_view_or_menu_of_a_table_is_english(
    analyst: Page, words: Callable[[str], None], path: str
) -> None:
    studio.opened(analyst, path, VEHICLES)
    tabs = analyst.locator("[data-tabs] button")
    for number in range(tabs.count()):
        tabs.nth(number).click()
        analyst.wait_for_timeout(300)
        words(f"view {number}")
        if not analyst.locator(".hit-policy").count():
            continue
        for part in (".hit-policy", "thead .input-cell", "thead .output-cell"):
            analyst.locator(part).first.click()
            analyst.wait_for_timeout(200)
            words(part)
            analyst.keyboard.press("Escape")
        for part in ("thead .input-cell", "tbody .input-cell"):
            analyst.locator(part).first.click(button="right")
            words(f"menu of {part}")
            analyst.keyboard.press("Escape")


def test_no_field_of_a_form_is_english(analyst: Page, words: Callable[[str], None]) -> None:
    studio.opened(analyst, "forms/notice.form", VEHICLES)
    words("at first")
    ids = analyst.evaluate(
        """types => {
            const editor = tetsuzukiFormEditor.editor;
            const schema = editor._getState().schema;
            types.forEach((type, number) => {
                const field = { ...editor.get('formFields').get(type).config.create({}, true), type, id: `walk_${number}`, key: `walk_${number}` };
                editor.get('modeling').addFormField(field, schema, schema.components.length);
            });
            return editor.get('formFieldRegistry').getAll().map(({ id }) => id);
        }""",
        list(FIELDS),
    )
    for name in ids:
        analyst.evaluate(
            """id => {
                const editor = tetsuzukiFormEditor.editor;
                editor.get('selection').set(editor.get('formFieldRegistry').get(id));
                return new Promise(done => setTimeout(done, 30));
            }""",
            name,
        )
        words(name)
