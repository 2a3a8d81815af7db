"""Files in the encodings that machines write: read as what they say, or told so."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import procedure
from engine.bpmn import reader
from engine.errors import ModelRejected
from tests.bpmn.foreign import drawn


def test_a_file_of_flowable_means_the_same_in_any_encoding() -> None:
    xml = drawn('<userTask id="x" flowable:formKey="review"/>').decode()
    for encoding in ("utf-16-le", "utf-16-be"):
        encoded = f'\ufeff<?xml version="1.0" encoding="UTF-16"?>{xml}'.encode(encoding)
        document = reader.read(encoded, file="a.bpmn")
        assert document.problems == ()
        assert document.processes["p"].by_id["x"].form == "review"


@pytest.mark.parametrize("name", ["Shift_JIS", "Windows-31J", "MS932", "x-sjis"])
def test_shift_jis_is_read_as_machines_in_japan_write_it(name: str) -> None:
    xml = drawn('<task id="x" name="①髙橋～"/>').decode()
    encoded = f'<?xml version="1.0" encoding="{name}"?>{xml}'.encode("cp932")
    document = reader.read(encoded, file="a.bpmn")
    assert document.problems == ()
    assert document.processes["p"].by_id["x"].name == "①髙橋～"


def test_a_file_in_another_encoding_than_it_says_is_told_so() -> None:
    for xml in (
        drawn('<task id="x" name="受付"/>').decode().encode("cp932"),
        b'<?xml version="1.0" encoding="klingon"?>' + drawn('<task id="x"/>'),
    ):
        [problem] = reader.read(xml, file="a.bpmn").problems
        assert "文字コード" in problem.problem
        assert "UTF-8" in problem.remedy


def test_other_encodings_are_read() -> None:
    xml = drawn('<task id="x" name="受付"/>').decode()
    utf16 = f'<?xml version="1.0" encoding="UTF-16"?>{xml}'.encode("utf-16")
    sjis = f'<?xml version="1.0" encoding="Shift_JIS"?>{xml}'.encode("shift_jis")
    for encoded in (utf16, sjis, b"\xef\xbb\xbf" + xml.encode()):
        document = reader.read(encoded, file="a.bpmn")
        assert document.processes["p"].by_id["x"].name == "受付"


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("UTF-16", "utf-16-be"),
        ("Shift_JIS", "cp932"),
        ("EUC-JP", "euc-jp"),
        ("UTF-8", "utf-8-sig"),
    ],
)
def test_a_diagram_of_a_folder_is_read_in_its_encoding_and_kept_in_utf_8(
    tmp_path: Path, name: str, codec: str
) -> None:
    xml = drawn('<task id="x" name="受付"/>').decode()
    text = f'<?xml version="1.0" encoding="{name}" standalone="yes"?>\r\n{xml}'
    (tmp_path / "process.bpmn").write_bytes(text.encode(codec))
    kept = procedure.read_folder(tmp_path).files["process.bpmn"]
    assert kept == f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{xml}'
    document = reader.read(kept.encode(), file="process.bpmn")
    assert document.processes["p"].by_id["x"].name == "受付"


def test_a_diagram_of_a_folder_in_another_encoding_than_it_says_is_told_so(tmp_path: Path) -> None:
    xml = drawn('<task id="x" name="受付"/>').decode()
    (tmp_path / "process.bpmn").write_bytes(xml.encode("cp932"))
    (tmp_path / "process2.bpmn").write_bytes(b'<?xml version="1.0" encoding="klingon"?><a/>')
    (tmp_path / "procedure.yaml").write_bytes("name: 受付".encode("cp932"))
    with pytest.raises(ModelRejected) as refused:
        procedure.read_folder(tmp_path)
    told = {one.file: one for one in refused.value.problems}
    assert "encoding と、実際に保存された文字コード" in told["process.bpmn"].problem
    assert "文字コード" in told["process2.bpmn"].problem
    assert told["procedure.yaml"].problem == "UTF-8の文字ではありません。"
