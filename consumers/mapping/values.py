"""Values on their way to Odoo: what differs, and how a `load()` cell spells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consumers.odoo.client import Values


def difference(held: Mapping[str, Any], wanted: Values) -> Values:
    """Return the fields of `wanted` that `held` (a record as read) does not have yet.

    Odoo reads an empty text as False, so both spellings of empty are equal.
    """
    return {field: value for field, value in wanted.items() if (held[field] or "") != (value or "")}


def cells(values: Mapping[str, Any]) -> dict[str, str]:
    """Return `values` as cells of a `load()` row, which must all be texts; empty text clears."""
    return {field: _cell(value) for field, value in values.items()}


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)
