"""What stands in a file beside its processes and would have to run, but does not."""

from __future__ import annotations

from engine.bpmn.elements import local
from engine.bpmn.findings import Findings
from engine.safe_xml import Element


def check(found: Findings, root: Element) -> None:
    """A problem for each choreography, a warning for each global task."""
    for element in root:
        kind = local(element) if isinstance(element.tag, str) else ""
        if kind in ("choreography", "globalChoreographyTask"):
            found.error(
                element,
                "コレオグラフィー（choreography）は実行できません。",
                "プロセスとメッセージの流れに描き直すか、図から消してください。",
            )
        elif kind.startswith("global") and kind.endswith("Task"):
            found.warn(
                element,
                f"共通の作業（{kind}）は実行されません。",
                "使うところに、同じ種類の作業を置いてください。",
            )
