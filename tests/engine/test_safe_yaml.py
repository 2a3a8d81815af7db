"""YAML of a procedure's folder is read within bounds, and what cannot be read is one kind of error with its line."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from engine import decision_examples, parameters, procedure_file, safe_yaml, yaml_checks
from engine.errors import ModelRejected

LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


def test_plain_values_and_aliases_are_read() -> None:
    text = "a: &x {n: 1, d: 2026-05-07}\nb: *x\nc: [*x, *x]\n"
    one = {"n": 1, "d": dt.date(2026, 5, 7)}
    assert safe_yaml.load(text) == {"a": one, "b": one, "c": [one, one]}
    assert safe_yaml.load("") is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [", 1),
        ("a: 1\nb: 2026-13-45", 2),
        ("a: &x [*x]", 1),
        ("a: *nothing", 1),
        ("!!python/object/apply:os.system [ls]", 1),
        (LAUGHS, 7),
        ("[" * 5000, None),
        ("a: 1\n---\nb: 2", 2),
        ("? [1]\n: 2", 1),
        ("a: 1\nb: x\x0by", 2),
        ('a: 1\nb: "\\ud800"', 2),
        ('a: "\\0"', 1),
        ('a: "\\UFFFFFFFF"', None),
        ("a: !!bool foo", 1),
        ('a: 1\nb: [!!int ""]', 2),
        ('a: !!float ""', 1),
        ("a: !!timestamp foo", 1),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(text: str, line: int | None) -> None:
    begun = time.process_time()
    with pytest.raises(safe_yaml.Unreadable) as refused:
        safe_yaml.load(text)
    assert refused.value.line == line
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("text", "line", "problem", "remedy"),
    [
        ("a: 1\nb: x: y", 2, "「:」を書けない所に", "囲んで"),
        ("a：1\nb: 2", 2, "「:」を書けない所に", "全角の「：」"),
        ("a: 1\nbcd\ne: 2", 2, "「:」がありません", "半角"),
        ("a:\n  b: 1\n c: 2", 3, "そろっていません", "同じ数の空白"),
        ("a:\n\tb: 1", 2, "タブ文字", "空白に"),
        ('a: 1\nb: "x\nc: 2\n', 2, "引用符", "同じ引用符"),
        ("a: 1\nb: {x: 1\nc: 3", 2, "「{」が閉じていないか", "閉じるかっこ"),
        ("a: 1\nb: [x\nc: 3", 2, "「[」が閉じていないか", "閉じるかっこ"),
        ("a: [1, 2]]", 1, "余分なもの", "消すか"),
        ("a: @x", 1, "「@」で始まって", "囲んで"),
        ("a: *x", 1, "別名「*x」", "囲んで"),
        ("a: {{ b }}", 1, "項目の名前に「{ }」", "囲んで"),
        ('a: "\\d"', 1, "「\\d」という書き方", "「'」"),
        ("a: 1\n---\nb: 2", 2, "もうひとつの内容", "「---」を消して"),
        ("a: !x y", 1, "型の指定「!x」", "囲んで"),
        ("a: 2026-02-30", 1, "「2026-02-30」は、ありえない日付", "2026-04-01"),
    ],
)
def test_broken_yaml_is_told_with_its_cause_line_and_remedy(
    text: str, line: int, problem: str, remedy: str
) -> None:
    with pytest.raises(safe_yaml.Unreadable) as refused:
        safe_yaml.load(text)
    found = refused.value
    assert (problem in str(found), remedy in found.remedy) == (True, True), found.where
    assert found.line == line


def test_every_value_that_cannot_be_is_told_with_its_line() -> None:
    text = "a: 2026-02-30\nb: [!!int '', 1]\nc: !x y\n"
    _, problems = procedure_file.read(text)
    assert [(one.line, one.problem) for one in problems] == [
        (1, "YAMLとして読めません。「2026-02-30」は、ありえない日付か数か型です。"),
        (2, "YAMLとして読めません。「」は、ありえない日付か数か型です。"),
        (3, "YAMLとして読めません。「y」は、ありえない日付か数か型です。"),
    ]
    with pytest.raises(ModelRejected) as refused:
        parameters.read("a: {values: [{from: 2026-02-30, value: 1}]}\nb: 2026-13-01")
    assert [one.line for one in refused.value.problems] == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "a: {values: [{from: 2026-13-45, value: 1}]}",
        LAUGHS,
        "[" * 5000,
        "name: x\x0by",
        "name: !!bool foo",
        'name: "\\UFFFFFFFF"',
    ],
)
def test_the_files_of_a_procedure_name_it_as_a_problem(text: str) -> None:
    with pytest.raises(ModelRejected) as refused:
        parameters.read(text)
    assert refused.value.problems[0].file == "parameters.yaml"
    with pytest.raises(ModelRejected) as refused:
        decision_examples.read(text, file="decisions/fee.examples.yaml")
    assert refused.value.problems[0].file == "decisions/fee.examples.yaml"
    assert procedure_file.read(text)[1][0].file == "procedure.yaml"
    assert list(yaml_checks.problems(text, file="procedure.yaml")) == []
