"""State <-> text: the same text for the same state always.

Line 1 is [format,"digest",structure] in compact JSON; every further line is the JSON of one variable, in the order in
which the structure names them. A step reads and writes only the variables it touches; the others are copied as lines.

Format 2 adds the completed activities that can still be compensated, format 3 who wrote which variable while flows run
side by side. A state is written in the first format that holds it, so that what was stored before stays the same text.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from engine.bpmn.model import Process
from engine.errors import TetsuzukiError
from engine.feel.values import from_json, to_json
from engine.kernel.state import (
    RUNS,
    Loop,
    Record,
    Scope,
    State,
    Token,
    Variables,
    Wait,
    Writer,
    compact,
)

FORMAT = 3
_HEADS = frozenset(f"[{number}" for number in range(1, FORMAT + 1))


class StateUnreadable(TetsuzukiError):
    """The text is no state this program can go on from: newer, truncated, altered, or of another process."""


def dump(state: State) -> str:
    """The state as text: byte for byte the same for the same state."""
    parts: list[Any] = [
        state.process,
        state.status,
        state.end,
        state.next_id,
        [_dump_scope(s) for s in state.scopes.values()],
        [_dump_token(t) for t in state.tokens.values()],
        [[w.id, w.scope, w.host, w.node, w.kind, w.detail, w.left] for w in state.waits.values()],
    ]
    if state.records or state.writers:
        parts.append([[r.id, r.scope, r.node, r.kept, r.claim] for r in state.records.values()])
    if state.writers:
        parts.append(
            [
                [scope, [[name, w.node, w.beside] for name, w in held.items()]]
                for scope, held in state.writers.items()
            ]
        )
    lines = [f"{compact(parts)}]"]
    for scope in state.scopes.values():
        lines += scope.variables.texts().values()
    body = "\n".join(lines)
    return f'{_head(state)},"{_digest(body)}",{body}'


def load(text: str, process: Process) -> State:
    """The state in the text; raises StateUnreadable that says why it cannot be used."""
    head, _, rest = text.partition(",")
    if head not in _HEADS:
        raise StateUnreadable(_unknown(head))
    body = rest[19:]
    if rest[:1] != '"' or rest[1:17] != _digest(body):
        raise StateUnreadable("案件の状態が、途中で切れているか、書き換えられています。")
    structure, *values = body.split("\n")
    try:
        state = _load_body(json.loads(structure[:-1]), values)
        if _head(state) != head:
            raise ValueError("its format number does not fit its content")
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise StateUnreadable(
            f"案件の状態の書式が壊れています（{type(error).__name__}）。"
        ) from error
    _check(state, process)
    return state


def _head(state: State) -> str:
    """What the text begins with: the number of the first format that holds the state."""
    if state.writers:
        return "[3"
    return "[2" if state.records else "[1"


def _unknown(head: str) -> str:
    # Only so many ASCII digits: what else Python takes for a number was never written here.
    number = re.fullmatch(r"\[([1-9][0-9]{0,8})", head, re.ASCII)
    if number is None:
        return "案件の状態が、書式の番号から始まっていません。"
    return f"案件の状態は書式{number[1]}で書かれています。このプログラムが読めるのは書式{FORMAT}までです。"


def _digest(body: str) -> str:
    return hashlib.blake2b(body.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _dump_scope(scope: Scope) -> list[Any]:
    made: list[Any] = [
        scope.id,
        scope.parent,
        scope.owner,
        scope.kind,
        scope.node,
        scope.process,
        list(scope.variables.texts()),
    ]
    if scope.kind in RUNS:
        made.append(scope.index)
    elif scope.loop is not None:
        loop = scope.loop
        made.append(
            [
                loop.total,
                loop.completed,
                loop.active,
                loop.terminated,
                [to_json(item) for item in loop.items],
                [to_json(item) for item in loop.outputs],
            ]
        )
    return made


def _dump_token(token: Token) -> list[Any]:
    made: list[Any] = [token.id, token.scope, token.node, token.status, token.since]
    if token.phase:
        made += [
            token.flow,
            token.local,
            token.detail,
            token.phase,
            to_json(token.payload),
        ]
    elif token.detail:
        made += [token.flow, token.local, token.detail]
    elif token.local:
        made += [token.flow, token.local]
    elif token.flow and token.status == "join":
        made.append(token.flow)
    return made


def _load_body(body: list[Any], values: list[str]) -> State:
    process, status, end, next_id, scopes, tokens, waits, *more = body
    made: dict[int, Scope] = {}
    at = 0
    for raw in scopes:
        names = raw[6]
        texts = dict(zip(names, values[at : at + len(names)], strict=True)) if names else {}
        made[raw[0]] = _load_scope(raw, texts)
        at += len(names)
    state = State(
        process,
        status,
        end,
        next_id,
        made,
        {t[0]: _load_token(t) for t in tokens},
        {w[0]: Wait(*w) for w in waits},
        {r[0]: Record(*r) for r in more[0]} if more else {},
        _load_writers(more[1]) if len(more) > 1 else {},
    )
    for token in state.tokens.values():
        made[token.scope].live += 1
    return state


def _load_writers(raw: list[Any]) -> dict[int, dict[str, Writer]]:
    return {
        scope: {name: Writer(node, tuple(beside)) for name, node, beside in held}
        for scope, held in raw
    }


def _load_scope(raw: list[Any], values: dict[str, str]) -> Scope:
    scope = Scope(raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], Variables(values))
    if scope.kind in RUNS:
        scope.index = raw[7]
    elif len(raw) > 7:
        total, completed, active, terminated, items, outputs = raw[7]
        scope.loop = Loop(
            total,
            completed,
            active,
            terminated,
            tuple(from_json(item) for item in items),
            tuple(from_json(item) for item in outputs),
        )
    return scope


def _load_token(raw: list[Any]) -> Token:
    token = Token(*raw[:9])
    if len(raw) == 10:
        token.payload = from_json(raw[9])
    return token


def _check(state: State, process: Process) -> None:
    if state.process != process.id:
        raise StateUnreadable(
            f"案件の状態はプロセス「{state.process}」のもので、この版の「{process.id}」のものではありません。"
        )
    scopes, by_id = state.scopes, process.by_id
    places: list[Token | Wait] = [*state.tokens.values(), *state.waits.values()]
    for held in places:
        scope = scopes.get(held.scope)
        if scope is None or (held.node not in by_id and scope.process == process.id):
            raise StateUnreadable(
                f"案件の状態は要素「{held.node}」にありますが、この版の「{process.id}」にその要素はありません。"
            )
