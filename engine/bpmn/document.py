"""What one BPMN file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.bpmn.model import Process
from engine.errors import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A process that is only drawn: what is wrong with it as one that runs, and the warning that it is not run."""

    process: Process
    problems: tuple[Problem, ...]
    notice: Problem


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """What a file holds: its processes by id and every problem found while reading it.

    drawn: the processes that are only drawn, not among the others (engine.bpmn.drawn).
    """

    file: str
    processes: Mapping[str, Process]
    problems: tuple[Problem, ...] = ()
    drawn: tuple[Drawn, ...] = ()
