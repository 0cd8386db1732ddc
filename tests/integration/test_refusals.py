"""What Odoo refuses harms only itself, and costs few calls. Through the whole pipeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from consumers.batch import shard_of
from consumers.odoo.client import Odoo
from consumers.odoo.connection import Connection
from consumers.odoo.own_fields import KEY, SEQUENCE
from ops.consume import Wiring
from ops.sandbox.box import Sandbox
from ops.sandbox.databases import Databases
from schemas.dead_letter import ERROR_MESSAGE, REASON
from schemas.event import Event, decode
from schemas.kinds import Consumer
from tests import factories
from tests.integration.carrier import profile
from tests.integration.records import add
from tests.pipeline import Pipeline, running

pytestmark = pytest.mark.both_protocols

RULES = """
weight = { from = "item.weight" }
barcode = { from = "Barcode" }
uom_id = { from = "item.unit", master = "seed" }
type = { constant = "consu", master = "seed" }
is_storable = { constant = true, master = "seed" }
"""
HEAVIEST = 1000
CALLS = 12
BATCH, SHARDS = 100, 2


@pytest.fixture(scope="module", autouse=True)
def constraint(sandbox: Sandbox, odoo: Connection, database: dict[str, str]) -> None:
    """A rule of which `fields_get` says nothing, as an added module brings it."""
    assert odoo.version()
    databases = Databases(sandbox.servers.postgres_dsn.get_secret_value(), None)
    with databases.connection(database["ODOO_DB"]) as connection:
        connection.execute(
            f"ALTER TABLE product_template ADD CONSTRAINT heaviest CHECK (weight < {HEAVIEST})"
        )


@pytest.fixture
def wired(wiring: Wiring) -> Wiring:
    """Two shards that wait until they have a full batch."""
    settings = wiring.consumers.model_copy(
        update={"linger_seconds": 3.0, "shards": SHARDS, "batch_size": BATCH}
    )
    return replace(wiring, consumers=settings, profile=profile(RULES))


def product(number: str, sequence: str, barcode: str, **overrides: object) -> Event:
    fields = {"weight": Decimal(1), "attributes": {"Barcode": barcode}} | overrides
    return factories.event(factories.product(item=factories.item(number=number), **fields), sequence=sequence)


def numbers(prefix: str) -> list[str]:
    """As many part numbers for each shard as make a batch."""
    found: dict[int, list[str]] = {shard: [] for shard in range(SHARDS)}
    for index in range(100 * BATCH):
        number = f"{prefix}-{index}"
        shard = found[shard_of(number, SHARDS)]
        if len(shard) < BATCH:
            shard.append(number)
    assert all(len(shard) == BATCH for shard in found.values())
    return [number for pair in zip(*found.values(), strict=True) for number in pair]


def samples(pipeline: Pipeline) -> Iterator[tuple[str, Mapping[str, str], float]]:
    for metric in pipeline.registry.collect():
        if metric.name == "pdm_odoo_odoo_request_duration_seconds":
            yield from ((sample.name, sample.labels, sample.value) for sample in metric.samples)


def made(pipeline: Pipeline) -> Counter[str]:
    """Model and method → how many calls so far."""
    found: Counter[str] = Counter()
    for name, labels, value in samples(pipeline):
        if name.endswith("_count"):
            found[f"{labels['model']}.{labels['method']}"] += int(value)
    return found


@dataclass(frozen=True)
class Cost:
    """What a release of two batches came to."""

    calls: Counter[str]
    results: dict[str, int]
    letters: dict[str, tuple[str, str]]
    """Part number → reason and text of its dead letter."""


def released(pipeline: Pipeline, events: list[Event]) -> Cost:
    calls, settled = made(pipeline), pipeline.settled()
    pipeline.publish(events)
    results = pipeline.wait_for(settled.total() + len(events))
    letters = {
        decode(body).subject: (headers[REASON], headers[ERROR_MESSAGE])
        for headers, body in pipeline.dead_letters(Consumer.PRODUCT)
    }
    return Cost(
        made(pipeline) - calls,
        dict(results - settled),
        letters,
    )


def test_three_refused_of_two_hundred_are_dead_letters_that_say_why_and_the_others_are_applied_in_few_calls(
    wired: Wiring, odoo: Odoo
) -> None:
    found = numbers("R")
    add(odoo, "product.product", name="Theirs", default_code="THEIRS", barcode="4006381333931")
    events = {number: product(number, "1", f"B-{number}") for number in found}
    stone, twice, heavy = found[10], found[51], found[120]
    events[stone] = product(stone, "1", f"B-{stone}", unit="stone")
    events[twice] = product(twice, "1", "4006381333931")
    events[heavy] = product(heavy, "1", f"B-{heavy}", weight=Decimal(5000))
    with running(wired, [Consumer.PRODUCT]) as pipeline:
        released(pipeline, [product("WARM-UP", "1", "B-WARM-UP")])
        created = released(pipeline, list(events.values()))
        again = released(pipeline, list(events.values()))

        events = {number: product(number, "2", f"C-{number}", name="Second") for number in found}
        events[twice] = product(twice, "2", "4006381333931")
        events[found[33]] = product(found[33], "2", "4006381333931", name="Second")
        events[found[34]] = product(found[34], "2", f"C-{found[34]}", name="Second", weight=Decimal(4000))
        del events[stone], events[heavy]
        updated = released(pipeline, list(events.values()))

    assert created.results == {"created": 197, "dead_letter": 3}
    assert {number: reason for number, (reason, _) in created.letters.items()} == {
        stone: "unknown_unit",
        twice: "refused_by_odoo",
        heavy: "refused_by_odoo",
    }
    for number, words in {
        stone: ("product.template.uom_id", "'stone'"),
        twice: ("product.template.barcode", "'4006381333931'", "'THEIRS'"),
        heavy: ("product.template.weight", "'5000.0'", "heaviest"),  # Odoo's constraint by name
    }.items():
        assert all(word in created.letters[number][1] for word in words), created.letters[number]
    assert created.calls.total() <= CALLS, created.calls
    # Two batches and what is left of the one that Odoo refused: none goes twice, none has more than 100 rows.
    assert created.calls["product.template.load"] == 3, created.calls

    assert again.results == {"unchanged": 197, "dead_letter": 3}
    assert again.letters.keys() == created.letters.keys()

    assert updated.results == {"updated": 195, "dead_letter": 3}
    assert updated.letters.keys() == {twice, found[33], found[34]}
    assert "'4006381333931'" in updated.letters[found[33]][1]
    assert "product.template.weight = 4000.0" in updated.letters[found[34]][1]
    assert updated.calls.total() <= CALLS, updated.calls
    refused = [event.key for event in (events[found[33]], events[found[34]])]
    rows = odoo.call(
        "product.template", "search_read", domain=[[KEY, "in", refused]], fields=["name", SEQUENCE, "weight"]
    )
    assert [(row["name"], row[SEQUENCE], row["weight"]) for row in rows] == [("Drive unit", "1", 1.0)] * 2
