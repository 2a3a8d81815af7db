"""Models whose call activities begin cases of other procedures, and one that is called."""

from __future__ import annotations

from tests.kernel.drawing import (
    begin_case,
    boundary,
    end,
    error,
    file,
    gateway,
    many,
    mapping,
    process,
    start,
    sub,
    timer,
    user,
)

_BACK = mapping(
    inputs={"order": "=x"}, outputs={"told": "=review.decision", "number": "=called.number"}
)

MODELS: dict[str, bytes] = {
    "begin_case": file(
        process(
            "p",
            start(),
            begin_case("ask", "permit", extensions=_BACK),
            boundary(
                "refused", "ask", error("NO"), extensions=mapping(outputs={"why": "=error.code"})
            ),
            boundary("late", "ask", timer("P3D")),
            user("mend"),
            user("hurry"),
            end(),
            end("bad"),
            lines="start > ask > end; refused > mend > bad; late > hurry > bad",
        ),
        errors="NO",
    ),
    "begin_case_each": file(
        process(
            "p",
            start(),
            begin_case(
                "each",
                "permit",
                extensions=mapping(inputs={"order": "=item"}, outputs={"told": "=review.decision"}),
                loop=many("=rows", output="all", each="=told"),
            ),
            end(),
            lines="start > each > end",
        )
    ),
    "begun_by_another": file(
        process(
            "p",
            start(),
            gateway("split", "parallel"),
            user("beside"),
            sub(
                "inner",
                start("is"),
                user("decide"),
                end("no", error("NO")),
                lines="is > decide > no",
            ),
            end(),
            end("over"),
            lines="start > split; split > beside > end; split > inner > over",
        ),
        errors="NO",
    ),
}
