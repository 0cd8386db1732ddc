"""What the database's fields are, read once and remembered: which there are, of which type, ours among them.

A newcomer would get wrong when Odoo is asked. Normally never: fields change with an upgrade, with a
module, or by an administrator's hand. The first two are looked for every hour, in the hash of the
installed modules; the third shows when Odoo answers "Invalid field", or somebody says so (`outdated`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path

import structlog

from consumers.errors import MisconfiguredError, RefusedModelError
from consumers.odoo import inquiry
from consumers.odoo.capabilities import Capabilities, capabilities
from consumers.odoo.client import Odoo
from consumers.odoo.fields import ModelInfo
from consumers.odoo.schema_file import SchemaFile, Snapshot, Table
from schemas.facts import DOCUMENT

log = structlog.get_logger()

KEY = "x_pdm_key"
SEQUENCE = "x_pdm_sequence"
REVISION = "x_pdm_revision"
POSITION = "x_pdm_position"

OwnFields = Mapping[str, Mapping[str, tuple[str, str]]]
"""Model → our fields → (type, label)."""

OWN_FIELDS: OwnFields = {
    model: {
        KEY: ("char", "PDM key"),
        SEQUENCE: ("char", "PDM sequence"),
        REVISION: ("char", "PDM revision"),
    }
    for model in ("product.template", "mrp.bom", DOCUMENT)
} | {"mrp.bom.line": {POSITION: ("integer", "PDM position")}}
"""Our fields; `pdm-odoo odoo setup` creates them.

The key is the record's identity and the sequence its fence. A BOM line with a position is owned by
the PDM; one without was added by manufacturing and stays.
"""

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


def own_fields(able: Capabilities) -> OwnFields:
    """Return OWN_FIELDS as this series of Odoo has them: where it keeps no documents, in the attachments."""
    return {able.documents if model == DOCUMENT else model: own for model, own in OWN_FIELDS.items()}


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
    ) -> None:
        """Start with what the file at `path` knows of `database` (server and name, no login)."""
        self.tables = tuple(dict.fromkeys(tables))
        """Models of interest."""
        self.generation = 0
        """Grows whenever something that was read differs from before: what was derived of it is old."""
        self._odoo = odoo
        self._clock = clock
        self._asking = threading.RLock()
        self._changing = threading.RLock()
        self._file = SchemaFile(path, database) if path else None
        self._looked_at = clock()
        self._snapshot = (self._file and self._file.replaced()) or Snapshot()
        self._distrusted = False
        self._stale: frozenset[str] = frozenset()

    @property
    def snapshot(self) -> Snapshot:
        """Return what is known, asking nobody."""
        return self._snapshot

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
            self._read({name: table})
            table = self._snapshot.tables[name]
        if table.model is None:
            raise RefusedModelError(table.error)
        if table.error:
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
        self._read(self._due())
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
        self._read(self._due())

    def refresh(self, *models: str) -> bool:
        """Read `models` anew, or all that are known or of interest; return whether anything differs.

        A model that Odoo refuses is noted in `snapshot`, not raised.

        Raises:
            UnavailableError: Odoo cannot say.
        """
        before = self.generation
        self._check()
        tables = self._snapshot.tables
        self._read({name: tables.get(name) for name in models or {*self.tables, *tables}})
        return self.generation != before

    def outdated(self) -> None:
        """Trust nothing that is known: Odoo itself contradicted it, or somebody says so."""
        # What another process wrote until now is no better.
        self._take_over()
        with self._changing:
            self._distrusted = True
            self._stale = frozenset(self._snapshot.tables)

    def rounded(self, model: str, field: str, value: Decimal) -> float:
        """Return `value` as Odoo will store it in `field`, so that a comparison converges."""
        digits = self.model(model).fields[field].digits
        if digits is None:
            return float(value)
        with localcontext(prec=60):  # the default of 28 is too few for the largest quantity allowed
            return float(value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))

    def _doubtful(self, name: str, table: Table) -> bool:
        return name in self._stale or table.installation != self._snapshot.installation

    def _due(self) -> dict[str, Table | None]:
        """Return the tables that are to be read anew."""
        moment = self._clock()
        return {
            name: table
            for name, table in self._snapshot.tables.items()
            if self._doubtful(name, table) or moment - table.read_at > READ_AFTER
        }

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

    def _read(self, wanted: Mapping[str, Table | None]) -> None:
        """Read these tables anew, once for all threads that want it; a refusal is noted."""
        if not wanted:
            return
        with self._asking:
            own = own_fields(self.capabilities)
            for name, before in wanted.items():
                if self._snapshot.tables.get(name) is before:
                    self._keep(name, own.get(name, ()))
            self._save()

    def _keep(self, name: str, own: Iterable[str]) -> None:
        info, error = None, ""
        try:
            info = inquiry.model_info(self._odoo, name)
        except RefusedModelError as refusal:
            error = str(refusal)
        else:
            if missing := [field for field in own if field not in info.fields]:
                error = (
                    f"{name} has no {', '.join(missing)} in this database; "
                    "run `pdm-odoo odoo setup` with an administrator's login"
                )
        with self._changing:
            table = Table(self._clock(), self._snapshot.installation, info, error)
            self._adopt(replace(self._snapshot, tables={**self._snapshot.tables, name: table}))

    def _adopt(self, snapshot: Snapshot) -> None:
        before = self._snapshot.tables
        fresh = {name: table for name, table in snapshot.tables.items() if before.get(name) is not table}
        changed = [
            name for name, table in fresh.items() if name in before and before[name].model != table.model
        ]
        if changed:
            log.info("fields changed", models=changed)
            self.generation += 1
        self._stale -= fresh.keys()
        self._snapshot = snapshot

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
                tables = self._snapshot.tables.items()
                # A model that somebody misspelt is not worth keeping.
                kept = {name: table for name, table in tables if table.model or name in self.tables}
                self._file.save(replace(self._snapshot, tables=kept))
