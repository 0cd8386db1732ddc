"""The attachment consumer: one file of an item → one `product.document` at its product.

A newcomer would get wrong when a file is read: not at all for a redelivery that names its SHA-1, once
by streaming to learn whether it differs, and as a whole only when it goes to Odoo, at most 20 MiB of
files (or one larger file) at a time. A new revision replaces the content of its role's document, which
keeps its id; where a person moved or archived the document, it stays.
Calls per batch: 1 when nothing differs, 2 when contents changed, 3 when documents are new; one more
per further 20 MiB.

Documents are created by `load()` with base64 in the `datas` column: measured on Odoo 19 it costs what
`create()` costs (100 files of 20 kB: 0.1 s; one of 90 MiB: 2.8 s), and only it cannot double.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

from consumers.errors import PermanentError, TransientError, UnavailableError
from consumers.mapping import attachment as mapping
from consumers.mapping.attachment import Held, Plan, groups
from consumers.mapping.values import difference
from consumers.odoo.client import Odoo, Values
from consumers.odoo.records import change, create_once, find
from consumers.odoo.schema import KEY, SEQUENCE, Schema
from consumers.results import Applied, Result, Verdict
from consumers.states import screen
from schemas import keys
from schemas.attachment import File
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.settings import ConsumerSettings

CHUNK = 3 * 1024 * 1024
"""A multiple of three, so that base64 of the chunks is base64 of the whole."""

AS_IT_IS: Mapping[str, Any] = {"image_no_postprocess": True}
"""Odoo would shrink images above 1920 pixels, and their checksum would differ from the vault's for ever."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not blocking: opening a named pipe would wait for a writer for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Vault:
    """The folders of files. Every read opens the file anew and checks it by what was opened."""

    def __init__(self, settings: ConsumerSettings) -> None:
        self._roots = settings.attachment_roots
        self._max_bytes = settings.attachment_max_bytes

    def size(self, file: File) -> int:
        """Return the size in bytes; raises as `opened`."""
        with self.opened(file) as stream:
            return os.fstat(stream.fileno()).st_size

    def sha1(self, file: File) -> str:
        """Return the SHA-1, read by streaming; raises as `opened`."""
        with self.opened(file) as stream:
            return hashlib.file_digest(stream, lambda: hashlib.sha1(usedforsecurity=False)).hexdigest()

    def content(self, file: File, sha1: str | None) -> str:
        """Return the content as base64; hash and content come from the same reading.

        Raises:
            TransientError: the content is not the one with this SHA-1 (None: any will do).
        """
        digest = hashlib.sha1(usedforsecurity=False)
        encoded: list[bytes] = []
        with self.opened(file) as stream:
            left = os.fstat(stream.fileno()).st_size
            while chunk := stream.read(min(CHUNK, left)):
                digest.update(chunk)
                encoded.append(b64encode(chunk))
                left -= len(chunk)
            if left or stream.read(1):
                raise _mismatch(file, "changed its size while it was read")
        if sha1 and digest.hexdigest() != sha1:
            raise _mismatch(file, f"has SHA-1 {digest.hexdigest()}, the event says {sha1}")
        return b"".join(encoded).decode()

    @contextmanager
    def opened(self, file: File) -> Iterator[BufferedReader]:
        """Open the file below the first root that has it.

        Raises:
            PermanentError: it is none that may be attached, or too large.
            TransientError: it is not there, not readable, or not of the size that the event says.
            UnavailableError: a root itself is not there, e.g. a share that is not mounted.
        """
        names = mapping.parts(file.path)
        try:
            descriptor = self._descriptor(file.path, names)
            try:
                self._check(file, os.fstat(descriptor))
                with os.fdopen(descriptor, "rb", closefd=False) as stream:
                    yield stream
            finally:
                os.close(descriptor)
        except OSError as error:
            raise TransientError(
                Reason.FILE_MISSING, f"file {file.path!r} cannot be read: {error.strerror or error}"
            ) from error

    def _descriptor(self, path: str, names: tuple[str, ...]) -> int:
        for root in self._roots:
            try:
                return _open_below(root, path, names)
            except (FileNotFoundError, NotADirectoryError):
                continue
        if not self._roots:
            raise mapping.forbidden(path, "is below no root, because none is set")
        places = ", ".join(str(root) for root in self._roots)
        raise TransientError(Reason.FILE_MISSING, f"file {path!r} is not there (yet); looked below {places}")

    def _check(self, file: File, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise mapping.forbidden(file.path, "is a folder, a device or a pipe")
        if found.st_size > self._max_bytes:
            raise PermanentError(
                Reason.FILE_TOO_LARGE,
                f"file {file.path!r} has {found.st_size} bytes; PDM_ODOO_ATTACHMENT_MAX_BYTES allows "
                f"{self._max_bytes}",
            )
        if file.size is not None and file.size != found.st_size:
            raise _mismatch(file, f"has {found.st_size} bytes, the event says {file.size}")


def _open_below(root: Path, path: str, names: tuple[str, ...]) -> int:
    """Open a file below `root`: links are followed only as far as they stay below it."""
    try:
        top = root.resolve(strict=True)
    except OSError as error:
        raise UnavailableError(
            f"the folder {root} of PDM_ODOO_ATTACHMENT_ROOTS is not there ({error.strerror}); is it mounted?"
        ) from error
    try:
        target = top.joinpath(*names).resolve()
    except RuntimeError as error:
        raise mapping.forbidden(path, "is a link to itself") from error
    if not target.is_relative_to(top):
        raise mapping.forbidden(path, "is a link that leads out")
    *folders, name = target.relative_to(top).parts or (".",)
    # Without links there is nothing left to follow: one that appears now was put there meanwhile.
    current = os.open(top, _FOLDER)
    try:
        for folder in folders:
            inner = os.open(folder, _FOLDER, dir_fd=current)
            os.close(current)
            current = inner
        return os.open(name, _FILE, dir_fd=current)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise mapping.forbidden(path, "is a link that leads out") from error
        raise
    finally:
        os.close(current)


def _mismatch(file: File, fault: str) -> TransientError:
    return TransientError(Reason.FILE_MISMATCH, f"file {file.path!r} {fault}; it may still be being written")


class AttachmentHandler:
    """Bring attachment events into Odoo."""

    def __init__(self, odoo: Odoo, schema: Schema, settings: ConsumerSettings) -> None:
        self._odoo = odoo
        self._schema = schema
        self._settings = settings
        self._vault = Vault(settings)

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        """Bring `events`, each of another key, into Odoo; one verdict per event, in order."""
        due, verdicts = screen(events, self._settings.states)
        self._schema.fields(mapping.MODEL)
        held = _by_key(find(self._odoo, mapping.MODEL, KEY, [event.key for event in due], mapping.READ))
        plans: list[Plan] = []
        for event in due:
            document = held.get(event.key)
            if document and event.sequence < (document[SEQUENCE] or ""):
                verdicts[event.key] = Applied(Result.STALE, f"Odoo holds sequence {document[SEQUENCE]}")
                continue
            try:
                plans.append(self._plan(event, document))
            except (PermanentError, TransientError) as error:
                verdicts[event.key] = error
        new = [plan for plan in plans if plan.document is None]
        products = self._products(new)
        for group in groups([plan for plan in new if _product_key(plan.event) in products]):
            verdicts |= self._create(group, products)
        for group in groups([plan for plan in plans if plan.document is not None]):
            verdicts |= self._change(group)
        return [verdicts.get(event.key) or _missing(event) for event in events]

    def _plan(self, event: Event, document: Held | None) -> Plan:
        file = event.data.file
        changes = mapping.owned(event)
        if document is None:
            return Plan(event, None, changes, self._vault.size(file), file.sha1)
        sha1 = file.sha1 or self._vault.sha1(file)
        size = None if mapping.holds(document, sha1) else self._vault.size(file)
        return Plan(event, document, difference(document, changes), size, sha1)

    def _products(self, plans: Sequence[Plan]) -> dict[str, int]:
        wanted = [_product_key(plan.event) for plan in plans]
        found = _by_key(find(self._odoo, mapping.TARGET, KEY, wanted, [KEY]))
        return {key: int(record["id"]) for key, record in found.items()}

    def _create(self, plans: Sequence[Plan], products: Mapping[str, int]) -> dict[str, Verdict]:
        contents, verdicts = self._contents(plans)
        sent = [plan for plan in plans if plan.event.key in contents]
        rows = [
            mapping.row(plan.event, products[_product_key(plan.event)], contents[plan.event.key])
            for plan in sent
        ]
        outcome = create_once(self._odoo, mapping.MODEL, rows, context=AS_IT_IS)
        return verdicts | {
            plan.event.key: one if isinstance(one, PermanentError) else Applied(plan.result)
            for plan, one in zip(sent, outcome, strict=True)
        }

    def _change(self, plans: Sequence[Plan]) -> dict[str, Verdict]:
        contents, verdicts = self._contents([plan for plan in plans if plan.size is not None])
        sent = [plan for plan in plans if plan.event.key not in verdicts]
        changes: dict[int, Values] = {}
        for plan in sent:
            assert plan.document  # noqa: S101 - a plan that changes has a document
            content = {} if plan.size is None else {"datas": contents[plan.event.key]}
            changes[plan.document["id"]] = plan.changes | content
        change(self._odoo, mapping.MODEL, changes, context=AS_IT_IS)
        return verdicts | {plan.event.key: Applied(plan.result) for plan in sent}

    def _contents(self, plans: Sequence[Plan]) -> tuple[dict[str, str], dict[str, Verdict]]:
        """Return contents by key, and the verdicts of files that changed since they were looked at."""
        contents: dict[str, str] = {}
        verdicts: dict[str, Verdict] = {}
        for plan in plans:
            try:
                contents[plan.event.key] = self._vault.content(plan.event.data.file, plan.sha1)
            except (PermanentError, TransientError) as error:
                verdicts[plan.event.key] = error
        return contents, verdicts


def _by_key(records: Sequence[Held]) -> dict[str, Held]:
    # Should a person have copied our key, the oldest record keeps it.
    return {record[KEY]: record for record in reversed(records)}


def _product_key(event: Event) -> str:
    return keys.key(event.source, event.data.item.number)


def _missing(event: Event) -> TransientError:
    return TransientError(
        Reason.MISSING_PRODUCT, f"product {event.data.item.number} of this file is not in Odoo yet"
    )
