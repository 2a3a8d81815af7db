"""What an element of a decision model sees: its requirements, imports under their names, nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine import dmn, feel, parameters
from engine.deciding import decide
from engine.feel import Clock

CLOCK = Clock(datetime(2026, 6, 1, 1, 0, tzinfo=UTC))
MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def read(name: str, body: str, *imported: dmn.Model) -> dmn.Model:
    imports = "".join(
        f'<import name="{other.name}" namespace="{other.namespace}" importType="{MODEL}"/>'
        for other in imported
    )
    xml = f'<definitions xmlns="{MODEL}" id="d" name="{name}" namespace="{name}">{imports}{body}</definitions>'
    return dmn.read(xml.encode(), file=f"{name}.dmn", imported=imported)


def data(name: str) -> str:
    return f'<inputData id="{name}" name="{name}"><variable name="{name}"/></inputData>'


def decision(name: str, text: str, *needs: str, logic: str = "") -> str:
    """A decision; needs: hrefs of what it requires.  logic: a box instead of the text."""
    arrows = "".join(
        f'<{kind}Requirement><required{what} href="{need}"/></{kind}Requirement>'
        for need in needs
        for kind, what in [
            ("knowledge", "Knowledge")
            if "f_" in need
            else ("information", "Decision" if "d_" in need else "Input")
        ]
    )
    box = logic or f"<literalExpression><text>{text}</text></literalExpression>"
    return f'<decision id="{name}" name="{name}"><variable name="{name}"/>{arrows}{box}</decision>'


def function(name: str, parameter: str, text: str) -> str:
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}"/><encapsulatedLogic>'
        f'<formalParameter name="{parameter}"/><literalExpression><text>{text}</text></literalExpression>'
        "</encapsulatedLogic></businessKnowledgeModel>"
    )


def value(model: dmn.Model, name: str, **context: Any) -> Any:
    return dmn.evaluate(model, name, context, clock=CLOCK).value


def test_an_element_sees_no_data_it_does_not_require() -> None:
    model = read(
        "m",
        data("a")
        + data("b")
        + decision("d_1", "a + b", "#a")
        + decision("d_2", "a + b", "#a", "#b"),
    )
    decided = dmn.evaluate(model, "d_1", {"a": Decimal(1), "b": Decimal(2)}, clock=CLOCK)
    assert decided.value is None
    assert "「b」という名前はありません" in decided.diagnostics[0].message
    assert value(model, "d_2", a=Decimal(1), b=Decimal(2)) == 3


def test_a_function_handed_over_sees_the_data_of_its_own_place() -> None:
    model = read(
        "m",
        data("a")
        + function("f_twice", "g", "g(g(1))")
        + decision("d_1", "f_twice(function(x) x + a)", "#a", "#f_twice"),
    )
    assert value(model, "d_1", a=Decimal(5)) == 11


def test_a_model_imported_twice_has_inputs_of_its_own_under_each_name() -> None:
    greeting = read("hello", data("person") + decision("d_greet", '"Hello, " + person', "#person"))
    one = read("one", decision("d_one", "hello.d_greet", "hello#d_greet"), greeting)
    two = read("two", decision("d_two", "hello.d_greet", "hello#d_greet"), greeting)
    both = read(
        "both",
        decision("d_both", 'one.d_one + "; " + two.d_two', "one#d_one", "two#d_two"),
        one,
        two,
    )
    given = {"one": {"hello": {"person": "A"}}, "two": {"hello": {"person": "B"}}}
    assert value(both, "d_both", **given) == "Hello, A; Hello, B"
    assert value(both, "d_both", person="C") == "Hello, C; Hello, C"


def test_a_boxed_iterator_runs_over_a_range_without_brackets() -> None:
    inner = "<literalExpression><text>{}</text></literalExpression>"
    box = (
        f'<for iteratorVariable="i"><in>{inner.format("1..3")}</in>'
        f"<return>{inner.format('i + count(partial)')}</return></for>"
    )
    model = read("m", decision("d_1", "", logic=box))
    assert value(model, "d_1") == [1, 3, 5]


def literal(text: str) -> str:
    return f"<literalExpression><text>{text}</text></literalExpression>"


@pytest.mark.parametrize("source", ["null", "[]", "5", "[1, null]"])
@pytest.mark.parametrize(
    ("box", "text"),
    [
        (("some", 'iteratorVariable="x"', "satisfies", "x &gt; 1"), "some x in {} satisfies x > 1"),
        (
            ("every", 'iteratorVariable="x"', "satisfies", "x &gt; 1"),
            "every x in {} satisfies x > 1",
        ),
        (("for", 'iteratorVariable="x"', "return", "x"), "for x in {} return x"),
        (("filter", "", "match", "item &gt; 1"), "{}[item > 1]"),
    ],
)
def test_a_boxed_loop_or_filter_makes_of_null_what_the_same_text_makes(
    source: str, box: tuple[str, str, str, str], text: str
) -> None:
    kind, variable, part, inner = box
    logic = (
        f"<{kind} {variable}><in>{literal(source)}</in><{part}>{literal(inner)}</{part}></{kind}>"
    )
    boxed = dmn.evaluate(read("m", decision("d_1", "", logic=logic)), "d_1", {}, clock=CLOCK)
    plain = feel.compile(text.format(source)).evaluate({}, clock=CLOCK)
    assert (boxed.value, [one.code for one in boxed.diagnostics]) == (
        plain.value,
        [one.code for one in plain.diagnostics],
    )
    if source == "null":
        assert boxed.value == ([] if kind == "filter" else None)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (
            f'<for iteratorVariable="i"><in>{literal("3..1")}</in><return>{literal("i")}</return></for>',
            [3, 2, 1],
        ),
        (
            f"<filter><in>{literal('[{a: 1}, {a: null}, {a: 3}]')}</in><match>{literal('a &gt; 1')}</match></filter>",
            [{"a": 3}],
        ),
    ],
)
def test_a_boxed_expression_means_what_its_feel_means(box: str, expected: Any) -> None:
    assert value(read("m", decision("d_1", "", logic=box)), "d_1") == expected


@pytest.mark.parametrize(
    ("box", "code"),
    [
        (
            f"<conditional><if>{literal('null')}</if><then>{literal('1')}</then><else>{literal('2')}</else></conditional>",
            "condition",
        ),
        (
            f'<invocation>{literal("f_two")}<binding><parameter name="x"/>{literal("1")}</binding></invocation>',
            "call",
        ),
    ],
)
def test_a_boxed_expression_names_its_mistake_as_its_feel_does(box: str, code: str) -> None:
    two = function("f_two", "x", "1").replace(
        '<formalParameter name="x"/>', '<formalParameter name="x"/><formalParameter name="y"/>'
    )
    model = read("m", two + decision("d_1", "", "#f_two", logic=box))
    (found,) = dmn.evaluate(model, "d_1", {}, clock=CLOCK).diagnostics
    assert found.code == code


def test_a_first_table_never_looks_behind_the_rule_that_matched() -> None:
    rules = "".join(
        f"<rule><inputEntry><text>{cell}</text></inputEntry><outputEntry><text>{out}</text></outputEntry></rule>"
        for cell, out in [("-", "1"), ("&lt; missing", "2")]
    )
    box = (
        '<decisionTable hitPolicy="FIRST"><input><inputExpression><text>a</text></inputExpression></input>'
        f'<output name="o"/>{rules}</decisionTable>'
    )
    model = read("m", data("a") + decision("d_1", "", "#a", logic=box))
    decided = dmn.evaluate(model, "d_1", {"a": Decimal(1)}, clock=CLOCK)
    assert (decided.value, decided.diagnostics) == (1, ())


@pytest.mark.parametrize("arrow", ["", "#f_factorial"])
def test_a_knowledge_model_may_call_itself_within_the_limits(arrow: str) -> None:
    body = function("f_factorial", "n", "if n &lt; 2 then 1 else n * f_factorial(n - 1)")
    if arrow:
        body = body.replace(
            "</encapsulatedLogic>",
            f'</encapsulatedLogic><knowledgeRequirement><requiredKnowledge href="{arrow}"/></knowledgeRequirement>',
        )
    model = read("m", body + decision("d_1", "f_factorial(10)", "#f_factorial"))
    assert dmn.check(model) == []
    assert value(model, "d_1") == 3_628_800
    endless = read("m", function("f_on", "n", "f_on(n)") + decision("d_1", "f_on(1)", "#f_on"))
    with pytest.raises(feel.LimitExceeded):
        value(endless, "d_1")


def test_the_parameters_a_decision_reads_are_noted_and_no_others() -> None:
    row = "{{law: x, unit: 円, values: [{{from: 2020-01-01, value: {}}}]}}"
    dated = parameters.read(f"手数料: {row.format(500)}\n日数: {row.format(10)}\n")
    model = read("m", decision("d_1", "parameters.手数料 * 2"))
    decided = decide(model, "d_1", {}, parameters=dated, clock=CLOCK, functions={})
    assert (decided.value, set(decided.parameters)) == (1000, {"手数料"})


def test_a_parameter_that_holds_only_later_is_told_with_its_first_day() -> None:
    row = "{{law: x, unit: 円, values: [{{from: {}, value: 1}}]}}"
    dated = parameters.read(
        f"fee_new: {row.format('2020-01-01')}\nfee_renew: {row.format('2099-04-01')}\n"
    )
    model = read("m", decision("d_1", "parameters.fee_renew * 2"))
    decided = decide(model, "d_1", {}, parameters=dated, clock=CLOCK, functions={})
    assert decided.value is None
    assert "2099年" in decided.diagnostics[0] and "4月1日" in decided.diagnostics[0]
    assert "fee_new" not in decided.diagnostics[0]


def findings(model: dmn.Model) -> list[str]:
    return [problem.problem for problem in dmn.check(model)]


def test_a_check_tells_mistakes_of_expressions_before_they_run() -> None:
    inside = function("f_double", "x", "x * 2")
    wrong = ["f_double(1, 2)", 'a > abs("x")', "workdays(today())"]
    for text in wrong:
        found = findings(
            read(
                "m",
                data("a")
                + inside
                + decision("d_1", text.replace('"', "&quot;"), "#a", "#f_double"),
            )
        )
        assert len(found) == 1, text
        assert found[0].startswith("「d_1」の式の1行")
    right = "f_double(a) + parameters.手数料"
    assert findings(read("m", data("a") + inside + decision("d_1", right, "#a", "#f_double"))) == []
