"""Records in bulk: find, create once, change only what differs. Few calls is the whole point.

Measured on Odoo 19: creating by `load()` with an external id is the only stock call that cannot
double a record, and updating by it is fifteen times slower than writing the changed fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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

    Each row has an `id` column with the external id and only text cells; empty text clears. A row
    whose external id exists already updates that record: a lost reply or a second consumer doubles
    nothing. A refused row does not hinder the others. At most a hundred rows per call.

    Raises:
        ConflictError: another transaction was writing; nothing of the call is stored.
        PermanentError: Odoo refuses the call without naming a row.
        RefusedModelError: the user may not create records of `model`: no row is at fault.
    """
    outcome: list[int | PermanentError] = []
    for chunk in _chunks(rows, LOAD_ROWS):
        outcome += _load(odoo, model, chunk, context)
    return outcome


def _load(
    odoo: Odoo, model: str, rows: Sequence[Mapping[str, str]], context: Mapping[str, Any] | None
) -> list[int | PermanentError]:
    columns = list(rows[0])
    if odd := [row["id"] for row in rows if row.keys() != rows[0].keys()]:
        # Odoo would take an empty cell for "clear this field".
        raise KeyError(f"rows with other columns than {columns}: {odd[:3]}")
    refused: dict[int, PermanentError] = {}
    while pending := [index for index in range(len(rows)) if index not in refused]:
        data = [[rows[index][column] for column in columns] for index in pending]
        reply = odoo.call(model, "load", context=context, fields=columns, data=data)
        if reply["ids"]:
            ids = dict(zip(pending, reply["ids"], strict=True))
            return [refused.get(index) or ids[index] for index in range(len(rows))]
        refusals = _refusals(reply["messages"])
        # A missing right comes as an ordinary row message, in any language: without this question one
        # forgotten group in Odoo would dead-letter everything.
        if not refused and not _may_create(odoo, model):
            raise RefusedModelError(f"the user lacks a right in Odoo: {next(iter(refusals.values()))}")
        refused |= {pending[row]: error for row, error in refusals.items()}
    return [refused[index] for index in range(len(rows))]


def _may_create(odoo: Odoo, model: str) -> bool:
    if capabilities(odoo.version()).has_access:
        return bool(odoo.call(model, "has_access", ids=[], operation="create"))
    return bool(odoo.call(model, "check_access_rights", operation="create", raise_exception=False))


def _refusals(messages: Sequence[Mapping[str, Any]]) -> dict[int, PermanentError]:
    """Return the refused rows of a failed `load()`."""
    by_row: dict[int, str] = {}
    faults = [message for message in messages if message.get("type") == "error"]
    for position, message in enumerate(faults):
        text = str(message.get("message", ""))
        error = from_load_message(text)
        if isinstance(error, ConflictError):
            raise error
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
    """
    due = {record: values for record, values in changes.items() if values}
    if not due:
        return
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
