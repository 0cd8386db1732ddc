"""The profile's rules for products as they fit Odoo, by what is to be done: insert, update, complete, see."""

from __future__ import annotations

from dataclasses import dataclass

from consumers.fitted import Fit
from consumers.mapping import product as own
from consumers.mapping import variant
from consumers.mapping.claims import Held
from consumers.mapping.rules import ModelMapping
from consumers.mapping.variant import VariantRules
from consumers.odoo.own_fields import DIGEST, KEY, REVISION, SEQUENCE
from schemas.event import Event
from schemas.facts import PRODUCT, VARIANT, VENDOR
from schemas.profile import Profile


@dataclass(frozen=True)
class ProductRules:
    """The rules for products, by what is to be done."""

    profile: Profile
    fit: Fit
    inserting: ModelMapping
    updating: ModelMapping
    stub: ModelMapping
    completing: ModelMapping
    """For the first event of an item that is there as a stub."""
    unit: ModelMapping
    variant: VariantRules
    """For an item that is one variant of a product."""

    @classmethod
    def of(cls, profile: Profile, fit: Fit) -> ProductRules:
        """Return the rules of `profile` as they fit Odoo."""
        mapping = fit.mappings[PRODUCT]
        inserting = mapping.inserting
        # Odoo relabels stock instead of converting it: whatever the rule says, a unit is never changed.
        updating = mapping.updating.only(*(name for name in mapping.updating.fields if name != own.UNIT))
        stub = own.stub(inserting, profile)
        # A stub has its seeds already, and Odoo may have changed them since.
        seeded = set(stub.fields) - set(updating.fields)
        completing = inserting.only(*(name for name in inserting.fields if name not in seeded))
        unit = mapping.only(own.UNIT)
        of_variant = VariantRules.of(
            mapping.only(*updating.fields),
            fit.mappings[VARIANT],
            fit.infos[VARIANT],
            vendor=fit.has(VENDOR),
        )
        return cls(profile, fit, inserting, updating, stub, completing, unit, of_variant)

    @property
    def read(self) -> tuple[str, ...]:
        """Return the fields to read of a product that is there."""
        identify = self.profile.key.identify
        known = (identify,) if identify in self.fit.infos[PRODUCT].fields else ()
        ours = (*known, KEY, SEQUENCE, DIGEST, REVISION, own.ACTIVE)
        counted = (variant.COUNT,) if variant.COUNT in self.fit.infos[PRODUCT].fields else ()
        theirs = (*counted, *self.updating.fields, *self.completing.fields, *self.unit.fields)
        return tuple(dict.fromkeys((*ours, *theirs)))

    @property
    def read_of_variant(self) -> tuple[str, ...]:
        """Return the fields to read of a `product.product`, which may be the item or show its template."""
        fields = (*self.read, self.profile.key.identify, *self.variant.writes.fields, *variant.READ)
        return tuple(dict.fromkeys(fields))

    def for_event(self, event: Event, held: Held | None) -> ModelMapping:
        """Return the rules that say what `event` writes."""
        if held is not None and variant.is_variant(held):
            return self.variant.writes if own.is_root(event) else self.variant.writes.only()
        if not own.is_root(event):
            return self.stub
        if held is None:
            return self.inserting
        return self.completing if own.is_stub(held) else self.updating
