"""Documents: one file of an item → one `product.document` (Odoo 16: attachment) at its product.

A newcomer would get wrong when a file is read: not at all for a redelivery that names its SHA-1, once
by streaming to learn whether it differs, and as a whole only when it goes to Odoo, at most 20 MiB of
files (or one larger file) at a time. A new revision replaces the content of its role's document, which
keeps its id, and where a person moved it, it stays there.
A state that archives reads no file: what is obsolete may be gone from the disk. The document keeps the
content it had; where there was none, one without content keeps the fence.
Calls: 1 when nothing differs, 2 when documents changed, 3 when some are new (4 when archived ones are
among them); one more per further 20 MiB, and one where a product is not found: it may be a variant, and where
events are for companies another company's (`elsewhere`).

Documents are created by `load()` with base64 in the `datas` column: measured on Odoo 19 it costs what
`create()` costs (100 files of 20 kB: 0.1 s; one of 90 MiB: 2.8 s), and only it cannot double.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.companies import Scope, Texts, looked_up, wanted_of
from consumers.elsewhere import elsewhere
from consumers.errors import PermanentError, TransientError
from consumers.files import Vault
from consumers.mapping import attachment as mapping
from consumers.mapping.attachment import Held, Place, Plan, by_key, groups, missing_product, number
from consumers.mapping.facts import facts
from consumers.mapping.order import twice
from consumers.mapping.product import ACTIVE, guarded, turned
from consumers.mapping.rules import ModelMapping
from consumers.mapping.values import difference
from consumers.odoo.change_each import change_each
from consumers.odoo.client import Values
from consumers.odoo.fields import ModelInfo
from consumers.odoo.own_fields import KEY, SEQUENCE, VARIANT_KEY
from consumers.odoo.records import create_once, find
from consumers.results import Applied, Result, Verdict, joined, stale
from consumers.states import archives
from schemas.event import Event
from schemas.facts import DOCUMENT, VARIANT
from schemas.profile import Profile

AS_IT_IS: Mapping[str, Any] = {"image_no_postprocess": True}
"""Odoo would shrink images above 1920 pixels, and their checksum would differ from the vault's for ever."""


@dataclass(frozen=True)
class DocumentRules:
    """Where this Odoo keeps files, and the profile's rules for them."""

    model: str
    profile: Profile
    mapping: ModelMapping
    info: ModelInfo

    @property
    def read(self) -> tuple[str, ...]:
        """Return the fields to read of a document."""
        shown = (ACTIVE,) if self._hidable else ()
        return tuple(dict.fromkeys((*mapping.READ, *shown, *self.mapping.fields)))

    @property
    def _hidable(self) -> bool:
        # Odoo 16 keeps files as attachments, which cannot be archived.
        return ACTIVE in self.info.fields

    @property
    def _may_archive(self) -> bool:
        return self.profile.rules(DOCUMENT).archive

    def without_content(self, event: Event, document: Held | None) -> bool:
        """Return whether the content stays as it is: that of `document`, or none where it is new."""
        return archives(event, self.profile) and self._hidable and (document is None or self._may_archive)

    def shown(self, event: Event, document: Held | None) -> tuple[Values, str]:
        """Return what becomes of `active` of `document`, None if it is new, and a note about it."""
        archive = archives(event, self.profile)
        if not self._hidable:
            return {}, "not archived: the attachments of this Odoo cannot be" if archive else ""
        if document is None:
            return ({ACTIVE: False}, "archived, without its content") if archive else ({}, "")
        if bool(document[ACTIVE]) is archive and not self._may_archive:
            return {}, guarded(archive=archive)
        return turned(event, document, archive=archive)


class Documents:
    """The documents of one company."""

    def __init__(self, scope: Scope, rules: DocumentRules, vault: Vault) -> None:
        self._odoo = scope.odoo
        self._scope = scope
        self._rules = rules
        self._vault = vault

    def apply(self, events: Sequence[Event]) -> dict[str, Verdict]:
        """Bring `events` into Odoo; one verdict per event, by key."""
        model, rules = self._rules.model, self._rules.mapping
        wanted = [event.key for event in events]
        held = by_key(find(self._odoo, model, KEY, wanted, self._rules.read))
        verdicts: dict[str, Verdict] = {
            event.key: stale(document[SEQUENCE])
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
        waiting = [plan.event for plan in new if plan.event.item_key not in products]
        refused = elsewhere(self._scope, {event.item_key: number(event) for event in waiting})
        return {
            event.key: verdicts.get(event.key) or refused.get(event.item_key) or missing_product(event)
            for event in events
        }

    def _looked_up(
        self, events: Sequence[Event], held: Mapping[str, Held], verdicts: dict[str, Verdict]
    ) -> list[Event]:
        """Look up the related records that the profile maps; return the events that can be planned."""
        rules = self._rules.mapping

        def ask(event: Event) -> list[Texts]:
            if event.key not in held:
                rules.for_insert({})
            return [rules.wanted(facts(event))]

        due, wanted = wanted_of(events, ask, verdicts)
        looked_up(self._scope, wanted, rules.created)
        return due

    def _plan(self, event: Event, document: Held | None) -> Plan:
        file, rules = event.data.file, self._rules.mapping
        known, own = facts(event), mapping.owned(event)
        shown, note = self._rules.shown(event, document)
        if document is None:
            values = rules.for_insert(rules.inserting.values(known, self._scope.relations)) | own | shown
            if self._rules.without_content(event, document):
                return Plan(event, None, values, note=note)
            return Plan(event, None, values, self._vault.size(file), file.sha1, note)
        values = rules.updating.values(known, self._scope.relations)
        changes = difference(document, rules.for_update(values, document) | own) | shown
        notes = joined(twice(event, document), note)
        if self._rules.without_content(event, document):
            return Plan(event, document, changes, note=notes)
        sha1 = file.sha1 or self._vault.sha1(file)
        size = None if mapping.holds(document, sha1) else self._vault.size(file)
        return Plan(event, document, changes, size, sha1, notes)

    def _products(self, plans: Sequence[Plan]) -> dict[str, Place]:
        """Return where the files of each item belong: 1 call, and 1 where some are no product's by key."""
        wanted = [plan.event.item_key for plan in plans]
        found = by_key(find(self._odoo, mapping.TARGET, KEY, wanted, [KEY]))
        places = {key: Place(mapping.TARGET, int(record["id"])) for key, record in found.items()}
        missing = [key for key in wanted if key not in places]
        for record in reversed(find(self._odoo, VARIANT, VARIANT_KEY, missing, [VARIANT_KEY])):
            places[record[VARIANT_KEY]] = Place(VARIANT, int(record["id"]))
        return places

    def _create(self, plans: Sequence[Plan], products: Mapping[str, Place]) -> dict[str, Verdict]:
        contents, verdicts = self._contents(plans)
        sent = [plan for plan in plans if plan.event.key not in verdicts]
        info = self._rules.info
        rows = [
            mapping.row(plan, products[plan.event.item_key], contents.get(plan.event.key, ""), info)
            for plan in sent
        ]
        outcome = create_once(self._odoo, self._rules.model, rows, context=AS_IT_IS)
        return verdicts | {
            plan.event.key: one if isinstance(one, PermanentError) else plan.applied
            for plan, one in zip(sent, outcome, strict=True)
        }

    def _change(self, plans: Sequence[Plan]) -> dict[str, Verdict]:
        contents, verdicts = self._contents(plans)
        sent = [plan for plan in plans if plan.event.key not in verdicts]
        changes: dict[int, Values] = {}
        for plan in sent:
            assert plan.document  # noqa: S101 - a plan that changes has a document
            content = {} if plan.size is None else {"datas": contents[plan.event.key]}
            changes[plan.document["id"]] = plan.changes | content
        refused = change_each(self._odoo, self._rules.model, changes, context=AS_IT_IS)
        for plan in sent:
            assert plan.document  # noqa: S101 - see above
            verdicts[plan.event.key] = refused.get(plan.document["id"]) or plan.applied
        return verdicts

    def _contents(self, plans: Sequence[Plan]) -> tuple[dict[str, str], dict[str, Verdict]]:
        """Return contents by key, and the verdicts of files that changed since they were looked at."""
        contents: dict[str, str] = {}
        verdicts: dict[str, Verdict] = {}
        for plan in plans:
            if plan.size is None:
                continue
            try:
                contents[plan.event.key] = self._vault.content(plan.event.data.file, plan.sha1)
            except (PermanentError, TransientError) as error:
                verdicts[plan.event.key] = error
        return contents, verdicts


def _left_alone(plan: Plan) -> Applied:
    differs = plan.result is Result.UPDATED
    return Applied(
        Result.UNCHANGED, "the document differs, and the profile says update = false" if differs else ""
    )
