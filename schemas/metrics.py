"""Every metric once. Labels have few values: never a number, a key or a message's text.

Source of the naming rules: Prometheus, "Metric and label naming" (base units, `_total`, one prefix).
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric

_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 150)
_AGE = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 250, 500)


_SETTLED = "pdm_odoo_messages_settled_total"


class Metrics:
    """The catalogue, bound to one registry so that tests can have their own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.received = Counter(
            "pdm_odoo_messages_received_total",
            "Deliveries taken from the work queue.",
            ["consumer"],
            registry=registry,
        )
        self.settled = Counter(
            _SETTLED,
            "Deliveries settled, by outcome and, when done, by result.",
            ["consumer", "outcome", "result"],
            registry=registry,
        )
        self.dead_lettered = Counter(
            "pdm_odoo_dead_letters_total",
            "Messages dead-lettered, by reason.",
            ["consumer", "reason"],
            registry=registry,
        )
        self.retried = Counter(
            "pdm_odoo_retries_total",
            "Messages sent to a retry tier.",
            ["consumer", "tier"],
            registry=registry,
        )
        self.batch_size = Histogram(
            "pdm_odoo_batch_size_events",
            "Events in one batch.",
            ["consumer"],
            buckets=_SIZES,
            registry=registry,
        )
        self.batch_duration = Histogram(
            "pdm_odoo_batch_duration_seconds",
            "From hand-over of a batch to its settlement.",
            ["consumer"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.event_age = Histogram(
            "pdm_odoo_event_age_seconds",
            "From the event's time to its commit in Odoo.",
            ["consumer"],
            buckets=_AGE,
            registry=registry,
        )
        self.in_flight = Gauge(
            "pdm_odoo_in_flight_messages",
            "Deliveries received and not settled.",
            ["consumer"],
            registry=registry,
        )
        self.held = Gauge(
            "pdm_odoo_held",
            "1 while a consumer waits for Odoo or for an operator.",
            ["consumer"],
            registry=registry,
        )
        self.breaker_open = Gauge(
            "pdm_odoo_breaker_open",
            "1 from the moment Odoo is found to be down until a batch passes again.",
            registry=registry,
        )
        self.breaker_trips = Counter(
            "pdm_odoo_breaker_trips_total",
            "How often Odoo was found to be down.",
            registry=registry,
        )
        self.last_success = Gauge(
            "pdm_odoo_last_success_timestamp_seconds",
            "When a batch was last applied.",
            ["consumer"],
            registry=registry,
        )
        self.reconnects = Counter(
            "pdm_odoo_broker_reconnects_total",
            "Connections to the broker that were lost.",
            ["role"],
            registry=registry,
        )
        self.odoo_requests = Histogram(
            "pdm_odoo_odoo_request_duration_seconds",
            "Calls to Odoo, by model, method and how they ended.",
            ["model", "method", "outcome"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.budget_wait = Counter(
            "pdm_odoo_odoo_budget_wait_seconds_total",
            "Seconds that calls waited for their turn at Odoo.",
            registry=registry,
        )
        self.ambiguous = Counter(
            "pdm_odoo_ambiguous_replies_total",
            "Calls whose reply was lost after sending: read again before writing.",
            ["model", "method"],
            registry=registry,
        )


def settled(families: Iterable[Metric]) -> Counts[str]:
    """Return how many messages are settled for good: by result when done, else by outcome.

    `families` are what a registry collects, or what the text of `/metrics` parses to. A retry is not
    counted: its message comes back.
    """
    counts: Counts[str] = Counts()
    for family in families:
        for sample in family.samples:
            if sample.name == _SETTLED and sample.labels["outcome"] != "retry":
                counts[sample.labels["result"] or sample.labels["outcome"]] += int(sample.value)
    return counts
