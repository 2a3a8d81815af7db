"""Models of events: at the edge of an activity, on the way, errors, escalations, event subprocesses, several starts."""

from __future__ import annotations

from tests.kernel.drawing import (
    boundary,
    catch,
    condition,
    end,
    error,
    escalation,
    file,
    gateway,
    mapping,
    message,
    process,
    service,
    signal,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)


def _told_of_an_escalation(*, interrupting: str) -> bytes:
    """An event subprocess that an escalation of its process starts, instead of what goes on there or beside it."""
    begins = start("told_start", escalation("X1"), isInterrupting=interrupting)
    inside = (begins, user("told_task"), end("told_end"))
    told = sub("told", *inside, lines="told_start > told_task > told_end", on_event=True)
    tells = (start(), throw("tell", escalation("X1")), user("a"), end(), told)
    return file(process("p", *tells, lines="start > tell > a > end"), escalations="X1")


MODELS: dict[str, bytes] = {
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
            start("rung", signal("bell")),
            start("either", message("sent") + signal("law")),
            start("new_fee", condition("=parameters.fee > 3")),
            user("a"),
            user("b"),
            user("c"),
            end(),
            lines="start > a > end; posted > b > end; mapped > b; yearly > c > end; rung > c; either > b; new_fee > c",
        ),
        messages={"posted": "", "sent": "", "mapped": ""},
        signals="law bell",
    ),
    "escalation_starts_instead": _told_of_an_escalation(interrupting="true"),
    "escalation_starts_beside": _told_of_an_escalation(interrupting="false"),
}  # fmt: skip
