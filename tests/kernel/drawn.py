"""The models of the table tests. `python -m tests.kernel.drawn` writes them to models/*.bpmn."""

from __future__ import annotations

from pathlib import Path

from tests.kernel import (
    drawn_calling,
    drawn_events,
    drawn_failing,
    drawn_gateways,
    drawn_repeating,
    drawn_undoing,
    drawn_waiting,
)
from tests.kernel.drawing import (
    TERMINATE,
    boundary,
    call,
    catch,
    end,
    error,
    file,
    gateway,
    many,
    mapping,
    message,
    process,
    script,
    service,
    start,
    sub,
    task,
    throw,
    user,
)

FOLDER = Path(__file__).parent / "models"

MODELS: dict[str, bytes] = {
    "passing_tasks": file(
        process(
            "p",
            start(),
            task("none"),
            task("manual", "manualTask"),
            script("sum", "total", "a + b"),
            end(),
            lines="start > none > manual > sum > end",
        )
    ),
    "user_task": file(
        process(
            "p",
            start(),
            user(
                "review",
                extensions='<zeebe:assignmentDefinition assignee="=case.officer" candidateGroups="a, b"/>'
                '<zeebe:taskSchedule dueDate="=date and time(&quot;2026-05-20T17:00:00+09:00&quot;)"/>'
                '<zeebe:properties><zeebe:property name="notes" value="=case.notes"/>'
                '<zeebe:property name="kind" value="examine"/></zeebe:properties>'
                + mapping(inputs={"row": '="row " + case.officer'}),
            ),
            end(),
            lines="start > review > end",
        )
    ),
    "service_task": file(
        process(
            "p",
            start(),
            service("find", "register.find", result="entry", extensions=mapping(inputs={"key": "=case.number", "register": "permits"})),
            service("mapped", "a.b", extensions=mapping(outputs={"found.here": "=found", "all": "=result"})),
            service("silent", "a.c"),
            end(),
            lines="start > find > mapped > silent > end",
        )
    ),
    "business_rule": file(
        process(
            "p",
            start(),
            task("rule", "businessRuleTask", extensions='<zeebe:calledDecision decisionId="rank" resultVariable="rank"/>'),
            end(),
            lines="start > rule > end",
        )
    ),
    "send_receive": file(
        process(
            "p",
            start(),
            task("send", "sendTask", messageRef="message-hello", extensions=mapping(inputs={"text": "=a"})),
            task("receive", "receiveTask", messageRef="message-hello"),
            throw("shout", message("bye")),
            catch("hear", message("bye"), mapping(outputs={"heard": "=text"})),
            task("mail", "sendTask", extensions='<zeebe:taskDefinition type="notify"/>'),
            end("end", message("bye")),
            lines="start > send > receive > shout > hear > mail > end",
        ),
        messages={"hello": "=key", "bye": ""},
    ),
    "subprocess": file(
        process(
            "p",
            start(),
            sub(
                "inner",
                start("s"),
                user("a"),
                user("b"),
                end("e"),
                lines="s > a; s > b; a > e; b > e",
                extensions=mapping(inputs={"local": "=x + 1"}, outputs={"taken": "=a.value"}),
            ),
            user("after"),
            end(),
            lines="start > inner > after > end",
        )
    ),
    "terminate": file(
        process(
            "p",
            start(),
            sub(
                "inner",
                start("s"),
                user("a"),
                user("b"),
                end("stop", TERMINATE),
                end("e"),
                lines="s > a > stop; s > b > e",
            ),
            user("beside"),
            gateway("fork", "parallel"),
            user("after"),
            end("over", TERMINATE),
            end("quiet"),
            lines="start > fork; fork > inner > after > over; fork > beside > quiet",
        )
    ),
    "call_activity": file(
        process(
            "p",
            start(),
            call("help", "helper", extensions=mapping(inputs={"n": "=x"}, outputs={"y": "=answer.value"})),
            end(),
            lines="start > help > end",
        ),
        process("helper", start("hs"), user("answer"), end("he"), lines="hs > answer > he"),
    ),
    "call_gives_all": file(
        process("p", start(), call("help", "helper"), end(), lines="start > help > end"),
        process(
            "helper", start("hs"), script("made", "made", "x * 2"), end("he"), lines="hs > made > he"
        ),
    ),
    "parallel_instances": file(
        process(
            "p",
            start(),
            user(
                "each",
                loop=many("=rows", element="row", output="results", each="=each.value"),
            ),
            end(),
            lines="start > each > end",
        )
    ),
    "sequential_instances": file(
        process(
            "p",
            start(),
            user(
                "each",
                loop=many("=rows", element="row", sequential=True, output="results", each="=each.value"),
            ),
            end(),
            lines="start > each > end",
        )
    ),
    "instances_until": file(
        process(
            "p",
            start(),
            user("each", loop=many("=rows", until="=numberOfCompletedInstances >= 2")),
            end(),
            lines="start > each > end",
        )
    ),
    "subprocess_instances": file(
        process(
            "p",
            start(),
            sub(
                "each",
                start("s"),
                service("ask", "a.b", result="answer"),
                script("double", "twice", "answer * 2"),
                end("e"),
                lines="s > ask > double > e",
                loop=many("=rows", element="row", output="results", each="=kept"),
                extensions=mapping(outputs={"kept": "=twice", "last": "=row"}),
            ),
            boundary("bad", "each", error("E1")),
            end(),
            end("failed"),
            lines="start > each > end; bad > failed",
        ),
        errors="E1",
    ),
    "forms_do_not_mix": file(
        process(
            "p",
            start(),
            user("examine", "review"),
            user("approve", "approval"),
            end(),
            lines="start > examine > approve > end",
        )
    ),
    "endless": file(
        process(
            "p",
            start(),
            script("count", "n", "n + 1"),
            gateway("g", default="again"),
            end(),
            lines="start > count > g; g > end ? n >= limit; g > count : again",
        )
    ),
    "fork_bomb": file(
        process("p", start(), task("a"), task("b"), user("never"), end(), lines="start > a; a > b; a > a; b > a; a > never > end")
    ),
    "review_loop": file(
        process(
            "p",
            start(),
            gateway("again"),
            user("review"),
            gateway("enough", default="no"),
            end(),
            lines="start > again > review > enough; enough > end ? review.ok; enough > again : no",
        )
    ),
}  # fmt: skip


for more in (
    drawn_calling,
    drawn_events,
    drawn_failing,
    drawn_gateways,
    drawn_repeating,
    drawn_undoing,
    drawn_waiting,
):
    MODELS |= more.MODELS


def model(name: str) -> bytes:
    """The file of a model, as it was last written."""
    return (FOLDER / f"{name}.bpmn").read_bytes()


def write() -> None:
    """Writes every model to its file."""
    FOLDER.mkdir(exist_ok=True)
    for name, xml in MODELS.items():
        (FOLDER / f"{name}.bpmn").write_bytes(xml)


if __name__ == "__main__":
    write()
