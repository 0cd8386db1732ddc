"""Metrics are named by Prometheus' rules and have few series."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric

from schemas.metrics import Metrics

UNITS = ("_seconds", "_events", "_messages", "_bytes")
FLAGS = {"pdm_odoo_held", "pdm_odoo_breaker_open"}
"""0 or 1: a flag has no unit."""
FEW = {"consumer", "outcome", "result", "reason", "tier", "role", "model", "method"}
"""Labels whose values are known beforehand. A key, a number or a text would make a series of each."""


def catalogue() -> list[Metric]:
    registry = CollectorRegistry()
    Metrics(registry)
    return list(registry.collect())


ALL = catalogue()


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_a_metric_has_our_prefix_and_its_unit(metric: Metric) -> None:
    assert metric.name.startswith("pdm_odoo_")
    # The client takes `_total` off the family's name and puts it onto every counter's sample.
    assert metric.type == "counter" or metric.name.endswith(UNITS) or metric.name in FLAGS


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_a_metric_says_in_a_sentence_what_it_is(metric: Metric) -> None:
    assert metric.documentation.endswith(".")


def test_only_counters_end_in_total() -> None:
    for name, metric in vars(Metrics(CollectorRegistry())).items():
        described = metric.describe()[0]
        assert not described.name.endswith("_total"), name


def test_labels_have_few_values() -> None:
    labels = {label for metric in vars(Metrics(CollectorRegistry())).values() for label in metric._labelnames}

    assert labels <= FEW


def test_two_catalogues_share_nothing() -> None:
    one, other = CollectorRegistry(), CollectorRegistry()
    Metrics(one).received.labels("bom").inc()
    Metrics(other)

    assert other.get_sample_value("pdm_odoo_messages_received_total", {"consumer": "bom"}) is None
