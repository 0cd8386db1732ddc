"""What can go wrong between us and RabbitMQ. Nothing above this package sees an error of pika's.

    BrokerError
    ├── BrokerUnavailableError      no connection, or it was lost: the world is down, wait
    │   └── AccessRefusedError      wrong login or virtual host: waiting does not help
    ├── RefusedError                the broker closed the channel over what we asked
    ├── PublishError                it refused a message, or its answer is unknown
    │   ├── UnroutableError         no queue is bound for it
    │   ├── NackedError             a queue is full or has lost its leader
    │   └── ConfirmTimeoutError     no answer in time
    └── TopologyError               a queue or exchange is there, but different

A newcomer would get wrong that a message in `unconfirmed` may nevertheless have arrived: publish it
again, a duplicate does no harm.
"""

from __future__ import annotations

from schemas.message import Message


class BrokerError(Exception):
    """RabbitMQ did not do what was asked of it."""

    def __init__(self, text: str = "", *, unconfirmed: tuple[Message, ...] = ()) -> None:
        super().__init__(text or self.__doc__)
        self.unconfirmed = unconfirmed
        """The messages of the call that are not known to be with the broker, in their order."""


class BrokerUnavailableError(BrokerError):
    """There is no connection to RabbitMQ."""


class AccessRefusedError(BrokerUnavailableError):
    """RabbitMQ refused the login or the virtual host."""


class RefusedError(BrokerError):
    """RabbitMQ refused a command and closed the channel."""

    def __init__(self, text: str = "", *, code: int = 0, reply: str = "") -> None:
        super().__init__(text)
        self.code = code
        """AMQP reply code, e.g. 404 (no such queue) or 406 (precondition failed)."""
        self.reply = reply
        """The broker's own words."""


class PublishError(BrokerError):
    """A message was not confirmed by RabbitMQ."""


class UnroutableError(PublishError):
    """No queue is bound for a message."""


class NackedError(PublishError):
    """A queue refused a message."""


class ConfirmTimeoutError(PublishError):
    """RabbitMQ did not confirm a message in time."""


class TopologyError(BrokerError):
    """An exchange or queue is declared differently from what this version needs."""
