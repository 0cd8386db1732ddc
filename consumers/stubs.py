"""Stubs of components that Odoo does not have: sightings made of BOM lines, sent to the product consumer.

A newcomer would get wrong to create products here: two consumers that write one product overwrite each
other, for what one reads as missing the other has just made. So the sightings go to the queue of products,
and the BOM comes again. Each attempt asks anew, with the same ids: what is there by then is left unchanged.
No call to Odoo; one publication per batch.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from schemas import topology
from schemas.bom import BomLine
from schemas.event import Event, new_event, to_message
from schemas.item import Item
from schemas.kinds import PRODUCT, Consumer
from schemas.message import Message
from schemas.product import Authority, Product
from schemas.profile import Action, Profile

Publish = Callable[[Sequence[Message]], None]

_IDS = uuid.UUID("5f0c1d0e-6a53-5d0c-9d0b-2f3a4e1c7b90")
"""The space of the ids of sightings that are made here."""


class Stubs:
    """Asks the product consumer for stubs."""

    def __init__(self, publish: Publish, profile: Profile) -> None:
        """Send sightings by `publish`, which returns when they are confirmed."""
        self._publish = publish
        self._profile = profile

    def ask(self, waiting: Sequence[tuple[Event, Collection[str]]]) -> dict[str, str]:
        """Ask for the components of events whose keys are missing; return what to say of each, by its key.

        Raises:
            BrokerError: the sightings could not be published; nothing may be acknowledged.
        """
        told: dict[str, str] = {}
        sightings: dict[str, Event] = {}
        for event, missing in waiting:
            if self._makes(event):
                for one in self._sightings(event, missing):
                    sightings.setdefault(one.key, one)
                text = "stubs were asked for; where none comes, see the dead letters of product"
            else:
                state = event.data.transition.to_state
                text = (
                    f"no stubs can be made, for state {state!r} is no upsert of products; "
                    "change that in [states] of the profile, or release the components"
                )
            told[event.key] = text
        if sightings:
            self._publish([_message(one) for one in sightings.values()])
        return told

    def _makes(self, event: Event) -> bool:
        """Return whether the product consumer would make anything of a component seen in `event`."""
        states = self._profile.states.get(event.data.transition.to_state)
        return states is not None and states.product is Action.UPSERT

    def _sightings(self, event: Event, missing: Collection[str]) -> Iterator[Event]:
        for line in event.data.lines:
            if (key := event.component_key(line)) in missing:
                yield self._sighting(event, line, str(uuid.uuid5(_IDS, f"{event.id} {key}")))

    def _sighting(self, event: Event, line: BomLine, event_id: str) -> Event:
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
            event_id=event_id,
            source=event.source,
            time=event.time,
            sequence=event.sequence,
            correlationid=event.correlationid,
            causationid=event.id,
        )
        return made.model_copy(update={"key_parts": event.key_parts})


def _message(event: Event) -> Message:
    """Return `event` as a message to the queue of products, past the log: it is no word of the vault's."""
    return replace(to_message(event, topology.WORK), routing_key=Consumer.PRODUCT.value)
