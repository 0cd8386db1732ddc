"""What a profile makes of one event, field by field: planned as the consumer does, nothing written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from consumers import still_used
from consumers.bom import bom_rules
from consumers.bom_planner import BomPlanner
from consumers.companies import Companies, Scope
from consumers.documents import DocumentRules
from consumers.errors import PermanentError
from consumers.facets.all import FacetPlan
from consumers.facets.variants import Variants
from consumers.facets.vendors import PARTNER, Vendors
from consumers.fitted import Fit, Fitted
from consumers.mapping import attachment, preview
from consumers.mapping.bom_plan import Plan as BomPlan
from consumers.mapping.facts import Facts, facts, line_facts
from consumers.mapping.product import is_stub
from consumers.mapping.values import difference, sendable
from consumers.odoo.client import Odoo, Values
from consumers.odoo.own_fields import KEY, POSITION, PREVIEW, SEQUENCE, VARIANT_KEY
from consumers.odoo.records import find
from consumers.odoo.schema import Schema
from consumers.odoo.units import UnitCache
from consumers.product_planner import ProductPlan, ProductPlanner
from consumers.product_rules import ProductRules
from consumers.results import Applied, Result, Verdict, joined, stale
from consumers.states import archives, screen
from ops.explained_lines import BomRow, as_in_odoo, as_in_vault
from ops.explained_rows import Fate, Row, Rows
from schemas.bom import Bom
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.facts import BOM, LINE, MODELS, PRODUCT, VARIANT, VENDOR
from schemas.product import Product
from schemas.profile import Profile
from schemas.profile_rules import IMAGE

Held = Mapping[str, Any] | None
Told = tuple[str, list[Row]] | tuple[str, list[Row], list[BomRow]]
"""What becomes of an event, of its fields, and of the lines of a BOM."""
_WAITS = "waits for its product"


@dataclass(frozen=True)
class Explained:
    """One event."""

    kind: str
    number: str
    outcome: str
    rows: list[Row] = field(default_factory=list)
    lines: list[BomRow] = field(default_factory=list)
    """Of a BOM."""


class Explainer:
    """Explains events under one profile and the Odoo that is connected."""

    def __init__(self, odoo: Odoo, schema: Schema, profile: Profile, brought: Collection[str] = ()) -> None:
        """Know that the products numbered `brought` come with the events.

        Raises MisconfiguredError when the profile does not fit.
        """
        self._brought = frozenset(brought)
        self._schema = schema
        self._profile = profile
        self._fit: Fit = Fitted(profile, schema, MODELS).current()
        self._companies = Companies(odoo, profile, dry_run=True)

    def explain(self, event: Event) -> Explained:
        """Return what becomes of `event`."""
        try:
            told = self._told(event)
        except PermanentError as error:
            told = _said(error), []
        return Explained(event.kind.entity, event.subject, *told)

    def _told(self, event: Event) -> Told:
        due, verdicts = screen([event], self._profile)
        groups, unclear = self._companies.split(due)
        verdicts |= unclear
        if event.key in verdicts:
            return _said(verdicts[event.key]), []
        [(scope, _)] = groups
        one = _Event(event, facts(event), scope, self._fit, Rows(scope, self._fit, self._profile))
        if isinstance(event.data, Product):
            return one.product(ProductRules.of(self._profile, self._fit))
        if isinstance(event.data, Bom):
            rules = bom_rules(self._profile, self._fit)
            units = UnitCache(scope.odoo)
            return one.bom(BomPlanner(scope, rules, units, self._schema.rounded), units, self._brought)
        if event.data.role == self._profile.source.preview:
            return one.preview()
        model, fit = self._schema.capabilities.documents, self._fit
        return one.document(DocumentRules(model, self._profile, fit.mappings[model], fit.infos[model]))


@dataclass(frozen=True)
class _Event:
    event: Event
    facts: Facts
    scope: Scope
    fit: Fit
    rows: Rows

    def product(self, rules: ProductRules) -> Told:
        plans, settled = ProductPlanner(self.scope, rules).plan([self.event])
        still_used.tell(plans, self.scope.odoo)
        if not plans:
            verdict = settled[self.event.key]
            if isinstance(verdict, Applied):
                return _said(verdict), []
            held = self._first(PRODUCT, KEY, self.event.key, (KEY, SEQUENCE))
            return _said(verdict), list(self._product_rows(rules, held, None))
        [plan] = plans
        outcome = _said(plan.verdict)
        if plan.is_root and plan.held and plan.model == VARIANT:
            return outcome, list(self._variant_rows(rules, plan.held, plan.values))
        if plan.is_root:
            return outcome, list(self._product_rows(rules, plan.held, plan))
        return (outcome, []) if plan.held else (f"{outcome} as a stub", [])

    def _product_rows(self, rules: ProductRules, held: Held, plan: ProductPlan | None) -> Iterator[Row]:
        fresh = held is None or is_stub(held)
        record = held and self._first(PRODUCT, "id", held["id"], self.fit.mappings[PRODUCT].fields)
        written = None
        if plan:
            written = plan.values if held else sendable(plan.values, self.fit.infos[PRODUCT])
        fate = Fate(rules.for_event(self.event, held), record, written, fresh)
        yield from self.rows.of(PRODUCT, self.facts, fate)
        facets, ids = plan.facets if plan else None, [int(held["id"])] if held else []
        yield from self._variant(facets, ids, fresh=fresh)
        yield from self._vendor(facets, ids)
        if facets:
            yield from self.rows.texts(PRODUCT, self.facts, facets.texts)

    def _variant_rows(self, rules: ProductRules, held: Mapping[str, Any], written: Values) -> Iterator[Row]:
        """Yield the rows of an item that is one variant: its template's fields are not its own."""
        for model in (PRODUCT, VARIANT):
            record = self._first(VARIANT, "id", held["id"], self.fit.mappings[model].fields)
            for row in self.rows.of(model, self.facts, Fate(rules.variant.writes, record, written)):
                left = row.field in rules.variant.left
                yield replace(row, effect="left alone: it is the template's") if left else row

    def _variant(self, facets: FacetPlan | None, templates: Sequence[int], *, fresh: bool) -> Iterator[Row]:
        mapping = self.fit.mappings[VARIANT]
        applied = mapping.inserting if fresh else mapping.updating
        variant = next(chain.from_iterable(Variants(self.scope, self.fit).read(templates).values()), None)
        written: Collection[str] | None = None
        if facets is not None:
            # That of a product which is new is looked at after it was made.
            written = facets.variants.get(variant["id"], ()) if variant else applied.fields
        return self.rows.of(VARIANT, self.facts, Fate(applied, variant, written, fresh))

    def _vendor(self, facets: FacetPlan | None, templates: Sequence[int]) -> Iterator[Row]:
        mapping, plan = self.fit.mappings[VENDOR], facets.vendor if facets else None
        named, wanted = ("id", plan.line) if plan else (PARTNER, self._partner())
        lines = chain.from_iterable(Vendors(self.scope, self.fit).read(templates).lines.values())
        line = next((one for one in lines if one[named] == wanted), None)
        written: Collection[str] | None = None
        if plan:
            written = plan.values if line else sendable(plan.values, self.fit.infos[VENDOR])
        elif facets is not None and line:
            written = ()  # without a line the event names no vendor, or none may be made
        applied = mapping.updating if line else mapping.inserting
        return self.rows.of(VENDOR, self.facts, Fate(applied, line, written))

    def _partner(self) -> Any:
        try:
            return self.rows.values(self.fit.mappings[VENDOR].only(PARTNER), self.facts).get(PARTNER)
        except PermanentError:
            return None

    def bom(self, planner: BomPlanner, units: UnitCache, brought: frozenset[str]) -> Told:
        plans, settled = planner.plan([self.event])
        policy, data = self.rows.profile.bom, self.event.data
        if not plans:
            verdict = settled[self.event.key]
            if not isinstance(verdict, Applied) and verdict.reason is Reason.MISSING_PRODUCT:
                named = str(verdict).removeprefix("not in Odoo yet: ")
                waits = {self.event.subject, *(line.number for line in data.lines)} <= brought
                outcome = f"waits for its products, which this export brings: {named}"
                return outcome if waits else _said(verdict), [], as_in_vault(data, policy)
            return _said(verdict), []
        [plan] = plans
        outcome, lines = _said(plan.verdict), plan.lines
        if lines and not (plan.new or plan.forbidden):
            come, stay, go = len(lines.created), len(lines.updated), len(lines.removed)
            outcome += f": {come} lines come, {stay} change, {go} go"
        shown = as_in_odoo(data, policy, plan.wanted, units.get().names)
        return outcome, list(self._bom_rows(plan)), list(shown)

    def _bom_rows(self, plan: BomPlan) -> Iterator[Row]:
        mapping = self.fit.mappings[BOM]
        used = None if plan.new else plan.held
        applied = mapping.updating if used else mapping.inserting
        written = None if plan.forbidden else plan.header
        yield from self.rows.of(BOM, self.facts, Fate(applied, used.header if used else None, written))
        mapping, changes = self.fit.mappings[LINE], plan.lines
        # A component that moved keeps its line.
        moved = {values[POSITION]: line for line, values in changes.updated.items() if POSITION in values}
        lines = used.lines if used else ()
        stay = {line.id: line for line in lines if line.id not in changes.removed}
        places = {line.position: line for line in stay.values() if line.id not in moved.values()}
        places |= {position: stay[line] for position, line in moved.items()}
        new = {values[POSITION]: values for values in changes.created}
        for one in self.event.data.lines:
            line = places.get(one.position)
            if line is None and one.position not in new:
                continue  # a by-product, which has no rules, or merged into the first line of its component
            written = changes.updated.get(line.id, {}) if line else new[one.position]
            fate = Fate(
                mapping.updating if line else mapping.inserting,
                line.values if line else None,
                None if plan.forbidden else written,
            )
            yield from self.rows.of(LINE, line_facts(one), fate, f"line {one.position} {one.number}: ")

    def document(self, rules: DocumentRules) -> Told:
        model, mapping = rules.model, rules.mapping
        record = self._first(model, KEY, self.event.key, rules.read)
        if record and self.event.sequence < (record[SEQUENCE] or ""):
            return _said(stale(record[SEQUENCE])), []
        applied = mapping.updating if record else mapping.inserting
        written: Values | None = None
        try:
            values = self.rows.values(applied, self.facts)
            _, note = rules.shown(self.event, record)
            if record:
                written = difference(record, applied.for_update(values, record))
                stays = rules.without_content(self.event, record)
                outcome = "its content stays" if stays else "the file is compared by its SHA-1"
                if not applied.may_update:
                    outcome, note = "left alone: update = false", ""
            else:
                written = sendable(applied.for_insert(values), self.fit.infos[model])
                there = self._product((KEY,)) or self._first(
                    VARIANT, VARIANT_KEY, self.event.item_key, [VARIANT_KEY]
                )
                outcome = "created" if there else _WAITS
            outcome = joined(note, outcome)
        except PermanentError as error:
            outcome = _said(error)
        return outcome, list(self.rows.of(model, self.facts, Fate(applied, record, written)))

    def preview(self) -> Told:
        if note := preview.forbidden(self.rows.profile):
            return _said(Applied(Result.UNCHANGED, note)), []
        product = self._product(preview.READ)
        if product is None:
            return _WAITS, []
        held = preview.Fence.read(product[PREVIEW])
        if self.event.sequence < held.sequence:
            return _said(stale(held.sequence)), []
        if archives(self.event, self.rows.profile):
            return "the picture of the product stays", []
        return f"{IMAGE} of the product, if the file's SHA-1 is not {held.sha1 or 'known yet'}", []

    def _product(self, fields: Sequence[str]) -> Held:
        return self._first(attachment.TARGET, KEY, self.event.item_key, fields)

    def _first(self, model: str, name: str, value: Any, fields: Sequence[str]) -> Held:
        return next(iter(find(self.scope.odoo, model, name, [value], tuple(dict.fromkeys(fields)))), None)


def _said(verdict: Verdict) -> str:
    if isinstance(verdict, Applied):
        return f"{verdict.result}; {verdict.note}".rstrip("; ")
    fate = "dead letter" if isinstance(verdict, PermanentError) else "retry"
    return f"{fate}, {verdict.reason}: {verdict}"
