"""Files in the encodings that machines write: read as what they say, or told so."""

from __future__ import annotations

import pytest

from engine.bpmn import reader
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
