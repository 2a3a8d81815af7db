"""What a test does in the studio: open a draft, change a file, publish."""

from __future__ import annotations

from pathlib import Path

from tests.web.person import Person

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "process_models" / "inquiry"
ANALYSTS = {
    "people": [
        {"key": "ueda", "name": "上田 分", "kana": "ウエダ", "posts": []},
        {"key": "mori", "name": "森 析", "kana": "モリ", "posts": []},
    ],
    "accounts": [
        {"login": login, "password": f"{login}-demo-2026", "roles": ["analyst"], "person": login}
        for login in ("ueda", "mori")
    ],
}


def editing(person: Person) -> Person:
    return person.open("/studio/inquiry/").press("この手続を編集する")


def text_of(person: Person) -> str:
    """What stands in the text editor (its textarea belongs to the form by its form attribute)."""
    [area] = person.root.xpath("//textarea[@name='text']")
    return str(area.text or "").removeprefix("\n")


def write(person: Person, path: str, text: str) -> Person:
    """Opens the text editor of the file, replaces everything and saves."""
    address = f"/studio/inquiry/draft/edit/{path}?text=1"
    form = person.open(address).form("保存").to_dict()
    return person.send(address, form | {"text": text})


def edit(person: Person, path: str, old: str, new: str) -> Person:
    text = text_of(person.open(f"/studio/inquiry/draft/edit/{path}?text=1"))
    assert old in text
    return write(person, path, text.replace(old, new))


def changed(person: Person) -> Person:
    """A draft that differs from the version in its description."""
    return edit(editing(person), "README.md", "# ", "# 直した")


def publish(person: Person, note: str) -> Person:
    return person.open("/studio/inquiry/draft/publish").press("公開する", {"note": note})
