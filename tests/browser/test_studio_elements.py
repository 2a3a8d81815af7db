"""Every element the engine runs can be set in the panel, is not objected to by the linter, and comes through whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine.bpmn.model import Node
from engine.bpmn.reader import read
from tests.browser import studio
from web.studio import differences

MODELS = Path(__file__).parents[1] / "kernel/models"
IMPORT = "async text => { await tetsuzukiModeler.importXML(text) }"
EXPORT = "async () => (await tetsuzukiModeler.saveXML({ format: true })).xml"
# What the models of the kernel's tests leave out on purpose or have no place for (forms, lanes, operations), and what
# they are drawn for: forks and joins without a gateway, gateways that join and fork.
NOT_ASKED = {
    "form-required", "lane-required", "operation-required", "decision-required", "script-required",
    "called-process-required", "typed-task", "gateway-conditions",
}  # fmt: skip
LINT = """async () => Object.entries(await tetsuzukiModeler.get('linting').lint())
    .flatMap(([rule, found]) => found.filter(one => one.category === 'error').map(one => [rule, one.id, one.message]))"""


@pytest.fixture
def panel(person: Callable[..., Page]) -> Page:
    return studio.opened(studio.start(person()), "process.bpmn")


def load(page: Page, name: str) -> str:
    text = (MODELS / f"{name}.bpmn").read_text(encoding="utf-8")
    page.evaluate(IMPORT, text)
    return text


def choose(page: Page, element: str) -> None:
    page.evaluate(
        """id => tetsuzukiModeler.get('selection').select(tetsuzukiModeler.get('elementRegistry').get(id))""",
        element,
    )
    expect(page.get_by_label("ID", exact=True)).to_have_value(element)


def node(page: Page, element: str) -> Node:
    """The element as the engine reads it out of what the editor would save."""
    page.wait_for_timeout(400)  # fields write a third of a second after the last key
    [process] = read(page.evaluate(EXPORT).encode(), file="process.bpmn").processes.values()
    return process.by_id[element]


def test_no_model_of_the_kernel_loses_anything_in_the_editor(panel: Page) -> None:
    lost = {}
    for path in sorted(MODELS.glob("*.bpmn")):
        before = load(panel, path.stem)
        found = differences.of("process.bpmn", before, panel.evaluate(EXPORT))
        if found != ():
            lost[path.stem] = found
    assert lost == {}


def test_the_linter_objects_to_nothing_the_engine_runs(panel: Page) -> None:
    wrong = {}
    for path in sorted(MODELS.glob("*.bpmn")):
        text = load(panel, path.stem)
        if read(text.encode(), file=path.name).problems:
            continue
        found = [one for one in panel.evaluate(LINT) if one[0] not in NOT_ASKED]
        if found:
            wrong[path.stem] = found
    assert wrong == {}


def test_a_condition_event_has_its_condition(panel: Page) -> None:
    load(panel, "conditions")
    choose(panel, "ready")
    panel.get_by_label("条件式").fill('=permit.status = "停止"')
    event = node(panel, "ready").event
    assert event.condition is not None
    assert event.condition.source.strip() == 'permit.status = "停止"'


def test_links_have_their_name_and_the_linter_misses_the_other_end(panel: Page) -> None:
    load(panel, "links")
    choose(panel, "to")
    panel.get_by_label("リンクの名前").fill("2枚目")
    panel.wait_for_timeout(400)
    assert [one[:2] for one in panel.evaluate(LINT) if one[0] == "link-event"] == [
        ["link-event", "to"],
        ["link-event", "from"],
    ]
    choose(panel, "from")
    panel.get_by_label("リンクの名前").fill("2枚目")
    assert node(panel, "from").event.name == "2枚目"


def test_a_call_activity_begins_a_case_of_another_procedure_or_runs_a_process_of_its_own(
    panel: Page,
) -> None:
    load(panel, "call_activity")
    choose(panel, "help")
    procedure = panel.get_by_label("案件を始める、ほかの手続のid")
    procedure.fill("permit")
    panel.get_by_label("版の番号").fill("3")
    work = called(panel, "help").work
    assert (work.procedure, work.version, work.called) == ("permit", 3, None)
    expect(panel.get_by_label("呼び出すプロセス")).to_have_count(0)
    panel.get_by_label("版の番号").fill("")
    assert called(panel, "help").work.version is None
    procedure.fill("")
    expect(panel.get_by_label("呼び出すプロセス")).to_be_visible()
    panel.wait_for_timeout(400)
    assert ["called-process-required", "help"] in [one[:2] for one in panel.evaluate(LINT)]


def called(page: Page, element: str) -> Node:
    """As `node`, in a file with several processes."""
    page.wait_for_timeout(400)
    document = read(page.evaluate(EXPORT).encode(), file="process.bpmn")
    assert [p for p in document.problems if p.severity == "error"] == []
    return next(p.by_id[element] for p in document.processes.values() if element in p.by_id)


def test_a_signal_is_named_and_takes_values_along(panel: Page) -> None:
    load(panel, "signal_thrown")
    thrower = "tell"
    choose(panel, thrower)
    panel.get_by_label("シグナルの名前").fill("改正")
    assert node(panel, thrower).event.name == "改正"
    expect(panel.locator("[data-group-id=group-inputs]")).to_be_visible()


def test_a_thrown_compensation_names_what_it_undoes_and_whether_it_waits(panel: Page) -> None:
    load(panel, "compensation")
    choose(panel, "undo")
    choice = panel.get_by_label("取り消すもの")
    expect(choice.locator("option")).to_have_text(["この階層で済んだものすべて", "hotel", "train"])
    choice.select_option("hotel")
    panel.get_by_text("取消しが終わるのを待つ").click()
    event = node(panel, "undo").event
    assert (event.activity, event.waits) == ("hotel", False)


def test_a_boundary_compensation_says_which_activity_undoes(panel: Page) -> None:
    load(panel, "compensation")
    choose(panel, "ch")
    expect(panel.get_by_label("取り消す作業")).to_have_value("free_room")
    expect(panel.get_by_text("元の作業を中断する")).to_have_count(0)


def test_an_activity_that_undoes_is_marked_and_the_linter_asks_for_its_tie(panel: Page) -> None:
    load(panel, "compensation")
    choose(panel, "free_room")
    expect(panel.get_by_label("ほかの作業を取り消すための作業")).to_be_checked()
    assert node(panel, "free_room").undoes
    choose(panel, "decide")
    panel.locator("[data-group-id=group-compensation] [title=開く・閉じる]").first.click()
    panel.get_by_text("ほかの作業を取り消すための作業").click()
    assert node(panel, "decide").undoes
    assert ["compensation-used", "decide"] in [one[:2] for one in panel.evaluate(LINT)]
    panel.evaluate(
        "() => tetsuzukiModeler.get('modeling').removeElements([tetsuzukiModeler.get('elementRegistry').get('tie-ch')])"
    )
    assert ["compensation-tied", "ch"] in [one[:2] for one in panel.evaluate(LINT)]


def test_a_standard_loop_has_its_condition_its_most_and_its_order(panel: Page) -> None:
    load(panel, "standard_loop")
    choose(panel, "count")
    panel.get_by_label("続ける条件").fill("=n < 10")
    panel.get_by_label("回数の上限").fill("0")
    expect(panel.get_by_text("1以上の整数を入れてください。")).to_be_visible()
    panel.get_by_label("回数の上限").fill("7")
    panel.get_by_text("はじめの回の前にも条件を確かめる").click()
    repeat = node(panel, "count").repeat
    assert repeat is not None and repeat.condition is not None
    assert repeat.condition.source.strip() == "n < 10"
    assert (repeat.maximum, repeat.first) == (7, True)


def test_an_ad_hoc_subprocess_has_its_order_its_end_and_its_activities(panel: Page) -> None:
    load(panel, "ad_hoc")
    choose(panel, "look")
    panel.get_by_label("進め方").select_option(label="1つずつ、図の順に")
    panel.get_by_label("終わる条件").fill("=enough")
    panel.get_by_label("はじめに開く作業").fill('=["photo"]')
    panel.get_by_text("条件がそろったら、残りの作業を取りやめる").click()
    ad_hoc = node(panel, "look").ad_hoc
    assert ad_hoc is not None and ad_hoc.completion is not None and ad_hoc.active is not None
    assert (ad_hoc.sequential, ad_hoc.cancel_rest) == (True, False)
    assert ad_hoc.completion.source.strip() == "enough"
    assert ad_hoc.active.source.strip() == '["photo"]'


def test_an_event_waits_for_several_things_and_for_all_of_them(panel: Page) -> None:
    load(panel, "multiple")
    choose(panel, "any")
    group = panel.locator("[data-group-id=group-events]")
    expect(group).to_contain_text("ほかに待つイベント")
    group.get_by_title("追加する").click()
    added = group.locator(
        ".bio-properties-panel-list-item, .bio-properties-panel-collapsible-entry"
    ).last
    kind = added.get_by_label("種類").first
    kind.select_option("conditional")
    added = group.locator(
        ".bio-properties-panel-list-item, .bio-properties-panel-collapsible-entry"
    ).last
    if not added.get_by_label("条件式").is_visible():
        added.locator(".bio-properties-panel-collapsible-entry-header").click()
    added.get_by_label("条件式").fill("=ready")
    panel.get_by_text("すべてがそろうのを待つ").click()
    made = node(panel, "any")
    assert [part.event.kind for part in made.parts] == ["message", "signal", "timer", "conditional"]
    assert made.event.all


def test_a_cancel_in_a_transaction_needs_its_boundary_event(panel: Page) -> None:
    load(panel, "transaction")
    choose(panel, "stop")
    expect(panel.get_by_label("はたらき")).to_have_value(
        "トランザクションをやめ、済んだ作業を取り消します"
    )
    panel.evaluate(
        """() => { const registry = tetsuzukiModeler.get('elementRegistry');
            tetsuzukiModeler.get('modeling').removeElements(registry.filter(shape => shape.host?.id === 'tx' && shape.type !== 'label'
                && shape.businessObject.eventDefinitions[0].$type === 'bpmn:CancelEventDefinition')); }"""
    )
    assert ["cancel-caught", "tx"] in [one[:2] for one in panel.evaluate(LINT)]


def test_the_panel_of_every_new_element_is_accessible(
    panel: Page, look: Callable[[Page], None]
) -> None:
    for model, element in (
        ("compensation", "undo"),
        ("compensation", "free_room"),
        ("ad_hoc", "look"),
        ("standard_loop", "count"),
        ("multiple", "any"),
        ("transaction", "stop"),
    ):
        load(panel, model)
        choose(panel, element)
        look(panel)
