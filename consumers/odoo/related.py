"""Creating a related record that the vault names and Odoo does not have: a category, a partner.

A newcomer would get wrong that a record which we made may have another name by now: a person renamed it.
It is used as it is; loading it again would undo the person's work.
"""

from __future__ import annotations

from consumers.errors import PermanentError
from consumers.odoo.client import Odoo
from consumers.odoo.records import create_once
from schemas.dead_letter import Reason
from schemas.keys import MODULE, encode_part, external_id

_PATH = " / "
_FULL_PATH = "complete_name"


class Creator:
    """Creates related records once, whoever else does it at the same moment."""

    def __init__(self, odoo: Odoo) -> None:
        self._odoo = odoo

    def create(self, model: str, by: str, text: str) -> int:
        """Return the record of `model` that was made for `text` in its field `by`; make it if there is none.

        For a path like `All / Screws` (field `complete_name`) also its parents, top first.

        Raises:
            PermanentError: Odoo refuses it.
            ConflictError: another transaction was creating it.
        """
        if by != _FULL_PATH:
            return self._loaded(model, by, text, {by: text} | ({} if by == "name" else {"name": text}))
        names = text.split(_PATH)
        parent = 0
        for depth, name in enumerate(names, 1):
            path = _PATH.join(names[:depth])
            cells = {"name": name, "parent_id/.id": str(parent or "")}
            parent = self._there(model, path) or self._loaded(model, by, path, cells)
        return parent

    def _there(self, model: str, path: str) -> int:
        """Return the record with this `path`, exact spelling first, or 0."""
        domain = [[_FULL_PATH, "=ilike", escaped(path)]]
        rows = self._odoo.call(
            model, "search_read", domain=domain, fields=[_FULL_PATH], order="id", load=None
        )
        found = [row for row in rows if row[_FULL_PATH] == path] or rows
        if len(found) > 1:
            ids = ", ".join(str(row["id"]) for row in found)
            text = (
                f"{path!r} names {len(found)} records of {model} (ids {ids}); leave the path to one of them"
            )
            raise PermanentError(Reason.AMBIGUOUS_MATCH, text)
        return int(found[0]["id"]) if found else 0

    def _loaded(self, model: str, by: str, text: str, cells: dict[str, str]) -> int:
        # By our external id: two consumers that miss the same record at once create one.
        name = f"related.{encode_part(model)}", f"{by}.{encode_part(text.casefold())}"
        if held := made_before(self._odoo, external_id(*name)):
            return held
        [outcome] = create_once(self._odoo, model, [{"id": external_id(*name), **cells}])
        if isinstance(outcome, PermanentError):
            raise outcome
        return outcome


def made_before(odoo: Odoo, name: str) -> int:
    """Return the record with our external id `name`, or 0: a question that needs no Settings right."""
    try:
        _, record = odoo.call(
            "ir.model.data",
            "check_object_reference",
            module=MODULE,
            xml_id=name.removeprefix(f"{MODULE}."),
            raise_on_access_error=False,
        )
    except PermanentError:
        return 0
    return int(record or 0)


def escaped(text: str) -> str:
    """Return `text` for Odoo's `=ilike`, in which it means itself."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
