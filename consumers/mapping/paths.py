"""The path of a file as the vault tells it: what it may name, judged by its text alone.

A newcomer would get wrong that the path is hostile: it was typed by people and travelled through a
broker. `files.py` judges it again on the disk.
"""

from __future__ import annotations

import re

from consumers.errors import PermanentError
from schemas.dead_letter import Reason, cut


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
