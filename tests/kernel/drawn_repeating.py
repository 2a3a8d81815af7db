"""Models of standard loops and ad hoc subprocesses."""

from __future__ import annotations

from tests.kernel.drawing import (
    ad_hoc,
    again,
    boundary,
    end,
    file,
    many,
    message,
    process,
    script,
    start,
    sub,
    user,
)

MODELS: dict[str, bytes] = {
    "standard_loop": file(
        process(
            "p",
            start(),
            script("count", "n", "n + loopCounter", loop=again("=n < limit")),
            user("review", loop=again("=not(review.ok)", most=3)),
            end(),
            end("stopped"),
            boundary("stop", "review", message("stop")),
            lines="start > count > review > end; stop > stopped",
        ),
        messages={"stop": ""},
    ),
    "standard_loop_first": file(
        process(
            "p",
            start(),
            sub(
                "inner",
                start("s"),
                user("a"),
                end("e"),
                lines="s > a > e",
                loop=again("=wanted", first=True),
            ),
            end(),
            lines="start > inner > end",
        )
    ),
    "ad_hoc": file(
        process(
            "p",
            start(),
            ad_hoc("look", user("photo"), user("site"), user("report"), user("call"), lines="site > report", until="=photo.ok and report.ok"),
            end(),
            lines="start > look > end",
        )
    ),
    "ad_hoc_lets_end": file(
        process(
            "p",
            start(),
            ad_hoc("look", user("photo"), user("site"), until="=photo.ok", cancel_rest=False),
            end(),
            lines="start > look > end",
        )
    ),
    "ad_hoc_sequential": file(
        process(
            "p",
            start(),
            ad_hoc("look", user("photo"), user("site"), user("call"), sequential=True),
            end(),
            lines="start > look > end",
        )
    ),
    "ad_hoc_chosen": file(
        process(
            "p",
            start(),
            ad_hoc("look", user("photo"), user("site"), active="=wanted", until="=ok"),
            end(),
            lines="start > look > end",
        )
    ),
    "parallel_reviews": file(
        process(
            "p",
            start(),
            user("review", loop=many("=rows", output="all", each="=review")),
            end(),
            lines="start > review > end",
        )
    ),
    "sequential_reviews": file(
        process(
            "p",
            start(),
            user("review", loop=many("=rows", sequential=True, output="all", each="=review")),
            end(),
            lines="start > review > end",
        )
    ),
}  # fmt: skip
