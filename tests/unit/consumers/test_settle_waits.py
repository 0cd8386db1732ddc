"""How long a retry waits in its tier."""

from __future__ import annotations

from datetime import UTC, datetime

from consumers.delivery import Delivery
from consumers.errors import PermanentError, TransientError
from consumers.policy import Dead, Outcome, Retry
from consumers.settle import Settlement, messages
from schemas.dead_letter import ATTEMPT, Reason
from schemas.kinds import Consumer
from schemas.topology import Tier
from tests.unit.consumers.deliveries import delivery, seen

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
BUSY = Retry(Tier("2m", 120), TransientError(Reason.CONFLICT, "busy"))


def wait(of: Delivery, outcome: Outcome = BUSY) -> int | None:
    [message] = messages([Settlement(of, outcome)], Consumer.PRODUCT, NOW, "host-1")
    return message.expiration


def test_what_failed_together_waits_for_a_fifth_less_at_most_and_not_equally_long() -> None:
    waits = [wait(delivery(seen(f"P-{index}"))) or 0 for index in range(100)]

    assert all(96_000 <= one <= 120_000 for one in waits)
    assert max(waits) - min(waits) > 15_000


def test_the_same_retry_waits_equally_long_and_the_next_attempt_otherwise() -> None:
    first, second = (delivery(headers={ATTEMPT: attempt}) for attempt in (1, 2))

    assert wait(first) == wait(first) != wait(second)


def test_a_dead_letter_waits_for_ever() -> None:
    assert wait(delivery(), Dead(PermanentError(Reason.REFUSED_BY_ODOO, "no"))) is None
