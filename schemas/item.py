"""What every PDM event says first: which item, and which transition moved it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

from schemas.keys import MAX_NUMBER

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
