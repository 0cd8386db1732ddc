"""Values on their way to Odoo: what differs, and how a `load()` cell spells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consumers.odoo.client import Values
from consumers.odoo.fields import FieldInfo, ModelInfo


def difference(held: Mapping[str, Any], wanted: Values) -> Values:
    """Return what to write so that `held` (a record as read) has all of `wanted`.

    Odoo reads an empty text as False, so both spellings of empty are equal, and the ids of a many2many
    field are a set.
    """
    return written(
        {field: value for field, value in wanted.items() if _comparable(held[field]) != _comparable(value)}
    )


def written(values: Mapping[str, Any]) -> Values:
    """Return `values` as `write` and `create` take them: the ids of a many2many field replace all it has."""
    return {field: [[6, 0, value]] if isinstance(value, list) else value for field, value in values.items()}


def _comparable(value: Any) -> Any:
    return (frozenset(value) if isinstance(value, list) else value) or ""


def sendable(values: Values, info: ModelInfo) -> Values:
    """Return what a new record gets of `values`: what Odoo requires and is empty is left to its default."""
    return {
        name: value
        for name, value in values.items()
        if not ((value is False or value == "") and _needed(info.fields.get(name)))
    }


def _needed(field: FieldInfo | None) -> bool:
    return field is not None and field.required and field.type != "boolean"


def load_cells(values: Values, info: ModelInfo) -> dict[str, str]:
    """Return `values` as cells of a `load()` row for `info`: related records go by their database ids."""
    row: dict[str, Any] = {}
    for field, value in values.items():
        known = info.fields.get(field)
        if known and known.relational:
            row[f"{field}/.id"] = ",".join(map(str, value)) if isinstance(value, list) else value or ""
        else:
            # Only a boolean is ever no; any other field is empty.
            row[field] = None if value is False and known and known.type != "boolean" else value
    return cells(row)


def cells(values: Mapping[str, Any]) -> dict[str, str]:
    """Return `values` as cells of a `load()` row, which must all be texts; empty text clears."""
    return {field: _cell(value) for field, value in values.items()}


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)
