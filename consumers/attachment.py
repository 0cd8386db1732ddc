"""The attachment consumer: one file of an item → one `product.document` at its product.

A newcomer would get wrong when a file is read: not at all for a redelivery that names its SHA-1, once
by streaming to learn whether it differs, and as a whole only when it goes to Odoo, at most 20 MiB of
files (or one larger file) at a time. A new revision replaces the content of its role's document, which
keeps its id; where a person moved or archived the document, it stays.
Calls per batch: 1 when nothing differs, 2 when contents changed, 3 when documents are new; one more
per further 20 MiB.

Documents are created by `load()` with base64 in the `datas` column: measured on Odoo 19 it costs what
`create()` costs (100 files of 20 kB: 0.1 s; one of 90 MiB: 2.8 s), and only it cannot double.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from consumers.errors import PermanentError, TransientError
from consumers.files import Vault
from consumers.mapping import attachment as mapping
from consumers.mapping.attachment import Held, Plan, groups
from consumers.mapping.values import difference
from consumers.odoo.client import Odoo, Values
from consumers.odoo.records import change, create_once, find
from consumers.odoo.schema import KEY, SEQUENCE, Schema
from consumers.results import Applied, Result, Verdict
from consumers.states import screen
from schemas import keys
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.settings import ConsumerSettings

AS_IT_IS: Mapping[str, Any] = {"image_no_postprocess": True}
"""Odoo would shrink images above 1920 pixels, and their checksum would differ from the vault's for ever."""


class AttachmentHandler:
    """Bring attachment events into Odoo."""

    def __init__(
        self,
        odoo: Odoo,
        schema: Schema,
        settings: ConsumerSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._odoo = odoo
        self._schema = schema
        self._settings = settings
        self._vault = Vault(settings, clock)

    def prepare(self) -> None:
        """Ask Odoo whether documents can be worked with."""
        self._schema.refresh(mapping.MODEL)

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        """Bring `events`, each of another key, into Odoo; one verdict per event, in order."""
        due, verdicts = screen(events, self._settings.states)
        held = _by_key(find(self._odoo, mapping.MODEL, KEY, [event.key for event in due], mapping.READ))
        plans: list[Plan] = []
        for event in due:
            document = held.get(event.key)
            if document and event.sequence < (document[SEQUENCE] or ""):
                verdicts[event.key] = Applied(Result.STALE, f"Odoo holds sequence {document[SEQUENCE]}")
                continue
            try:
                plans.append(self._plan(event, document))
            except (PermanentError, TransientError) as error:
                verdicts[event.key] = error
        new = [plan for plan in plans if plan.document is None]
        products = self._products(new)
        for group in groups([plan for plan in new if _product_key(plan.event) in products]):
            verdicts |= self._create(group, products)
        for group in groups([plan for plan in plans if plan.document is not None]):
            verdicts |= self._change(group)
        return [verdicts.get(event.key) or _missing(event) for event in events]

    def _plan(self, event: Event, document: Held | None) -> Plan:
        file = event.data.file
        changes = mapping.owned(event)
        if document is None:
            return Plan(event, None, changes, self._vault.size(file), file.sha1)
        sha1 = file.sha1 or self._vault.sha1(file)
        size = None if mapping.holds(document, sha1) else self._vault.size(file)
        return Plan(event, document, difference(document, changes), size, sha1)

    def _products(self, plans: Sequence[Plan]) -> dict[str, int]:
        wanted = [_product_key(plan.event) for plan in plans]
        found = _by_key(find(self._odoo, mapping.TARGET, KEY, wanted, [KEY]))
        return {key: int(record["id"]) for key, record in found.items()}

    def _create(self, plans: Sequence[Plan], products: Mapping[str, int]) -> dict[str, Verdict]:
        contents, verdicts = self._contents(plans)
        sent = [plan for plan in plans if plan.event.key in contents]
        rows = [
            mapping.row(plan.event, products[_product_key(plan.event)], contents[plan.event.key])
            for plan in sent
        ]
        outcome = create_once(self._odoo, mapping.MODEL, rows, context=AS_IT_IS)
        return verdicts | {
            plan.event.key: one if isinstance(one, PermanentError) else Applied(plan.result)
            for plan, one in zip(sent, outcome, strict=True)
        }

    def _change(self, plans: Sequence[Plan]) -> dict[str, Verdict]:
        contents, verdicts = self._contents([plan for plan in plans if plan.size is not None])
        sent = [plan for plan in plans if plan.event.key not in verdicts]
        changes: dict[int, Values] = {}
        for plan in sent:
            assert plan.document  # noqa: S101 - a plan that changes has a document
            content = {} if plan.size is None else {"datas": contents[plan.event.key]}
            changes[plan.document["id"]] = plan.changes | content
        change(self._odoo, mapping.MODEL, changes, context=AS_IT_IS)
        return verdicts | {plan.event.key: Applied(plan.result) for plan in sent}

    def _contents(self, plans: Sequence[Plan]) -> tuple[dict[str, str], dict[str, Verdict]]:
        """Return contents by key, and the verdicts of files that changed since they were looked at."""
        contents: dict[str, str] = {}
        verdicts: dict[str, Verdict] = {}
        for plan in plans:
            try:
                contents[plan.event.key] = self._vault.content(plan.event.data.file, plan.sha1)
            except (PermanentError, TransientError) as error:
                verdicts[plan.event.key] = error
        return contents, verdicts


def _by_key(records: Sequence[Held]) -> dict[str, Held]:
    # Should a person have copied our key, the oldest record keeps it.
    return {record[KEY]: record for record in reversed(records)}


def _product_key(event: Event) -> str:
    return keys.key(event.source, event.data.item.number)


def _missing(event: Event) -> TransientError:
    return TransientError(
        Reason.MISSING_PRODUCT, f"product {event.data.item.number!r} of this file is not in Odoo yet"
    )
