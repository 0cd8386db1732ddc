"""Files of the vault, below the allowed folders: opened anew for each use and checked by what was opened.

A newcomer would get wrong that the path comes from a message and is hostile: it may climb out, name a
device, or follow a link that leads elsewhere, also one that appears between the check and the opening.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from consumers.errors import PermanentError, TransientError, UnavailableError
from consumers.mapping import paths
from schemas.attachment import File
from schemas.dead_letter import Reason
from schemas.settings import ConsumerSettings

CHUNK = 3 * 1024 * 1024
"""A multiple of three, so that base64 of the chunks is base64 of the whole."""

SETTLED_SECONDS = 3.0
"""A file written less than this ago may still be growing, and only its SHA-1 would tell."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not blocking: opening a named pipe would wait for a writer for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Vault:
    """The folders of files. Every read opens the file anew and checks it by what was opened."""

    def __init__(self, settings: ConsumerSettings, clock: Callable[[], float]) -> None:
        self._clock = clock
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
        encoded: list[str] = []
        with self.opened(file) as stream:
            left = os.fstat(stream.fileno()).st_size
            while chunk := stream.read(min(CHUNK, left)):
                digest.update(chunk)
                encoded.append(b64encode(chunk).decode())
                left -= len(chunk)
            if left or stream.read(1):
                raise _mismatch(file, "changed its size while it was read")
        if sha1 and digest.hexdigest() != sha1:
            raise _mismatch(file, f"has SHA-1 {digest.hexdigest()}, the event says {sha1}")
        return "".join(encoded)

    @contextmanager
    def opened(self, file: File) -> Iterator[BufferedReader]:
        """Open the file below the first root that has it.

        Raises:
            PermanentError: it is none that may be attached, or too large.
            TransientError: it is not there, not readable, or not of the size that the event says.
            UnavailableError: a root itself is not there, e.g. a share that is not mounted.
        """
        names = paths.parts(file.path)
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
            raise paths.forbidden(path, "is below no root, because none is set")
        places = ", ".join(str(root) for root in self._roots)
        raise TransientError(Reason.FILE_MISSING, f"file {path!r} is not there (yet); looked below {places}")

    def _check(self, file: File, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise paths.forbidden(file.path, "is a folder, a device or a pipe")
        if found.st_size > self._max_bytes:
            raise PermanentError(
                Reason.FILE_TOO_LARGE,
                f"file {file.path!r} has {found.st_size} bytes; PDM_ODOO_ATTACHMENT_MAX_BYTES allows "
                f"{self._max_bytes}",
            )
        if file.size is not None and file.size != found.st_size:
            raise _mismatch(file, f"has {found.st_size} bytes, the event says {file.size}")
        # Both ways: the clock of a file server may be ahead of ours.
        if file.sha1 is None and abs(self._clock() - found.st_mtime) < SETTLED_SECONDS:
            raise _mismatch(file, "was written a moment ago")


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
        raise paths.forbidden(path, "is a link to itself") from error
    if not target.is_relative_to(top):
        raise paths.forbidden(path, "is a link that leads out")
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
            raise paths.forbidden(path, "is a link that leads out") from error
        raise
    finally:
        os.close(current)


def _mismatch(file: File, fault: str) -> TransientError:
    return TransientError(Reason.FILE_MISMATCH, f"file {file.path!r} {fault}; it may still be being written")
