"""A sample of mutants of the kernel: `python -m tests.mutation.run [--seed N ...] [--sample 400] [--at FILE[:LINE] ...]`.

The tests are collected once and run twice without a change, for their times and for the lines each of them reaches.
Then every mutant is a forked process of its own that runs the tests that reach the changed statement, quickest first,
until one fails.  A test that takes far longer than it did ends the process: the mutant timed out.  Prints a line per
mutant that no test notices, then the counts.  hypothesis draws the same examples every time: same seed, same answer.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import inspect
import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.mutants import Mutant, compiled, mutants

ROOT = Path(__file__).parents[2]
KERNEL = ROOT / "engine" / "kernel"
TESTS = ("tests/kernel", "tests/second_engine", "tests/scenarios", "tests/bpmn")
# Slower ones play whole procedures and reach everything; the quick ones must do without them.
SLOW_S = 1.0
# CPU seconds a test may take of its own, and how many times as long as without a change.
ROOM_S, ROOM_TIMES = 3.0, 10.0
WALL_S = 900
MEMORY = 4 * 1024**3
NOTICED = ("killed", "timed out")


class Trial:
    """A plugin that, instead of running the tests once, tries the mutants on them, one sample after the other."""

    def __init__(self, samples: dict[str, list[Mutant]]):
        self.samples = samples

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        # A database would be started anew for every mutant.
        items = [i for i in session.items if "server_url" not in getattr(i, "fixturenames", ())]
        times = {item: took(item) for item in items}
        quick = [item for item in items if times[item] < SLOW_S]
        lines = {item: reached(item) for item in quick}
        say(f"{len(quick)} tests, {sum(times[item] for item in quick):.0f} s")
        gc.freeze()
        for name, sample in self.samples.items():
            try_out(name, sample, lines, times)
        return True


def try_out(
    name: str,
    sample: list[Mutant],
    lines: dict[pytest.Item, set[tuple[str, int]]],
    times: dict[pytest.Item, float],
) -> None:
    """Tries one mutant after the other, and says which no test noticed and how many."""
    counts: Counter[str] = Counter()
    began, cpu_s = time.monotonic(), 0.0
    for number, mutant in enumerate(sample, 1):
        tests = sorted(reaching(mutant, lines), key=lambda item: (times[item], item.nodeid))
        result, used_s = judged(mutant, tests, times)
        counts[result] += 1
        cpu_s += used_s
        if result != "killed":
            say(f"| {place(mutant)} {mutant.function} | `{mutant.before}` → {change(mutant)} | {result} |")  # fmt: skip
        if number % 50 == 0:
            say(f"{number}: {dict(counts)}")
    noticed, tried = sum(counts[r] for r in NOTICED), len(sample)
    say(f"{name}: {noticed} of {tried} noticed ({noticed / tried:.1%}), {dict(counts)}")
    say(f"{time.monotonic() - began:.0f} s, {cpu_s:.0f} s of CPU")


def took(item: pytest.Item) -> float:
    """CPU seconds of the test, which must pass."""
    began = time.process_time()
    if not passes(item):
        sys.exit(f"{item.nodeid} fails without any change; mend it first")
    return time.process_time() - began


def passes(item: pytest.Item) -> bool:
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def reached(item: pytest.Item) -> set[tuple[str, int]]:
    """(file, line) of the kernel's lines that the test runs."""
    lines: set[tuple[str, int]] = set()
    kernel = str(KERNEL)

    def within(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return within

    def entering(frame: FrameType, event: str, _: Any) -> Any:
        return within if frame.f_code.co_filename.startswith(kernel) else None

    sys.settrace(entering)
    try:
        passes(item)
    finally:
        sys.settrace(None)
    return lines


def reaching(mutant: Mutant, lines: dict[pytest.Item, set[tuple[str, int]]]) -> list[pytest.Item]:
    """The tests that run a line of the changed statement."""
    wanted = {(str(mutant.path), line) for line in range(mutant.first, mutant.last + 1)}
    return [item for item, at in lines.items() if at & wanted]


def judged(
    mutant: Mutant, tests: list[pytest.Item], times: dict[pytest.Item, float]
) -> tuple[str, float]:
    """(killed | timed out | survived | not reached, CPU seconds)."""
    if not tests:
        return "not reached", 0.0
    code = compiled(mutant)
    pid = os.fork()
    if not pid:
        found = True
        try:
            found = is_found(mutant, code, tests, times)
        finally:
            os._exit(found)
    _, status, used = os.wait4(pid, 0)
    late = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM)
    result = "timed out" if late else "killed" if status else "survived"
    return result, used.ru_utime + used.ru_stime


def is_found(
    mutant: Mutant, code: CodeType, tests: list[pytest.Item], times: dict[pytest.Item, float]
) -> bool:
    """Whether a test fails with the change; in a process of its own, which a signal ends when it takes too long."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.alarm(WALL_S)
    put_in_place(mutant, code)
    for test in tests:
        signal.setitimer(signal.ITIMER_PROF, ROOM_S + ROOM_TIMES * times[test])
        if not passes(test):
            return True
    return False


def put_in_place(mutant: Mutant, code: CodeType) -> None:
    """Every function of the mutant's module does what the changed code says; whoever imported one has the change."""
    name = ".".join(mutant.path.relative_to(ROOT).with_suffix("").parts)
    module = importlib.import_module(name.removesuffix(".__init__"))
    made: dict[str, Any] = {"__name__": module.__name__, "__package__": module.__package__}
    kept = dict(sys.modules)
    # dataclasses look their module up by its name.
    exec(code, made)  # noqa: S102
    sys.modules.update(kept)
    new = functions(made)
    for qualified, function in functions(vars(module)).items():
        function.__code__ = new[qualified].__code__
        function.__defaults__ = new[qualified].__defaults__
        function.__kwdefaults__ = new[qualified].__kwdefaults__


def functions(names: dict[str, Any]) -> dict[str, FunctionType]:
    """Functions and methods that stand in the file of the module, by qualified name."""
    found: dict[str, FunctionType] = {}
    for held in names.values():
        if inspect.isclass(held) and held.__module__ == names["__name__"]:
            inner = [h.fget if isinstance(h, property) else h for h in vars(held).values()]
        else:
            inner = [held]
        for one in inner:
            # What dataclasses write has no file.
            if (
                isinstance(one, FunctionType)
                and one.__module__ == names["__name__"]
                and one.__code__.co_filename.endswith(".py")
            ):
                found[one.__qualname__] = one
    return found


def place(mutant: Mutant) -> str:
    return f"{mutant.path.relative_to(ROOT)}:{mutant.line}"


def change(mutant: Mutant) -> str:
    return f"`{mutant.after}`" if mutant.after else "left out"


def say(line: str) -> None:
    sys.__stdout__.write(f"{line}\n")
    sys.__stdout__.flush()


def chosen(seeds: list[int], size: int, places: list[str]) -> dict[str, list[Mutant]]:
    """The mutants to try: those at the places, else a sample of all per seed."""
    every = [m for path in sorted(KERNEL.glob("*.py")) for m in mutants(path) if m.function]
    say(f"{len(every)} mutants of {KERNEL.relative_to(ROOT)}")
    if places:
        here = [m for m in every if {place(m), place(m).split(":")[0]} & set(places)]
        return {" ".join(places): here}
    size = min(size, len(every))
    return {f"seed {seed}": random.Random(seed).sample(every, size) for seed in seeds or [1]}


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reader.add_argument("--seed", type=int, action="append")
    reader.add_argument("--sample", type=int, default=400)
    reader.add_argument("--at", action="append", default=[], metavar="FILE[:LINE]")
    asked = reader.parse_args()
    began = time.monotonic()
    hypothesis.settings.register_profile(
        "mutation",
        derandomize=True,
        database=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    )
    hypothesis.settings.load_profile("mutation")
    trial = Trial(chosen(asked.seed, asked.sample, asked.at))
    code = pytest.main(
        ["-q", "--tb=no", "-p", "no:cacheprovider", "-p", "no:warnings", *TESTS], plugins=[trial]
    )
    if code:
        sys.exit(f"pytest ended with {code}")
    say(
        f"{time.monotonic() - began:.0f} s in all, {time.process_time():.0f} s of CPU beside the mutants"
    )


if __name__ == "__main__":
    main()
