"""What every PDM event says first: which item, and which transition moved it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

from schemas.keys import MAX_NUMBER, KeyParts, identity

Text = Annotated[str, StringConstraints(max_length=4000)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NUMBER)]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=256)]
Attributes = dict[ShortText, Text]
"""PDM attributes as they are named in the vault. They travel whole so that a profile may map any of them."""


class Data(BaseModel):
    """Base of every shape inside `data`: immutable, and unknown fields are ignored.

    A consumer ignores what it does not know, so that a newer producer of the same major version
    may add fields.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class Transition(Data):
    """The change of workflow state that caused the event."""

    to_state: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]
    at: AwareDatetime
    workflow: ShortText | None = None
    from_state: ShortText | None = None
    actor: ShortText | None = None


class Item(Data):
    """The item as the vault knows it at the moment of the transition."""

    number: Number
    revision: ShortText = ""
    configuration: ShortText = ""
    vault_object_id: ShortText | None = None
    file_version: int | None = None


class ItemData(Data):
    """Base of the data that say one aspect of one item."""

    transition: Transition
    item: Item

    @property
    def subject(self) -> str:
        """Return the number: what people know the item by."""
        return self.item.number

    @property
    def subkey(self) -> tuple[str, ...]:
        """Return nothing more: of most kinds an item has one event at a time."""
        return ()

    @property
    def rank(self) -> int:
        """Return 1: the event comes from the item's own transition."""
        return 1

    def identity(self, parts: KeyParts) -> tuple[str, ...]:
        """Return the parts of the item's key within the source."""
        return identity(self.item, parts)
