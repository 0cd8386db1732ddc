"""One attachment event → the values of a `product.document`, and where its file may lie.

A newcomer would get wrong that the path is hostile: it was typed by people and travelled through a
broker. What it may name is decided here by its text; `attachment.py` decides it again on the disk.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from consumers.errors import PermanentError
from consumers.mapping.values import cells
from consumers.odoo.client import Values
from consumers.odoo.schema import KEY, REVISION, SEQUENCE
from consumers.results import Result
from schemas.attachment import Attachment
from schemas.dead_letter import Reason, cut
from schemas.event import Event
from schemas.keys import external_id

MODEL = "product.document"
TARGET = "product.template"
READ = ("name", "checksum", KEY, SEQUENCE, REVISION)

GROUP_BYTES = 20 * 1024 * 1024
"""Raw bytes in one request: base64 and JSON of it exist in memory several times, here and in Odoo."""
_NOTHING = hashlib.sha1(usedforsecurity=False).hexdigest()
"""Odoo stores no checksum of an empty file."""

Held = Mapping[str, Any]
"""A document as read: the fields of READ."""


def parts(path: str) -> tuple[str, ...]:
    """Return the folders and the name in `path`, which Windows or anyone else may have written.

    Raises:
        PermanentError: the text of `path` leads out of any folder it is put below.
    """
    text = path.replace("\\", "/")
    names = tuple(name for name in text.split("/") if name not in {"", "."})
    if text.startswith("//"):
        raise forbidden(path, "names another computer")
    if text.startswith("/") or re.match("[A-Za-z]:", text):
        raise forbidden(path, "is absolute")
    if ".." in names:
        raise forbidden(path, "climbs out with '..'")
    if not names or "\0" in text:
        raise forbidden(path, "names no file")
    return names


def forbidden(path: str, fault: str) -> PermanentError:
    """Return the refusal of `path`."""
    return PermanentError(
        Reason.FILE_FORBIDDEN,
        f"path {cut(path, 300)!r} {fault}; only regular files below a folder of "
        "PDM_ODOO_ATTACHMENT_ROOTS are attached, and a path starts there",
    )


def owned(event: Event) -> Values:
    """Return the fields that an event decides, beside the content."""
    attachment: Attachment = event.data
    return {
        "name": parts(attachment.file.path)[-1],
        KEY: event.key,
        SEQUENCE: event.sequence,
        REVISION: attachment.item.revision,
    }


def row(event: Event, product: int, content: str) -> dict[str, str]:
    """Return the `load()` row of a new document at the template `product`; `content` is base64.

    Without a company the document is visible wherever its product is; Odoo would take the user's.
    """
    place = {"res_model": TARGET, "res_id": product, "attached_on_mrp": "bom", "company_id/.id": None}
    values = owned(event) | place | {"datas": content}
    return {"id": external_id("document", event.key)} | cells(values)


def holds(document: Held, sha1: str) -> bool:
    """Return whether `document` has the content with this SHA-1."""
    return (document["checksum"] or _NOTHING) == sha1


@dataclass(frozen=True)
class Plan:
    """What to write for one event: `changes` beside the content, and `size` bytes of it if it differs."""

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
        return Result.UNCHANGED if self.size is None and "name" not in self.changes else Result.UPDATED


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
