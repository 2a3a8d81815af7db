"""What failed is said in Japanese, with the code to quote beside it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from adapters import discover
from engine import operations
from engine.cases import CaseRow
from engine.database import Database
from tests.web import ops_cases
from tests.web.person import Person
from web import failures, operation_titles

KERNEL = Path(__file__).parents[2] / "engine" / "kernel"


def raised_codes() -> Iterator[str]:
    """Every code with which the kernel stops a case, as its source says."""
    for path in sorted(KERNEL.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Stop" and node.args:
                code = node.args[0]
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value


def test_every_code_with_which_the_kernel_stops_a_case_has_a_word() -> None:
    codes = set(raised_codes())
    assert len(codes) > 10
    assert codes <= set(failures.STOPS)


def test_every_operation_has_a_title() -> None:
    names = [*operations.names()]
    for adapter in discover().values():
        names += adapter.operations()
    assert set(operations.TITLES) == set(operations.names())
    assert [name for name in names if operation_titles.title_of(name) == name] == []


def test_an_operation_nobody_knows_any_more_is_shown_by_its_name() -> None:
    assert operation_titles.title_of("gone.ask") == "gone.ask"


@pytest.mark.parametrize(
    ("error", "status", "word", "message", "advice"),
    [
        (
            "temporary: vehicle_register：503 が返りました",
            "waiting",
            "相手につながらない",
            "自動車登録情報（国の登録）：503 が返りました",
            "自動でもう一度",
        ),
        ("temporary: x（5回試してやめました）", "failed", "相手につながらない", "x", "再実行"),
        ("unreadable: x", "failed", "相手の答えを読み取れません", "x", "誤りではありません"),
        ("unknown: x", "unknown", "届いたか不明", "x", "二重には送りません"),
        ("unknown: x", "failed", "届いたか不明", "x", "直したときも、先に前のものを確かめ"),
        ("processed: x", "failed", "直す前の値で処理済み", "x", "まだ送っていません"),
        ("permanent: x", "failed", "相手が処理できない", "x", "設定を直して"),
        ("CLOSED: 受付時間外です", "refused", "断られた", "受付時間外です", "断られたときの道"),
        ("WrongParameters: x", "failed", "処理できない", "WrongParameters: x", ""),
    ],
)
def test_the_error_of_a_call_is_said_in_words(
    error: str, status: str, word: str, message: str, advice: str
) -> None:
    found = failures.of_call(error, status)
    assert found is not None and found.word == word
    assert message in found.message and advice in found.advice


def test_a_call_without_an_error_has_no_failure() -> None:
    assert failures.of_call(None) is None


def test_an_incident_names_the_operation_by_its_title() -> None:
    message = "「車両の照会」の呼出し「vehicle_register.match」が失敗しました。x"
    found = failures.of_incident("permanent", message)
    assert found.word == "相手が処理できない" and "vehicle_register.match" not in found.message


@pytest.fixture
def asking(app: Flask, database: Database) -> CaseRow:
    """A case that waits for the register of vehicles, which does not answer."""
    return ops_cases.start_waiting(
        database,
        operation="vehicle_register.match",
        error="temporary: vehicle_register：503 が返りました",
    )


@pytest.mark.parametrize("page", ["work", "case"])
def test_pages_of_the_operator_say_what_failed_and_keep_the_names_to_quote(
    operator: Person, asking: CaseRow, page: str
) -> None:
    operator.open("/ops/work" if page == "work" else f"/ops/cases/{asking.public_key}")
    for words in (
        "車両番号と車台番号で国の登録を照会する",
        "vehicle_register.match",
        "相手につながらない",
        "自動車登録情報（国の登録）：503",
    ):
        assert words in operator.text
    assert "temporary:" not in operator.text


def test_the_list_of_outside_systems_says_what_each_is_asked_for(operator: Person) -> None:
    operator.open("/ops/adapters")
    assert "法人番号から名称と所在地を調べる" in operator.text
    assert "corporate_number.find_corporation" in operator.text
