"""One attachment event → the values of a document. Pure."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from consumers.errors import TransientError
from consumers.mapping.order import twice
from consumers.mapping.values import load_cells, sendable
from consumers.odoo.client import Values
from consumers.odoo.fields import ModelInfo
from consumers.odoo.own_fields import DIGEST, KEY, REVISION, SEQUENCE
from consumers.results import Applied, Result
from schemas.attachment import Attachment
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.keys import external_id, title

TARGET = "product.template"
READ = ("checksum", KEY, SEQUENCE, DIGEST, REVISION)

GROUP_BYTES = 20 * 1024 * 1024
"""Raw bytes in one request: base64 and JSON of it exist in memory several times, here and in Odoo."""
_NOTHING = hashlib.sha1(usedforsecurity=False).hexdigest()
"""Odoo stores no checksum of an empty file."""

Held = Mapping[str, Any]
"""A document as read: the fields of READ, and those that the profile maps."""


class Sized(Protocol):
    """What has `size` bytes to send, None for none."""

    @property
    def size(self) -> int | None:
        """Return the bytes."""


S = TypeVar("S", bound=Sized)


def owned(event: Event) -> Values:
    """Return our own fields of a document."""
    attachment: Attachment = event.data
    return {
        KEY: event.key,
        SEQUENCE: event.sequence,
        DIGEST: event.digest,
        REVISION: attachment.item.revision,
    }


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

    Of a document that is new `changes` are all its values; without a size it is made without content.
    """

    event: Event
    document: Held | None
    changes: Values
    size: int | None = None
    sha1: str | None = None
    note: str = ""

    @property
    def applied(self) -> Applied:
        """Return what the event will have done, and what a person should know of it."""
        repeated = bool(self.document) and bool(twice(self.event, self.document or {}))
        return Applied(self.result, self.note, warns=repeated)

    @property
    def result(self) -> Result:
        """Return the result the event will have."""
        if self.document is None:
            return Result.CREATED
        seen = self.changes.keys() - {SEQUENCE, DIGEST, REVISION}
        return Result.UNCHANGED if self.size is None and not seen else Result.UPDATED


def groups(plans: Iterable[S], most: int = sys.maxsize) -> Iterator[list[S]]:
    """Split `plans` so that the contents of one group are `most` and GROUP_BYTES, or one larger file."""
    group: list[S] = []
    total = count = 0
    for plan in plans:
        size, sent = plan.size or 0, plan.size is not None
        if group and (total + size > GROUP_BYTES or count + sent > most):
            yield group
            group, total, count = [], 0, 0
        group.append(plan)
        total += size
        count += sent
    if group:
        yield group


def by_key(records: Sequence[Held]) -> dict[str, Held]:
    """Return `records` by our key: should a person have copied one, the oldest record keeps it."""
    return {record[KEY]: record for record in reversed(records)}


def number(event: Event) -> str:
    """Return what people call the item of a file."""
    return title(event.data.item, event.key_parts)


def missing_product(event: Event) -> TransientError:
    """Return that the product of a file is not there."""
    return TransientError(
        Reason.MISSING_PRODUCT,
        f"product {number(event)!r} of this file is not in Odoo yet",
    )
