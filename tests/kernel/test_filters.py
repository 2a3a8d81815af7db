"""A filter may use variables of the case beside the entries of the elements."""

from __future__ import annotations

from engine import feel


def test_names_inside_a_filter_are_read_from_the_case() -> None:
    expression = feel.compile("rows[list contains(exam.rows, item)]")
    assert expression.reads >= {"rows", "exam"}
    assert expression.names == {"rows"}
