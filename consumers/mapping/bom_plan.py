"""One BOM event and what Odoo holds → what to write. Pure; refuses what Odoo would take and get wrong.

A newcomer would get wrong that an event which archives is planned like any other, so that the BOM is what the
vault had last; only what is of no matter in the archive, an unreleased component or a cycle, is not asked.
What cannot be brought up to date is archived as it is: in use it would still be built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from consumers.errors import ConflictError, PermanentError, TransientError
from consumers.mapping import bom_parts
from consumers.mapping.bom import LineChanges, WantedLine, compare
from consumers.mapping.bom_lines import LineTerms, Rounding, variant, wanted_lines
from consumers.mapping.bom_version import Target, target
from consumers.mapping.cycles import Structure
from consumers.mapping.facts import facts
from consumers.mapping.order import twice
from consumers.mapping.product import ACTIVE, shown
from consumers.mapping.references import Links
from consumers.mapping.rules import ModelMapping
from consumers.mapping.values import cells, difference, written
from consumers.odoo.boms import BYPRODUCTS, LINES, HeldBom, Versions
from consumers.odoo.client import Values
from consumers.odoo.companies import COMPANY, Tree
from consumers.odoo.components import Component
from consumers.odoo.own_fields import DIGEST, KEY, REVISION, SEQUENCE
from consumers.odoo.units import Units
from consumers.results import Applied, Result, joined
from consumers.states import archives
from schemas.event import Event
from schemas.facts import BOM, BYPRODUCT
from schemas.profile import Action, BomPolicy, Profile, Revisions

_NO_RULES = ModelMapping(BYPRODUCT, ())


@dataclass(frozen=True)
class BomRules:
    """The profile's rules for BOMs and their lines."""

    header: ModelMapping
    line: ModelMapping
    profile: Profile
    unit_field: str
    """What this Odoo calls the unit of a BOM and of its lines."""

    @property
    def policy(self) -> BomPolicy:
        """Return how structures become BOMs."""
        return self.profile.bom

    def released(self, state: str) -> bool:
        """Return whether a component in `state` may be used: the profile says `upsert` of it for products."""
        actions = self.profile.states.get(state)
        return actions is not None and actions.product is Action.UPSERT


@dataclass(frozen=True)
class Known:
    """What is known of Odoo while planning."""

    components: Mapping[str, Sequence[Component]]
    """Variants by the key of their product; all of them, where a line does not have one yet."""
    units: Units
    rounded: Rounding
    rules: BomRules
    links: Links
    company: int = 0
    """The company that new BOMs belong to; 0 for none, and while no product has one."""
    companies: Tree = field(default_factory=Tree)

    @property
    def terms(self) -> LineTerms:
        """Return what puts lines in Odoo's terms."""
        rules = self.rules
        unit = rules.profile.unit
        return LineTerms(
            rules.line, rules.policy, unit, rules.unit_field, self.units, self.rounded, self.links
        )


@dataclass(frozen=True)
class Plan:
    """What to write for one event."""

    event: Event
    held: HeldBom | None
    """The BOM that is written to; None when it has to be made."""
    target: Target
    wanted: tuple[WantedLine, ...]
    lines: LineChanges
    """Of a new BOM, all its lines."""
    byproducts: LineChanges
    header: Values
    rules: BomRules
    archive: bool = False
    """Whether it goes to the archive, or stays there."""
    structure: Structure | None = None
    """What a cycle may run through; None when the BOM is not in use, or not written."""
    note: str = ""

    @property
    def new(self) -> bool:
        """Return whether the BOM has to be built: it is not there, or an attempt left it half built."""
        return self.held is None or not self.held.sequence

    @property
    def name(self) -> tuple[str, ...]:
        """Return the parts of the external id of a BOM that has to be made: the same in every attempt."""
        return (self.event.key, self.target.version) if self.target.version else (self.event.key,)

    @property
    def replaced(self) -> tuple[int, ...]:
        """Return the BOMs whose lines do not count any more once this is written."""
        return (*((self.held.id,) if self.held else ()), *self.target.retired)

    @property
    def verdict(self) -> Applied:
        """Return what the event will have done."""
        if self.new:
            return Applied(Result.CREATED, self.note)
        written = self.header.keys() - {SEQUENCE, DIGEST}
        differs = bool(self.lines or self.byproducts or written or self.target.retired)
        if self.forbidden:
            assert self.held  # noqa: S101 - a plan that is not new has a BOM
            differs |= bool(self.held.header[ACTIVE]) is self.archive
            note = "the BOM differs, and the profile says update = false" if differs else self.note
            return Applied(Result.UNCHANGED, note)
        repeated = bool(self.target.used and twice(self.event, self.target.used.header))
        return Applied(Result.UPDATED if differs else Result.UNCHANGED, self.note, warns=repeated)

    @property
    def forbidden(self) -> bool:
        """Return whether the profile leaves BOMs that are there alone."""
        return not (self.new or self.rules.header.may_update)

    def build(self) -> Values:
        """Return the values that complete a new BOM: all lines, the fence, and whether it is in use.

        The lines are cleared first: an attempt whose reply was lost may still be running, and Odoo
        itself repeats a transaction after a conflict; neither doubles a line.
        """
        values = self.header | {
            KEY: self.event.key,  # a person may have emptied it
            LINES: [[5, 0, 0], *self.lines.commands()],
            ACTIVE: not self.archive,
        }
        if self.rules.policy.byproducts:
            values[BYPRODUCTS] = [[5, 0, 0], *self.byproducts.commands()]
        return values

    def row(self, external_id: str) -> dict[str, str]:
        """Return the `load()` row of a new BOM's header: inactive, for it has no lines yet."""
        values = {
            KEY: self.event.key,
            "product_tmpl_id/.id": self.target.template,
            f"{self.rules.unit_field}/.id": self.target.unit,
            ACTIVE: False,
        }
        if self.target.product:
            values["product_id/.id"] = self.target.product
        return {"id": external_id} | cells(values)


def plan(event: Event, held: Versions, known: Known) -> Plan:
    """Return what to write for `event`, where Odoo holds `held`.

    Raises:
        TransientError: a product is not in Odoo yet, or not released; all of them are named.
        PermanentError: a component, a unit or a quantity makes no sense, a mapped value does not fit, or the
            profile forbids it. What can be known of a component that is missing is refused before it comes.
        ConflictError: what was looked up is forgotten; the whole batch has to be planned at once again.
    """
    try:
        return _whole(event, held, known)
    except (TransientError, PermanentError) as error:
        if held.current and archives(event, known.rules.profile) and not isinstance(error, ConflictError):
            return _as_it_is(event, held, held.current, known.rules, str(error))
        raise


def _as_it_is(event: Event, held: Versions, current: HeldBom, rules: BomRules, why: str) -> Plan:
    """Return what archives the `current` BOM and changes nothing else of it."""
    aim = target(event, held, Revisions.OVERWRITE, None, rules.unit_field, may=rules.header.may_update)
    active, note = shown(event, current.header, rules.profile, BOM)
    own: Values = {SEQUENCE: event.sequence, DIGEST: event.digest}
    return Plan(
        event=event,
        held=current,
        target=aim,
        wanted=(),
        lines=LineChanges(),
        byproducts=LineChanges(),
        header=difference(current.header, own) | active,
        rules=rules,
        archive=True,
        note=joined(note, f"its lines were left as they are: {why}"),
    )


def _whole(event: Event, held: Versions, known: Known) -> Plan:
    rules, archive = known.rules, archives(event, known.rules.profile)
    fresh = not (held.current or held.half)
    components = bom_parts.parts(event, held, known.components, known.terms)
    parents = known.components.get(event.item_key, ()) if fresh else ()
    parent = variant(event.data.item.number, parents) if parents else None
    aim = target(event, held, rules.policy.revisions, parent, rules.unit_field, may=rules.header.may_update)
    _check_company(event, aim, parent, components, known)
    # What goes to the archive is built of nothing.
    unreleased = (
        "" if archive else bom_parts.unreleased(event, rules.policy.unreleased, rules.released, components)
    )
    wanted = wanted_lines(event.data, known.terms, components)
    bom_parts.wait_for_missing(event, known.components, parent=fresh)
    used = aim.used
    standing = {line.position: components[line.position] for line in wanted.components}
    byproducts = compare(used.byproducts if used else (), wanted.byproducts, _NO_RULES)
    header, active = _header(event, used, known)
    notes = (
        twice(event, used.header) if used else "",
        active,
        "" if archive else aim.note,
        unreleased,
        bom_parts.archived(event, components),
        f"the quantities of {wanted.scrap} lines include scrap" if wanted.scrap else "",
    )
    return Plan(
        event=event,
        held=aim.held,
        target=aim,
        wanted=(*wanted.components, *wanted.byproducts),
        lines=compare(used.lines if used else (), wanted.components, rules.line),
        byproducts=byproducts,
        header=header,
        rules=rules,
        archive=archive,
        structure=_structure(event, aim, header, rules, standing),
        note=joined(*notes),
    )


def _header(event: Event, used: HeldBom | None, known: Known) -> tuple[Values, str]:
    """Return what a new BOM's header gets, or what differs in one that is there; and a note on `active`."""
    rules, told = known.rules.header, facts(event)
    own: Values = {REVISION: event.data.item.revision, SEQUENCE: event.sequence, DIGEST: event.digest}
    if used is None:
        return written(rules.for_insert(rules.inserting.values(told, known.links))) | own, (
            "archived" if archives(event, known.rules.profile) else ""
        )
    values = rules.updating.values(told, known.links)
    kept = rules.for_update(values, used.header) if rules.may_update else values
    active, note = shown(event, used.header, known.rules.profile, BOM)
    return difference(used.header, kept | own) | active, note


def _check_company(
    event: Event, aim: Target, parent: Component | None, components: Mapping[int, Component], known: Known
) -> None:
    company = aim.held.header[COMPANY] or 0 if aim.held else known.company
    products = [(line.number, components[line.position]) for line in event.data.lines]
    if parent:
        products.insert(0, (event.data.item.number, parent))
    bom_parts.same_company(company, products, known.companies)


def _structure(
    event: Event, aim: Target, header: Values, rules: BomRules, components: Mapping[int, Component]
) -> Structure | None:
    """Return what a cycle may run through, of a BOM that will be in use with `components`, by position."""
    used, before = aim.used, aim.before
    active = header.get(ACTIVE, used.header[ACTIVE]) if used else not archives(event, rules.profile)
    # One variant may well be made of another one of its product; Odoo tells them apart, and checks.
    if not active or aim.product or (used and not rules.header.may_update):
        return None
    numbers = {line.position: line.number for line in event.data.lines}
    # What was on the BOM in use until now has been checked; Odoo does not check one in the archive.
    settled = {line.product for line in before.lines} if before and before.header[ACTIVE] else set()
    theirs = used.added if used else ()
    return Structure(
        parent=aim.template,
        parts=frozenset((*(one.template for one in components.values()), *theirs)),
        added=frozenset(one.template for one in components.values() if one.product not in settled),
        names={aim.template: event.data.item.number}
        | {one.template: numbers[position] for position, one in components.items()},
    )


def from_below(plans: Sequence[Plan]) -> list[Plan]:
    """Return `plans` so that a BOM comes after those of its components."""
    above = {one.structure.parent: one.structure.parts for one in plans if one.structure}
    with suppress(CycleError):  # one that somebody else made: it is not theirs to refuse
        order = {template: place for place, template in enumerate(TopologicalSorter(above).static_order())}
        return sorted(plans, key=lambda one: order[one.structure.parent] if one.structure else -1)
    return list(plans)
