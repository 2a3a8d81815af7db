"""Models whose steps are stopped half way, by a limit or by something that cannot be computed."""

from __future__ import annotations

from tests.kernel.drawing import (
    TERMINATE,
    UNDOES,
    ad_hoc,
    again,
    boundary,
    compensate,
    condition,
    end,
    escalation,
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
    timer,
    user,
)

MODELS: dict[str, bytes] = {
    "stopped_while_undoing": file(
        process(
            "p",
            start(),
            gateway("f", "parallel"),
            task("t1"),
            task("t2"),
            task("t3"),
            task("a"),
            boundary("ba", "a", compensate()),
            task("undo_a", **UNDOES),
            throw("undo", compensate()),
            gateway("j", "parallel"),
            user("z"),
            end(),
            lines="start > f > a > undo > j > z > end; f > t1 > t2 > t3 > j",
            ties="ba > undo_a",
        )
    ),
    "stopped_beside_an_empty_subprocess": file(
        process(
            "p",
            start(),
            gateway("f", "parallel"),
            sub("s", start("s0"), end("se"), lines="s0 > se"),
            task("a1"),
            task("a2"),
            gateway("j", "parallel"),
            user("z"),
            end(),
            lines="start > f > s > j > z > end; f > a1 > a2 > j",
        )
    ),
    "stopped_and_terminated": file(
        process(
            "p",
            start(),
            sub(
                "s",
                start("s0"),
                gateway("g", "parallel"),
                user("w"),
                end("t", TERMINATE),
                task("b1"),
                task("b2"),
                end("se"),
                lines="s0 > g > w > t; g > b1 > b2 > se",
                loop=many("=[1,2]"),
            ),
            user("z"),
            end(),
            lines="start > s > z > end",
        )
    ),
    "stopped_before_a_condition": file(
        process(
            "p",
            start(),
            script("flag", "flag", "true"),
            task("t1"),
            task("t2"),
            user("z"),
            sub(
                "told",
                start("c", condition("=flag"), isInterrupting="false"),
                user("y"),
                end("ye"),
                lines="c > y > ye",
                on_event=True,
            ),
            end(),
            lines="start > flag > t1 > t2 > z > end",
        )
    ),
    "stopped_ad_hoc": file(
        process(
            "p",
            start(),
            gateway("f", "parallel"),
            task("t1"),
            ad_hoc("h", task("x"), task("y"), sequential=True),
            task("m", loop=many("=[1,2]", output="o", each="=item", sequential=True)),
            task("r", loop=again("loopCounter < 3")),
            gateway("j", "inclusive"),
            user("z"),
            end(),
            lines="start > f > t1 > j; f > h > j; f > m > j; f > r > j; j > z > end",
        )
    ),
    "sends_and_fails": file(
        process(
            "p",
            start(),
            task(
                "send",
                "sendTask",
                messageRef="message-m",
                extensions=mapping(outputs={"y": "=number(bad)"}),
            ),
            user("u"),
            end(),
            lines="start > send > u > end",
        ),
        messages={"m": ""},
    ),
    "repeats_and_fails": file(
        process(
            "p",
            start(),
            script("s", "n", "n+1", loop=again("number(bad) > 5", most=9)),
            service(
                "one",
                extensions=mapping(outputs={"n": "=n+10"}),
                loop=many("=[1]", until="=number(worse) > 5"),
            ),
            service(
                "two",
                extensions=mapping(outputs={"n": "=n+100"}),
                loop=again("number(worst) > 5", most=9),
            ),
            user("u"),
            end(),
            lines="start > s > one > two > u > end",
        )
    ),
    "decides_and_fails": file(
        process(
            "p",
            start(),
            task(
                "rule",
                "businessRuleTask",
                extensions='<zeebe:calledDecision decisionId="rank" resultVariable="rank"/>'
                + mapping(outputs={"y": "=number(bad)"}),
            ),
            user("u"),
            end(),
            lines="start > rule > u > end",
        )
    ),
    "joins_and_forks": file(
        process(
            "p",
            start(),
            gateway("f", "parallel"),
            *(user(name) for name in "abcd"),
            gateway("j", "parallel"),
            *(user(f"x{i}") for i in range(4)),
            end(),
            lines="start > f > a > j; f > b > j; f > c > end; f > d > end;"
            + "; ".join(f"j > x{i} > end" for i in range(4)),
        )
    ),
    "begins_twice_over": file(
        process(
            "p",
            start("start", message("m"), extensions=mapping(outputs={"n": "=n+1"})),
            user("a"),
            user("b"),
            end(),
            sub(
                "told",
                start("s1", message("m"), isInterrupting="false"),
                user("x"),
                end("ee"),
                lines="s1 > x > ee",
                on_event=True,
            ),
            lines="start > a > end; start > b > end",
        ),
        messages={"m": ""},
    ),
    "grows_by_events": file(
        process(
            "p",
            start(),
            user("a"),
            boundary("letter", "a", message("m"), interrupting=False),
            boundary("hourly", "a", timer("R/PT1H", "Cycle"), interrupting=False),
            boundary("flagged", "a", condition("=flag"), interrupting=False),
            user("x"),
            end(),
            sub(
                "told",
                start("s1", message("m"), isInterrupting="false"),
                user("y"),
                end("ye"),
                lines="s1 > y > ye",
                on_event=True,
            ),
            lines="start > a > end; letter > x > end; hourly > x; flagged > x",
        ),
        messages={"m": ""},
    ),
    "grows_by_escalation": file(
        process(
            "p",
            start(),
            sub(
                "s",
                start("s0"),
                gateway("m"),
                throw("e", escalation("E")),
                gateway("g", default="on"),
                end("se"),
                lines="s0 > m > e > g; g > m ? more; g > se : on",
            ),
            boundary("b", "s", escalation("E"), interrupting=False),
            user("x"),
            end(),
            lines="start > s > end; b > x > end",
        ),
        escalations="E",
    ),
    "grows_by_hand": file(
        process(
            "p",
            start(),
            user("a", loop=many("=[1,2,3]")),
            ad_hoc("h", user("c"), user("d"), lines="c > d", active="=chosen", until="=ready"),
            end(),
            lines="start > a > h > end",
        )
    ),
}
