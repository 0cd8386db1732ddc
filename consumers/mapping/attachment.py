"""One attachment event → the values of a document, and where its file may lie.

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
from consumers.mapping.values import completed, load_cells
from consumers.odoo.client import Values
from consumers.odoo.fields import ModelInfo
from consumers.odoo.schema import KEY, REVISION, SEQUENCE
from consumers.results import Result
from schemas.attachment import Attachment
from schemas.dead_letter import Reason, cut
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
    """Return our own fields of a document."""
    attachment: Attachment = event.data
    return {KEY: event.key, SEQUENCE: event.sequence, REVISION: attachment.item.revision}


def row(plan: Plan, product: int, content: str, columns: Iterable[str], info: ModelInfo) -> dict[str, str]:
    """Return the `load()` row of a new document at the template `product`; `content` is base64.

    `columns` are the fields that any row of the same call has. Without a company the document is visible
    wherever its product is; Odoo would take the user's.
    """
    values: Values = {"company_id": ""}
    values |= completed(plan.changes, columns, info)
    place = {"res_model": TARGET, "res_id": str(product), "datas": content}
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
