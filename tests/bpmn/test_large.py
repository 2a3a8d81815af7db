"""What is looked for over a whole process takes time in proportion to its size, also where it is found everywhere."""

from __future__ import annotations

import time

import pytest

from bench.support import bpmn_shapes
from engine.bpmn import checks, reader


@pytest.mark.parametrize(
    ("shape", "problems"),
    [("same_writers", 7_999), ("pairs_of_writers", 0), ("dead_joins", 8_000), ("undone", 8_000)],
)
def test_what_is_found_in_a_large_diagram_is_found_in_time(shape: str, problems: int) -> None:
    """Each took the square of the size, minutes for 10 MB. The limit is generous to slow machines."""
    number = 16_000 if shape == "pairs_of_writers" else 8_000
    document = reader.read(bpmn_shapes.SHAPES[shape](number).encode(), file="a.bpmn")
    begun = time.process_time()
    found = checks.check(document)
    assert time.process_time() - begun < 2.5
    assert len(found) == problems
