"""What a form file may say, and what happens to one that says something else."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ModelRejected
from engine.feel_functions import NAMES
from forms import definition
from forms.fields import discover
from forms.vocabulary import COMMON_KEYS
from tests.forms import notice as sample


def refused(source: Any) -> list[Any]:
    text = source if isinstance(source, str) else json.dumps(source)
    with pytest.raises(ModelRejected) as caught:
        definition.parse(text, file="forms/x.form", functions=NAMES)
    return caught.value.problems


def with_field(component: dict[str, Any]) -> dict[str, Any]:
    return {"type": "default", "id": "x", "components": [component]}


def test_the_sample_form_is_read_with_its_keys_rows_and_checks() -> None:
    form = sample.notice()
    assert form.id == "notice"
    assert "change_date" in form.by_key
    assert list(form.rows["vehicles"]) == [
        "row_type",
        "plate_no",
        "old_plate",
        "max_load_kg",
        "photo_front",
    ]
    assert len(form.checks) == 3
    assert definition.check(form) == []


@pytest.mark.parametrize(
    ("component", "said"),
    [
        ({"type": "iframe", "key": "a", "label": "A"}, "項目の種類「iframe」は使えません"),
        (
            {"type": "textfield", "key": "a", "label": "A", "properties": {"gov": "moon"}},
            "「moon」",
        ),
        ({"type": "textfield", "key": "a", "label": "A", "colour": "red"}, "「colour」"),
        ({"type": "textfield", "key": "a", "label": "A", "validate": {"min": 3}}, "validate.min"),
        (
            {"type": "textfield", "key": "a", "label": "A", "properties": {"minRow": "3"}},
            "properties.minRow",
        ),
        ({"type": "textfield", "key": "1a", "label": "A"}, "key「1a」"),
        ({"type": "textfield", "key": "a"}, "labelがありません"),
        (
            {"type": "textfield", "key": "a", "label": "A", "conditional": {"hide": "=b ="}},
            "conditional.hideの式",
        ),
        (
            {
                "type": "textfield",
                "key": "a",
                "label": "A",
                "conditional": {"hide": "=wrkdays(b, 3) = c"},
            },
            "関数「wrkdays」",
        ),
        (
            {"type": "textfield", "key": "a", "label": "A", "properties": {"requiredIf": "=("}},
            "requiredIfの式",
        ),
        ({"type": "textfield", "key": "a", "label": "A", "validate": {"pattern": "("}}, "正規表現"),
        ({"type": "select", "key": "a", "label": "A"}, "選択肢がありません"),
        (
            {
                "type": "radio",
                "key": "a",
                "label": "A",
                "values": sample.values(("x", "1"), ("y", "1")),
            },
            "値「1」が重なっています",
        ),
        ({"type": "datetime", "key": "a", "label": "A", "subtype": "time"}, "subtype"),
        (
            {
                "type": "datetime",
                "key": "a",
                "label": "A",
                "subtype": "date",
                "properties": {"eras": "令和,天平"},
            },
            "天平",
        ),
        ({"type": "filepicker", "key": "a", "label": "A", "accept": ".exe"}, ".exe"),
        ({"type": "group", "id": "g", "path": "g", "components": []}, "グループにpath"),
        (
            {
                "type": "dynamiclist",
                "path": "r",
                "label": "R",
                "components": [],
                "properties": {"maxRows": "many"},
            },
            "maxRows",
        ),
        (
            {
                "type": "dynamiclist",
                "path": "r",
                "label": "R",
                "components": [],
                "properties": {"minRows": "9", "maxRows": "3"},
            },
            "minRows",
        ),
        (
            {
                "type": "dynamiclist",
                "path": "r",
                "label": "R",
                "components": [
                    {"type": "dynamiclist", "path": "q", "label": "Q", "components": []}
                ],
            },
            "繰り返しの中に繰り返し",
        ),
        ({"type": "text", "id": "t", "text": "<b>太字</b>"}, "HTML"),
        ({"type": "text", "id": "t", "text": "{{ secret }}"}, "式は書けません"),
        ("nonsense", "項目が{}ではありません"),
    ],
)
def test_what_we_cannot_run_is_refused_with_a_remedy(component: Any, said: str) -> None:
    problems = refused(with_field(component))
    assert any(said in problem.problem for problem in problems), problems
    assert all(problem.remedy and problem.file == "forms/x.form" for problem in problems)


def test_a_problem_names_the_field_it_is_about() -> None:
    problems = refused(
        with_field(
            {"type": "textfield", "key": "holder", "label": "A", "validate": {"pattern": "("}}
        )
    )
    assert {problem.element for problem in problems} == {"holder"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "JSONとして読めません"),
        ("[]", "フォームではありません"),
        ('{"id": "x"}', "componentsがありません"),
        ('{"components": []}', "id"),
        ("[" * 100_000, "JSONとして読めません"),
    ],
)
def test_a_file_that_is_no_form_is_refused(text: str, said: str) -> None:
    assert any(said in problem.problem for problem in refused(text))


def test_two_fields_with_one_key_are_refused() -> None:
    field = {"type": "textfield", "key": "a", "label": "A"}
    problems = refused({"id": "x", "components": [field, field]})
    assert any("key「a」が重なっています" in problem.problem for problem in problems)


def test_a_form_of_ten_thousand_fields_is_refused_and_does_not_hang() -> None:
    fields = [{"type": "textfield", "key": f"a{n}", "label": "A"} for n in range(10_000)]
    assert any(
        "2000個" in problem.problem for problem in refused({"id": "x", "components": fields})
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rule": "=a >"}, "rule"),
        ({"fields": ["nowhere"]}, "nowhere"),
        ({"fields": []}, "fields"),
        ({"each": "lorries"}, "lorries"),
        ({"colour": "red"}, "規則の形"),
    ],
)
def test_a_rule_that_cannot_be_checked_is_refused(change: dict[str, Any], said: str) -> None:
    source = deepcopy(sample.SOURCE)
    source["checks"][0] |= change
    assert any(said in problem.problem for problem in refused(source))


def test_a_condition_on_a_name_that_does_not_exist_is_a_warning() -> None:
    source = with_field(
        {"type": "textfield", "key": "a", "label": "A", "conditional": {"hide": "=bb = 1"}}
    )
    form = definition.parse(json.dumps(source), file="forms/x.form")
    (problem,) = definition.check(form)
    assert problem.severity == "warning" and "「bb」" in problem.problem
    assert definition.check(form, names=["bb"]) == []


@pytest.mark.parametrize(
    ("source", "place", "right"),
    [
        ("=a < 2026-04-01", "1行6文字目", '@"2026-04-01"'),
        ('=a > "2026-04-01"', "1行4文字目", '@"2026-04-01"'),
        ("=a + 30 > today", "1行4文字目", '@"P30D"'),
        ("=a.nen = 2026", "1行3文字目", "year"),
    ],
)
def test_a_condition_that_can_never_hold_is_an_error_with_its_remedy(
    source: str, place: str, right: str
) -> None:
    dated = {"type": "datetime", "subtype": "date", "key": "a", "dateLabel": "A"}
    form = definition.parse(
        json.dumps(with_field({**dated, "conditional": {"hide": source}})), file="forms/x.form"
    )
    (problem,) = definition.check(form)
    assert (problem.severity, problem.element) == ("error", "a")
    assert place in problem.problem and right in problem.remedy


def test_every_gov_type_of_the_style_guide_is_found() -> None:
    found = {gov for _, gov in discover()}
    assert {
        "kana",
        "zip",
        "address",
        "corporate-number",
        "invoice-number",
        "phone",
        "permit-number",
        "plate",
    } <= found


WORDS = "type id key label components values value properties validate conditional hide path checks rule fields message gov maxRows subtype accept text".split()
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "a", "=a", "=(", "12", "textfield", "令和"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6)
    ),
    max_leaves=12,
)
KINDS = sorted({kind for kind, _ in discover()})


@given(
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(sorted(COMMON_KEYS | set(WORDS))), json_values, max_size=8),
)
@settings(max_examples=150, deadline=None)
def test_no_json_makes_the_reader_fail_otherwise_than_with_problems(
    kind: str, rest: dict[str, Any]
) -> None:
    source = {
        "id": "x",
        "components": [{"key": "a", "label": "A", **rest, "type": kind}],
        "checks": rest.get("checks", []),
    }
    try:
        definition.parse(json.dumps(source), file="x.form", functions=NAMES)
    except ModelRejected as error:
        assert error.problems
