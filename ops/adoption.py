"""Which products that Odoo has are the vault's items, and making them ours: what `pdm-odoo adopt` does.

It decides as the product consumer does when it sees an item as somebody's component: by key, then by the
identifying field, never by a guess. A newcomer would get wrong what else an export says of the items: nothing
of it is written here. An adopted product gets the item's key and no sequence, so that the item's first event,
whenever it comes, finds it and is newer. A consumer may apply that event between our reading and our writing:
its fence stays what it is, for we never write one, and a run may end anywhere.

Calls per 100 items: 2 to plan, 1 more where some are adopted (2 where these are templates and variants), 1 or
2 where some are ours already; one per related model at the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from consumers.companies import Companies, Scope
from consumers.errors import PermanentError
from consumers.fitted import Fitted
from consumers.mapping.claims import Held
from consumers.odoo.client import Odoo
from consumers.odoo.own_fields import KEY, VARIANT_KEY
from consumers.odoo.records import change, find
from consumers.odoo.schema import Schema
from consumers.product_planner import ProductPlan, ProductPlanner
from consumers.product_rules import ProductRules
from consumers.results import Applied, Result, Verdict
from consumers.states import screen
from consumers.work import Sleep, isolated
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.facts import PRODUCT, VARIANT, VENDOR
from schemas.product import Authority, Product
from schemas.profile import Profile

BATCH = 100
"""Items of one transaction: small enough not to be in the way of consumers that write the same products."""


class Status(StrEnum):
    """What becomes of an item."""

    ADOPTED = "adopted"
    """A product of Odoo's own has its number, and becomes ours."""
    NEW = "new"
    """Odoo has no such product: the item's event will create it."""
    AMBIGUOUS = "ambiguous"
    """Several products have its number, or another item's product has: a person has to decide."""
    UNCHANGED = "unchanged"
    """Its product is ours already."""
    IGNORED = "ignored"
    """The profile ignores the state it is in."""
    REFUSED = "refused"
    """Its event would dead-letter, for another reason."""


@dataclass(frozen=True)
class Item:
    """One item of the vault, and what becomes of it."""

    number: str
    key: str
    status: Status
    model: str = ""
    """Of what is adopted or ours already: a template, or one variant."""
    record: int = 0
    name: str = ""
    """What Odoo calls it."""
    text: str = ""
    """Why, and which records of Odoo are concerned."""

    @property
    def needs_a_person(self) -> bool:
        """Return whether a person has to do something before the item is published."""
        return self.status in {Status.AMBIGUOUS, Status.REFUSED}


def newest(events: Iterable[Event], known: dict[str, Event]) -> None:
    """Put the product events among `events` into `known`, by key; of one item that which would win."""
    for event in events:
        if isinstance(event.data, Product):
            before = known.get(event.key)
            if before is None or event.precedence >= before.precedence:
                known[event.key] = event


class Adoption:
    """Plans the adoption of items, or carries it out."""

    def __init__(self, odoo: Odoo, schema: Schema, profile: Profile, sleep: Sleep, *, write: bool) -> None:
        self._profile = profile
        self._fitted = Fitted(profile, schema, (PRODUCT, VARIANT, VENDOR))
        # Who only adopts creates nothing, no related record either.
        self._companies = Companies(odoo, profile, dry_run=True)
        self._sleep = sleep
        self._write = write
        self._plans: dict[str, ProductPlan] = {}
        self._known: dict[str, tuple[str, int, str]] = {}
        self._taken: dict[tuple[str, int], str] = {}

    def prepare(self) -> None:
        """Ask Odoo whether products can be worked with, and whether the profile fits."""
        self._fitted.prepare()

    def items(self, events: Mapping[str, Event]) -> Iterator[list[Item]]:
        """Yield what becomes of `events`, by key, in batches; each is done when it is yielded.

        Raises:
            UnavailableError: Odoo cannot work; what was yielded stays, and a second run goes on.
        """
        waiting = list(events.values())
        for start in range(0, len(waiting), BATCH):
            batch = waiting[start : start + BATCH]
            self._plans.clear()
            self._known.clear()
            verdicts = isolated(batch, self, self._sleep)
            yield [self._item(event, verdict) for event, verdict in zip(batch, verdicts, strict=True)]

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        """Plan or adopt `events` as a handler does. Raises as `consumers.results.Handler`."""
        rules = ProductRules.of(self._profile, self._fitted.current())
        due, verdicts = screen(events, self._profile)

        def work(scope: Scope, group: Sequence[Event]) -> dict[str, Verdict]:
            # What Odoo would refuse of a new item cannot be told of a sighting: its own event says more.
            plans, settled = ProductPlanner(scope, rules).drafts(group)
            found = settled | {plan.event.key: self._verdict(plan) for plan in plans}
            ours = [plan for plan in plans if isinstance(found[plan.event.key], Applied) and plan.held]
            self._plans |= {plan.event.key: plan for plan in ours}
            self._name(scope, [key for key, one in found.items() if one == Applied(Result.UNCHANGED)])
            for model in (PRODUCT, VARIANT) if self._write else ():
                due = {int(plan.held["id"]): plan for plan in ours if plan.held and plan.model == model}
                change(scope.odoo, model, {record: plan.values for record, plan in due.items()})
            return found

        verdicts |= self._companies.apply([_seen(event) for event in due], work)
        return [verdicts[event.key] for event in events]

    def _name(self, scope: Scope, keys: Sequence[str]) -> None:
        """Look up the products that are those of `keys` already."""
        wanted = [key for key in keys if key not in self._known]
        for model, field in ((PRODUCT, KEY), (VARIANT, VARIANT_KEY)):
            rows = find(scope.odoo, model, field, wanted, (field, "display_name"))
            self._known |= {row[field]: (model, int(row["id"]), str(row["display_name"])) for row in rows}
            wanted = [key for key in wanted if key not in self._known]

    def _verdict(self, plan: ProductPlan) -> Verdict:
        """Return what a plan says, unless another item has taken the same product since this run began."""
        if plan.held is None:
            return plan.verdict
        key = self._taken.setdefault((plan.model, plan.held["id"]), plan.event.key)
        if key == plan.event.key:
            return Applied(Result.UPDATED)
        text = f"{plan.model} {plan.held['id']} in Odoo goes to the item with key {key!r}; two items claim it"
        return PermanentError(Reason.AMBIGUOUS_MATCH, text)

    def _item(self, event: Event, verdict: Verdict) -> Item:
        plan, status = self._plans.get(event.key), _status(verdict)
        if isinstance(verdict, Applied):
            held: Held | None = plan.held if plan else None
            # Where the reply to a first try was lost, the second finds nothing left to do.
            status = Status.ADOPTED if held else status
            named = self._known.get(event.key, ("", 0, ""))
            if plan and held:
                named = plan.model, int(held["id"]), str(held.get("name") or "")
            return Item(event.subject, event.key, status, *named, text=verdict.note)
        return Item(event.subject, event.key, status, text=str(verdict))


def _seen(event: Event) -> Event:
    """Return `event` as if the item had only been seen as a component: it says who the item is, no more."""
    return event.model_copy(update={"data": event.data.model_copy(update={"authority": Authority.SIGHTING})})


def _status(verdict: Verdict) -> Status:
    if not isinstance(verdict, Applied):
        return Status.AMBIGUOUS if verdict.reason is Reason.AMBIGUOUS_MATCH else Status.REFUSED
    if not verdict.supersedes:
        return Status.IGNORED
    return _STATUSES[verdict.result]


_STATUSES = {
    Result.CREATED: Status.NEW,
    Result.UPDATED: Status.ADOPTED,
    Result.UNCHANGED: Status.UNCHANGED,
}
