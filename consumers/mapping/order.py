"""Two events of one sequence: one that came twice, or two that differ. Pure; the same for every kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consumers.odoo.own_fields import ADOPTED, DIGEST, SEQUENCE
from schemas.event import Event


def twice(event: Event, record: Mapping[str, Any]) -> str:
    """Say that `record` holds another event of this sequence; nothing when it holds this one, or an older."""
    if event.sequence != record[SEQUENCE] or record[DIGEST] in (False, "", ADOPTED, event.digest):
        return ""
    return f"another event of sequence {event.sequence} was applied before, with other content"
