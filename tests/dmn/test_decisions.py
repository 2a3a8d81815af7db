"""Decision models: values, the rules that matched, hardened reading, checks."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine import dmn
from engine.errors import ModelRejected, NotFound
from engine.feel import Clock

CLOCK = Clock(datetime(2026, 6, 1, 1, 0, tzinfo=UTC))
RISK = ("? in (>= 100)", "[50..100)", "< 50")


def model(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="d" namespace="ns">'
        f"{body}</definitions>"
    )


def data(name: str, kind: str = "number") -> str:
    return f'<inputData id="{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>'


def needs(*names: str) -> str:
    return "".join(
        f'<informationRequirement><requiredInput href="#{name}"/></informationRequirement>'
        for name in names
    )


def table(
    policy: str,
    rows: list[tuple[str, ...]],
    *,
    inputs: tuple[str, ...] = ("amount",),
    extra: str = "",
) -> str:
    """A table over inputs whose rows end with one output; extra: inside the output clause."""
    heads = "".join(
        f'<input><inputExpression typeRef="number"><text>{i}</text></inputExpression></input>'
        for i in inputs
    )
    rules = "".join(
        f'<rule id="r{number}">'
        + "".join(f"<inputEntry><text><![CDATA[{cell}]]></text></inputEntry>" for cell in row[:-1])
        + f"<outputEntry><text>{row[-1]}</text></outputEntry>"
        f"<annotationEntry><text>注{number}</text></annotationEntry></rule>"
        for number, row in enumerate(rows, 1)
    )
    body = f'<decisionTable id="t" {policy}>{heads}<output name="o">{extra}</output>{rules}</decisionTable>'
    inside = "".join(data(i) for i in inputs)
    return model(
        f'{inside}<decision id="risk" name="リスク"><variable name="リスク"/>{needs(*inputs)}{body}</decision>'
    )


def read(xml: str) -> dmn.Model:
    return dmn.read(xml.encode(), file="decisions/risk.dmn")


def value(xml: str, **inputs: Any) -> Any:
    context = {name: Decimal(v) if isinstance(v, int) else v for name, v in inputs.items()}
    return dmn.evaluate(read(xml), "risk", context, clock=CLOCK).value


def test_a_decision_gives_its_value_and_the_rule_that_matched() -> None:
    xml = table("", [(RISK[0], '"高"'), (RISK[1], '"中"'), (RISK[2], '"低"')])
    decided = dmn.evaluate(read(xml), "risk", {"amount": Decimal(70)}, clock=CLOCK)
    assert decided.value == "中"
    assert decided.matched == (
        dmn.TableMatch("t", (dmn.Rule("r2", 2, "注2"),), {"amount": Decimal(70)}, {}),
    )


@pytest.mark.parametrize(
    ("policy", "extra", "expected"),
    [
        ('hitPolicy="FIRST"', "", Decimal(3)),
        ('hitPolicy="RULE ORDER"', "", [Decimal(3), Decimal(1), Decimal(2)]),
        ('hitPolicy="COLLECT"', "", [Decimal(3), Decimal(1), Decimal(2)]),
        ('hitPolicy="COLLECT" aggregation="SUM"', "", Decimal(6)),
        ('hitPolicy="COLLECT" aggregation="MIN"', "", Decimal(1)),
        ('hitPolicy="COLLECT" aggregation="MAX"', "", Decimal(3)),
        ('hitPolicy="COLLECT" aggregation="COUNT"', "", Decimal(3)),
        ('hitPolicy="PRIORITY"', "<outputValues><text>2, 1, 3</text></outputValues>", Decimal(2)),
        (
            'hitPolicy="OUTPUT ORDER"',
            "<outputValues><text>2, 1, 3</text></outputValues>",
            [Decimal(n) for n in (2, 1, 3)],
        ),
        ('hitPolicy="ANY"', "", None),
        ('hitPolicy="UNIQUE"', "", None),
    ],
)
def test_every_hit_policy_makes_its_own_result(policy: str, extra: str, expected: Any) -> None:
    assert (
        value(table(policy, [("> 1", "3"), ("> 2", "1"), ("-", "2")], extra=extra), amount=10)
        == expected
    )


@pytest.mark.parametrize(
    ("extra", "word"),
    [
        ('hitPolicy="FRIST"', "FRIST"),
        ('hitPolicy="unique"', "unique"),
        ('hitPolicy="U"', "U"),
        ('hitPolicy="COLLECT" aggregation="SMU"', "SMU"),
    ],
)
def test_a_hit_policy_or_aggregation_that_there_is_not_is_refused(extra: str, word: str) -> None:
    problems = dmn.check(read(table(extra, [("> 1", "3"), ("<= 1", "1")])))
    [refused] = [p for p in problems if p.severity == "error"]
    assert f"「{word}」はありません" in refused.problem


def test_an_aggregation_of_a_table_that_does_not_collect_is_refused() -> None:
    problems = dmn.check(read(table('aggregation="SUM"', [("> 1", "3"), ("<= 1", "1")])))
    [refused] = [p for p in problems if p.severity == "error"]
    assert "COLLECTの表だけ" in refused.problem


TYPED = (
    '<itemDefinition name="grade"><typeRef>number</typeRef><allowedValues><text>2, 1, 3</text></allowedValues>'
    '</itemDefinition><itemDefinition name="grades" isCollection="true"><typeRef>grade</typeRef></itemDefinition>'
)


@pytest.mark.parametrize(
    ("policy", "output", "variable", "expected"),
    [
        ("PRIORITY", ' typeRef="grade"', "", 2),
        ("PRIORITY", "", ' typeRef="grade"', 2),
        ("OUTPUT ORDER", "", ' typeRef="grades"', [2, 1, 3]),
        ("OUTPUT ORDER", ' typeRef="grade"', "", [2, 1, 3]),
    ],
)
def test_without_output_values_the_allowed_values_of_the_type_give_the_order(
    policy: str, output: str, variable: str, expected: Any
) -> None:
    xml = table(f'hitPolicy="{policy}"', [("> 1", "3"), ("> 2", "1"), ("-", "2")])
    xml = xml.replace('<output name="o">', f'<output name="o"{output}>')
    xml = xml.replace('<variable name="リスク"/>', f'<variable name="リスク"{variable}/>')
    assert value(xml.replace("<inputData", TYPED + "<inputData", 1), amount=10) == expected


@pytest.mark.parametrize("policy", ["PRIORITY", "OUTPUT ORDER"])
def test_a_table_that_chooses_by_an_order_it_does_not_have_is_refused(policy: str) -> None:
    xml = table(f'hitPolicy="{policy}"', [("> 1", "3"), ("<= 1", "1")])
    (problem,) = dmn.check(read(xml))
    assert "結果の順" in problem.problem and problem.severity == "error"
    extra = "<outputValues><text>1, 3</text></outputValues>"
    assert dmn.check(read(xml.replace('name="o">', f'name="o">{extra}'))) == []


@pytest.mark.parametrize(
    "typed",
    [
        '<decision id="x" name="x"><variable name="x" typeRef="{}"/><literalExpression><text>1</text></literalExpression></decision>',
        '<inputData id="x" name="x"><variable name="x" typeRef="{}"/></inputData>',
        '<itemDefinition id="x" name="t"><typeRef>{}</typeRef></itemDefinition>',
        '<itemDefinition id="x" name="t"><itemComponent name="c"><typeRef>{}</typeRef></itemComponent></itemDefinition>',
        '<itemDefinition id="x" name="t"><functionItem outputTypeRef="{}"/></itemDefinition>',
    ],
)
def test_a_type_nobody_defines_is_refused_with_the_nearest_name(typed: str) -> None:
    with pytest.raises(ModelRejected) as refused:
        read(model(typed.format("nunber")))
    (problem,) = refused.value.problems
    assert (
        problem.problem == "「nunber」という型はありません。"
        and "「number」の誤り" in problem.remedy
    )
    for known in ("feel:number", "integer", "dateTime", "grade"):
        grade = '<itemDefinition name="grade"><typeRef>string</typeRef></itemDefinition>'
        read(model(grade + typed.format(known)))


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("text", "string"),
        ("str", "string"),
        ("bool", "boolean"),
        ("float", "number"),
        ("datetime", "date and time"),
        ("日付", "date"),
    ],
)
def test_a_type_by_its_name_elsewhere_is_answered_with_its_name_here(name: str, right: str) -> None:
    with pytest.raises(ModelRejected) as refused:
        read(model(data("x", name)))
    assert [one.remedy for one in refused.value.problems] == [f"{right} と書いてください。"]


@pytest.mark.parametrize("where", ["<literalExpression", "<definitions"])
def test_another_language_is_refused_instead_of_read_as_feel(where: str) -> None:
    xml = model(
        '<decision id="risk" name="リスク"><literalExpression><text>1</text></literalExpression></decision>'
    )
    feel = xml.replace(
        where, f'{where} expressionLanguage="https://www.omg.org/spec/DMN/20230324/FEEL/"'
    )
    assert dmn.evaluate(read(feel), "risk", {}, clock=CLOCK).value == 1
    with pytest.raises(ModelRejected) as refused:
        read(xml.replace(where, f'{where} expressionLanguage="groovy"'))
    (problem,) = refused.value.problems
    assert "「groovy」は使えません" in problem.problem and "FEEL" in problem.remedy


def test_overlapping_unique_rules_say_which_rows_matched() -> None:
    decided = dmn.evaluate(
        read(table("", [("> 1", "3"), ("> 2", "1")])), "risk", {"amount": Decimal(9)}, clock=CLOCK
    )
    assert decided.value is None
    assert "1、2行目" in decided.diagnostics[0].message


def test_no_match_gives_the_default_output() -> None:
    extra = "<defaultOutputEntry><text>0</text></defaultOutputEntry>"
    assert value(table("", [("> 100", "1")], extra=extra), amount=5) == 0


def test_an_input_outside_its_item_definition_is_null_with_a_reason() -> None:
    kinds = (
        '<itemDefinition name="種別"><typeRef>string</typeRef>'
        '<allowedValues><text>"新規", "変更"</text></allowedValues></itemDefinition>'
    )
    xml = model(
        kinds
        + data("kind", "種別")
        + f'<decision id="risk" name="risk"><variable name="risk"/>{needs("kind")}'
        "<literalExpression><text>kind</text></literalExpression></decision>"
    )
    assert value(xml, kind="新規") == "新規"
    decided = dmn.evaluate(read(xml), "risk", {"kind": "廃止"}, clock=CLOCK)
    assert decided.value is None
    assert decided.diagnostics[0].code == "allowed"
    assert '許される値（"新規", "変更"）' in decided.diagnostics[0].message


def test_a_number_outside_the_range_of_its_column_is_told_with_the_range() -> None:
    types = (
        '<itemDefinition name="score"><typeRef>number</typeRef>'
        "<allowedValues><text>[0..100]</text></allowedValues></itemDefinition>"
    )
    xml = model(
        types
        + data("score", "score")
        + f'<decision id="risk" name="risk"><variable name="risk"/>{needs("score")}'
        "<literalExpression><text>score</text></literalExpression></decision>"
    )
    decided = dmn.evaluate(read(xml), "risk", {"score": Decimal(101)}, clock=CLOCK)
    assert "許される値（[0..100]）" in decided.diagnostics[0].message
    decided = dmn.evaluate(read(xml), "risk", {"score": "多い"}, clock=CLOCK)
    assert "文字列" in decided.diagnostics[0].message
    assert decided.diagnostics[0].code == "type"


def test_parameters_are_a_context_of_their_own() -> None:
    xml = model(
        '<decision id="risk" name="risk"><variable name="risk"/>'
        "<literalExpression><text>parameters.手数料 * 2</text></literalExpression></decision>"
    )
    decided = dmn.evaluate(read(xml), "risk", {}, clock=CLOCK, parameters={"手数料": Decimal(500)})
    assert decided.value == 1000


def test_an_unknown_decision_is_not_found() -> None:
    with pytest.raises(NotFound, match="there is no decision"):
        dmn.evaluate(read(table("", [("-", "1")])), "nothing", {}, clock=CLOCK)


def test_entities_and_doctypes_are_refused() -> None:
    bomb = (
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        + table("", [("-", "1")]).partition("?>")[2]
    )
    with pytest.raises(ModelRejected) as rejected:
        read(bomb)
    assert "DOCTYPE" in rejected.value.problems[0].problem


def test_a_file_that_is_too_large_or_no_dmn_is_refused() -> None:
    for xml in (b" " * 5_000_001, b"<a/>", b"not xml"):
        with pytest.raises(ModelRejected):
            dmn.read(xml, file="x.dmn")


def test_a_cell_with_a_full_width_operator_is_refused_with_file_element_and_fix() -> None:
    with pytest.raises(ModelRejected) as rejected:
        read(table("", [("＞100", "1")]))
    problem = rejected.value.problems[0]
    assert (problem.file, problem.element) == ("decisions/risk.dmn", "r1")
    assert problem.problem.startswith("1行目「amount」の式の1行1文字目")
    assert "「>」" in problem.remedy


def findings(xml: str) -> list[str]:
    return [problem.problem for problem in dmn.check(read(xml))]


def test_a_sound_table_has_no_findings() -> None:
    assert findings(table("", [(">= 100", '"高"'), (RISK[1], '"中"'), (RISK[2], '"低"')])) == []


def test_overlapping_rules_are_found_with_where_they_overlap() -> None:
    found = findings(table("", [(">= 100", "1"), ("[50..120]", "2"), ("< 50", "3")]))
    assert len(found) == 1
    assert "1行目と2行目が重なります" in found[0]
    assert "amount in [100..120]" in found[0]


def test_a_gap_is_found_and_named() -> None:
    found = findings(table("", [("> 100", "1"), ("< 100", "2")]))
    assert found == ["表「リスク」: どの行にも当てはまらない入力があります（amount = 100）。"]


def test_duplicate_dead_and_shadowed_rows_are_found() -> None:
    assert "条件が同じです" in findings(table("", [("> 1", "1"), ("> 1", "1"), ("<= 1", "2")]))[0]
    assert "2行目はどの入力にも" in findings(table("", [("-", "1"), ("[5..1]", "1")]))[0]
    assert "1行目に必ず先に" in findings(table('hitPolicy="FIRST"', [("-", "1"), ("> 5", "2")]))[0]


def test_an_unknown_name_and_a_missing_arrow_are_found() -> None:
    xml = model(
        data("amount") + '<decision id="risk" name="risk"><variable name="risk"/>'
        "<literalExpression><text>amount + amuont</text></literalExpression></decision>"
    )
    found = findings(xml)
    assert any("要求の矢印がありません" in text for text in found)
    assert any("「amuont」という名前はどこにもありません" in text for text in found)


def test_a_knowledge_model_that_reads_an_input_is_told_to_take_it_as_an_argument() -> None:
    """DMN has no arrow from an input to a knowledge model."""
    xml = model(
        data("amount")
        + '<businessKnowledgeModel id="add" name="add"><variable name="add"/><encapsulatedLogic>'
        '<formalParameter name="n"/><literalExpression><text>n + amount</text></literalExpression>'
        '</encapsulatedLogic></businessKnowledgeModel><decision id="risk" name="risk"><variable name="risk"/>'
        '<knowledgeRequirement><requiredKnowledge href="#add"/></knowledgeRequirement>'
        "<literalExpression><text>add(1)</text></literalExpression></decision>"
    )
    (told,) = [
        one for one in dmn.check(dmn.read(xml.encode(), file="d.dmn")) if "amount" in one.problem
    ]
    assert "矢印" not in told.remedy and "引数に「amount」を加え" in told.remedy


def test_cyclic_requirements_are_found_and_never_run_for_ever() -> None:
    def decision(name: str, needed: str) -> str:
        return (
            f'<decision id="{name}" name="{name}"><variable name="{name}"/><informationRequirement>'
            f'<requiredDecision href="#{needed}"/></informationRequirement>'
            f"<literalExpression><text>{needed} + 1</text></literalExpression></decision>"
        )

    xml = model(decision("risk", "b") + decision("b", "risk"))
    assert "循環" in findings(xml)[0]
    decided = dmn.evaluate(read(xml), "risk", {}, clock=CLOCK)
    assert decided.value is None
    assert decided.diagnostics[0].code == "cycle"


@pytest.mark.parametrize(
    ("date", "is_known"), [("20151101", True), ("20240513", True), ("20990101", False)]
)
def test_a_version_of_dmn_that_nobody_knows_is_refused(date: str, is_known: bool) -> None:
    xml = table("", [("-", "1")]).replace("20191111", date).encode()
    if is_known:
        assert dmn.read(xml, file="d.dmn").decisions
        return
    with pytest.raises(ModelRejected) as refused:
        dmn.read(xml, file="d.dmn")
    [problem] = refused.value.problems
    assert date in problem.problem and problem.line == 1 and "1.6" in problem.remedy
