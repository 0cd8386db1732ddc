"""The BOM consumer: one structure → one `mrp.bom` with its lines.

A newcomer would get wrong the two ways of writing lines. A new BOM is loaded inactive and then gets
all its lines at once, replacing whatever a lost attempt left: never half, never double. A BOM in
use gets only what differs, and lines that manufacturing added stay. What takes over from an older version
is written together with its archiving, the older one first: where Odoo cannot do both in one transaction
(up to 18), an attempt that died between them leaves none in use, and the next one completes it.
Calls per batch: 1 when nothing differs, 4 when BOMs are new; one more per further 2,000 new lines, and
one per related model that the profile maps; about 2·log2(n) more for a BOM among n that Odoo refuses,
without reading or planning the others again, and those that ask whether what it names is there (`gone`); for
what policies and cycles cost, see `bom_planner`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from consumers.bom_planner import BomPlanner
from consumers.companies import Companies, Scope
from consumers.errors import ConflictError, PermanentError
from consumers.fitted import Fit, Fitted
from consumers.mapping.bom_plan import BomRules, Plan, from_below
from consumers.mapping.product import ACTIVE
from consumers.odoo.boms import BYPRODUCTS, LINES
from consumers.odoo.capabilities import bom_unit
from consumers.odoo.client import Odoo, Values
from consumers.odoo.gone import check_related
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

        try:
            verdicts |= self._companies.apply(due, work)
        except ConflictError:
            # Perhaps a unit is gone; `Companies` forgets the other related records.
            self._units.forget()
            raise
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
    due = from_below([one for one in plans if not one.new and not one.forbidden])
    verdicts: dict[str, Verdict] = {one.event.key: one.verdict for one in plans if not one.new}
    verdicts |= _change(due, scope.odoo)
    return verdicts | _build([one for one in plans if one.new], scope)


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

    def values(part: Sequence[Plan]) -> dict[int, Values]:
        return _retired(part) | {ids[one.event.key]: one.build() for one in part}

    for group in _groups([one for one in plans if one.event.key in ids]):
        verdicts |= {one.event.key: one.verdict for one in group}
        verdicts |= _apart(group, scope.odoo, BOM, values)
    return verdicts


def _apart(
    plans: Sequence[Plan], odoo: Odoo, model: str, values: Callable[[Sequence[Plan]], dict[int, Values]]
) -> dict[str, PermanentError]:
    """Write the `values` of `plans`, in parts where Odoo refuses; return the refusals by key.

    Plans are parted and not records: what one event writes, with the version that goes, stays one call.

    Raises: as `records.change` of what concerns all, and as `gone.check_related`.
    """
    refused: dict[str, PermanentError] = {}
    waiting = [list(plans)] if plans else []
    asked = False
    while waiting:
        part = waiting.pop()
        try:
            change(odoo, model, values(part))
        except PermanentError as error:
            if not asked:
                asked = True
                check_related(odoo, model, values(plans).values())
            if len(part) == 1:
                refused[part[0].event.key] = error
            else:
                # The lower half first: the order of the plans is one that Odoo takes.
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
    return refused


def _change(plans: Sequence[Plan], odoo: Odoo) -> dict[str, PermanentError]:
    """Write what differs into BOMs in use; return the refusals by key.

    Lines first, so that a crash leaves the fence behind them; where Odoo refuses lines, it stays open.
    """
    refused = _apart(plans, odoo, LINE, _lines)
    due = [one for one in plans if one.event.key not in refused]
    return refused | _apart(due, odoo, BOM, lambda part: _retired(part) | _headers(part))


def _lines(plans: Sequence[Plan]) -> dict[int, Values]:
    """Return what differs of lines of BOMs in use, where no component comes or goes."""
    return {
        line: values
        for one in plans
        if not one.lines.structural
        for line, values in one.lines.updated.items()
    }


def _headers(plans: Sequence[Plan]) -> dict[int, Values]:
    """Return what differs of BOMs in use, with the lines where components come or go."""
    headers: dict[int, Values] = {}
    for one in plans:
        assert one.held  # noqa: S101 - a plan that is not new has a BOM
        header = dict(one.header)
        if one.lines.structural:
            header[LINES] = one.lines.commands()
        # Odoo marks running manufacturing orders as outdated only when this field is written. Lines
        # newer than their BOM were written by an attempt that died before it came to the header.
        elif one.lines or (header and one.held.lines_ahead):
            header.setdefault("product_qty", one.held.header["product_qty"])
        if one.byproducts:
            header[BYPRODUCTS] = one.byproducts.commands()
        headers[one.held.id] = header
    return headers


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
