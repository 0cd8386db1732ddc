"""What is known of the database's fields, in a file that survives restarts and that processes share.

A newcomer would get wrong how little may hang on it: whatever is wrong with the file, it is as if there
were none, and Odoo is asked. It holds names, types and plain defaults of fields, no values of records and no
secret.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import structlog
from pydantic import FiniteFloat, TypeAdapter, ValidationError

from consumers.odoo.fields import ModelInfo
from consumers.odoo.inquiry import Installation

log = structlog.get_logger()

_LARGEST = 32 * 1024 * 1024
"""Bytes of a file that is read at most; all fields of a hundred models are a tenth of it."""
_AHEAD = 60.0
"""Seconds by which the clocks of processes that share the file may differ."""
_NO_FILE = "it is no regular file"


@dataclass(frozen=True)
class Table:
    """One model of Odoo as it was read, or why it could not be."""

    read_at: FiniteFloat
    """When Odoo was asked, in seconds since 1970: it is compared after a restart and between processes."""
    installation: Installation
    """Which Odoo was read."""
    model: ModelInfo | None = None
    error: str = ""


@dataclass(frozen=True)
class Snapshot:
    """All that is known of one database at one moment."""

    installation: Installation = field(default_factory=Installation)
    checked_at: FiniteFloat | None = None
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

    def changed(self, before: Snapshot) -> list[str]:
        """Return the models, known `before`, whose fields are others now or not known any more."""
        return [
            name
            for name, table in before.tables.items()
            if (now := self.tables.get(name)) is not table and (now and now.model) != table.model
        ]

    def latest(self) -> float:
        """Return the latest moment at which any of it was asked for."""
        return max([self.checked_at or 0.0, *(table.read_at for table in self.tables.values())])


@dataclass(frozen=True)
class _Content:
    format: Literal[3]
    database: str
    snapshot: Snapshot


_CONTENT = TypeAdapter(_Content)

_Seen = tuple[int, int, int]


class SchemaFile:
    """The file of one database. Not safe to share between threads; processes may share it."""

    def __init__(self, path: Path, database: str, clock: Callable[[], float]) -> None:
        """Keep what is known of `database` (server and name, no login) at `path`."""
        self.path = path
        self._database = database
        self._clock = clock
        self._seen: _Seen | None = None
        self._writable = True

    def replaced(self) -> Snapshot | None:
        """Return the content when the file is another one than was read or written last, else None."""
        try:
            found = self.path.stat()
            if _identity(found) == self._seen:
                return None
            self._seen = _identity(found)
            # Before it is opened: a pipe would never answer.
            fault = _unfit(found)
            content = None if fault else _CONTENT.validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            content, fault = None, str(error)[:200]
        if content and content.database != self._database:
            fault = f"it is of {content.database}"
        elif content and content.snapshot.latest() > self._clock() + _AHEAD:
            # Believed, it would pass for fresh until then.
            fault = "it was written in the future"
        if fault:
            log.warning("schema file ignored", path=str(self.path), error=fault)
        return content.snapshot if content and not fault else None

    def save(self, snapshot: Snapshot) -> None:
        """Replace the file as a whole. Where it cannot be written, work goes on without it."""
        body = _CONTENT.dump_json(_Content(3, self._database, snapshot), exclude_defaults=True)
        try:
            if self.path.exists() and not self.path.is_file():
                raise OSError(errno.EINVAL, _NO_FILE)  # /dev/null stays what it is
            self._seen = _replaced(self.path, body)
            self._writable = True
        except OSError as error:
            if self._writable:
                log.warning("schema file cannot be written", path=str(self.path), error=error.strerror)
            self._writable = False


def _replaced(path: Path, body: bytes) -> _Seen:
    """Make `body` the content of `path`, readable for its owner only; return which file that is.

    The part has a name of its own that nobody can foresee: in containers every process has the same id.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            seen = _identity(os.fstat(file.fileno()))
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return seen


def _unfit(found: os.stat_result) -> str:
    if not stat.S_ISREG(found.st_mode):
        return _NO_FILE
    return f"it is larger than {_LARGEST} bytes" if found.st_size > _LARGEST else ""


def _identity(found: os.stat_result) -> _Seen:
    return found.st_ino, found.st_mtime_ns, found.st_size
