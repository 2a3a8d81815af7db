"""Cases and tasks are found by a reading in any kana: keys hold katakana only, small ones large.

`tetsuzuki rebuild-projections` adds the readings of cases that were filed before.

Revision: 0012
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

HIRAGANA = "".join(chr(code) for code in range(ord("ぁ"), ord("ゖ") + 1))
KATAKANA = "".join(chr(ord(char) + 0x60) for char in HIRAGANA)
SMALL, LARGE = "ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ"
# What a case is found by is read from the index of its pieces: they change with the text.
TEXTS = """
update search_texts set text = folded.text, grams = folded.pieces || array(select mark from unnest(grams) mark where length(mark) > 2)
from (
    select case_id, new.text, array_agg(distinct substr(line, at, size)) as pieces
    from search_texts old, lateral (select {folded} as text) new, unnest(string_to_array(new.text, E'\\n')) line,
        generate_series(1, length(line)) at, generate_series(1, 2) size
    where new.text <> old.text
    group by case_id, new.text
) folded where folded.case_id = search_texts.case_id
"""


def upgrade() -> None:
    for table, column in (("tasks", "search_text"), ("search_keys", "text_value")):
        op.execute(f"update {table} set {column} = {_folded(column)} where {column} <> {_folded(column)}")
    op.execute(TEXTS.format(folded=_folded("old.text")))


def _folded(column: str) -> str:
    return f"translate(translate({column}, '{HIRAGANA}', '{KATAKANA}'), '{SMALL}', '{LARGE}')"


def downgrade() -> None:
    """What is folded stays: it is not known any more what stood there."""
