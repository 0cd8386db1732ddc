"""The picture of a product: its fence, what counts as a picture, and when the profile forbids it. Pure.

A newcomer would get wrong to compare with what Odoo holds: it shrinks pictures above 1920 pixels and turns
some into another format, so the checksum of the vault's file is kept beside the picture.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from typing import Any, Self

from consumers.errors import PermanentError
from consumers.odoo.own_fields import KEY, PREVIEW
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.facts import PRODUCT
from schemas.profile import Profile
from schemas.profile_rules import IMAGE

READ = (KEY, PREVIEW)

MOST = 10
"""Pictures in one request: Odoo makes five of each, one second of its 60 for a large one (measured)."""

_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM")
_TAKEN = "PNG, JPEG, GIF, BMP or WebP"
"""What Odoo 19 shows (measured). It refuses TIFF, and SVG of all but administrators."""


@dataclass(frozen=True)
class Fence:
    """What was applied last: the sequence of the event, and the SHA-1 of the picture, empty for none."""

    sequence: str = ""
    sha1: str = ""

    @classmethod
    def read(cls, held: Any) -> Self:
        """Return the fence in our own field as read."""
        sequence, _, sha1 = (held or "").partition(" ")
        return cls(sequence, sha1)

    def __str__(self) -> str:
        """Return the value of our own field."""
        return f"{self.sequence} {self.sha1}".rstrip()


@dataclass(frozen=True)
class Picture:
    """What to write for one event: the fence if it differs, and `size` bytes of a picture if that does."""

    event: Event
    product: int
    fence: str | None
    sha1: str = ""
    size: int | None = None
    note: str = ""


def forbidden(profile: Profile) -> str:
    """Return why `profile` lets no picture of a product be written; nothing when it may be."""
    rules = profile.rules(PRODUCT)
    if IMAGE in rules.never:
        return f"not written: {IMAGE} stands in `never` of the profile"
    return "" if rules.update else f"not written: the profile says update = false for {PRODUCT}"


def twice(event: Event, held: Fence, sha1: str) -> str:
    """Say that another picture was written under the sequence of `event`."""
    if event.sequence != held.sequence or held.sha1 in ("", sha1):
        return ""
    return f"another picture of sequence {event.sequence} was applied before"


def check(event: Event, content: str) -> None:
    """Make sure that `content`, in base64, begins as a picture does.

    Raises:
        PermanentError: it does not. Odoo would refuse the whole request, or show nothing.
    """
    head = b64decode(content[:64])
    if not head.startswith(_MAGIC) and not (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        raise PermanentError(
            Reason.INVALID_VALUE,
            f"file {event.data.file.path!r} of {event.data.role!r} is no picture that Odoo takes: {_TAKEN}",
        )
