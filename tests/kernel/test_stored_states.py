"""What any program ever stored must still load, and the case go on from it."""

from __future__ import annotations

import pytest

from engine import kernel
from engine.kernel.state import State
from tests.kernel.stored_states import FOLDER, Stored, gone_on, processes_of, read

FORMATS = range(1, kernel.FORMAT + 1)
STORED = [(number, one) for number in FORMATS for one in read(number)]


def loaded(one: Stored) -> State:
    return kernel.load(one.text, next(iter(processes_of(one.model).values())))


def test_every_format_has_its_file_and_every_model_its_state() -> None:
    files = {path.name for path in FOLDER.iterdir()}
    models = {f"{one.model}.bpmn" for _, one in STORED}
    assert files == models | {f"format_{number}.txt" for number in FORMATS}
    assert all(one.text.startswith(f"[{number},") for number, one in STORED)


@pytest.mark.parametrize("one", [one for _, one in STORED], ids=lambda one: one.shape)
def test_a_stored_state_loads_and_its_case_goes_on_to_the_same_end(one: Stored) -> None:
    assert kernel.dump(loaded(one)) == one.text
    assert gone_on(processes_of(one.model), one.text) == (one.end, one.variables)


def test_the_stored_states_are_of_every_kind_of_scope_and_wait() -> None:
    states = [loaded(one) for _, one in STORED]
    assert {s.kind for state in states for s in state.scopes.values()} == {
        "process", "call", "subprocess", "adhoc", "event", "local", "loop", "iteration", "round", "undo", "kept",
    }  # fmt: skip
    assert {t.status for state in states for t in state.tokens.values()} >= {
        "task", "call", "message", "signal", "events", "scope", "loop", "undo", "join", "incident", "stopped",
    }  # fmt: skip
    assert {w.kind for state in states for w in state.waits.values()} == {
        "message", "signal", "timer", "condition",
    }  # fmt: skip
