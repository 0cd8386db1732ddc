"""What every textual source demands of its bytes: not empty, not huge, UTF-8."""

from __future__ import annotations

from producers.sources.errors import SourceError

MAX_BYTES = 64 * 1024 * 1024
"""Largest file. The largest export seen in real vaults has 4.2 MB."""

BOM = b"\xef\xbb\xbf"


def check(body: bytes, name: str) -> None:
    """Refuse a `body` that cannot be text in UTF-8; a byte order mark is allowed.

    Raises:
        SourceError: with the first line that is not UTF-8.
    """
    if len(body) > MAX_BYTES:
        raise SourceError(
            name, 1, f"file is larger than {MAX_BYTES // 2**20} MiB: export fewer items at once"
        )
    if not body.removeprefix(BOM).strip():
        raise SourceError(name, 1, "file is empty: export it again")
    if b"\0" in body:
        raise SourceError(
            name,
            line_of(body, body.index(b"\0")),
            "file holds NUL bytes: it is UTF-16 or no text at all; save it as UTF-8",
        )
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise SourceError(
            name,
            line_of(body, error.start),
            f"byte 0x{body[error.start]:02x} is not UTF-8: save the file as UTF-8",
        ) from error


def line_of(body: bytes, offset: int) -> int:
    """Return the line, from 1, on which the byte at `offset` stands."""
    return body.count(b"\n", 0, offset) + 1
