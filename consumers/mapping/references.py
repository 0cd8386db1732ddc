"""Texts of the vault → ids of related records that were looked up, and what happens when one is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol

from consumers.errors import PermanentError
from consumers.mapping.facts import Facts
from consumers.mapping.units import unknown_unit
from consumers.odoo.relations import Place
from consumers.odoo.units import UNIT
from schemas.dead_letter import Reason, cut
from schemas.field_rule import Missing

Texts = tuple[str, ...]


class Links(Protocol):
    """What is known of related records: all texts that a mapping wanted were looked up."""

    def ids(self, place: Place, text: str) -> Sequence[int]:
        """Return the records that `text` names; several when nobody may choose."""

    def near(self, place: Place) -> Sequence[str]:
        """Return texts that do name a record, as far as they are known."""

    def spelt(self, place: Place, text: str) -> str:
        """Return what Odoo is asked for when an event says `text`: of a unit Odoo's name."""


@dataclass(frozen=True)
class Reference:
    """How one field finds its related records."""

    where: str
    """Model and field, for people."""
    place: Place
    many: bool
    missing: Missing
    default: Callable[[Facts], Texts] | None
    """Gives what is taken instead of a missing record."""

    def fallback(self, facts: Facts) -> Texts:
        """Return the texts that stand in for a missing record."""
        return self.default(facts) if self.default else ()

    def resolved(self, texts: Texts, facts: Facts, links: Links) -> Any:
        """Return the id, or the ids of a many2many in order, or False for none; None leaves the field alone.

        Raises:
            PermanentError: a text names several records, or none and the rule does not say what then.
        """
        found: set[int] = set()
        for text in texts:
            ids = self._ids(text, links)
            if not ids and self.missing is Missing.IGNORE:
                return None
            if not ids and self.missing is Missing.DEFAULT:
                ids = tuple(one for other in self.fallback(facts) for one in self._ids(other, links))
            if not ids:
                raise self._unknown(text, links)
            found.update(ids)
        return sorted(found) if self.many else next(iter(found), False)

    def _ids(self, text: str, links: Links) -> Sequence[int]:
        ids = links.ids(self.place, text)
        if len(ids) > 1:
            named = ", ".join(map(str, ids[:10]))
            raise PermanentError(
                Reason.AMBIGUOUS_MATCH,
                f"{self.where}: {cut(text, 100)!r} names {len(ids)} records of {self.place.model} "
                f"(ids {named}); leave that {self.place.by} to one of them",
            )
        return ids

    def _unknown(self, text: str, links: Links) -> PermanentError:
        spelt = links.spelt(self.place, text)
        similar = get_close_matches(spelt, links.near(self.place), n=3)
        if self.place.model == UNIT:
            return unknown_unit(self.where, text, spelt, similar, self.place.by)
        hint = f" (near: {', '.join(similar)})" if similar else ""
        return PermanentError(
            Reason.UNKNOWN_RECORD,
            f"{self.where}: no {self.place.model} has {self.place.by} {cut(text, 100)!r}{hint}; "
            "create it, or map the value in the profile",
        )
