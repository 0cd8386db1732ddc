"""The BOM consumer: one structure → one `mrp.bom` with its lines.

A newcomer would get wrong the two ways of writing lines. A new BOM is loaded inactive and then gets
all its lines at once, replacing whatever a lost attempt left: never half, never double. A BOM in
use gets only what differs, and lines that manufacturing added stay. What takes over from an older version
is written together with its archiving, the older one first: where Odoo cannot do both in one transaction
(up to 18), an attempt that died between them leaves none in use, and the next one completes it.
Calls per batch: 1 when nothing differs, 4 when BOMs are new; one more per further 2,000 new lines, and
one per related model that the profile maps; for what policies and cycles cost, see `bom_planner`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from consumers.bom_planner import BomPlanner
from consumers.companies import Companies, Scope
from consumers.errors import PermanentError
from consumers.fitted import Fit, Fitted
from consumers.mapping.bom_plan import BomRules, Plan, from_below
from consumers.mapping.product import ACTIVE
from consumers.odoo.boms import BYPRODUCTS, LINES
from consumers.odoo.capabilities import bom_unit
from consumers.odoo.client import Odoo, Values
from consumers.odoo.records import SAVE_ROWS, change, create_once
from consumers.odoo.schema import Schema
from consumers.odoo.units import UnitCache
from consumers.results import Verdict
from consumers.states import screen
from consumers.stubs import Publish, Stubs
from schemas.event import Event
from schemas.facts import BOM, BYPRODUCT, LINE
from schemas.profile import MissingComponent, Profile

LINES_PER_CALL = 2000
"""Lines of new BOMs in one call: about two seconds of Odoo's work."""


class BomHandler:
    """Bring BOM events into Odoo."""

    def __init__(
        self, odoo: Odoo, schema: Schema, units: UnitCache, profile: Profile, publish: Publish | None = None
    ) -> None:
        """Work on `odoo`; `publish` sends to other consumers, and is needed where BOMs ask for stubs.

        Raises:
            ValueError: the profile wants stubs, and there is no `publish`.
        """
        self._schema = schema
        self._units = units
        self._profile = profile
        self._fitted = Fitted(profile, schema, (BOM, LINE))
        self._companies = Companies(odoo, profile)
        self._stubs: Stubs | None = None
        if profile.bom.missing is MissingComponent.STUB:
            if publish is None:
                raise ValueError('missing = "stub" needs something that publishes')
            self._stubs = Stubs(publish, profile)

    def prepare(self) -> None:
        """Ask Odoo whether BOMs can be worked with, and whether the profile fits."""
        self._fitted.prepare()
        if self._profile.bom.byproducts:
            self._schema.model(BYPRODUCT)

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        """Bring `events`, each of another key, into Odoo; one verdict per event, in order."""
        rules = bom_rules(self._profile, self._fitted.current())
        due, verdicts = screen(events, self._profile)

        def work(scope: Scope, group: Sequence[Event]) -> dict[str, Verdict]:
            planner = BomPlanner(scope, rules, self._units, self._schema.rounded, self._stubs)
            plans, settled = planner.plan(group)
            return settled | _written(plans, scope)

        verdicts |= self._companies.apply(due, work)
        return [verdicts[event.key] for event in events]


def bom_rules(profile: Profile, fit: Fit) -> BomRules:
    """Return the rules of `profile` for BOMs and their lines as they fit Odoo."""
    unit = bom_unit(fit.infos[LINE].fields)
    return BomRules(fit.mappings[BOM], fit.mappings[LINE], profile, unit)


def _written(plans: Sequence[Plan], scope: Scope) -> dict[str, Verdict]:
    """Write `plans`; return what became of each, by key.

    What is in use first, and of that the lower levels: where two assemblies change places, Odoo would see a
    cycle in the other order.
    """
    _change(from_below([one for one in plans if not one.new and not one.forbidden]), scope.odoo)
    verdicts = _build([one for one in plans if one.new], scope)
    return verdicts | {one.event.key: one.verdict for one in plans if not one.new}


def _build(plans: Sequence[Plan], scope: Scope) -> dict[str, Verdict]:
    """Create BOMs, or finish half-built ones: header inactive, then all lines and the fence in one."""
    missing = [one for one in plans if one.held is None]
    rows = [one.row(scope.external_id("bom", ".".join(one.name))) for one in missing]
    created = create_once(scope.odoo, BOM, rows)
    verdicts: dict[str, Verdict] = {}
    ids = {one.event.key: one.held.id for one in plans if one.held}
    for one, outcome in zip(missing, created, strict=True):
        if isinstance(outcome, PermanentError):
            verdicts[one.event.key] = outcome
        else:
            ids[one.event.key] = outcome
    for group in _groups([one for one in plans if one.event.key in ids]):
        built = {ids[one.event.key]: one.build() for one in group}
        change(scope.odoo, BOM, _retired(group) | built)
        verdicts |= {one.event.key: one.verdict for one in group}
    return verdicts


def _change(plans: Sequence[Plan], odoo: Odoo) -> None:
    """Write what differs into BOMs in use: lines first, so that a crash leaves the fence behind them."""
    lines: dict[int, Values] = {}
    headers: dict[int, Values] = {}
    for one in plans:
        assert one.held  # noqa: S101 - a plan that is not new has a BOM
        header = dict(one.header)
        if one.lines.structural:
            header[LINES] = one.lines.commands()
        else:
            lines |= one.lines.updated
            # Odoo marks running manufacturing orders as outdated only when this field is written. Lines
            # newer than their BOM were written by an attempt that died before it came to the header.
            if one.lines or (header and one.held.lines_ahead):
                header.setdefault("product_qty", one.held.header["product_qty"])
        if one.byproducts:
            header[BYPRODUCTS] = one.byproducts.commands()
        headers[one.held.id] = header
    change(odoo, LINE, lines)
    change(odoo, BOM, _retired(plans) | headers)


def _retired(plans: Sequence[Plan]) -> dict[int, Values]:
    """Return what archives the versions that `plans` take over from."""
    return {version: {ACTIVE: False} for one in plans for version in one.target.retired}


def _groups(plans: Sequence[Plan]) -> Iterator[list[Plan]]:
    """Yield `plans` in groups that Odoo builds well within its time limit of one request."""
    group: list[Plan] = []
    lines = rows = 0
    for one in plans:
        written = 1 + len(one.target.retired)
        if group and (lines + len(one.wanted) > LINES_PER_CALL or rows + written > SAVE_ROWS):
            yield group
            group, lines, rows = [], 0, 0
        group.append(one)
        lines, rows = lines + len(one.wanted), rows + written
    if group:
        yield group
