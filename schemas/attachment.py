"""Data of `pdm.attachment.state_changed.v1`: one file of one item.

The file itself never travels through the broker (claim check: RabbitMQ 4 refuses bodies above
16 MiB): `path` says where the consumer finds it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.item import Attributes, Data, ItemData

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


class Attachment(ItemData):
    """One file of an item. `role` tells an item's files apart: a new file replaces that of its role."""

    role: Role
    file: File
    attributes: Attributes = Field(default_factory=dict)
    """Of the item."""

    @property
    def subkey(self) -> tuple[str, ...]:
        """Return the role: an item has as many files as roles."""
        return (self.role,)
