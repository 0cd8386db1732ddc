"""Related records by the text of one of their fields: looked up in bulk, remembered for minutes.

A newcomer would get wrong that a text may name several records: then nobody may choose, and whoever asks
gets all of them. Exact spelling wins over another case.
Calls: one per related model and field for all texts not known yet; two more only when one is missing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consumers.errors import PermanentError
from consumers.odoo.client import Odoo
from consumers.odoo.records import create_once
from schemas.keys import encode_part, external_id

MAX_AGE_SECONDS = 600.0
MIN_AGE_SECONDS = 5.0
"""A record that is missing is looked for again, but not more often than this."""
NEW = 0
"""Stands for a record that a dry run did not create."""
_CANDIDATES = 1000
"""Records whose names are compared when a text matches none, only to suggest one."""
_PATH = " / "
_UNIT = "uom.uom"


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


@dataclass
class _Known:
    found: dict[str, _Found] = field(default_factory=dict)
    near: tuple[str, ...] = ()


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
        self._dry_run = dry_run
        self._odoo = odoo
        self._unit = unit
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[Place, _Known] = {}
        self._names: dict[tuple[str, int], str] = {}

    def look_up(self, wanted: Mapping[Place, Iterable[str]], create: Collection[Place] = ()) -> None:
        """Learn the records that these texts name; create missing ones at the places of `create`.

        Raises:
            PermanentError: Odoo refuses to create a related record.
        """
        with self._lock:
            for place, texts in wanted.items():
                self._learn(place, {self._spelt(place, text) for text in texts}, place in create)

    def ids(self, place: Place, text: str) -> tuple[int, ...]:
        """Return the records that `text` names, none for a text that was not looked up."""
        found = self._known.get(place, _Known()).found.get(self._spelt(place, text))
        return found.ids if found else ()

    def near(self, place: Place) -> tuple[str, ...]:
        """Return texts that do name a record at `place`, as far as they were read for suggestions."""
        return self._known.get(place, _Known()).near

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
        """Forget everything: one of the records was missing when it was used."""
        with self._lock:
            self._known.clear()
            self._names.clear()

    def _spelt(self, place: Place, text: str) -> str:
        return self._unit(text) if place.model == _UNIT else text

    def _learn(self, place: Place, texts: set[str], create: bool) -> None:
        known = self._known.setdefault(place, _Known())
        now = self._clock()
        due = sorted(text for text in texts if not self._fresh(known.found.get(text), now))
        if not due:
            return
        found = self._exactly(place, due)
        if missing := [text for text in due if text not in found]:
            found |= self._in_any_case(place, missing)
        if missing := [text for text in due if text not in found]:
            if create:
                found |= self._created(place, missing)
            else:
                known.near = self._candidates(place)
        for text in due:
            known.found[text] = _Found(tuple(found.get(text, ())), now)

    def _fresh(self, found: _Found | None, now: float) -> bool:
        return found is not None and now - found.at < (MAX_AGE_SECONDS if found.ids else MIN_AGE_SECONDS)

    def _exactly(self, place: Place, texts: Sequence[str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for row in self._read(place, [[place.by, "in", list(texts)]]):
            # PostgreSQL compares exactly; whatever else an override of Odoo's matches is not meant.
            if row[place.by] in texts:
                found.setdefault(row[place.by], []).append(row["id"])
        return found

    def _in_any_case(self, place: Place, texts: Sequence[str]) -> dict[str, list[int]]:
        terms = [[place.by, "=ilike", _escaped(text)] for text in texts]
        folded: dict[str, list[int]] = {}
        for row in self._read(place, ["|"] * (len(terms) - 1) + terms):
            folded.setdefault(str(row[place.by]).casefold(), []).append(row["id"])
        return {text: ids for text in texts if (ids := folded.get(text.casefold()))}

    def _candidates(self, place: Place) -> tuple[str, ...]:
        rows = self._read(place, [[place.by, "!=", False]], limit=_CANDIDATES)
        return tuple(str(row[place.by]) for row in rows)

    def _read(self, place: Place, domain: list[Any], limit: int | None = None) -> list[Mapping[str, Any]]:
        context: dict[str, Any] = {"active_test": True}
        if place.model == _UNIT:
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

    def _created(self, place: Place, texts: Sequence[str]) -> dict[str, list[int]]:
        return {text: [NEW if self._dry_run else self._create(place, text)] for text in texts}

    def _create(self, place: Place, text: str) -> int:
        """Create the record of `text`; for a path like `All / Screws` also its parents, top first."""
        if place.by != "complete_name":
            return self._loaded(
                place, text, {place.by: text} | ({} if place.by == "name" else {"name": text})
            )
        names = text.split(_PATH)
        parent = 0
        for depth, name in enumerate(names, 1):
            path = _PATH.join(names[:depth])
            held = self._exactly(place, [path]).get(path)
            parent = (
                held[0]
                if held
                else self._loaded(place, path, {"name": name, "parent_id/.id": str(parent or "")})
            )
        return parent

    def _loaded(self, place: Place, text: str, cells: Mapping[str, str]) -> int:
        # By our external id: two consumers that miss the same record at once create one.
        name = external_id(f"related.{encode_part(place.model)}", encode_part(text.casefold()))
        [outcome] = create_once(self._odoo, place.model, [{"id": name, **cells}])
        if isinstance(outcome, PermanentError):
            raise outcome
        return outcome


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
