"""What the database's fields are, read once and remembered: which there are, of which type, ours among them.

A newcomer would get wrong when Odoo is asked. Normally never: fields change with an upgrade, with a
module, or by an administrator's hand. The first two are looked for every hour, in the hash of the
installed modules; the third shows when Odoo answers "Invalid field", or somebody says so (`outdated`).
One model that Odoo fails to describe harms only whoever asks for it (`model`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path

import structlog

from consumers.errors import MisconfiguredError, RefusedModelError
from consumers.odoo import inquiry
from consumers.odoo.capabilities import Capabilities, capabilities
from consumers.odoo.client import Odoo
from consumers.odoo.doubts import Doubts
from consumers.odoo.fields import ModelInfo
from consumers.odoo.inquiry import UnreadableModelError
from consumers.odoo.own_fields import own_fields
from consumers.odoo.schema_file import SchemaFile, Snapshot, Table

log = structlog.get_logger()

TABLES = (
    "res.company",
    "res.lang",
    "product.template",
    "product.product",
    "mrp.bom",
    "mrp.bom.line",
    "ir.attachment",
    "product.document",
)
"""Models that the pipeline works with, whatever the profile maps."""

CHECK_AFTER = 3600.0
"""Seconds after which Odoo is asked whether it is the same."""
READ_AFTER = 86_400.0
"""Seconds after which a model is read anew, whatever Odoo is."""
LOOK_AFTER = 5.0
"""How often, in seconds, the file is looked at, for another process may have replaced it."""


class Schema:
    """The fields of one database's models. Safe to share between threads.

    What is known is returned at once, also while another thread is asking Odoo for something else.
    """

    def __init__(
        self,
        odoo: Odoo,
        tables: Iterable[str] = TABLES,
        path: Path | None = None,
        database: str = "",
        clock: Callable[[], float] = time.time,
        *,
        language: str = "",
    ) -> None:
        """Start with what the file at `path` knows of `database` (server and name, no login).

        `language` is the connection's.
        """
        self.language = language
        self.tables = tuple(dict.fromkeys(tables))
        """Models of interest."""
        self.generation = 0
        """Grows after what was read differs from before or was doubted: what was derived of it is old."""
        self._odoo = odoo
        self._clock = clock
        self._asking = threading.RLock()
        self._changing = threading.RLock()
        self._file = SchemaFile(path, database, clock) if path else None
        self._looked_at = clock()
        self._snapshot = (self._file and self._file.replaced()) or Snapshot()
        self._distrusted = False
        self._doubts = Doubts()

    @property
    def snapshot(self) -> Snapshot:
        """Return what is known, asking nobody."""
        return self._snapshot

    @property
    def known(self) -> frozenset[str]:
        """Return the models of interest, and those that a rule relates to: the only ones that are kept."""
        return frozenset({*self.tables, *self._snapshot.tables})

    @property
    def version(self) -> str:
        """Return Odoo's version; two calls when it is not known yet."""
        if self._snapshot.checked_at is None:
            self._check()
        return self._snapshot.installation.version

    @property
    def capabilities(self) -> Capabilities:
        """Return what this Odoo can; raises MisconfiguredError where it is too old."""
        return capabilities(self.version)

    def model(self, name: str) -> ModelInfo:
        """Return the fields of the model `name`: from memory or file, else two calls to Odoo.

        Raises:
            MisconfiguredError: our own fields are not there yet.
            RefusedModelError: there is no such model, or the user may not look at it.
            UnavailableError: Odoo cannot say.
        """
        table = self._snapshot.tables.get(name)
        if table is None or table.error or self._doubtful(name, table):
            with self._asking:
                table = self._read(name, table)
                self._save()
        if table.model is None or table.error:
            raise MisconfiguredError(table.error)
        return table.model

    def languages(self) -> frozenset[str]:
        """Ask Odoo for the languages that are installed; raises UnavailableError when it cannot say."""
        return inquiry.languages(self._odoo)

    def prepare(self, *models: str) -> None:
        """Ask Odoo, with two cheap calls, whether it answers us and is the same; then know `models`.

        Raises: as `model`.
        """
        self._check()
        self._reread(self._due())
        for name in models:
            self.model(name)

    def refreshed(self) -> None:
        """Make sure that what is known may be relied on: normally without any call.

        Raises:
            UnavailableError: Odoo has to be asked and cannot say.
        """
        moment = self._clock()
        if moment - self._looked_at >= LOOK_AFTER:
            self._looked_at = moment
            self._take_over()
        checked_at = self._snapshot.checked_at
        if checked_at is None:
            return
        if self._distrusted or moment - checked_at > CHECK_AFTER:
            self._check()
        self._reread(self._due())

    def refresh(self, *models: str) -> bool:
        """Read `models` anew, or all that are known or of interest; return whether any fields differ.

        What Odoo says instead of a model's fields is noted in `snapshot`, if it is of interest, not raised.

        Raises:
            UnavailableError: Odoo cannot work.
        """
        before = self._snapshot
        self._check()
        self._reread({name: self._snapshot.tables.get(name) for name in models or self.known})
        return bool(self._snapshot.changed(before))

    def outdated(self, *models: str) -> None:
        """Believe what is known of `models`, or of all, no more: Odoo contradicted it, or somebody says so.

        It is read anew at the next use, as often as `doubts` allows.
        """
        with self._changing:
            # What another process wrote until now is no better.
            self._take_over()
            self._doubts.cast(models or self._snapshot.tables, self._clock())
            self._distrusted |= not models and bool(self._due())

    def rounded(self, model: str, field: str, value: Decimal) -> float:
        """Return `value` as Odoo will store it in `field`, so that a comparison converges."""
        digits = self.model(model).fields[field].digits
        if digits is None:
            return float(value)
        with localcontext(prec=60):  # the default of 28 is too few for the largest quantity allowed
            return float(value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))

    def _doubtful(self, name: str, table: Table) -> bool:
        return self._doubts.due(name, self._clock()) or table.installation != self._snapshot.installation

    def _due(self) -> dict[str, Table | None]:
        """Return the tables that are to be read anew."""
        tables, old = self._snapshot.tables.items(), self._clock() - READ_AFTER
        return {name: table for name, table in tables if table.read_at < old or self._doubtful(name, table)}

    def _check(self) -> None:
        """Ask Odoo which one it is, once for all threads that want it."""
        before = self._snapshot
        with self._asking:
            if self._snapshot.checked_at != before.checked_at:
                return
            found = inquiry.installation(self._odoo)
            with self._changing:
                self._snapshot = replace(self._snapshot, installation=found, checked_at=self._clock())
                self._distrusted = False
                if before.checked_at and before.installation != found:
                    log.info("Odoo was upgraded", version=found.version, before=before.installation.version)
                    self.generation += before.installation.version != found.version
            self._save()

    def _reread(self, wanted: Mapping[str, Table | None]) -> None:
        """Read these tables anew; one that Odoo does not say is noted and hinders no other."""
        if not wanted:
            return
        with self._asking:
            for name, before in wanted.items():
                with suppress(RefusedModelError, UnreadableModelError):
                    self._read(name, before)
            self._save()

    def _read(self, name: str, before: Table | None) -> Table:
        """Read the table anew, once for all threads that want it; raises as `inquiry.model_info`."""
        known = self._snapshot.tables.get(name)
        if known is not before and known and known.model:
            return known
        own = own_fields(self.capabilities).get(name, ())
        installation, moment = self._snapshot.installation, self._clock()
        try:
            info = inquiry.model_info(self._odoo, name)
        except (RefusedModelError, UnreadableModelError) as fault:
            log.warning("fields not readable", model=name, error=str(fault))
            self._keep(name, Table(moment, installation, error=str(fault)))
            raise
        missing = ", ".join(field for field in own if field not in info.fields)
        remedy = "run `pdm-odoo odoo setup` with an administrator's login"
        error = missing and f"{name} has no {missing} in this database; {remedy}"
        table = Table(moment, installation, info, error)
        self._keep(name, table)
        return table

    def _keep(self, name: str, table: Table) -> None:
        with self._changing:
            tables = {known: other for known, other in self._snapshot.tables.items() if known != name}
            # Of a model that only a rule or a person named, what Odoo does not say is not worth keeping.
            if table.model or name in self.tables:
                tables[name] = table
            self._adopt(replace(self._snapshot, tables=tables))

    def _adopt(self, snapshot: Snapshot) -> None:
        before, self._snapshot = self._snapshot, snapshot
        fresh = [one for one in snapshot.tables.items() if before.tables.get(one[0]) is not one[1]]
        doubted = [name for name, table in fresh if self._doubts.answer(name, table.read_at)]
        if changed := snapshot.changed(before):
            log.info("fields changed", models=changed)
        if changed or doubted:
            # Last: who sees the new number must not find the old fields.
            self.generation += 1

    def _take_over(self) -> None:
        """Take what another process has read since."""
        with self._changing:
            if self._file and (other := self._file.replaced()):
                self._adopt(self._snapshot.merged(other))

    def _save(self) -> None:
        if self._file:
            with self._changing:
                # Two processes that write at the very same moment lose what one of them has read: it
                # costs a few calls at the next start.
                self._take_over()
                self._file.save(self._snapshot)
