"""Whether the records that a refused write names are still in Odoo: a person may have deleted or merged one.

A newcomer would get wrong that the refusal says so. It comes from PostgreSQL, for Odoo does not look itself,
and in Odoo's own words it speaks of a record that we were trying to delete. Only the question is sure. What
was looked up is remembered for minutes: it has to be forgotten, else each event that names it is refused.
Calls, where a refused write names records: 1 for the types of fields, 1 per related model; the two again for
what is written inside of another record, as lines are inside of a BOM.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from consumers.errors import ConflictError, PermanentError, RefusedModelError
from consumers.odoo.client import Odoo, Values
from consumers.odoo.records import find

_SHOWN = 5


def check_related(odoo: Odoo, model: str, changes: Iterable[Values]) -> None:
    """Ask whether the records that `changes` to records of `model` name are there.

    Raises:
        ConflictError: one of them has gone since it was looked up.
    """
    named: dict[str, dict[int, str]] = {}
    try:
        _name(odoo, model, list(changes), named)
        gone = [text for related, ids in named.items() for text in _gone(odoo, related, ids)]
    except (PermanentError, RefusedModelError):
        # What cannot be asked is not gone: the refusal stands as it is.
        return
    if gone:
        more = f", and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else ""
        raise ConflictError(
            f"a related record is gone since it was looked up, deleted or merged: "
            f"{', '.join(gone[:_SHOWN])}{more}"
        )


def _gone(odoo: Odoo, model: str, named: Mapping[int, str]) -> list[str]:
    """Return of the records of `model` that are `named`, by the field that does, those that are not there."""
    there = {row["id"] for row in find(odoo, model, "id", sorted(named), ("id",))}
    return [f"{field} = {record} ({model})" for record, field in named.items() if record not in there]


def _name(odoo: Odoo, model: str, changes: Sequence[Values], named: dict[str, dict[int, str]]) -> None:
    """Add to `named` the records by related model that `changes` name, each with the field that does."""
    fields = {name for values in changes for name, value in values.items() if _may_name(value)}
    if not fields:
        return
    infos: Mapping[str, Mapping[str, Any]] = odoo.call(
        model, "fields_get", allfields=sorted(fields), attributes=["type", "relation"]
    )
    inside: dict[str, list[Values]] = {}
    for values in changes:
        for name in values.keys() & infos.keys():
            value, related = values[name], infos[name].get("relation")
            if not related or not _may_name(value):
                continue
            if isinstance(value, int):
                named.setdefault(related, {})[value] = f"{model}.{name}"
                continue
            for kind, _, *rest in value:
                if kind == 6:  # all that a many2many field shall have
                    named.setdefault(related, {}).update(dict.fromkeys(rest[0], f"{model}.{name}"))
                elif rest and isinstance(rest[0], Mapping):
                    inside.setdefault(related, []).append(dict(rest[0]))
    for related, rows in inside.items():
        _name(odoo, related, rows, named)


def _may_name(value: Any) -> bool:
    return (isinstance(value, int) and value > 0 and not isinstance(value, bool)) or (
        isinstance(value, list) and bool(value)
    )
