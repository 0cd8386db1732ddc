"""The attachment consumer: one file of an item → one `product.document` (Odoo 16: attachment) at its product.

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
from dataclasses import dataclass
from typing import Any

from consumers.companies import Companies, Scope, Texts, looked_up, wanted_of
from consumers.errors import PermanentError, TransientError
from consumers.files import Vault
from consumers.fitted import Fitted
from consumers.mapping import attachment as mapping
from consumers.mapping.attachment import Held, Plan, groups
from consumers.mapping.facts import facts
from consumers.mapping.rules import ModelMapping
from consumers.mapping.values import difference
from consumers.odoo.change_each import change_each
from consumers.odoo.client import Odoo, Values
from consumers.odoo.fields import ModelInfo
from consumers.odoo.own_fields import KEY, SEQUENCE
from consumers.odoo.records import create_once, find
from consumers.odoo.schema import Schema
from consumers.results import Applied, Result, Verdict
from consumers.states import screen
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.facts import DOCUMENT
from schemas.keys import title
from schemas.profile import Profile
from schemas.settings import ConsumerSettings

AS_IT_IS: Mapping[str, Any] = {"image_no_postprocess": True}
"""Odoo would shrink images above 1920 pixels, and their checksum would differ from the vault's for ever."""


class AttachmentHandler:
    """Bring attachment events into Odoo."""

    def __init__(
        self,
        odoo: Odoo,
        schema: Schema,
        profile: Profile,
        settings: ConsumerSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._schema = schema
        self._profile = profile
        self._fitted = Fitted(profile, schema, (DOCUMENT,))
        self._companies = Companies(odoo, profile)
        self._vault = Vault(settings, clock)

    def prepare(self) -> None:
        """Ask Odoo whether documents can be worked with, and whether the profile fits."""
        self._fitted.prepare()

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        """Bring `events`, each of another key, into Odoo; one verdict per event, in order."""
        fit = self._fitted.current()
        model = self._schema.capabilities.documents
        documents = Documents(model, fit.mappings[model], fit.infos[model])
        due, verdicts = screen(events, self._profile)
        verdicts |= self._companies.apply(
            due, lambda scope, group: _Batch(scope, documents, self._vault).apply(group)
        )
        return [verdicts[event.key] for event in events]


@dataclass(frozen=True)
class Documents:
    """Where this Odoo keeps files, and the profile's rules for them."""

    model: str
    rules: ModelMapping
    info: ModelInfo


class _Batch:
    """The attachment events of one company."""

    def __init__(self, scope: Scope, documents: Documents, vault: Vault) -> None:
        self._odoo = scope.odoo
        self._scope = scope
        self._documents = documents
        self._vault = vault

    def apply(self, events: Sequence[Event]) -> dict[str, Verdict]:
        """Bring `events` into Odoo; one verdict per event, by key."""
        model, rules = self._documents.model, self._documents.rules
        read = tuple(dict.fromkeys((*mapping.READ, *rules.fields)))
        held = _by_key(find(self._odoo, model, KEY, [event.key for event in events], read))
        verdicts: dict[str, Verdict] = {
            event.key: Applied(Result.STALE, f"Odoo holds sequence {document[SEQUENCE]}")
            for event in events
            if (document := held.get(event.key)) and event.sequence < (document[SEQUENCE] or "")
        }
        plans: list[Plan] = []
        due = [event for event in events if event.key not in verdicts]
        for event in self._looked_up(due, held, verdicts):
            try:
                plans.append(self._plan(event, held.get(event.key)))
            except (PermanentError, TransientError) as error:
                verdicts[event.key] = error
        new = [plan for plan in plans if plan.document is None]
        products = self._products(new)
        for group in groups([plan for plan in new if plan.event.item_key in products]):
            verdicts |= self._create(group, products)
        there = [plan for plan in plans if plan.document is not None]
        if rules.may_update:
            for group in groups(there):
                verdicts |= self._change(group)
        else:
            verdicts |= {plan.event.key: _left_alone(plan) for plan in there}
        return {event.key: verdicts.get(event.key) or _missing(event) for event in events}

    def _looked_up(
        self, events: Sequence[Event], held: Mapping[str, Held], verdicts: dict[str, Verdict]
    ) -> list[Event]:
        """Look up the related records that the profile maps; return the events that can be planned."""
        rules = self._documents.rules

        def ask(event: Event) -> list[Texts]:
            if event.key not in held:
                rules.for_insert({})
            return [rules.wanted(facts(event))]

        due, wanted = wanted_of(events, ask, verdicts)
        looked_up(self._scope, wanted, rules.created)
        return due

    def _plan(self, event: Event, document: Held | None) -> Plan:
        file, rules = event.data.file, self._documents.rules
        known, own = facts(event), mapping.owned(event)
        if document is None:
            values = rules.for_insert(rules.inserting.values(known, self._scope.relations))
            return Plan(event, None, values | own, self._vault.size(file), file.sha1)
        values = rules.updating.values(known, self._scope.relations)
        changes = difference(document, rules.for_update(values, document) | own)
        sha1 = file.sha1 or self._vault.sha1(file)
        size = None if mapping.holds(document, sha1) else self._vault.size(file)
        return Plan(event, document, changes, size, sha1)

    def _products(self, plans: Sequence[Plan]) -> dict[str, int]:
        wanted = [plan.event.item_key for plan in plans]
        found = _by_key(find(self._odoo, mapping.TARGET, KEY, wanted, [KEY]))
        return {key: int(record["id"]) for key, record in found.items()}

    def _create(self, plans: Sequence[Plan], products: Mapping[str, int]) -> dict[str, Verdict]:
        contents, verdicts = self._contents(plans)
        sent = [plan for plan in plans if plan.event.key in contents]
        info = self._documents.info
        rows = [
            mapping.row(plan, products[plan.event.item_key], contents[plan.event.key], info) for plan in sent
        ]
        outcome = create_once(self._odoo, self._documents.model, rows, context=AS_IT_IS)
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
        refused = change_each(self._odoo, self._documents.model, changes, context=AS_IT_IS)
        for plan in sent:
            assert plan.document  # noqa: S101 - see above
            verdicts[plan.event.key] = refused.get(plan.document["id"]) or Applied(plan.result)
        return verdicts

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


def _left_alone(plan: Plan) -> Applied:
    differs = plan.result is Result.UPDATED
    return Applied(
        Result.UNCHANGED, "the document differs, and the profile says update = false" if differs else ""
    )


def _missing(event: Event) -> TransientError:
    return TransientError(
        Reason.MISSING_PRODUCT,
        f"product {title(event.data.item, event.key_parts)!r} of this file is not in Odoo yet",
    )
