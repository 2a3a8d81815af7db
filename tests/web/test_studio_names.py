"""What the studio calls a file: by the name it gives itself, the file beside it."""

import pytest

from web.studio import names

SETTINGS = "name: 相談\nletters: {reply: {title: 回答書}}\n"
BPMN = '<bpmn:definitions id="d"><bpmn:process isExecutable="true" id="p" name="相談&amp;回答"/></bpmn:definitions>'
FILES = {
    "procedure.yaml": SETTINGS,
    "parameters.yaml": "",
    "process.bpmn": BPMN,
    "forms/question.form": '{"title": "ご相談"}',
    "forms/empty.form": "{",
    "decisions/approver.dmn": '<definitions name="決定者"><decision name="8-7 決定者"/></definitions>',
    "letters/reply.html": "<p></p>",
    "letters/received.mail.txt": "件名: 【{{ number }}】受け付けました\n\n本文",
    "scenarios/01.yaml": "シナリオ: 答えて終わる",
    "README.md": "# 相談",
    "other.txt": "",
}


@pytest.mark.parametrize(
    ("path", "heading", "word"),
    [
        ("process.bpmn", "相談&回答", "手続の流れ"),
        ("forms/question.form", "ご相談", "フォーム"),
        ("forms/empty.form", "フォーム", ""),
        ("decisions/approver.dmn", "決定者", "判定表"),
        ("letters/reply.html", "回答書", "通知書"),
        ("letters/received.mail.txt", "受け付けました", "メールの文面"),
        ("scenarios/01.yaml", "答えて終わる", "シナリオ"),
        ("procedure.yaml", "手続の設定", ""),
        ("parameters.yaml", "日付つきの数値（パラメーター）", ""),
        ("README.md", "説明", ""),
        ("other.txt", "other.txt", ""),
    ],
)
def test_a_file_is_called_by_its_own_name(path: str, heading: str, word: str) -> None:
    assert names.about(path, FILES) == {"path": path, "heading": heading, "word": word}
