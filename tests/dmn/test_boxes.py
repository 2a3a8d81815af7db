"""Mistakes of boxed expressions: told with their place, and with a diagnostic where they are met."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from engine import dmn
from engine.errors import ModelRejected, Problem
from tests.dmn.test_decisions import CLOCK, data, model, needs

ADD = (
    '<businessKnowledgeModel id="add" name="加算"><variable name="加算"/><encapsulatedLogic>'
    '<formalParameter name="a" typeRef="number"/><formalParameter name="b" typeRef="number"/>'
    "<literalExpression><text>a + b</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
)
CALLS = '<knowledgeRequirement><requiredKnowledge href="#add"/></knowledgeRequirement>'
ROWS = (
    '<itemDefinition name="行" isCollection="true"><itemComponent name="額"><typeRef>number</typeRef>'
    '</itemComponent><itemComponent name="名"><typeRef>string</typeRef></itemComponent></itemDefinition>'
)


def text(source: str) -> str:
    return f"<literalExpression><text>{source}</text></literalExpression>"


def entry(name: str, kind: str, box: str) -> str:
    variable = f'<variable name="{name}" typeRef="{kind}"/>' if name else ""
    return f"<contextEntry>{variable}{box}</contextEntry>"


def context(*entries: str) -> str:
    return f"<context>{''.join(entries)}</context>"


def relation(*rows: tuple[str, ...]) -> str:
    cells = "".join(f"<row>{''.join(map(text, row))}</row>" for row in rows)
    return f'<relation><column name="a" typeRef="number"/><column name="b" typeRef="string"/>{cells}</relation>'


def invocation(**bindings: str) -> str:
    bound = "".join(
        f'<binding><parameter name="{name}"/>{text(source)}</binding>'
        for name, source in bindings.items()
    )
    return f"<invocation>{text('加算')}{bound}</invocation>"


def conditional(condition: str, then: str = "1") -> str:
    parts = (("if", condition), ("then", then), ("else", "2"))
    return (
        f"<conditional>{''.join(f'<{tag}>{text(one)}</{tag}>' for tag, one in parts)}</conditional>"
    )


def filtered(match: str) -> str:
    return f"<filter><in>{text('rows')}</in><match>{text(match)}</match></filter>"


def read(box: str, kind: str = "") -> dmn.Model:
    declared = f' typeRef="{kind}"' if kind else ""
    body = f'<decision id="d" name="決定"><variable name="決定"{declared}/>{needs("x", "rows")}{CALLS}{box}</decision>'
    return dmn.read(
        model(ROWS + data("x") + data("rows", "行") + ADD + body).encode(), file="d.dmn"
    )


def errors(box: str, kind: str = "") -> list[Problem]:
    return [one for one in dmn.check(read(box, kind)) if one.severity == "error"]


@pytest.mark.parametrize(
    ("box", "told"),
    [
        (
            context(entry("n", "number", text('"あ"'))),
            '項目「n」の結果 "あ" は文字列',
        ),
        (
            context(entry("n", "number", conditional("x = 1", '"あ"'))),
            "項目「n」の「then」の結果",
        ),
        (relation(("1", '"a"'), ('"x"', '"b"')), '2行目「a」の結果 "x" は文字列'),
        (relation(("1", '"a"'), ("2",)), "2行目の欄は1個ですが、列は2個"),
        (relation(("1", '"a"', "3")), "1行目の欄は3個ですが、列は2個"),
        (invocation(a="1", z="2"), "関数 加算 の引数「z」はありません"),
        (invocation(a="1"), "関数 加算 の引数「b」がありません"),
        (invocation(a="1", b='"x"'), "引数「b」に文字列は渡せません"),
        (conditional("x"), "「if」の式の1行1文字目: 条件が真偽ではなく数"),
        (filtered("段 = 1"), "「match」の式の1行1文字目: リストの要素に「段」という項目はなく"),
        (filtered("額"), "「match」の式の1行1文字目: 条件が真偽ではなく数"),
        (text('加算(x, "a")'), "引数「b」に文字列は渡せません"),
    ],
)
def test_a_mistake_in_a_box_is_told_with_its_place_and_remedy(box: str, told: str) -> None:
    [problem] = errors(box)
    assert told in problem.problem and problem.problem.startswith("「決定」の")
    assert problem.remedy and problem.line and problem.name == "決定"


@pytest.mark.parametrize(
    ("given", "told"),
    [("x", ""), ('"あ"', "引数「基礎」に文字列は渡せません"), ("rows[1].名", "引数「基礎」に文字列は渡せません")],
)  # fmt: skip
@pytest.mark.parametrize("is_boxed", [True, False])
def test_a_call_of_a_decision_service_is_held_against_the_types_of_its_inputs(
    given: str, told: str, is_boxed: bool
) -> None:
    inside = (
        '<decision id="base" name="基礎"><variable name="基礎" typeRef="number"/>'
        f'{text("1")}</decision><decision id="twice" name="二倍"><variable name="二倍"/>'
        '<informationRequirement><requiredDecision href="#base"/></informationRequirement>'
        f"{text('基礎 * 2')}</decision>"
        '<decisionService id="s" name="計算"><outputDecision href="#twice"/><inputDecision href="#base"/>'
        "</decisionService>"
    )
    boxed = f'<invocation>{text("計算")}<binding><parameter name="基礎"/>{text(given)}</binding></invocation>'
    read = dmn.read(
        model(
            f'{ROWS}{data("x", "number")}{data("rows", "行")}{inside}<decision id="d" name="決定">'
            f'<variable name="決定"/>{needs("x", "rows")}{CALLS.replace("add", "s")}'
            f"{boxed if is_boxed else text(f'計算({given})')}</decision>"
        ).encode(),
        file="d.dmn",
    )
    problems = [one.problem for one in dmn.check(read) if one.severity == "error"]
    assert [told in one for one in problems] == ([True] if told else [])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("1 +\n nosuch", "2行2文字目: 「決定」の式にある「nosuch」"),
        ("1 +\n  sum(1, true)", "2行3文字目: sum: 足せない"),
        ("1 +\n   (2", "2行6文字目: 「)」が必要"),
    ],
)
@pytest.mark.parametrize(
    ("box", "label"),
    [
        (lambda one: text(one), ""),
        (lambda one: context(entry("n", "number", text(one))), "項目「n」"),
        (lambda one: context(entry("", "", text(one))), "結果の項目"),
        (
            lambda one: context(entry("n", "", relation(("1", "null"), (one, "null")))),
            "項目「n」の2行目「a」",
        ),
        (lambda one: invocation(a="1", b=one), "引数「b」"),
        (lambda one: conditional("x = 1", one), "「then」"),
        (lambda one: f"<list>{text('1')}{text(one)}</list>", "2番目"),
        (
            lambda one: (
                f'<for iteratorVariable="i"><in>{text("rows")}</in><return>{text(one)}</return></for>'
            ),
            "「return」",
        ),
        (
            lambda one: (
                f'<functionDefinition><formalParameter name="z"/>{text(one)}</functionDefinition>'
            ),
            "",
        ),
    ],
)
def test_a_mistake_in_an_expression_of_a_box_names_the_box_the_line_and_the_column(
    box: Callable[[str], str], label: str, wrong: str, said: str
) -> None:
    try:
        problems = errors(box(wrong))
    except ModelRejected as rejected:
        problems = rejected.problems
    [problem] = problems
    at, _, what = said.partition(": ")
    assert f"{at}: {what}" in problem.problem
    head = problem.problem.partition(at)[0]
    assert head.removeprefix("「決定」の").removesuffix("の").removesuffix("の式") in (label, "式")


def test_a_null_from_a_box_names_the_box_it_came_from() -> None:
    box = context(entry("n", "", relation(("x / 0", "null"))))
    decided = dmn.evaluate(read(box), "決定", {"x": Decimal(1), "rows": []}, clock=CLOCK)
    told = [str(one) for one in decided.diagnostics if "割る" in str(one)]
    assert [one.partition("式")[0] for one in told] == ["決定の項目「n」の1行目「a」の"]


def test_of_an_expression_with_a_mistake_no_type_is_told_too() -> None:
    [problem] = errors(context(entry("n", "number", text("2026-04-01 = null"))))
    assert "日付として" in problem.problem


def test_the_branches_of_a_conditional_are_held_against_the_type_of_the_decision() -> None:
    [problem] = errors(conditional("x = 1", '"許可"'), "number")
    assert "「then」の結果" in problem.problem
    assert errors(conditional("x = 1", "x"), "number") == []


@pytest.mark.parametrize(
    "box",
    [
        # An entry hides what is read under its name.
        context(entry("x", "string", text('"あ"')), entry("n", "string", text("x"))),
        context(entry("n", "number", text("null")), entry("", "", text("n + x"))),
        relation(("x", '"a"'), ("1 + x", "string(x)")),
        invocation(a="x", b="加算(1, 2)"),
        conditional("x = 1"),
        filtered("額 = x and 名 != null and item.額 > 1"),
        f'<for iteratorVariable="r"><in>{text("rows")}</in><return>{text("r.額")}</return></for>',
        f'<some iteratorVariable="r"><in>{text("rows")}</in><satisfies>{text("r.額 > x")}</satisfies></some>',
        "<list>" + text("1") + text('"a"') + "</list>",
    ],
)
def test_boxes_that_may_be_right_are_left_alone(box: str) -> None:
    assert errors(box) == []


def test_a_row_of_a_relation_that_lacks_a_cell_leaves_a_diagnostic() -> None:
    whole = dmn.evaluate(
        read(relation(("1", '"a"'))), "決定", {"x": None, "rows": None}, clock=CLOCK
    )
    short = dmn.evaluate(read(relation(("1",))), "決定", {"x": None, "rows": None}, clock=CLOCK)
    assert not whole.diagnostics
    assert ["1行目の欄は1個ですが、列は2個です。" in str(one) for one in short.diagnostics] == [
        True
    ]


def test_a_list_where_one_value_is_wanted_is_told_unless_a_condition_may_leave_one() -> None:
    [problem] = dmn.check(read(text("rows.額"), "number"))
    assert (problem.severity, "要素がちょうど一つ" in problem.problem) == ("warning", True)
    assert dmn.check(read(text("rows[額 > x].額"), "number")) == []
    [other] = dmn.check(read(text("rows.名"), "number"))
    assert (other.severity, "結果はリストですが、型は数です" in other.problem) == ("error", True)
