"""What setup found of one thing of ours in the database, or did to it."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """What was found of a field or view, or done to it."""

    PRESENT = "present"
    ADDED = "added"
    MISSING = "missing"
    """Would be added: this was a dry run."""
    SKIPPED = "skipped"
    """This Odoo does not take it, and nothing depends on it."""
