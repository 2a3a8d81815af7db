"""Small pictures of uploaded photos, made when they are asked for: a phone does not load ten megabytes to show a photo is there."""

from __future__ import annotations

import io
from typing import BinaryIO

from PIL import Image, ImageOps

EDGE_PX = 240
TYPES = frozenset({"image/jpeg", "image/png"})


def small(stream: BinaryIO) -> io.BytesIO:
    """The picture as a JPEG of at most EDGE_PX on either side, turned as the camera was held. Its size was checked at upload."""
    with Image.open(stream) as picture:
        picture.draft("RGB", (EDGE_PX * 2, EDGE_PX * 2))
        turned = ImageOps.exif_transpose(picture).convert("RGB")
    turned.thumbnail((EDGE_PX, EDGE_PX))
    made = io.BytesIO()
    turned.save(made, "JPEG", quality=80)
    made.seek(0)
    return made
