"""What is known of the database's fields, in a file that survives restarts and that processes share.

A newcomer would get wrong how little may hang on it: whatever is wrong with the file, it is as if there
were none, and Odoo is asked. It holds names and types of fields, and no secret.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import structlog
from pydantic import TypeAdapter, ValidationError

from consumers.odoo.fields import ModelInfo
from consumers.odoo.inquiry import Installation

log = structlog.get_logger()


@dataclass(frozen=True)
class Table:
    """One model of Odoo as it was read, or why it could not be."""

    read_at: float
    """In seconds since 1970, for it is compared after a restart and between processes."""
    installation: Installation
    """Which Odoo was read."""
    model: ModelInfo | None = None
    error: str = ""


@dataclass(frozen=True)
class Snapshot:
    """All that is known of one database at one moment."""

    installation: Installation = field(default_factory=Installation)
    checked_at: float | None = None
    """When Odoo was asked which one it is."""
    tables: Mapping[str, Table] = field(default_factory=dict)

    def merged(self, other: Snapshot) -> Snapshot:
        """Return what is newer of both, table by table."""
        newest = max(self, other, key=lambda one: one.checked_at or 0.0)
        tables = dict(self.tables)
        for name, table in other.tables.items():
            if name not in tables or tables[name].read_at < table.read_at:
                tables[name] = table
        return replace(newest, tables=tables)


@dataclass(frozen=True)
class _Content:
    format: Literal[1]
    database: str
    snapshot: Snapshot


_CONTENT = TypeAdapter(_Content)

_Seen = tuple[int, int, int]


class SchemaFile:
    """The file of one database. Not safe to share between threads; processes may share it."""

    def __init__(self, path: Path, database: str) -> None:
        """Keep what is known of `database` (server and name, no login) at `path`."""
        self.path = path
        self._database = database
        self._seen: _Seen | None = None
        self._writable = True

    def replaced(self) -> Snapshot | None:
        """Return the content when the file is another one than was read or written last, else None."""
        try:
            seen = _identity(self.path)
            if seen == self._seen:
                return None
            self._seen = seen
            content = _CONTENT.validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            log.warning("schema file ignored", path=str(self.path), error=str(error)[:200])
            return None
        if content.database != self._database:
            log.info("schema file ignored", path=str(self.path), of=content.database)
            return None
        return content.snapshot

    def save(self, snapshot: Snapshot) -> None:
        """Replace the file as a whole. Where it cannot be written, work goes on without it."""
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        try:
            part.write_bytes(_CONTENT.dump_json(_Content(1, self._database, snapshot), exclude_defaults=True))
            self._seen = _identity(part)
            part.replace(self.path)
            self._writable = True
        except OSError as error:
            if self._writable:
                log.warning("schema file cannot be written", path=str(self.path), error=error.strerror)
            self._writable = False


def _identity(path: Path) -> _Seen:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size
