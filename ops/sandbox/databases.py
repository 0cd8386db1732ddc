"""Clone, find and drop Odoo databases by PostgreSQL's own means: a clone takes about a second.

A name that was dropped should not be used again soon: Odoo's workers remember a database by its name.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import tenacity
from psycopg import sql

from ops.sandbox.errors import SandboxError
from ops.sandbox.progress import Progress
from ops.sandbox.servers import DEMO

NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
RESERVED = {"postgres", "template0", "template1"}
OWNER = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s"


@dataclass(frozen=True)
class Databases:
    """The databases of one PostgreSQL server. `filestore` is Odoo's folder of attachments, if it is here."""

    dsn: str = field(repr=False)
    filestore: Path | None

    @contextmanager
    def connection(self, database: str = "postgres") -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """Open a connection that commits each statement (databases are made outside transactions)."""
        options: dict[str, Any] = {"dbname": database, "autocommit": True, "connect_timeout": 10}
        try:
            with psycopg.connect(self.dsn, **options) as connection:
                yield connection
        except psycopg.Error as refused:
            raise SandboxError(f"PostgreSQL refused: {str(refused).strip()}. Is the sandbox up?") from refused

    def names(self) -> set[str]:
        """Return every database but PostgreSQL's own."""
        with self.connection() as connection:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database")} - RESERVED

    def clone(self, template: str, name: str) -> None:
        """Make the database `name` from a template that nobody uses, with its attachments."""
        check(name)
        # Asked before anything is touched: an existing database keeps its files.
        if name in self.names():
            raise SandboxError(f"the database {name!r} already exists: choose another name or drop it first")
        # The files go first: a database that exists is complete.
        self._drop_files(name)
        self._link_files(template, name)
        # Copied as files, fifty megabytes take 0.3 s; through the write-ahead log they take 1.5 s.
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy")
        with self.connection() as connection:
            owner = connection.execute(OWNER, [template]).fetchone()
            if owner is None:
                raise SandboxError(f"there is no database {template!r} to clone: run `pdm-odoo sandbox up`")
            parts = (sql.Identifier(part) for part in (name, template, owner[0]))
            connection.execute(command.format(*parts))

    def drop(self, name: str) -> None:
        """Delete a database with its attachments, ending its connections; nothing happens without it."""
        check(name)
        self._drop(name)
        self._drop_files(name)

    @tenacity.retry(
        # PostgreSQL's own vacuum of that database is nobody's to end; it gives way within moments.
        retry=tenacity.retry_if_exception(
            lambda error: isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege)
        ),
        stop=tenacity.stop_after_delay(15),
        wait=tenacity.wait_fixed(0.5),
        reraise=True,
    )
    def _drop(self, name: str) -> None:
        with self.connection() as connection:
            command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(command.format(sql.Identifier(name)))

    def seal(self, name: str) -> None:
        """Let nobody connect to a database any more: only then it can always be cloned."""
        command = sql.SQL("ALTER DATABASE {} IS_TEMPLATE true ALLOW_CONNECTIONS false")
        with self.connection() as connection:
            connection.execute(command.format(sql.Identifier(name)))

    def unseal(self, name: str) -> None:
        """Make a template an ordinary database again."""
        command = sql.SQL("ALTER DATABASE {} IS_TEMPLATE false ALLOW_CONNECTIONS true")
        with self.connection() as connection:
            connection.execute(command.format(sql.Identifier(name)))

    def _link_files(self, source: str, target: str) -> None:
        # Hard links are safe: Odoo names a file by its content and never changes one.
        if self.filestore is not None and (self.filestore / source).is_dir():
            shutil.copytree(self.filestore / source, self.filestore / target, copy_function=os.link)
            if os.geteuid() == 0:
                _give_folders(self.filestore / target, self.filestore.stat())

    def _drop_files(self, name: str) -> None:
        if self.filestore is not None:
            shutil.rmtree(self.filestore / name, ignore_errors=True)


def settle_demo(databases: Databases, template: str, progress: Progress) -> None:
    """Make the database for people and examples unless it is there."""
    if DEMO not in databases.names():
        progress(f"cloning the database {DEMO}")
        databases.clone(template, DEMO)


def check(name: str) -> None:
    """Raise unless `name` is one that every part accepts: a small letter, then letters, digits, _ and -."""
    if not NAME.fullmatch(name) or name in RESERVED:
        raise SandboxError(
            f"{name!r} is no name for a database here: it takes a small letter, "
            "then up to 62 small letters, digits, _ or -"
        )


def _give_folders(top: Path, owner: os.stat_result) -> None:
    for folder, _, _ in os.walk(top):
        os.chown(folder, owner.st_uid, owner.st_gid)
