"""How many messages wait in a queue, and how many subscribe to it: asked without taking anything.

A newcomer would get wrong that these numbers lag behind by seconds: good for a hint, not for a decision.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from producers import broker
from producers.errors import RefusedError
from schemas.settings import BrokerSettings


@dataclass(frozen=True)
class Depth:
    """What the broker says of one queue."""

    messages: int
    """Ready to be delivered; what a consumer has in hand is not among them."""
    consumers: int


def depths(settings: BrokerSettings, queues: Iterable[str]) -> dict[str, Depth]:
    """Return the depth of each of `queues`; one that is not there, or may not be asked about, is left out.

    Raises:
        BrokerUnavailableError: no connection.
    """
    found: dict[str, Depth] = {}
    with broker.connection(settings, "depths of queues") as connection:
        for queue in queues:
            try:
                # A refusal closes the channel: one for each.
                with broker.translated(broker.address(settings)):
                    answer = connection.channel().queue_declare(queue, passive=True).method
            except RefusedError:
                continue
            found[queue] = Depth(answer.message_count, answer.consumer_count)
    return found
