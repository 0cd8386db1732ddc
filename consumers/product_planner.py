"""What a batch of product events would do to Odoo: everything is read and decided here, nothing written.

A newcomer would get wrong the order: all related records, vendors and translations are looked at before
the first write, so that an event that is refused has left nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from consumers.companies import Scope, Texts, looked_up, wanted_of
from consumers.errors import PermanentError
from consumers.facets.all import FacetPlan, Facets
from consumers.foreseen import foreseen
from consumers.mapping import product as own
from consumers.mapping import variant
from consumers.mapping.claims import Held
from consumers.mapping.facts import Facts, facts
from consumers.mapping.order import twice
from consumers.mapping.values import difference
from consumers.mapping.variant import as_written, is_variant
from consumers.odoo.client import Values
from consumers.odoo.own_fields import ADOPTED, DIGEST, KEY, SEQUENCE
from consumers.odoo.units import UNIT
from consumers.product_held import held_products
from consumers.product_rules import ProductRules
from consumers.results import Applied, Result, Verdict, joined, stale
from consumers.states import archives
from schemas.event import Event
from schemas.facts import PRODUCT, VARIANT


@dataclass
class ProductPlan:
    """What to write for one event."""

    event: Event
    facts: Facts
    held: Held | None
    values: Values
    """Of a product that is new, all it gets; else what differs."""
    result: Result
    note: str = ""
    warns: bool = False
    """Whether a person should act on the note."""
    facets: FacetPlan = field(default_factory=FacetPlan)
    emptied: Mapping[int, str] = field(default_factory=dict)
    """Variants that have its new barcode still → key of the event of this batch that changes theirs."""
    left: tuple[int, ...] = ()  # BOMs of its variants that Odoo brings back with it, see `brought_back`

    @property
    def model(self) -> str:
        """Return the model that `values` are for: an item is a product, or one variant of one."""
        return VARIANT if self.held and is_variant(self.held) else PRODUCT

    @property
    def is_root(self) -> bool:
        """Return whether the event is the item's own transition."""
        return own.is_root(self.event)

    @property
    def verdict(self) -> Applied:
        """Return what the event will have done."""
        changed = self.facets and self.result is Result.UNCHANGED
        return Applied(Result.UPDATED if changed else self.result, self.note, warns=self.warns)


class ProductPlanner:
    """Plans batches for one company."""

    def __init__(self, scope: Scope, rules: ProductRules) -> None:
        self._scope = scope
        self._rules = rules
        self._facets = Facets(scope, rules.fit)

    def plan(self, events: Sequence[Event]) -> tuple[list[ProductPlan], dict[str, Verdict]]:
        """Return what to write, and the verdicts of the events for which nothing is.

        Calls: those of `drafts`, and 1 for new barcodes where rules ask for it.
        """
        drafts, verdicts = self.drafts(events)
        plans, refused_by_odoo = foreseen(drafts, self._scope, self._rules)
        return plans, verdicts | refused_by_odoo

    def drafts(self, events: Sequence[Event]) -> tuple[list[ProductPlan], dict[str, Verdict]]:
        """Return as `plan`, but also what Odoo would refuse.

        Calls: 1 for the products, 1 where some are no product by key, be they new or variants, 1 per related
        model that has to be looked up; 1 per language, and 1 each for variants and vendors where rules ask
        for it.
        """
        verdicts: dict[str, Verdict] = {}
        told: dict[str, Facts] = {event.key: facts(event) for event in events}
        held, refused = held_products(self._scope, self._rules, events, told)
        verdicts |= refused
        due = []
        for event in events:
            if event.key in refused:
                continue
            if verdict := self._settled(event, held.get(event.key)):
                verdicts[event.key] = verdict
            else:
                due.append(event)
        due = self._look_up(due, held, told, verdicts)
        records = [held[event.key] for event in due if event.key in held]
        looked = self._facets.read([int(record["id"]) for record in records if not is_variant(record)])
        plans = []
        for event in due:
            record = held.get(event.key)
            try:
                plan = self._planned(event, record, told[event.key])
                if own.is_root(event) and plan.model == PRODUCT:
                    plan.facets = self._facets.plan(event.key, plan.facts, record, looked)
                    _close_with_facets(plan)
            except PermanentError as error:
                verdicts[event.key] = error
            else:
                plans.append(plan)
        return plans, verdicts

    def _look_up(
        self,
        events: Sequence[Event],
        held: Mapping[str, Held],
        told: Mapping[str, Facts],
        verdicts: dict[str, Verdict],
    ) -> list[Event]:
        """Look up all related records of `events`; return those that can be planned, note the others.

        A missing one is created only for an event whose own values fit and whose product may be written.
        """
        compared: list[Texts] = []

        def ask(event: Event) -> list[Texts]:
            known, record = told[event.key], held.get(event.key)
            if record is None:
                self._rules.inserting.for_insert({})
            asked: list[Texts] = [self._rules.for_event(event, record).wanted(known)]
            if own.is_root(event) and not (record and is_variant(record)):
                asked += self._facets.wanted(known)
            if record is not None:
                compared.append(self._unit_wanted(known))
            if record is None or own.is_stub(record) or self._rules.updating.may_update:
                return asked
            compared.extend(asked)
            return []

        due, wanted = wanted_of(events, ask, verdicts)
        looked_up(self._scope, wanted, self._rules.inserting.created | self._facets.created)
        looked_up(self._scope, compared, frozenset())
        return due

    def _unit_wanted(self, known: Facts) -> Texts:
        try:
            return self._rules.unit.wanted(known)
        except PermanentError:
            return {}

    def _planned(self, event: Event, record: Held | None, known: Facts) -> ProductPlan:
        if record is not None and is_variant(record):
            return self._planned_variant(event, record, known)
        values = self._rules.for_event(event, record).values(known, self._scope.relations)
        if record is None:
            values = self._rules.inserting.for_insert(values) | own.owned(event)
            hidden = {own.ACTIVE: False} if archives(event, self._rules.profile) else {}
            note = "archived" if hidden else ""
            return ProductPlan(event, known, None, values | hidden, Result.CREATED, note)
        if not own.is_root(event):
            return ProductPlan(event, known, record, adoption(event), Result.UPDATED, "adopted by its number")
        ours = difference(record, own.owned(event))
        values, left = variant.left_to(record, event, values, self._rules.fit.infos[VARIANT])
        notes = [repeated := twice(event, record), left, unit := self._unit_note(known, record)]
        if own.is_stub(record):
            theirs = difference(record, self._rules.completing.for_completion(values, record))
        else:
            theirs = difference(record, self._rules.updating.for_update(values, record))
            if not self._rules.updating.may_update:
                ours = self._fence_alone(event, record, ours)
                kept = ", ".join(difference(record, values))
                notes += [f"differs in {kept}, and the profile says update = false"] if kept else []
        shown, note = own.shown(event, record, self._rules.profile)
        theirs |= shown
        changed = bool(theirs or ours.keys() - {SEQUENCE, DIGEST})
        result = Result.UPDATED if changed else Result.UNCHANGED
        # A stub got its unit from the line of a BOM: nobody chose it, and it stays.
        warns = bool(repeated or (unit and own.is_stub(record)))
        return ProductPlan(event, known, record, ours | theirs, result, joined(*notes, note), warns=warns)

    def _settled(self, event: Event, record: Held | None) -> Verdict | None:
        """Return the verdict of an event that has nothing to say to what Odoo holds."""
        if record is None:
            return own.never_there(event, self._rules.profile)
        if not own.is_root(event):
            return Applied(Result.UNCHANGED) if record[KEY] else None
        if event.sequence < (record[SEQUENCE] or ""):
            return stale(record[SEQUENCE])
        return None

    def _planned_variant(self, event: Event, record: Held, known: Facts) -> ProductPlan:
        if not own.is_root(event):
            values = as_written(adoption(event))
            return ProductPlan(event, known, record, values, Result.UPDATED, "adopted by its number")
        rules, repeated = self._rules, twice(event, record)
        values, notes = variant.changes(
            event, record, known, self._scope.relations, rules.variant, rules.profile
        )
        text = joined(repeated, *notes, self._unit_note(known, record))
        result = Result.UPDATED if variant.is_news(values) else Result.UNCHANGED
        return ProductPlan(event, known, record, as_written(values), result, text, warns=bool(repeated))

    def _fence_alone(self, event: Event, record: Held, ours: Values) -> Values:
        """Return what is written of `ours` where the profile leaves products alone.

        The key, for without it no BOM would find the product; and the fence where variants, vendors or
        texts of the product may be written: an older event must not write them over a newer one.
        """
        if self._facets:
            return ours
        return {} if record[KEY] else adoption(event)

    def _unit_note(self, known: Facts, record: Held) -> str:
        """Say that the unit differs. It is never written: Odoo relabels stock instead of converting it."""
        try:
            wanted = self._rules.unit.values(known, self._scope.relations).get(own.UNIT)
        except PermanentError as error:
            return str(error)
        if not wanted or wanted == record[own.UNIT]:
            return ""
        has, told = (self._scope.relations.name(UNIT, unit) for unit in (record[own.UNIT], wanted))
        return f"{own.UNIT} is {has} in Odoo, {told} in the vault"


def adoption(event: Event) -> Values:
    """Return what makes a product of Odoo's own ours: it is no stub, and any event of its own is newer.

    The fence is not touched: see `ADOPTED`.
    """
    return {KEY: event.key, DIGEST: ADOPTED}


def _close_with_facets(plan: ProductPlan) -> None:
    """Let the fence of a product that is new, or a stub, be written with its last facet.

    Until then the next try completes it, with what only a product gets that is not there yet.
    """
    if plan.held is None:
        if plan.facets.texts:
            plan.facets = replace(plan.facets, fence=plan.event.sequence)
    elif own.is_stub(plan.held) and SEQUENCE in plan.values:
        if plan.facets.texts:
            plan.facets = replace(plan.facets, fence=plan.values.pop(SEQUENCE))
        elif plan.facets.variants:
            fence = {SEQUENCE: plan.values.pop(SEQUENCE)}
            variants = {variant: values | fence for variant, values in plan.facets.variants.items()}
            plan.facets = replace(plan.facets, variants=variants)
