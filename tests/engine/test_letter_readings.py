"""A letter or mail that reads what nobody gives it is refused before a case waits for it."""

from __future__ import annotations

import pytest

from engine import operations, procedure_checks
from engine.errors import Problem
from tests.support import models

HEAD = '{% extends "letter_base.html" %}{% block body %}'
MAIL = "件名: お知らせ\n\n"


def found(
    letter: str = "", mail: str = "x", data: str = '{reason: "理由", more: {a: 1}}'
) -> list[Problem]:
    given = {"letter": '"told"', "data": data}
    body = models.line(
        models.user_task("fix"),
        models.service_task("write", "letter.issue", given),
        models.service_task(
            "send", "notify", {"to": '"applicant"', "mail": '"sent"', "data": "{days: 3}"}
        ),
    )
    lanes = {"examiner": ("start", "fix"), "system": ("write", "send", "end")}
    settings = {"letters": {"told": {"title": "お知らせ"}}}
    files = {
        "letters/told.html": f"{HEAD}\n{letter}\n{{% endblock %}}",
        "letters/sent.mail.txt": f"{MAIL}{mail}\n",
    }
    folder = models.folder(models.process(body, lanes=lanes), settings=settings, files=files)
    checked = procedure_checks.examine(folder, operations=dict.fromkeys(operations.names()))
    return [one for one in checked.problems if one.file.startswith("letters/")]


@pytest.mark.parametrize(
    "letter",
    [
        "{{ notice.holder }} {{ review['decision'] }} {{ case.arrived_on|era }} {{ reason }} {{ more.a }}",
        "{{ office.phone }} {{ letter.date }} {{ procedure.short_name }} {{ title }}",
        "{% for one in [1] %}{{ one.colour }}{{ loop.index }}{% endfor %}{% set x = 1 %}{{ x }}",
        "{% if missing is defined %}{{ missing.entry }}{% endif %}{{ lacking|default('') }}",
        "{% for key, value in notice.items() %}{{ key }}{% endfor %}{{ notice.holder.upper() }}",
    ],
)
def test_what_is_given_or_made_or_asked_about_is_in_order(letter: str) -> None:
    assert found(letter) == []


@pytest.mark.parametrize(
    ("letter", "problem", "remedy"),
    [
        ("{{ notce.holder }}", "値「notce」は渡されません", "「notice」の誤り"),
        ("{{ colour }}", "値「colour」は渡されません", "data に加えて"),
        ("{{ notice.holdr }}", "「notice」に「holdr」という項目はありません", "「holder」の誤り"),
        (
            "{{ notice['holdr'] }}",
            "「notice」に「holdr」という項目はありません",
            "「holder」の誤り",
        ),
        ("{{ office.fax }}", "「office」に「fax」という項目はありません", "phone"),
        ("{{ url }}", "値「url」は渡されません", ""),
    ],
)
def test_what_a_letter_is_not_given_is_told_with_its_line(
    letter: str, problem: str, remedy: str
) -> None:
    [one] = found(letter)
    assert (one.file, one.line) == ("letters/told.html", 2)
    assert (problem in one.problem, remedy in one.remedy) == (True, True), one


def test_a_mail_is_given_less_than_a_letter() -> None:
    assert found(mail="{{ case.number }} {{ url }} {{ days }} {{ office.name }}") == []
    [one] = found(mail="{{ notice.holder }}")
    assert (one.file, one.line) == ("letters/sent.mail.txt", 3)
    [one] = found(mail="{{ case.arrived_on }}")
    assert "「case」に「arrived_on」" in one.problem and "number、public_key" in one.remedy


def test_names_that_a_task_computes_are_not_guessed_at() -> None:
    assert found("{{ colour }}", data="context put({}, &quot;colour&quot;, 1)") == []
    [one] = found("{{ notice.holdr }}", data="context put({}, &quot;colour&quot;, 1)")
    assert "holdr" in one.problem
