"""A cell that an analyst wrote in another way than FEEL is told in its place, with the value written out."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from engine import dmn
from engine.errors import ModelRejected, Problem

KINDS = {"amount": "number", "kind": "string", "day": "date", "flag": "boolean", "other": ""}


def problems(column: str, cell: str, result: str = "1") -> list[Problem]:
    """What is said about a table of one row over one column."""
    declared = f' typeRef="{KINDS[column]}"' if KINDS[column] else ""
    data = "".join(
        f'<inputData id="i_{name}" name="{name}"><variable name="{name}"'
        + (f' typeRef="{kind}"' if kind else "")
        + "/></inputData>"
        for name, kind in KINDS.items()
    )
    needs = "".join(
        f'<informationRequirement><requiredInput href="#i_{name}"/></informationRequirement>'
        for name in KINDS
    )
    xml = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="ns">'
        f'{data}<decision id="d_1" name="判定"><variable name="判定"/>{needs}'
        '<decisionTable id="t" hitPolicy="FIRST">'
        f'<input label="{column}"><inputExpression{declared}><text>{column}</text></inputExpression></input>'
        f'<output name="o"/><rule id="r1"><inputEntry><text>{escape(cell)}</text></inputEntry>'
        f"<outputEntry><text>{escape(result)}</text></outputEntry></rule>"
        "<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>0</text></outputEntry></rule>"
        "</decisionTable></decision></definitions>"
    )
    try:
        return dmn.check(dmn.read(xml.encode(), file="decisions/d.dmn"))
    except ModelRejected as rejected:
        return rejected.problems


@pytest.mark.parametrize(
    ("column", "cell", "place", "right"),
    [
        ("day", "< 2026-04-01", "1行3文字目", '@"2026-04-01"'),
        ("day", "[2026-04-01..2027-03-31]", "1行2文字目", '@"2026-04-01"'),
        ("day", "2026/4/1", "1行1文字目", '@"2026-04-01"'),
        ("day", "令和8年4月1日", "1行1文字目", '@"2026-04-01"'),
        ("day", ">= R8.4.1", "1行4文字目", '@"2026-04-01"'),
        ("day", '"2026-04-01"', "1行1文字目", '@"2026-04-01"'),
        ("other", "< 2026-04-01", "1行3文字目", '@"2026-04-01"'),
        ("day", "< today", "1行3文字目", "today()"),
        ("amount", "> 1,000", "1行3文字目", "1000"),
        ("amount", "[1,000..2,000]", "1行2文字目", "1000"),
        ("amount", "1,000円", "1行1文字目", "1000"),
        ("amount", "１，０００", "1行1文字目", "1000"),
        ("amount", '"1000"', "1行1文字目", "1000"),
        ("amount", "true", "1行1文字目", "真偽"),
        ("kind", "新規", "1行1文字目", '"新規"'),
        ("kind", '"新規", 更新', "1行7文字目", '"更新"'),
        ("other", "新規", "1行1文字目", '"新規"'),
        ("kind", "1", "1行1文字目", '"1"'),
        ("kind", '"新規" or "更新"', "1行1文字目", "「,」"),
        ("flag", "はい", "1行1文字目", "「true」"),
        ("flag", "TRUE", "1行1文字目", "「true」"),
        ("amount", "その他", "1行1文字目", "「-」"),
        ("amount", "amuont", "1行1文字目", "「amount」"),
        ("amount", "> SUM(1, 2)", "1行3文字目", "「sum」"),
    ],
)
def test_a_miswritten_cell_blocks_with_place_and_remedy(
    column: str, cell: str, place: str, right: str
) -> None:
    found = [one for one in problems(column, cell) if one.severity == "error"]
    assert found
    assert f"1行目「{column}」の" in found[0].problem
    assert place in found[0].problem
    assert right in found[0].remedy
    assert found[0].element == "r1"


@pytest.mark.parametrize(
    ("column", "cell"),
    [("amount", "1,500"), ("amount", "1000-2000"), ("amount", "> 2026-04-01")],
)
def test_a_cell_that_is_legal_but_hardly_meant_so_is_only_a_warning(column: str, cell: str) -> None:
    found = [one for one in problems(column, cell) if "文字目" in one.problem]
    assert [one.severity for one in found] == ["warning"]
    assert found[0].remedy


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("day", '< @"2026-04-01"'),
        ("day", '[date("2026-04-01")..@"2027-03-31"]'),
        ("day", "< today()"),
        ("day", '>= day - @"P30D"'),
        ("amount", "> 1000"),
        ("amount", "1, 500"),
        ("amount", "10,20,30"),
        ("amount", "even(?)"),
        ("amount", "not(null)"),
        ("kind", '"新規", "更新"'),
        ("kind", "kind"),
        ("kind", 'starts with(?, "新")'),
        ("flag", "true"),
        ("flag", "not(flag)"),
        ("other", '"a", 1, true'),
    ],
)
def test_a_cell_that_works_is_left_alone(column: str, cell: str) -> None:
    assert not [one for one in problems(column, cell) if "文字目" in one.problem]


def test_a_misspelled_name_in_a_result_is_told_what_was_meant() -> None:
    [found] = [one for one in problems("amount", "1", "amuont * 2") if "文字目" in one.problem]
    assert "「amount」" in found.remedy
