"""What files of a procedure are called, which kind they are, and which editor opens them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from engine import safe_yaml
from engine.decision_examples import ENDING, TABLE, table_of

# folder, ending, kind, heading, may analysts add files of the kind
KINDS = (
    ("", ".bpmn", "bpmn", "手続の流れ（BPMN）", True),
    ("forms", ".form", "form", "フォーム", True),
    ("decisions", TABLE, "dmn", "判定表（DMN）", True),
    ("decisions", ENDING, "examples", "判定の例（試験）", False),
    ("letters", ".html", "letter", "通知書", True),
    ("letters", ".mail.txt", "mail", "メールの文面", True),
    ("scenarios", ".yaml", "scenario", "シナリオ（試験）", True),
    ("", "procedure.yaml", "settings", "手続の設定", False),
    ("", "parameters.yaml", "parameters", "日付つきの数値（パラメーター）", False),
    ("", ".md", "notes", "説明", False),
)
# What a page about one file of the kind says it is.
WORDS = {
    "bpmn": "手続の流れ",
    "form": "フォーム",
    "dmn": "判定表",
    "examples": "判定の例",
    "letter": "通知書",
    "mail": "メールの文面",
    "scenario": "シナリオ",
}


@dataclass(frozen=True)
class FileName:
    """A file as lists show it."""

    path: str
    kind: str
    title: str
    size: int

    @property
    def table(self) -> str:
        """Of a file of examples: the .dmn file they belong to."""
        return table_of(self.path)


@dataclass(frozen=True)
class FileGroup:
    """The files of one kind. ending: of a new file; empty when none can be added."""

    kind: str
    heading: str
    files: tuple[FileName, ...]
    folder: str
    ending: str


def kind_of(path: str) -> str:
    """bpmn, form, dmn, examples, letter, mail, scenario, settings, parameters, notes, or text."""
    folder, _, name = path.rpartition("/")
    if name in ("procedure.yaml", "parameters.yaml") and not folder:
        return name.removesuffix(".yaml").replace("procedure", "settings")
    for known, ending, kind, _, _ in KINDS:
        if folder == known and name.endswith(ending):
            return kind
    return "text"


def groups(files: Mapping[str, str]) -> list[FileGroup]:
    """The files by kind, in the order an analyst works; kinds without files only where one can be added."""
    found = []
    for folder, ending, kind, heading, is_open in KINDS:
        named = tuple(
            FileName(path, kind, _title(path, files), len(files[path].encode()))
            for path in sorted(files)
            if kind_of(path) == kind
        )
        if named or is_open:
            found.append(FileGroup(kind, heading, named, folder, ending if is_open else ""))
    return found


def about(path: str, files: Mapping[str, str]) -> dict[str, str]:
    """What a page about the file shows of it: path, heading (its own name), word (of its kind; may be empty)."""
    kind = kind_of(path)
    if kind not in WORDS:  # there is one of each: what it is says more than what stands in it
        heading = next((words for *_, known, words, _ in KINDS if known == kind), path)
        return {"path": path, "heading": heading, "word": ""}
    title = _title(path, files)
    return {"path": path, "heading": title or WORDS[kind], "word": WORDS[kind] if title else ""}


# The element of the XML whose name the file goes by; of a diagram the first process.
_NAMED = {"bpmn": "process", "dmn": "definitions"}


def title_of(path: str, text: str) -> str:
    """What the file calls itself, empty when it says nothing."""
    kind = kind_of(path)
    if kind == "form":
        return str(_json(text).get("title") or "")
    if kind == "scenario":
        return str(_yaml(text).get("シナリオ") or "")
    if kind in _NAMED:
        named = re.search(rf"<(?:\w+:)?{_NAMED[kind]}\b[^>]*?\bname=\"([^\"]*)\"", text)
        return unescape(named[1]).strip() if named else ""
    if kind == "settings":
        return str(_yaml(text).get("name") or "")
    return ""


def _title(path: str, files: Mapping[str, str]) -> str:
    """What the file calls itself or the settings call it; examples go by the name of their table."""
    kind, stem = kind_of(path), path.rpartition("/")[2].partition(".")[0]
    if kind == "examples":
        table = table_of(path)
        return title_of(table, files.get(table, ""))
    if kind == "letter":
        named = mapping(settings_of(files).get("letters"))
        return str(mapping(named.get(stem)).get("title") or "")
    if kind == "mail":
        subject = files[path].partition("\n")[0].partition("件名:")[2]
        return re.sub(r"【\s*】|（\s*）", "", re.sub(r"\{\{.*?\}\}", "", subject)).strip()
    return title_of(path, files[path])


def name_of(procedure: str, files: Mapping[str, str]) -> str:
    """The Japanese name of a procedure that may not be readable yet; else the folder's name."""
    return str(_yaml(files.get("procedure.yaml", "")).get("name") or procedure)


def settings_of(files: Mapping[str, str]) -> dict[str, Any]:
    """procedure.yaml as it stands, unchecked; {} when it cannot be read."""
    return _yaml(files.get("procedure.yaml", ""))


def labels_of(text: str) -> Iterator[tuple[str, str]]:
    """(key, label) of every field of a form that may not be readable yet."""
    waiting: list[Any] = [_json(text)]
    while waiting:
        part = mapping(waiting.pop())
        components = part.get("components")
        waiting += components if isinstance(components, list) else []
        key, label = part.get("key"), part.get("label") or part.get("dateLabel")
        if isinstance(key, str) and isinstance(label, str):
            yield key, label


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is a mapping, else {}: drafts may say anything."""
    return value if isinstance(value, dict) else {}


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return mapping(found)


def _yaml(text: str) -> dict[str, Any]:
    try:
        found = safe_yaml.load(text)
    except safe_yaml.Unreadable:
        return {}
    return mapping(found)
