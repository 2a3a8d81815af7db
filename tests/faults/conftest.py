"""The application of tests/web under faults."""

from __future__ import annotations

from tests.web.conftest import (  # noqa: F401
    app,
    applicant,
    clock,
    mailbox,
    make_app,
    quick_passwords,
    settings,
    somebody,
    store,
    todoke,
)
