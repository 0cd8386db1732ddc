"""Pictures for tests, made of nothing but bytes."""

from __future__ import annotations

import zlib
from itertools import starmap
from struct import pack


def png(width: int, height: int, grey: int = 128) -> bytes:
    """Return a picture of one colour."""
    rows = (b"\0" + bytes([grey]) * width) * height
    header = pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(starmap(_chunk, parts))


def _chunk(name: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))
