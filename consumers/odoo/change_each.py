"""Change records so that one which Odoo refuses harms only itself.

A newcomer would get wrong why the caller does not halve its events instead: that reads and plans all of
them again for each part. A refused write is quick (0.03 to 0.2 s for a hundred products) and stores nothing,
so only the write is taken apart: the records that Odoo's text speaks of are set aside and the others
written first. One refused record among a hundred costs 2 further calls when the text speaks of it, up to
11 when it does not; and once, where the changes name related records, those that ask for them (`gone.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from consumers.errors import PermanentError
from consumers.odoo.client import Odoo, Values
from consumers.odoo.gone import check_related
from consumers.odoo.records import SAVE_ROWS, change
from consumers.odoo.refusals import explained_change, suspects

Names = Mapping[int, Collection[str]]
"""Record → what it is called in Odoo, beside the values that are written."""


def change_each(
    odoo: Odoo,
    model: str,
    changes: Mapping[int, Values],
    context: Mapping[str, Any] | None = None,
    names: Names | None = None,
) -> dict[int, PermanentError]:
    """Write to each record id of `changes` its changed fields, and return the refusals by record id.

    Calls as `records.change` while nothing is refused. What is written to one record is written whole or
    not at all; of several records the refused ones are left as they were.

    Raises: as `records.change`, but of what concerns all records; and as `gone.check_related`.
    """
    write = _Write(odoo, model, changes, context, names or {})
    due = [record for record, values in changes.items() if values]
    for start in range(0, len(due), SAVE_ROWS):
        write.all_of(due[start : start + SAVE_ROWS])
    return write.refused


class _Write:
    """One set of changes on its way to Odoo."""

    def __init__(
        self,
        odoo: Odoo,
        model: str,
        changes: Mapping[int, Values],
        context: Mapping[str, Any] | None,
        names: Names,
    ) -> None:
        self._odoo = odoo
        self._model = model
        self._changes = changes
        self._context = context
        self._names = names
        self.refused: dict[int, PermanentError] = {}
        self._asked = False

    def all_of(self, records: Sequence[int]) -> None:
        """Write `records`, apart where it has to be."""
        waiting: list[tuple[Sequence[int], PermanentError | None]] = [(records, None)]
        while waiting:
            part, fault = waiting.pop()
            # One record is tried even if it must be the one: others may have been in its way.
            if fault is None or len(part) == 1:
                fault = self._tried(part)
            if fault is None:
                continue
            if len(part) == 1:
                self.refused[part[0]] = explained_change(fault, self._model, self._changes[part[0]])
                continue
            first, second = self._parted(part, fault)
            other = self._tried(first)
            if other is None:
                # What the whole was refused for is in the second part: no need to try that as a whole.
                waiting.append((second, fault))
            elif len(first) == 1:
                self.refused[first[0]] = explained_change(other, self._model, self._changes[first[0]])
                waiting.append((second, None))
            else:
                waiting += [(second, None), (first, other)]

    def _tried(self, records: Sequence[int]) -> PermanentError | None:
        changes = {record: self._changes[record] for record in records}
        try:
            change(self._odoo, self._model, changes, self._context)
        except PermanentError as error:
            if not self._asked:
                self._asked = True
                check_related(self._odoo, self._model, self._changes.values())
            return error
        return None

    def _parted(self, records: Sequence[int], fault: PermanentError) -> tuple[Sequence[int], Sequence[int]]:
        """Return the records to try first, and the others: those at fault as far as can be told."""
        changes = {record: self._changes[record] for record in records}
        bad = set(suspects(str(fault), self._model, changes, self._names))
        if 0 < len(bad) <= len(records) // 2:
            return [one for one in records if one not in bad], [one for one in records if one in bad]
        middle = len(records) // 2
        return records[:middle], records[middle:]
