"""Small pictures of uploaded photos, made when they are asked for: a phone does not load ten megabytes to show a photo is there."""

from __future__ import annotations

import io
from typing import BinaryIO

from flask import Response, send_file
from PIL import Image, ImageOps

from engine.errors import NotFound
from engine.files import File
from web.parts import parts

EDGE_PX = 240
TYPES = frozenset({"image/jpeg", "image/png"})


def answer(stored: File) -> Response:
    """The small picture of a stored photo. Raises NotFound when the file is no photo. Who may see it: the caller has asked."""
    if stored.content_type not in TYPES:
        raise NotFound("this file is no photo")
    with parts().store.open(stored.path) as stream:
        return send_file(small(stream), mimetype="image/jpeg", max_age=0)


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
