"""Coverage-guided fuzzing of FEEL and of decision tables: `python -m tests.feel.fuzz [--seconds 60] [--seed N]`.

Seeds are the cases of standard.txt, the attacks and the words of the language; an input that reaches a line no other
reached is kept and mutated further.  A finding is whatever is neither a value, a SyntaxProblem nor a LimitExceeded:
a crash, a slow input, a value that cannot be stored, two evaluations that disagree.  Exit code 1 when there is one.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from xml.sax.saxutils import escape

from engine import dmn, feel
from engine.errors import ModelRejected
from engine.feel.callables import FeelFunction
from engine.feel.faults import Faults
from engine.feel.values import from_json, to_feel, to_json
from tests.feel import test_attacks
from tests.feel.test_standard import cases

CLOCK = feel.Clock(datetime(2026, 6, 1, 1, 0, tzinfo=UTC))
LIMITS = feel.Limits(steps=20_000, size=200_000, time_s=1.0, regex_s=0.2)
# A second above the limit, and room for a machine that does other things too.
SLOW_S = 6.0
LARGE_MB = 400
CONTEXT = to_feel(
    {"amount": 150, "kind": "新規", "flag": True, "missing": None, "rows": [{"a": 1}, {"a": 2}], "世帯員": [{"年齢": 70}]}
)  # fmt: skip
WORDS = (
    "( ) [ ] { } , : . .. + - * / ** = != < <= > >= ? @ in and or not if then else for return some every satisfies "
    "between instance of function null true false partial item amount kind flag missing rows 世帯員 年齢 number string "
    'list<number> context<a:number> 1 0 -1 1.5 9999999999 1e6144 "" "a" "日本" "\\uD83D" @"2026-05-07" @"P1D" '
    '@"-P1Y" @"10:00:00Z" @"999999999-12-31" date( count( sum( substring( matches( replace( split( range( sort( '
    "is( context( duration( decimal( string( number( // /* */ ＞ 、 （ ） 　 \x00 \u2028"
).split(" ")
MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def seeds() -> list[str]:
    """What the search begins with."""
    known = [source for source, _ in cases()]
    return [*known, *(s for s in test_attacks.LIMITED if len(s) < 300), *WORDS]


def mutated(source: str, corpus: list[str], dice: random.Random) -> str:
    """The text changed in one to four places."""
    for _ in range(dice.randint(1, 4)):
        at, other = dice.randint(0, len(source)), dice.choice(corpus)
        end = min(len(source), at + dice.randint(0, 8))
        source = dice.choice(
            [
                source[:at] + source[end:],
                source[:at] + dice.choice(WORDS) + source[at:],
                source[:at] + " " + dice.choice(WORDS) + " " + source[end:],
                source[:at] + chr(dice.choice([dice.randint(1, 127), dice.randint(1, 0x10FFF)])) + source[end:],
                source[:at] + other[dice.randint(0, len(other)) :],
                f"{other[:40]}({source})",
                source + source[at:end] * dice.randint(1, 6),
                source.replace(dice.choice(WORDS), dice.choice(WORDS), 1),
            ]
        )  # fmt: skip
    return source[:2_000]


def evaluated(source: str) -> None:
    """Compile and evaluate in every way; raises whatever should not be raised."""
    with contextlib.suppress(feel.SyntaxProblem, feel.LimitExceeded):
        compiled = feel.compile(source, names=CONTEXT)
        list(Faults().find(compiled.tree, source))
        first = compiled.evaluate(CONTEXT, clock=CLOCK, limits=LIMITS)
        if not holds_function(first.value):
            stored = to_json(first.value)
            assert to_json(from_json(stored)) == stored, "a stored value comes back changed"
            again = compiled.evaluate(CONTEXT, clock=CLOCK, limits=LIMITS)
            assert to_json(again.value) == stored, "two evaluations disagree"
            assert again.diagnostics == first.diagnostics, "two evaluations explain differently"
    with contextlib.suppress(feel.SyntaxProblem, feel.LimitExceeded):
        feel.compile_unary(source, names=CONTEXT).matches(
            Decimal(1), CONTEXT, clock=CLOCK, limits=LIMITS
        )


def holds_function(value: Any) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, FeelFunction) or any(map(holds_function, parts))


def tabled(source: str, corpus: list[str], dice: random.Random) -> None:
    """The text as a cell of a table that is read, checked and evaluated."""
    cells = [source, dice.choice(corpus), dice.choice(["-", "> 1", "[1..5]", '"a"', "not(2)"])]
    dice.shuffle(cells)
    rules = "".join(
        f"<rule><inputEntry><text>{readable(cell)}</text></inputEntry><outputEntry><text>{n}</text></outputEntry></rule>"
        for n, cell in enumerate(cells)
    )
    policy = dice.choice(["UNIQUE", "ANY", "FIRST", "PRIORITY", "COLLECT", "OUTPUT ORDER"])
    xml = (
        f'<definitions xmlns="{MODEL}" name="m" namespace="m"><inputData id="amount" name="amount">'
        '<variable name="amount"/></inputData><decision id="d" name="d"><informationRequirement>'
        f'<requiredInput href="#amount"/></informationRequirement><decisionTable id="t" hitPolicy="{policy}">'
        f'<input><inputExpression><text>amount</text></inputExpression></input><output name="o"/>{rules}'
        "</decisionTable></decision></definitions>"
    )
    with contextlib.suppress(ModelRejected, feel.LimitExceeded):
        model = dmn.read(xml.encode(), file="m.dmn", tolerant=dice.random() < 0.5)
        dmn.check(model)
        dmn.proofs(model)
        for amount in (Decimal(3), "a", None):
            dmn.evaluate(model, "d", {"amount": amount}, clock=CLOCK, limits=LIMITS)


def readable(text: str) -> str:
    """The text as XML can hold it."""
    return escape("".join(c for c in text if c >= " " and not 0xD800 <= ord(c) <= 0xDFFF and c not in "\ufffe\uffff"))  # fmt: skip


class Coverage:
    """The lines of engine/feel and engine/dmn that were reached."""

    def __init__(self) -> None:
        self.seen: set[tuple[CodeType, int]] = set()
        self.new = False

    def __call__(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        file = frame.f_code.co_filename
        return self.line if "/engine/feel/" in file or "/engine/dmn/" in file else None

    def line(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        place = (frame.f_code, frame.f_lineno)
        if place not in self.seen:
            self.seen.add(place)
            self.new = True
        return self.line


def inputs(corpus: list[str], dice: random.Random) -> Iterator[str]:
    yield from list(corpus)
    while True:
        yield mutated(dice.choice(corpus), corpus, dice)


def fuzz(seconds: float, seed: int) -> list[tuple[str, str]]:
    """(input, what is wrong) for every finding."""
    dice, corpus, coverage = random.Random(seed), seeds(), Coverage()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, count, slowest = time.monotonic(), 0, (0.0, "")
    findings: list[tuple[str, str]] = []
    for source in inputs(corpus, dice):
        if time.monotonic() - started > seconds:
            break
        count, coverage.new, begun = count + 1, False, time.process_time()
        sys.settrace(coverage)
        try:
            evaluated(source)
            if count % 4 == 0:
                tabled(source, corpus, dice)
        except Exception as error:
            findings.append((source, f"{type(error).__name__}: {error}"))
        finally:
            sys.settrace(None)
        taken = time.process_time() - begun
        slowest = max(slowest, (taken, source))
        if taken > SLOW_S:
            findings.append((source, f"took {taken:.1f} s"))
        if coverage.new and len(source) < 500:
            corpus.append(source)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    if grown > LARGE_MB:
        findings.append(("", f"the process grew by {grown:.0f} MB"))
    sys.stdout.write(
        f"{count:,} inputs in {time.monotonic() - started:.0f} s, {len(coverage.seen):,} lines reached, "
        f"{len(corpus):,} inputs kept, slowest {slowest[0]:.2f} s, {grown:.0f} MB grown, seed {seed}\n"
        f"slowest input: {slowest[1][:200]!r}\n"
    )
    return findings


def main(arguments: list[str]) -> int:
    """Fuzz for a while and print every finding."""
    reader = argparse.ArgumentParser(prog="tests.feel.fuzz")
    reader.add_argument("--seconds", type=float, default=60)
    reader.add_argument("--seed", type=int, default=int(time.time()))
    reader.add_argument("--keep", type=Path, help="write the findings here, one a line")
    options = reader.parse_args(arguments)
    findings = fuzz(options.seconds, options.seed)
    lines = [f"{reason}: {source!r}" for source, reason in findings]
    sys.stdout.write("".join(line + "\n" for line in lines) or "no findings\n")
    if options.keep:
        options.keep.write_text("\n".join(lines), "utf-8")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
