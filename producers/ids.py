"""Ids of events."""

from __future__ import annotations

import uuid_utils


def new_id() -> str:
    """Return a new id (UUIDv7): unique, and sorted by the time it was made."""
    return str(uuid_utils.uuid7())
