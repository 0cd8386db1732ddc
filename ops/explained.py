"""What a profile makes of one event, field by field: read and computed, nothing written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consumers.bom import bom_rules
from consumers.bom_planner import BomPlanner
from consumers.companies import Companies, Scope, looked_up
from consumers.errors import PermanentError
from consumers.facets.variants import Variants
from consumers.facets.vendors import PARTNER, Vendors
from consumers.fitted import Fit, Fitted
from consumers.mapping.facts import Facts, facts, line_facts
from consumers.mapping.product import is_root
from consumers.mapping.rules import ModelMapping
from consumers.mapping.values import difference
from consumers.odoo.client import Odoo
from consumers.odoo.records import find
from consumers.odoo.relations import NEW
from consumers.odoo.schema import KEY, Schema
from consumers.odoo.units import UnitCache
from consumers.product_planner import ProductPlanner, ProductRules
from consumers.results import Applied, Verdict
from consumers.states import screen
from schemas.bom import Bom
from schemas.event import Event
from schemas.facts import BOM, DOCUMENT, LINE, MODELS, PRODUCT, VARIANT, VENDOR
from schemas.product import Product
from schemas.profile import FieldRule, Profile

_EMPTY = "(empty)"
Held = Mapping[str, Any] | None


@dataclass(frozen=True)
class Row:
    """One field."""

    model: str
    field: str
    source: str
    """What the rule reads, with what the event has there."""
    rule: str
    """The rule's options, as they are written."""
    value: str
    """What becomes of it in Odoo."""
    now: str
    """What Odoo has; empty where there is no record."""
    effect: str


@dataclass(frozen=True)
class Explained:
    """One event."""

    kind: str
    number: str
    outcome: str
    rows: list[Row] = field(default_factory=list)


class Explainer:
    """Explains events under one profile and the Odoo that is connected."""

    def __init__(self, odoo: Odoo, schema: Schema, profile: Profile) -> None:
        """Raises MisconfiguredError when the profile does not fit."""
        self._odoo = odoo
        self._schema = schema
        self._profile = profile
        self._fit: Fit = Fitted(profile, schema, MODELS).current()
        self._companies = Companies(odoo, profile, dry_run=True)
        self._documents = schema.capabilities.documents

    def explain(self, event: Event) -> Explained:
        """Return what becomes of `event`."""
        due, verdicts = screen([event], self._profile)
        groups, unclear = self._companies.split(due)
        verdicts |= unclear
        if event.key in verdicts:
            return Explained(event.kind.entity, event.subject, _said(verdicts[event.key]))
        [(scope, _)] = groups
        explained = _Event(event, facts(event), scope, self._fit, self._profile)
        if isinstance(event.data, Product):
            outcome, rows = explained.product()
        elif isinstance(event.data, Bom):
            planner = BomPlanner(
                scope, bom_rules(self._profile, self._fit), UnitCache(scope.odoo), self._schema.rounded
            )
            outcome, rows = explained.bom(planner)
        else:
            outcome, rows = explained.document(self._documents)
        return Explained(event.kind.entity, event.subject, outcome, list(rows))


@dataclass(frozen=True)
class _Event:
    event: Event
    facts: Facts
    scope: Scope
    fit: Fit
    profile: Profile

    def product(self) -> tuple[str, list[Row]]:
        rules = ProductRules.of(self.profile, self.fit)
        plans, settled = ProductPlanner(self.scope, rules).plan([self.event])
        if not is_root(self.event):
            return (_said(settled[self.event.key]) if settled else "a stub is created, or adopted"), []
        outcome = _said(settled[self.event.key]) if settled else f"{plans[0].result}; {plans[0].note}"
        ids = [int(plan.held["id"]) for plan in plans if plan.held]
        fields = self.fit.mappings[PRODUCT].fields
        record = next(iter(find(self.scope.odoo, PRODUCT, "id", ids, fields)), None)
        rows = list(self.traced(PRODUCT, self.facts, record))
        variants = Variants(self.scope, self.fit).read(ids)
        rows += self.traced(VARIANT, self.facts, next((one[0] for one in variants.values()), None))
        return outcome.rstrip("; "), [*rows, *self._vendor(ids)]

    def _vendor(self, ids: Sequence[int]) -> Iterator[Row]:
        lines = next(iter(Vendors(self.scope, self.fit).read(ids).values()), [])
        partner = self._value(self.fit.mappings[VENDOR], PARTNER)
        yield from self.traced(
            VENDOR, self.facts, next((line for line in lines if line[PARTNER] == partner), None)
        )

    def _value(self, mapping: ModelMapping, name: str) -> Any:
        try:
            part = mapping.only(name)
            looked_up(self.scope, [part.wanted(self.facts)], part.created)
            return part.values(self.facts, self.scope.relations).get(name)
        except PermanentError:
            return None

    def bom(self, planner: BomPlanner) -> tuple[str, list[Row]]:
        plans, settled = planner.plan([self.event])
        if not plans:
            return _said(settled[self.event.key]), []
        [plan] = plans
        lines = plan.lines
        outcome = f"{plan.verdict.result}; {plan.verdict.note}".rstrip("; ")
        if not plan.new and lines:
            outcome += (
                f": {len(lines.created)} lines come, {len(lines.updated)} change, {len(lines.removed)} go"
            )
        rows = list(self.traced(BOM, self.facts, plan.held.header if plan.held else None))
        held = {line.position: line.values for line in plan.held.lines} if plan.held else {}
        for line in self.event.data.lines:
            rows += self.traced(
                LINE, line_facts(line), held.get(line.position), f"line {line.position} {line.number}: "
            )
        return outcome, rows

    def document(self, model: str) -> tuple[str, list[Row]]:
        read = (KEY, *self.fit.mappings[model].fields)
        record = next(iter(find(self.scope.odoo, model, KEY, [self.event.key], read)), None)
        outcome = "the file is compared by its SHA-1" if record else "created"
        return outcome, list(self.traced(model, self.facts, record))

    def traced(self, model: str, known: Facts, record: Held, prefix: str = "") -> Iterator[Row]:
        """Yield a row for each field that the profile maps."""
        mapping, rules = self.fit.mappings[model], self.profile.rules(model if model in MODELS else DOCUMENT)
        for name in mapping.fields:
            rule = rules.fields.get(name)
            source, options = prefix + _source(rule, known), _options(rule)
            now = self._shown(model, name, record[name]) if record else ""
            part = mapping.only(name)
            try:
                looked_up(self.scope, [part.wanted(known)], part.created)
                values = part.values(known, self.scope.relations)
            except PermanentError as error:
                yield Row(model, name, source, options, "", now, f"refused: {error}")
                continue
            if name not in values:
                yield Row(model, name, source, options, "", now, "left alone: not in the event")
                continue
            value = self._shown(model, name, values[name])
            yield Row(model, name, source, options, value, now, _effect(part, values, record))

    def _shown(self, model: str, name: str, value: Any) -> str:
        info = self.fit.infos[model].fields[name]
        if info.relation:
            ids = value if isinstance(value, list) else [value] if value is not False else []
            names = [
                "(would be created)" if one == NEW else self.scope.relations.name(info.relation, one)
                for one in ids
            ]
            return ", ".join(names) or _EMPTY
        if isinstance(value, bool) and info.type == "boolean":
            return "yes" if value else "no"
        return _EMPTY if value is False or value == "" else str(value)


def _effect(part: ModelMapping, values: Mapping[str, Any], record: Held) -> str:
    if record is None:
        return "new" if part.inserting.fields else "left alone: insert = false"
    if not part.updating.fields:
        same = not difference(record, dict(values))
        return "same" if same else "left alone: only written when the record is created"
    if not part.may_update:
        return "left alone: update = false"
    if not part.for_update(dict(values), record):
        return "left alone: Odoo has a value"
    return "changes" if difference(record, dict(values)) else "same"


def _source(rule: FieldRule | None, known: Facts) -> str:
    """Return what `rule` reads: names with their values, or the constant."""
    if rule is None or rule.constant is not None:
        return f"constant {rule.constant!r}" if rule else "constant"
    names = [rule.from_] if rule.from_ else rule.names()
    return ", ".join(f"{name} = {str(known[name])!r}" if name in known else f"no {name}" for name in names)


def _options(rule: FieldRule | None) -> str:
    """Return the options of `rule` that are not as by default, as in the profile."""
    given = rule.model_dump(mode="json", by_alias=True, exclude_defaults=True) if rule else {}
    texts = {
        name: f"{{ {', '.join(f'{key} = {one!r}' for key, one in value.items())} }}"
        if isinstance(value, dict)
        else repr(value)
        for name, value in given.items()
        if name not in {"from", "template", "constant"}
    }
    return ", ".join(f"{name} = {text}" for name, text in texts.items())


def _said(verdict: Verdict) -> str:
    if isinstance(verdict, Applied):
        return f"{verdict.result}; {verdict.note}".rstrip("; ")
    fate = "dead letter" if isinstance(verdict, PermanentError) else "retry"
    return f"{fate}, {verdict.reason}: {verdict}"
