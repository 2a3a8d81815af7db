"""The shared cases of the public DMN TCK pass; skipped where they are absent."""

from __future__ import annotations

import pytest

from tests.tck.run import default_folder, outcomes


def test_every_shared_tck_case_passes() -> None:
    folder = default_folder()
    if not folder.is_dir():
        pytest.skip(f"the DMN TCK is not at {folder}; name its folder in TETSUZUKI_TCK")
    found = list(outcomes(folder))
    assert found
    assert [f"{o.folder} {o.case}: {o.detail}" for o in found if not o.passed] == []
