"""The models of the table tests. `python -m tests.kernel.drawn` writes them to models/*.bpmn."""

from __future__ import annotations

from pathlib import Path

from tests.kernel import drawn_calling, drawn_failing, drawn_repeating, drawn_undoing, drawn_waiting
from tests.kernel.drawing import (
    TERMINATE,
    boundary,
    call,
    catch,
    condition,
    end,
    error,
    escalation,
    file,
    gateway,
    many,
    mapping,
    message,
    process,
    script,
    service,
    signal,
    start,
    sub,
    task,
    throw,
    timer,
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
    "exclusive": file(
        process(
            "p",
            start(),
            gateway("g", default="rest"),
            end("big"),
            end("middle"),
            end("small"),
            lines="start > g; g > big ? a > 10; g > middle ? a > 5; g > small : rest",
        )
    ),
    "exclusive_no_default": file(
        process(
            "p",
            start(),
            gateway("g"),
            end("big"),
            end("small"),
            lines="start > g; g > big ? a > 10; g > small ? a < 5",
        )
    ),
    "parallel": file(
        process(
            "p",
            start(),
            gateway("fork", "parallel"),
            user("a"),
            user("b"),
            gateway("join", "parallel"),
            user("after"),
            end(),
            lines="start > fork; fork > a > join; fork > b > join; join > after > end",
        )
    ),
    # Found at deployment; what is not seen so (a called process, a flow beside) runs the same.
    "side_by_side": file(
        process(
            "p",
            start(),
            gateway("fork", "parallel"),
            user("a", "review"),
            user("b", "review"),
            user("then", "approval"),
            gateway("join", "parallel"),
            end(),
            lines="start > fork; fork > a > then > join; fork > b > join; join > end",
        )
    ),
    "parallel_in_loop": file(
        process(
            "p",
            start(),
            gateway("again"),
            gateway("fork", "parallel"),
            user("a"),
            user("b"),
            gateway("join", "parallel"),
            gateway("enough", default="no"),
            end(),
            lines="start > again > fork; fork > a > join; fork > b > join; join > enough;"
            "enough > end ? a.ok; enough > again : no",
        )
    ),
    "starved_join": file(
        process(
            "p",
            start(),
            gateway("g", default="else"),
            task("a"),
            task("b"),
            gateway("join", "parallel"),
            end(),
            lines="start > g; g > a ? x; g > b : else; a > join; b > join; join > end",
        )
    ),
    "inclusive": file(
        process(
            "p",
            start(),
            gateway("split", "inclusive", default="none"),
            user("a"),
            user("b"),
            user("c"),
            gateway("join", "inclusive"),
            user("after"),
            end(),
            lines="start > split; split > a ? x >= 1; split > b ? x >= 2; split > c : none;"
            "a > join; b > join; c > join; join > after > end",
        )
    ),
    "inclusive_long_way": file(
        process(
            "p",
            start(),
            gateway("split", "parallel"),
            user("a"),
            user("b"),
            gateway("back"),
            gateway("choice", default="on"),
            gateway("join", "inclusive"),
            user("after"),
            end(),
            lines="start > split; split > a > join; split > back > b > choice; choice > back ? b.again;"
            "choice > join : on; join > after > end",
        )
    ),
    "event_gateway": file(
        process(
            "p",
            start(),
            gateway("g", "eventBased"),
            catch("answered", message("answer"), mapping(outputs={"reply": "=text"})),
            catch("late", timer("P3D")),
            task("asked", "receiveTask", messageRef="message-ask"),
            end("yes"),
            end("no"),
            end("question"),
            lines="start > g; g > answered > yes; g > late > no; g > asked > question",
        ),
        messages={"answer": "=case.number", "ask": ""},
    ),
    "begins_with_one": file(
        process(
            "p",
            gateway("g", "eventBased", instantiate="true"),
            catch("sent", message("sent")),
            task("rung", "receiveTask", messageRef="message-rung"),
            task("alone", "receiveTask", messageRef="message-alone", instantiate="true"),
            user("look"),
            end(),
            lines="g > sent > look; g > rung > look; alone > look > end",
        ),
        messages={"sent": "", "rung": "", "alone": ""},
    ),
    "begins_with_all": file(
        process(
            "p",
            gateway("g", "eventBased", instantiate="true", eventGatewayType="Parallel"),
            catch("order", message("order")),
            catch("payment", message("payment")),
            gateway("both", "parallel"),
            user("ship"),
            end(),
            lines="g > order > both; g > payment > both > ship > end",
        ),
        messages={"order": "=payment.number", "payment": "=order.number"},
    ),
    "begins_with_both": file(
        process(
            "p",
            start("both", message("order") + message("payment") + timer("P1D"), parallelMultiple="true"),
            user("ship"),
            end(),
            lines="both > ship > end",
        ),
        messages={"order": "=payment.number", "payment": "=order.number"},
    ),
    "fork_without_gateway": file(
        process(
            "p",
            start(),
            user("a"),
            user("b"),
            user("c"),
            end(),
            lines="start > a; a > b; a > c; b > end; c > end",
        )
    ),
    "conditional_flows": file(
        process(
            "p",
            start(),
            task("t", default="rest"),
            user("a"),
            user("b"),
            user("c"),
            end(),
            lines="start > t; t > a ? x > 1; t > b ? x > 2; t > c : rest; a > end; b > end; c > end",
        )
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
    "boundary_message": file(
        process(
            "p",
            start(),
            sub("inner", start("s"), user("a"), service("b", "x.y"), end("e"), lines="s > a; s > b; a > e; b > e"),
            boundary("withdrawn", "inner", message("withdrawn"), extensions=mapping(outputs={"why": "=reason"})),
            boundary("note", "inner", message("note"), interrupting=False),
            user("noted"),
            end(),
            end("stopped"),
            end("done"),
            lines="start > inner > end; withdrawn > stopped; note > noted > done",
        ),
        messages={"withdrawn": "=case.number", "note": ""},
    ),
    "boundary_timer": file(
        process(
            "p",
            start(),
            user("a"),
            boundary("remind", "a", timer("R2/P1D", "Cycle"), interrupting=False),
            boundary("late", "a", timer('=date and time("2026-05-20T00:00:00+09:00")', "Date")),
            service("mail", "notify"),
            end(),
            end("reminded"),
            end("overdue"),
            lines="start > a > end; remind > mail > reminded; late > overdue",
        )
    ),
    "intermediate_timer": file(
        process(
            "p",
            start(),
            catch("first", timer("P1M")),
            catch("second", timer('=duration("PT90M")')),
            catch("third", timer('=date("2026-07-01")', "Date")),
            end(),
            lines="start > first > second > third > end",
        )
    ),
    "errors": file(
        process(
            "p",
            start(),
            gateway("fork", "parallel"),
            sub(
                "inner",
                start("s"),
                service("ask", "a.b"),
                gateway("g", default="fine"),
                end("broken", error("E1")),
                end("e"),
                lines="s > ask > g; g > broken ? bad; g > e : fine",
            ),
            boundary("one", "inner", error("E1"), extensions=mapping(outputs={"code": "=error.code", "why": "=error.data"})),
            boundary("any", "inner", error()),
            user("beside"),
            boundary("other", "beside", error("E1")),
            end("fine_end"),
            end("one_end"),
            end("any_end"),
            end("beside_end"),
            end("other_end"),
            lines="start > fork; fork > inner > fine_end; fork > beside > beside_end;"
            "one > one_end; any > any_end; other > other_end",
        ),
        errors="E1",
    ),
    "error_uncaught": file(
        process("p", start(), task("t"), end("end", error("E9")), lines="start > t > end"),
        errors="E9",
    ),
    "escalations": file(
        process(
            "p",
            start(),
            sub(
                "inner",
                start("s"),
                throw("tell", escalation("X1")),
                throw("nobody", escalation("X2")),
                user("a"),
                end("raised", escalation("X3")),
                lines="s > tell > nobody > a > raised",
            ),
            boundary("soft", "inner", escalation("X1"), interrupting=False),
            boundary("hard", "inner", escalation("X3")),
            user("told"),
            end(),
            end("told_end"),
            end("hard_end"),
            lines="start > inner > end; soft > told > told_end; hard > hard_end",
        ),
        escalations="X1 X2 X3",
    ),
    "event_subprocess": file(
        process(
            "p",
            start(),
            user("a"),
            end(),
            sub(
                "withdraw",
                start("ws", message("withdrawn")),
                user("confirm"),
                end("we"),
                lines="ws > confirm > we",
                on_event=True,
            ),
            sub(
                "remind",
                start("rs", timer("R/P1D", "Cycle"), isInterrupting="false"),
                service("mail", "notify"),
                end("re"),
                lines="rs > mail > re",
                on_event=True,
            ),
            lines="start > a > end",
        ),
        messages={"withdrawn": "=case.number"},
    ),
    "event_subprocess_error": file(
        process(
            "p",
            start(),
            gateway("fork", "parallel"),
            service("ask", "a.b"),
            user("beside"),
            end(),
            sub("rescue", start("rs", error("E1")), user("mend"), end("re"), lines="rs > mend > re", on_event=True),
            lines="start > fork; fork > ask > end; fork > beside > end",
        ),
        errors="E1",
    ),
    "starts": file(
        process(
            "p",
            start(),
            start("posted", message("posted")),
            start("mapped", message("mapped"), mapping(outputs={"number": "=n + 0"})),
            start("yearly", timer("R/P1Y", "Cycle")),
            start("either", message("sent") + signal("law")),
            start("new_fee", condition("=parameters.fee > 3")),
            user("a"),
            user("b"),
            user("c"),
            end(),
            lines="start > a > end; posted > b > end; mapped > b; yearly > c > end; either > b; new_fee > c",
        ),
        messages={"posted": "", "sent": "", "mapped": ""},
        signals="law",
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


for more in (drawn_calling, drawn_failing, drawn_repeating, drawn_undoing, drawn_waiting):
    MODELS |= more.MODELS


def write() -> None:
    """Writes every model to its file."""
    FOLDER.mkdir(exist_ok=True)
    for name, xml in MODELS.items():
        (FOLDER / f"{name}.bpmn").write_bytes(xml)


if __name__ == "__main__":
    write()
