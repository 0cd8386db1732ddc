"""Records in bulk: find, create once, change only what differs. Few calls is the whole point.

Measured on Odoo 19: creating by `load()` with an external id is the only stock call that cannot
double a record, and updating by it is fifteen times slower than writing the changed fields.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from consumers.errors import ConflictError, PermanentError, RefusedModelError
from consumers.odoo.capabilities import capabilities
from consumers.odoo.client import Odoo, Values
from consumers.odoo.errors import from_load_message
from schemas.dead_letter import Reason

LOAD_ROWS = 100
"""One bad row in a larger `load()` costs half a minute of record-by-record fallback."""
SAVE_ROWS = 500
FIND_VALUES = 1000

T = TypeVar("T")


def find(
    odoo: Odoo,
    model: str,
    field: str,
    values: Iterable[Any],
    fields: Sequence[str],
    context: Mapping[str, Any] | None = None,
) -> list[Values]:
    """Return the records of `model` whose `field` is among `values`, archived ones too, by id.

    One call per thousand values; none without values. many2one fields are ids.
    """
    found: list[Values] = []
    for chunk in _chunks(list(dict.fromkeys(values)), FIND_VALUES):
        found += odoo.call(
            model,
            "search_read",
            domain=[[field, "in", chunk]],
            fields=list(fields),
            order="id",
            load=None,
            context=context,
        )
    return found


def create_once(
    odoo: Odoo, model: str, rows: Sequence[Mapping[str, str]], context: Mapping[str, Any] | None = None
) -> list[int | PermanentError]:
    """Create one record per row and return its id, or why Odoo refuses the row, in order.

    Each row has an `id` column with the external id and only text cells; empty text clears, and a
    column that is left out gets Odoo's default. A row whose external id exists already updates that
    record: a lost reply or a second consumer doubles nothing. A refused row does not hinder the others.
    One call per hundred rows with the same columns.

    Raises:
        ConflictError: another transaction was writing, or a related record is gone; nothing of the call
            is stored.
        PermanentError: Odoo refuses the call without naming a row.
        RefusedModelError: the user may not create records of `model`: no row is at fault.
    """
    alike: dict[tuple[str, ...], list[int]] = {}
    for index, row in enumerate(rows):
        # Odoo would take an empty cell for "clear this field".
        alike.setdefault(tuple(sorted(row)), []).append(index)
    outcome: dict[int, int | PermanentError] = {}
    for indexes in alike.values():
        for chunk in _chunks(indexes, LOAD_ROWS):
            found = _load(odoo, model, [rows[index] for index in chunk], context)
            outcome.update(zip(chunk, found, strict=True))
    return [outcome[index] for index in range(len(rows))]


def _load(
    odoo: Odoo, model: str, rows: Sequence[Mapping[str, str]], context: Mapping[str, Any] | None
) -> list[int | PermanentError]:
    columns = list(rows[0])
    related = {column.removesuffix("/.id") for column in columns if column.endswith("/.id")}
    refused: dict[int, PermanentError] = {}
    while pending := [index for index in range(len(rows)) if index not in refused]:
        data = [[rows[index][column] for column in columns] for index in pending]
        reply = odoo.call(model, "load", context=context, fields=columns, data=data)
        if reply["ids"]:
            ids = dict(zip(pending, reply["ids"], strict=True))
            return [refused.get(index) or ids[index] for index in range(len(rows))]
        refusals = _refusals(reply["messages"], related)
        # A missing right comes as an ordinary row message, in any language: without this question one
        # forgotten group in Odoo would dead-letter everything.
        if not refused and not _may(odoo, model, "create"):
            raise RefusedModelError(f"the user lacks a right in Odoo: {next(iter(refusals.values()))}")
        refused |= {pending[row]: error for row, error in refusals.items()}
    return [refused[index] for index in range(len(rows))]


def _may(odoo: Odoo, model: str, operation: str) -> bool:
    """Return whether the user may do `operation` with `model` as such, whatever a rule says of one record."""
    if capabilities(odoo.version()).has_access:
        return bool(odoo.call(model, "has_access", ids=[], operation=operation))
    return bool(odoo.call(model, "check_access_rights", operation=operation, raise_exception=False))


def _refusals(messages: Sequence[Mapping[str, Any]], related: Collection[str]) -> dict[int, PermanentError]:
    """Return the refused rows of a failed `load()`; `related` are the fields whose cells are our ids.

    Raises:
        ConflictError: another transaction was writing, or Odoo does not find a related record: we have
            looked it up, so it has gone since.
    """
    by_row: dict[int, str] = {}
    faults = [message for message in messages if message.get("type") == "error"]
    for position, message in enumerate(faults):
        text = str(message.get("message", ""))
        error = from_load_message(text)
        if isinstance(error, ConflictError):
            raise error
        # Only what Odoo looked for in vain comes with a hint where to look.
        if message.get("field") in related and message.get("moreinfo"):
            raise ConflictError(f"a related record is gone: {text[:600]}")
        if "rows" not in message:
            continue
        row = int(message["rows"]["from"])
        # Odoo repeats the batch's error in front and blames row 0, which is innocent.
        if position == 0 and row == 0 and _repeated(text, faults[1:]):
            continue
        by_row.setdefault(row, text)
    if not by_row:
        text = "; ".join(str(message.get("message", "")) for message in messages) or "no message"
        raise PermanentError(Reason.REFUSED_BY_ODOO, f"Odoo refuses the batch: {text[:600]}")
    refusals = {row: from_load_message(text) for row, text in by_row.items()}
    return {row: error for row, error in refusals.items() if isinstance(error, PermanentError)}


def _repeated(text: str, others: Sequence[Mapping[str, Any]]) -> bool:
    return any(other.get("message") == text and other.get("rows", {}).get("from") != 0 for other in others)


def change(
    odoo: Odoo, model: str, changes: Mapping[int, Values], context: Mapping[str, Any] | None = None
) -> None:
    """Write to each record id of `changes` its changed fields; empty ones are left out.

    One call, and one transaction, per 500 records (`web_save_multi`, Odoo 19). Up to Odoo 18 one per
    different values: what has to be written together has to stand in one record.

    Raises:
        PermanentError: Odoo refuses one of the records, and does not say which.
        RefusedModelError: the user may not write `model`: no record is at fault.
    """
    due = {record: values for record, values in changes.items() if values}
    if not due:
        return
    try:
        _write(odoo, model, due, context)
    except RefusedModelError as error:
        # A rule about one record, not a right that is missing, of this model or of one that Odoo writes
        # beside it: the event of that record is at fault.
        if re.search(rf"\({re.escape(model)}[):]", str(error)) and _may(odoo, model, "write"):
            raise PermanentError(Reason.REFUSED_BY_ODOO, f"Odoo refuses: {error}") from error
        raise


def _write(odoo: Odoo, model: str, due: Mapping[int, Values], context: Mapping[str, Any] | None) -> None:
    if capabilities(odoo.version()).saves_many:
        for chunk in _chunks(list(due), SAVE_ROWS):
            odoo.call(
                model,
                "web_save_multi",
                ids=chunk,
                vals_list=[due[record] for record in chunk],
                specification={},
                context=context,
            )
        return
    for values, records in _alike(due):
        for chunk in _chunks(records, SAVE_ROWS):
            odoo.call(model, "write", ids=chunk, vals=values, context=context)


def _alike(changes: Mapping[int, Values]) -> list[tuple[Values, list[int]]]:
    """Return the records of each different values, in order."""
    groups: list[tuple[Values, list[int]]] = []
    for record, values in changes.items():
        for known, records in groups:
            if known == values:
                records.append(record)
                break
        else:
            groups.append((values, [record]))
    return groups


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
