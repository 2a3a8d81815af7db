"""A letter gives the reasons of decisions as the history of its case holds them when it is ordered."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import event, select

from engine import cases, history, letters, tasks
from engine.access import Actor
from engine.database import Database
from engine.feel.values import from_feel
from engine.tables import letters as letter_rows
from engine.tables import notifications as mail_rows
from engine.tables import tasks as task_rows
from tests.support import models
from tests.support.models import NOW

DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="期間" namespace="urn:d">
  <inputData id="in_notice" name="notice"><variable id="v1" name="notice" /></inputData>
  <decision id="days" name="期間"><variable id="v2" name="days" />
    <informationRequirement id="r1"><requiredInput href="#in_notice" /></informationRequirement>
    <decisionTable id="T_days" hitPolicy="FIRST">
      <input id="i1" label="届出者"><inputExpression id="e1"><text>notice.holder</text></inputExpression></input>
      <output id="o1" name="days" />
      <rule id="x1"><description>長い期間</description><inputEntry id="c1"><text>"乙"</text></inputEntry><outputEntry id="p1"><text>parameters.long_days</text></outputEntry></rule>
      <rule id="x2"><description>短い期間</description><inputEntry id="c2"><text>-</text></inputEntry><outputEntry id="p2"><text>parameters.short_days</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"""
PARAMETERS = """
long_days: {unit: 日, law: 規則2条, values: [{from: 2020-04-01, value: 30}]}
short_days: {unit: 日, law: 規則1条, values: [{from: 2021-04-01, value: 10}]}
"""
RULE = (
    '<bpmn:businessRuleTask id="{id}"><bpmn:extensionElements>'
    '<zeebe:calledDecision decisionId="days" resultVariable="{id}_days"/></bpmn:extensionElements></bpmn:businessRuleTask>'
)
AGAIN = (
    '<bpmn:scriptTask id="change"><bpmn:extensionElements>'
    '<zeebe:script expression=\'={holder: "乙"}\' resultVariable="notice"/></bpmn:extensionElements></bpmn:scriptTask>'
)


def _issue(node: str, letter: str) -> str:
    return models.service_task(node, "letter.issue", {"letter": f'"{letter}"'})


def _start(database: Database, *elements: str, letter: str) -> cases.CaseRow:
    body = models.line(*elements)
    bpmn = models.process(body, lanes={"clerk": ("review",) if "review" in body else ()})
    files = {
        "decisions/days.dmn": DMN,
        "parameters.yaml": PARAMETERS,
        "letters/done.html": letter,
    }
    settings = {"letters": {"done": {"title": "通知書"}}}
    with database.transaction() as db:
        version = models.store(db, models.folder(bpmn, settings=settings, files=files))
        return cases.start(
            db,
            version=version,
            answers={"holder": "甲"},
            actor=Actor(kind="anonymous"),
            channel="account",
            now=NOW,
        )


def _data(database: Database) -> dict[str, Any]:
    with database.reading() as db:
        (row,) = db.execute(select(letter_rows.c.id)).scalars()
        return dict(from_feel(letters.data_of(db, row)))


def test_the_reasons_are_result_rules_inputs_and_dated_parameters(database: Database) -> None:
    _start(
        database,
        RULE.format(id="first"),
        _issue("issue", "done"),
        letter="<p>{{ decisions.days.result }}</p>",
    )
    assert _data(database)["decisions"] == {
        "days": {
            "result": 10,
            "rules": [{"table": "T_days", "number": 2, "annotation": "短い期間"}],
            "inputs": {"届出者": "甲"},
            "parameters": {
                "short_days": {
                    "value": 10,
                    "valid_from": date(2021, 4, 1),
                    "unit": "日",
                    "law": "規則1条",
                }
            },
        }
    }


def _mail(database: Database, text: str) -> Any:
    tell = models.service_task("tell", "notify", {"to": '"applicant"', "mail": '"done"'})
    bpmn = models.process(models.line(RULE.format(id="first"), tell), lanes={})
    files = {
        "decisions/days.dmn": DMN,
        "parameters.yaml": PARAMETERS,
        "letters/done.mail.txt": text,
    }
    filing = {
        "by": ["guest"],
        "form": "notice",
        "title": '="届出"',
        "applicant": '="甲"',
        "email": '="a@example.jp"',
    }
    with database.transaction() as db:
        version = models.store(db, models.folder(bpmn, settings={"filing": filing}, files=files))
        cases.start(
            db,
            version=version,
            answers={"holder": "甲"},
            actor=Actor(kind="anonymous"),
            channel="guest",
            now=NOW,
        )
        subject = mail_rows.c.subject
        return db.execute(select(mail_rows.c.body).where(subject == "お知らせ")).scalar()  # fmt: skip


def test_a_mail_gives_the_rule_and_the_law_and_no_value_of_the_case(database: Database) -> None:
    why = "{% set why = decisions.days %}"
    body = _mail(
        database,
        f"件名: お知らせ\n{why}{{{{ why.rules[0].annotation }}}}（{{{{ why.parameters.short_days.law }}}}）"
        "{{ why.inputs is defined }}{{ why.result is defined }}",
    )
    assert body == "短い期間（規則1条）いいえいいえ\n"


def test_a_letter_of_a_later_step_reads_them_from_the_history_and_the_latest_counts(
    database: Database,
) -> None:
    case = _start(
        database,
        RULE.format(id="first"),
        AGAIN,
        RULE.format(id="second"),
        models.user_task("review"),
        _issue("issue", "done"),
        letter="<p>{{ decisions.days.rules[0].annotation }}</p>",
    )
    asked: list[str] = []

    def note(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        if "strpos" in statement:
            asked.append(statement)

    with database.transaction() as db:
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            task = db.execute(
                select(task_rows.c.id).where(task_rows.c.case_id == case.id)
            ).scalar_one()
            tasks.complete(
                db,
                task_id=task,
                answers={"decision": "approve"},
                actor=Actor(kind="staff", person_id=None, name="佐藤"),
                now=NOW,
            )
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
    why = _data(database)["decisions"]["days"]
    assert (why["result"], why["rules"][0]["annotation"]) == (30, "長い期間")
    assert why["parameters"]["long_days"]["law"] == "規則2条"
    assert len(asked) == 1


def test_a_letter_that_names_no_decision_carries_none_and_asks_nothing(database: Database) -> None:
    _start(
        database,
        RULE.format(id="first"),
        _issue("issue", "done"),
        letter="<p>{{ notice.holder }}</p>",
    )
    assert "decisions" not in _data(database)


def test_a_decision_that_was_not_made_is_left_out(database: Database) -> None:
    case = _start(
        database, _issue("issue", "done"), letter="{% if decisions.days is defined %}x{% endif %}"
    )
    assert _data(database)["decisions"] == {}
    with database.reading() as db:
        assert list(history.decided(db, case.id)) == []
