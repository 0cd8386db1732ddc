"""Related records by the text of one of their fields: looked up in bulk, remembered for minutes.

A newcomer would get wrong that a text may name several records: then nobody may choose, and whoever asks
gets all of them. Exact spelling wins over another case.
Calls: one per related model and field for all texts not known yet; one more when some are missing, except
of units.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consumers.errors import ConflictError, PermanentError
from consumers.odoo.client import Odoo
from consumers.odoo.related import Creator, escaped
from consumers.odoo.units import MAX_AGE_SECONDS, MIN_AGE_SECONDS, UNIT

MAX_TEXTS = 10_000
"""Texts remembered per place; above it the old ones are forgotten."""
NEW = -1
"""Stands for a record that a dry run did not create."""
_CANDIDATES = 1000
"""Records whose names are compared when a text matches none, only to suggest one."""


@dataclass(frozen=True)
class Place:
    """Where texts are looked up: one field of one model, among the records that match `domain`."""

    model: str
    by: str
    domain: tuple[Any, ...] = ()


@dataclass(frozen=True)
class _Found:
    ids: tuple[int, ...]
    at: float
    memory: int
    """What was remembered before something was found to be wrong has a lower number."""
    refused: PermanentError | None = None
    """Why Odoo did not create the record."""


@dataclass
class _Known:
    found: dict[str, _Found] = field(default_factory=dict)
    near: tuple[str, ...] = ()
    near_at: float = float("-inf")


class Relations:
    """The related records of one database. Safe to share between threads."""

    def __init__(
        self,
        odoo: Odoo,
        unit: Callable[[str], str],
        clock: Callable[[], float] = time.monotonic,
        *,
        dry_run: bool = False,
    ) -> None:
        """Look up through `odoo`; `unit` gives Odoo's name of a unit of the vault.

        In a dry run a record that would be created is NEW.
        """
        self._odoo = odoo
        self._unit = unit
        self._clock = clock
        self._creator = None if dry_run else Creator(odoo)
        self._lock = threading.Lock()
        self._known: dict[Place, _Known] = {}
        self._names: dict[tuple[str, int], str] = {}
        self._memory = 0

    def look_up(self, wanted: Mapping[Place, Iterable[str]], create: Collection[Place] = ()) -> None:
        """Learn the records that these texts name; create missing ones at the places of `create`.

        Raises:
            ConflictError: another transaction was creating the same record.
        """
        with self._lock:
            for place, texts in wanted.items():
                self._learn(place, {self.spelt(place, text) for text in texts}, place in create)

    def ids(self, place: Place, text: str) -> tuple[int, ...]:
        """Return the records that `text` names.

        Raises:
            PermanentError: Odoo refuses to create the record.
            ConflictError: the text was not looked up, or made room for others since.
        """
        known = self._known.get(place)
        found = known.found.get(self.spelt(place, text)) if known else None
        if found is None:
            raise ConflictError(f"{place.model} {text!r} was forgotten while it was needed")
        if found.refused:
            raise found.refused
        return found.ids

    def spelt(self, place: Place, text: str) -> str:
        """Return what is looked for at `place` when the vault says `text`: of a unit Odoo's name."""
        return self._unit(text) if place.model == UNIT else text

    def near(self, place: Place) -> tuple[str, ...]:
        """Return texts that do name a record at `place`, to suggest one: a call every few minutes."""
        with self._lock:
            known = self._known.setdefault(place, _Known())
            if self._clock() - known.near_at > MAX_AGE_SECONDS:
                self._named(place)
            return known.near

    def name(self, model: str, record: int) -> str:
        """Return the name of one record of `model`, for people: a call the first time."""
        with self._lock:
            if (model, record) not in self._names:
                rows = self._odoo.call(
                    model,
                    "search_read",
                    domain=[["id", "=", record]],
                    fields=["display_name"],
                    order="id",
                    load=None,
                )
                self._names[model, record] = str(rows[0]["display_name"]) if rows else str(record)
            return self._names[model, record]

    def forget(self) -> None:
        """Look everything up anew: one of the records was missing when it was used.

        What another thread has looked up just now stays readable until it has used it.
        """
        with self._lock:
            self._memory += 1
            self._names.clear()

    def _learn(self, place: Place, texts: set[str], create: bool) -> None:
        known = self._known.setdefault(place, _Known())
        now = self._clock()
        due = sorted(text for text in texts if not self._fresh(known.found.get(text), now, create))
        if not due:
            return
        if len(known.found) > MAX_TEXTS:
            known.found = {text: one for text, one in known.found.items() if now - one.at < MIN_AGE_SECONDS}
        found: dict[str, _Found] = {
            text: self._at(now, ids) for text, ids in self._search(place, due, archived=False).items()
        }
        if create and (missing := [text for text in due if text not in found]):
            found |= self._created(place, missing, now)
        for text in due:
            known.found[text] = found.get(text) or self._at(now)

    def _at(self, now: float, ids: Iterable[int] = (), refused: PermanentError | None = None) -> _Found:
        return _Found(tuple(ids), now, self._memory, refused)

    def _fresh(self, found: _Found | None, now: float, create: bool) -> bool:
        if found is None or found.memory != self._memory:
            return False
        if create and not found.ids and not found.refused:
            # Missed by one that may not create it; this one may.
            return False
        return now - found.at < (MAX_AGE_SECONDS if found.ids else MIN_AGE_SECONDS)

    def _search(self, place: Place, texts: Sequence[str], *, archived: bool) -> dict[str, list[int]]:
        """Return text → records with it, by exact spelling, else in another case."""
        found: dict[str, list[int]] = {}
        wanted = set(texts)
        # There are a few dozen units: one call for all tells other cases, and what to suggest, too.
        every = self._named(place, archived=archived) if place.model == UNIT else None
        exact: list[Any] = [[place.by, "in", list(texts)]]
        for row in self._read(place, exact, archived=archived) if every is None else every:
            # PostgreSQL compares exactly; whatever else an override of Odoo's matches is not meant.
            if row[place.by] in wanted:
                found.setdefault(row[place.by], []).append(row["id"])
        if missing := [text for text in texts if text not in found]:
            terms = [[place.by, "=ilike", escaped(text)] for text in missing]
            alike = ["|"] * (len(terms) - 1) + terms
            folded: dict[str, list[int]] = {}
            for row in self._read(place, alike, archived=archived) if every is None else every:
                folded.setdefault(str(row[place.by]).casefold(), []).append(row["id"])
            found |= {text: ids for text in missing if (ids := folded.get(text.casefold()))}
        return found

    def _named(self, place: Place, *, archived: bool = False) -> list[Mapping[str, Any]]:
        """Return the records that have a text at all, and remember them to suggest one."""
        rows = self._read(place, [[place.by, "!=", False]], limit=_CANDIDATES, archived=archived)
        known = self._known.setdefault(place, _Known())
        known.near, known.near_at = tuple(str(row[place.by]) for row in rows), self._clock()
        return rows

    def _read(
        self, place: Place, domain: list[Any], limit: int | None = None, *, archived: bool = False
    ) -> list[Mapping[str, Any]]:
        context: dict[str, Any] = {"active_test": not archived}
        if place.model == UNIT:
            # The profile names units in English whatever language the connection has.
            context["lang"] = "en_US"
        rows: list[Mapping[str, Any]] = self._odoo.call(
            place.model,
            "search_read",
            domain=[*domain, *place.domain],
            fields=[place.by],
            order="id",
            limit=limit,
            load=None,
            context=context,
        )
        return rows

    def _created(self, place: Place, texts: Sequence[str], now: float) -> dict[str, _Found]:
        """Create the records of `texts`; one that is archived is used as it is."""
        archived = self._search(place, texts, archived=True)
        made = {text: self._at(now, ids) for text, ids in archived.items()}
        for text in texts:
            if text not in made:
                made[text] = self._made(place, text, now)
        return made

    def _made(self, place: Place, text: str, now: float) -> _Found:
        if self._creator is None:
            return self._at(now, [NEW])
        try:
            return self._at(now, [self._creator.create(place.model, place.by, text)])
        except PermanentError as error:
            return self._at(now, refused=error)
