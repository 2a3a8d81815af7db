"""Whether a procedure can begin as its model and its settings say: by a filing, or by start events of another kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine import procedure_file
from engine.bpmn.model import Node, Process
from engine.bpmn.problems import problem_at
from engine.errors import Problem
from engine.feel import Expression
from engine.feel.builtins import BUILTINS
from engine.feel_functions import NAMES

# All there is before a case: the procedure's dated values.
SEEN = {"parameters"}


def problems(
    settings: Mapping[str, Any], main: Process, processes: Mapping[str, Process]
) -> Iterator[Problem]:
    """Every problem. settings: procedure.yaml.  main: the process cases run on."""
    yield from _filing(settings["filing"], main, is_called=settings.get("callable") is not None)
    for process in processes.values():
        for start in process.start_nodes:
            if start.event.kind == "none":
                continue
            if process is not main:
                yield problem_at(
                    start,
                    "呼び出されるプロセスは、種類の付いた開始イベントからは始まりません。",
                    "種類のない開始イベントにするか、主プロセスへ移してください。",
                )
            for part in start.parts or (start,):
                yield from _unknown_names(part)


def refusal(
    procedure: str, settings: Mapping[str, Any], given: Collection[str]
) -> tuple[str, str] | None:
    """(problem, remedy) when other procedures may not begin its cases, or not with these values.

    settings: its procedure.yaml.
    """
    allowed = settings.get("callable")
    if allowed is None:
        return (
            f"手続「{procedure}」は、ほかの手続から始めることを許していません。",
            f"「{procedure}」の procedure.yaml に callable を書いて公開してください。",
        )
    extra = sorted(set(given) - set(allowed["takes"]))
    if extra:
        return (
            f"手続「{procedure}」は、値「{extra[0]}」を受け取りません。",
            f"渡すのをやめるか、「{procedure}」の procedure.yaml の callable.takes に加えて公開してください。",
        )
    return None


def _filing(filing: Mapping[str, Any], main: Process, *, is_called: bool) -> Iterator[Problem]:
    file = procedure_file.FILE
    is_filed = any(start.event.kind == "none" for start in main.start_nodes)
    if is_called and not is_filed:
        yield Problem(
            file,
            "ほかの手続から始められます（callable）が、種類のない開始イベントが図にありません。",
            "種類のない開始イベントを置くか、callable を消してください。",
            element="callable",
        )
    if is_filed and not filing["by"] and not is_called:
        yield Problem(
            file,
            "種類のない開始イベントがありますが、だれが届け出るか（filing.by）が空です。",
            "account、guest、counter から書くか、ほかの手続からだけ始めるなら callable を書くか、開始イベントにメッセージやタイマーなどの種類を付けてください。",
            element="filing.by",
        )
    if not is_filed and filing["by"]:
        yield Problem(
            file,
            "届出を受けます（filing.by）が、届出で始まる開始イベント（種類のないもの）が図にありません。",
            "種類のない開始イベントを置くか、filing.by を [] にしてください。",
            element="filing.by",
        )
    if filing["by"] and not filing.get("form"):
        yield Problem(
            file,
            "届出のフォームが決まっていません。",
            "filing.form にフォームの名前を書いてください。",
            element="filing.form",
        )


def _unknown_names(part: Node) -> Iterator[Problem]:
    for source in (part.event.condition, part.event.timer):
        if not isinstance(source, Expression):
            continue
        names = sorted(source.names - source.called - SEEN - set(BUILTINS) - set(NAMES))
        if names:
            yield problem_at(
                part,
                f"開始イベントの式「{source.source.strip()}」の「{names[0]}」は、案件が始まる前には値がありません。",
                "parameters（日付付きの値）と関数だけを使ってください。",
            )
