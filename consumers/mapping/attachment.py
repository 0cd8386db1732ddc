"""One attachment event → the values of a document. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from consumers.mapping.values import load_cells, sendable
from consumers.odoo.client import Values
from consumers.odoo.fields import ModelInfo
from consumers.odoo.own_fields import KEY, REVISION, SEQUENCE
from consumers.results import Result
from schemas.attachment import Attachment
from schemas.event import Event
from schemas.keys import external_id

TARGET = "product.template"
READ = ("checksum", KEY, SEQUENCE, REVISION)

GROUP_BYTES = 20 * 1024 * 1024
"""Raw bytes in one request: base64 and JSON of it exist in memory several times, here and in Odoo."""
_NOTHING = hashlib.sha1(usedforsecurity=False).hexdigest()
"""Odoo stores no checksum of an empty file."""

Held = Mapping[str, Any]
"""A document as read: the fields of READ, and those that the profile maps."""


def owned(event: Event) -> Values:
    """Return our own fields of a document."""
    attachment: Attachment = event.data
    return {KEY: event.key, SEQUENCE: event.sequence, REVISION: attachment.item.revision}


@dataclass(frozen=True)
class Place:
    """The record that a file belongs to: a product, or one variant that is an item itself."""

    model: str
    id: int


def row(plan: Plan, product: Place, content: str, info: ModelInfo) -> dict[str, str]:
    """Return the `load()` row of a new document at `product`; `content` is base64.

    Without a company the document is visible wherever its product is; Odoo would take the user's.
    """
    values: Values = {"company_id": ""} | sendable(plan.changes, info)
    place = {"res_model": product.model, "res_id": str(product.id), "datas": content}
    return {"id": external_id("document", plan.event.key)} | load_cells(values, info) | place


def holds(document: Held, sha1: str) -> bool:
    """Return whether `document` has the content with this SHA-1."""
    return (document["checksum"] or _NOTHING) == sha1


@dataclass(frozen=True)
class Plan:
    """What to write for one event: `changes` beside the content, and `size` bytes of it if it differs.

    Of a document that is new `changes` are all its values.
    """

    event: Event
    document: Held | None
    changes: Values
    size: int | None
    sha1: str | None

    @property
    def result(self) -> Result:
        """Return the result the event will have."""
        if self.document is None:
            return Result.CREATED
        seen = self.changes.keys() - {SEQUENCE, REVISION}
        return Result.UNCHANGED if self.size is None and not seen else Result.UPDATED


def groups(plans: Iterable[Plan]) -> Iterator[list[Plan]]:
    """Split `plans` so that the contents of one group are at most GROUP_BYTES, or one larger file."""
    group: list[Plan] = []
    total = 0
    for plan in plans:
        size = plan.size or 0
        if group and total + size > GROUP_BYTES:
            yield group
            group, total = [], 0
        group.append(plan)
        total += size
    if group:
        yield group
