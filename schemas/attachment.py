"""Data of `pdm.attachment.state_changed.v1`: one file of one item.

The file itself never travels through the broker (claim check: RabbitMQ 4 refuses bodies above
16 MiB): `path` says where the consumer finds it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.item import Data, Item, Transition

Role = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=48)]
Path = Annotated[str, StringConstraints(min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f]+$")]
Sha1 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]


class File(Data):
    """Where the content is, and what is known of it."""

    path: Path
    """Path below an allowed root of the consumer, with ``/`` or ``\\`` between its parts."""
    sha1: Sha1 | None = None
    """SHA-1 of the content in lower-case hexadecimal: what Odoo itself stores as `checksum`."""
    size: Annotated[int, Field(ge=0)] | None = None
    """Bytes."""


class Attachment(Data):
    """One file of an item. `role` tells an item's files apart: a new file replaces that of its role."""

    transition: Transition
    item: Item
    role: Role
    file: File

    @property
    def identity(self) -> tuple[str, ...]:
        """Return the parts of the key within the source."""
        return (self.item.number, self.role)

    @property
    def rank(self) -> int:
        """Return 1: every attachment event comes from the item's own transition."""
        return 1
