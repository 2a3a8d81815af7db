"""The state text: what it holds, what it leaves out, and what is refused although its digest is right."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from engine import kernel
from engine.kernel import effects as e
from tests.kernel.drawing import boundary, end, many, mapping, message, one, user
from tests.kernel.drawn import model
from tests.kernel.playing import Play


def parts(text: str) -> tuple[list[Any], list[str]]:
    """The structure of a state text and the texts of its variables."""
    structure, *values = text.partition(",")[2][19:].split("\n")
    return json.loads("[" + structure[1:-1] if structure[0] == "[" else structure[:-1]), values


def signed(number: int, structure: list[Any], values: list[str]) -> str:
    """A state text with the digest that belongs to it."""
    compact = json.dumps(structure, ensure_ascii=False, separators=(",", ":"))
    body = "\n".join([f"{compact}]", *values])
    digest = hashlib.blake2b(body.encode(), digest_size=8).hexdigest()
    return f'[{number},"{digest}",{body}'


def changed(play: Play, change: Callable[[list[Any], list[str]], Any], number: int = 1) -> str:
    structure, values = parts(play.text)
    change(structure, values)
    return signed(number, structure, values)


SCOPES, TOKENS, WAITS = 4, 5, 6


def test_a_state_that_is_written_again_by_hand_is_read() -> None:
    play = Play(model("review_loop"), start={"a": 1})
    assert changed(play, lambda s, v: None) == play.text
    assert play.text.startswith('[1,"')
    done = Play(model("compensation")).answer("hotel", "R1")
    assert done.text.startswith('[2,"')
    assert changed(done, lambda s, v: None, 2) == done.text


@pytest.mark.parametrize(
    "change",
    [
        lambda s, v: s[TOKENS][0].__setitem__(2, "nowhere"),  # a node the process does not have
        lambda s, v: s[TOKENS][0].__setitem__(1, 99),  # a scope that is not there
        lambda s, v: s[WAITS][0].__setitem__(3, "nowhere"),
        lambda s, v: s[WAITS][0].__setitem__(1, 99),
        lambda s, v: s.__setitem__(0, "other"),
        lambda s, v: s.pop(),
        lambda s, v: v.pop(),
        lambda s, v: s[SCOPES][0].pop(),
        lambda s, v: s.__setitem__(TOKENS, 5),
        lambda s, v: s[WAITS][0].append(1) or s[WAITS][0].append(1),
    ],
)
def test_a_state_that_does_not_fit_is_refused(change: Callable[..., Any]) -> None:
    play = Play(model("boundary_message"), start={"case": {"number": "1"}})
    with pytest.raises(kernel.StateUnreadable):
        kernel.load(changed(play, change), play.process)


def test_the_format_number_must_be_that_of_the_content() -> None:
    play = Play(model("review_loop"))
    done = Play(model("compensation")).answer("hotel", "R1")
    for played, number in ((play, 2), (done, 1), (play, 0), (play, 3), (done, 3)):
        with pytest.raises(kernel.StateUnreadable):
            kernel.load(changed(played, lambda s, v: None, number), played.process)
    for head in ("[", "[x", "(1", "1", "[1.0", "[-1", "[٢"):
        with pytest.raises(kernel.StateUnreadable):
            kernel.load(head + play.text[2:], play.process)
    with pytest.raises(kernel.StateUnreadable):
        kernel.load(play.text.replace(',"', ",'", 1), play.process)


def test_a_token_of_a_called_process_is_not_looked_up_in_the_calling_one() -> None:
    play = Play(model("call_activity"), start={"x": 1})
    assert kernel.load(play.text, play.process).tokens.keys() == play.state.tokens.keys()


def test_every_part_of_a_token_comes_back() -> None:
    look = user(
        "look",
        loop=many("=rows", element="row", sequential=True, output="all", each="=row"),
        extensions=mapping(inputs={"n": "=row"}),
    )
    xml = one(
        look,
        boundary("stop", "look", message("stop")),
        end("stopped"),
        lines="start > look > end; stop > stopped",
        messages={"stop": "=key"},
    )
    play = Play(xml, start={"rows": [1, 2, 3], "key": "k"}).complete("look")
    again = kernel.load(play.text, play.process)
    loop = next(s.loop for s in again.scopes.values() if s.kind == "loop")
    assert loop is not None
    assert (loop.total, loop.completed, loop.active, loop.terminated) == (3, 1, 1, 0)
    assert (loop.items, loop.outputs) == ((3,), (1, None, None))
    (run,) = [s for s in again.scopes.values() if s.kind == "iteration"]
    assert run.index == 1
    (token,) = [t for t in again.tokens.values() if t.status == "task"]
    assert again.scopes[token.local].variables["n"] == 2
    (wait,) = again.waits.values()
    assert (wait.kind, wait.detail) == ("message", "k")
    stopped = Play(model("send_receive"), start={"a": "x", "key": 7})
    (token,) = stopped.state.tokens.values()
    assert (token.status, token.detail) == ("message", "7")


def test_an_incident_keeps_what_it_repeats() -> None:
    play = Play(model("service_task"), start={"case": {"number": "1"}}).answer("find", {"a": 1})
    play.answer("mapped", {"other": 1})
    (token,) = play.state.tokens.values()
    assert (token.status, token.detail, token.phase) == ("incident", "FEEL", "done")
    assert token.payload == {"other": 1}
    play.give(e.SetVariables({"found": 2}))
    play.give(e.RetryIncident(token.id))
    assert play.open == ["silent:call"] and play.variables["found"]
