"""Models of gateways: what splits, joins, waits for one of several, and begins with several."""

from __future__ import annotations

from tests.kernel.drawing import (
    catch,
    end,
    file,
    gateway,
    mapping,
    message,
    process,
    start,
    task,
    timer,
    user,
)

MODELS: dict[str, bytes] = {
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
}  # fmt: skip
