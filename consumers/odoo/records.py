"""Records in bulk: find, create once, change only what differs. Few calls is the whole point.

Measured on Odoo 19: creating by `load()` with an external id is the only stock call that cannot
double a record, and updating by it is fifteen times slower than writing the changed fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from consumers.errors import ConflictError, PermanentError, RefusedModelError
from consumers.odoo.capabilities import capabilities
from consumers.odoo.client import Odoo, Values
from consumers.odoo.either import find_either
from consumers.odoo.errors import from_load_message
from consumers.odoo.own_fields import DIGEST, KEY
from consumers.odoo.pace import Pace
from consumers.odoo.refusals import explained
from schemas.dead_letter import Reason

SAVE_ROWS = 500
_ONCE: Mapping[str, Any] = {"mode": "update", "noupdate": True}
"""Lets `load()` pass over external ids that it has made before; source: `_load_records` of Odoo 16 to 19."""

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
    return find_either(odoo, model, {field: values}, fields, context)


def external_ids(odoo: Odoo, model: str, ids: Sequence[int]) -> dict[int, str]:
    """Return the external id of each record of `ids`, empty without one: a call, and none without records.

    Of several it is the oldest: that of a record which we made is ours. The other way round, external id
    to record, Odoo answers a user without Settings rights for one at a time only.
    """
    if not ids:
        return {}
    found: Mapping[Any, str] = odoo.call(model, "get_external_id", ids=list(ids))
    return {int(record): name for record, name in found.items()}  # keys of JSON are texts


def create_once(
    odoo: Odoo,
    model: str,
    rows: Sequence[Mapping[str, str]],
    context: Mapping[str, Any] | None = None,
    pace: Pace | None = None,
) -> list[int | PermanentError]:
    """Create one record per row and return its id, or why Odoo refuses the row, in order.

    Each row has an `id` column with the external id and only text cells; empty text clears, and a
    column that is left out gets Odoo's default. A record whose external id exists already is left as it is:
    a lost reply or a second consumer doubles nothing, and a request that Odoo comes to late, after a newer
    event, undoes nothing. A refused row does not hinder the others.
    One call per hundred rows with the same columns, or as many as `pace` says; one more after a refusal; and
    one that looks whether rows with a digest were created by their own event.

    Raises:
        ConflictError: another transaction was writing, or a related record is gone, and nothing of the call
            is stored; or a record was made by another event meanwhile.
        PermanentError: Odoo refuses the call without naming a row.
        RefusedModelError: the user may not create records of `model`: no row is at fault.
    """
    pace = pace or Pace()
    alike: dict[tuple[str, ...], list[int]] = {}
    for index, row in enumerate(rows):
        # Odoo would take an empty cell for "clear this field".
        alike.setdefault(tuple(sorted(row)), []).append(index)
    outcome: dict[int, int | PermanentError] = {}
    for indexes in alike.values():
        while due := [index for index in indexes if index not in outcome][: pace.rows]:
            found = _load(odoo, model, [rows[index] for index in due], {**_ONCE, **(context or {})}, pace)
            outcome |= {due[position]: one for position, one in found.items()}
    made = {
        one: rows[index] for index, one in outcome.items() if isinstance(one, int) and DIGEST in rows[index]
    }
    strange = _strange(odoo, model, made)
    return [strange.get(one, one) if isinstance(one, int) else one for _, one in sorted(outcome.items())]


def _strange(odoo: Odoo, model: str, made: Mapping[int, Mapping[str, str]]) -> dict[int, PermanentError]:
    """Return the records of `made`, id → row, that were there already and are not the row's: why, by id."""
    refused: dict[int, PermanentError] = {}
    for held in find(odoo, model, "id", made, (KEY, DIGEST)):
        row = made[held["id"]]
        if held[KEY] != row[KEY]:
            refused[held["id"]] = PermanentError(
                Reason.AMBIGUOUS_MATCH,
                f"the external id {row['id']} is that of {model} {held['id']}, whose {KEY} is "
                f"{held[KEY] or ''!r}: enter {row[KEY]!r} there, or delete the external id",
            )
        elif row[DIGEST] and held[DIGEST] != row[DIGEST]:
            raise ConflictError(
                f"{model} {held['id']} was created by another event of {row[KEY]!r} meanwhile"
            )
    return refused


def _load(
    odoo: Odoo,
    model: str,
    rows: Sequence[Mapping[str, str]],
    context: Mapping[str, Any] | None,
    pace: Pace,
) -> dict[int, int | PermanentError]:
    """Return by position what became of `rows`; without those that Odoo did not come to, if it stopped."""
    columns = list(rows[0])
    refused: dict[int, PermanentError] = {}
    while pending := [index for index in range(len(rows)) if index not in refused]:
        sent = [rows[index] for index in pending]
        data = [[row[column] for column in columns] for row in sent]
        reply = odoo.call(model, "load", context=context, fields=columns, data=data)
        if reply["ids"]:
            if not refused:
                pace.passed()
            return {**refused, **dict(zip(pending, reply["ids"], strict=True))}
        pace.refused()
        refusals = _refusals(reply["messages"], model, sent)
        # Its only message without a row: Odoo had enough of them. What it did not try may be as bad.
        stopped = any(one.get("type") == "warning" and "rows" not in one for one in reply["messages"])
        if not refused and _may_lack_right(model, refusals, max(refusals) + 1 if stopped else len(sent)):
            _require(odoo, model, refusals)
        refused |= {pending[row]: error for row, error in refusals.items()}
        if stopped:
            return dict(refused)
    return dict(refused)


def _may_lack_right(model: str, refusals: Mapping[int, PermanentError], tried: int) -> bool:
    """Return whether `refusals` may mean a missing right: all `tried` rows have one, or it is named."""
    return len(refusals) == tried or any(f"({model}" in str(error) for error in refusals.values())


def _require(odoo: Odoo, model: str, refusals: Mapping[int, PermanentError]) -> None:
    # A missing right comes as an ordinary row message, in any language: without this question one
    # forgotten group in Odoo would dead-letter everything.
    if not _may(odoo, model, "create"):
        raise RefusedModelError(f"the user lacks a right in Odoo: {next(iter(refusals.values()))}")


def _may(odoo: Odoo, model: str, operation: str) -> bool:
    """Return whether the user may do `operation` with `model` as such, whatever a rule says of one record."""
    if capabilities(odoo.version()).has_access:
        return bool(odoo.call(model, "has_access", ids=[], operation=operation))
    return bool(odoo.call(model, "check_access_rights", operation=operation, raise_exception=False))


def _refusals(
    messages: Sequence[Mapping[str, Any]], model: str, rows: Sequence[Mapping[str, str]]
) -> dict[int, PermanentError]:
    """Return the refused of the `rows` of a failed `load()`, by position.

    Raises:
        ConflictError: another transaction was writing, or Odoo does not find a related record: we have
            looked it up, so it has gone since.
    """
    related = {column.removesuffix("/.id") for column in rows[0] if column.endswith("/.id")}
    by_row: dict[int, tuple[str, str]] = {}
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
        by_row.setdefault(row, (text, str(message.get("field") or "")))
    if not by_row:
        text = "; ".join(str(message.get("message", "")) for message in messages) or "no message"
        raise PermanentError(Reason.REFUSED_BY_ODOO, f"Odoo refuses the batch: {text[:600]}")
    refusals = {row: (from_load_message(text), field) for row, (text, field) in by_row.items()}
    return {
        row: explained(error, model, rows[row], field)
        for row, (error, field) in refusals.items()
        if isinstance(error, PermanentError)
    }


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
