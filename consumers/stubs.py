"""Stubs of components that Odoo does not have: sightings made of the lines of BOMs, for the product consumer.

A newcomer would get wrong to create products here: adopting by number, external ids and the rules of a stub
are the product consumer's, and there is only one way.
Calls: those of the product consumer for what is new, 3 under the default profile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from consumers.errors import PermanentError
from consumers.results import Handler
from consumers.states import archives
from schemas.bom import BomLine
from schemas.event import Event, new_event
from schemas.item import Item
from schemas.kinds import PRODUCT
from schemas.product import Authority, Product
from schemas.profile import Profile


class Stubs:
    """Makes stubs through the product consumer."""

    def __init__(self, products: Handler, profile: Profile) -> None:
        """Hand sightings to `products`."""
        self._products = products
        self._profile = profile

    def prepare(self) -> None:
        """Ask whether products can be worked with; raises as `Handler.prepare`."""
        self._products.prepare()

    def make(self, events: Sequence[Event], missing: Collection[str]) -> dict[str, PermanentError]:
        """Make stubs of the components of `events` whose keys are `missing`; return why any is refused.

        Raises: as `Handler.apply`.
        """
        seen: dict[str, Event] = {}
        for event in events:
            if not archives(event, self._profile):
                for one in self._sightings(event, missing):
                    seen.setdefault(one.key, one)
        verdicts = self._products.apply(list(seen.values())) if seen else []
        return {
            key: verdict
            for key, verdict in zip(seen, verdicts, strict=True)
            if isinstance(verdict, PermanentError)
        }

    def _sightings(self, event: Event, missing: Collection[str]) -> Iterator[Event]:
        for line in event.data.lines:
            if event.component_key(line) in missing:
                yield self._sighting(event, line)

    def _sighting(self, event: Event, line: BomLine) -> Event:
        """Return what an export would have said of the component on `line`."""
        company = self._profile.company.names() if self._profile.company else ()
        # The stub is for the company of the BOM, which its line does not name.
        theirs = {name: text for name, text in event.data.attributes.items() if name in company}
        data = Product(
            transition=event.data.transition,
            item=Item(
                number=line.number,
                revision=line.revision,
                configuration=line.configuration,
                vault_object_id=line.vault_object_id,
            ),
            authority=Authority.SIGHTING,
            name=line.attributes.get(self._profile.source.name, ""),
            unit=line.unit,
            state=line.state,
            attributes=line.attributes | theirs,
        )
        made = new_event(
            PRODUCT,
            data,
            event_id=event.id,
            source=event.source,
            time=event.time,
            sequence=event.sequence,
            correlationid=event.correlationid,
            causationid=event.id,
        )
        return made.model_copy(update={"key_parts": event.key_parts})
