"""The names of days and months, as `day of week` and `month of year` give them."""

from __future__ import annotations

import re

from engine.feel.lookalikes import half

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_JAPANESE = {
    **{f"{day}{end}": WEEKDAYS[at] for at, day in enumerate("月火水木金土日") for end in ("", "曜", "曜日")},
    **{f"{number}月": month for number, month in enumerate(MONTHS, 1)},
}  # fmt: skip


def english(text: str) -> str:
    """The name that a Japanese, abbreviated or differently written one stands for; empty for anything else."""
    plain = re.sub(r"[\s.]", "", half(text)).capitalize()
    short = next((name for name in (*WEEKDAYS, *MONTHS) if name.startswith(plain)), "")
    return _JAPANESE.get(plain, short if len(plain) >= 3 else "")
