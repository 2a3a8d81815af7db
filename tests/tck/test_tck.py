"""The shared cases of the public DMN TCK pass; skipped where they are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tck.run import VARIABLES, absent, default_folder, main, outcomes


def test_every_shared_tck_case_passes() -> None:
    folder = default_folder()
    if not folder.is_dir():
        pytest.skip(absent(folder))
    found = list(outcomes(folder))
    assert found
    assert [f"{o.folder} {o.case}: {o.detail}" for o in found if not o.passed] == []


def test_without_the_cases_the_command_says_where_they_come_from_and_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name in reversed(VARIABLES):
        gone = tmp_path / name
        monkeypatch.setenv(name, str(gone))
        assert main([]) == 2
        told = capsys.readouterr().out
        assert f"フォルダーがありません: {gone}\n" in told
        assert all(word in told for word in (*VARIABLES, "github.com/dmn-tck/tck", "TestCases"))
