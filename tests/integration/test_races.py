"""Two consumers at the same keys at once, and replies cut after Odoo has committed: one whole record each."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from consumers.attachment import AttachmentHandler
from consumers.bom import BomHandler
from consumers.odoo.client import Odoo
from consumers.odoo.connection import connect
from consumers.odoo.own_fields import KEY, POSITION, SEQUENCE
from consumers.odoo.schema import Schema
from consumers.odoo.units import UnitCache
from consumers.odoo.watching import Watched
from consumers.policy import Done, Retry
from consumers.product import ProductHandler
from consumers.results import Handler, Result
from consumers.work import process
from schemas.attachment import File
from schemas.event import Event
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from schemas.profile import Profile
from schemas.settings import ConsumerSettings
from tests import factories
from tests.integration.records import add
from tests.proxy import Proxy, between
from tests.unit.consumers.deliveries import consumer_settings, delivery
from tests.unit.consumers.profiles import ruled

pytestmark = pytest.mark.both_protocols

ROUNDS = 50
"""Over each of the two transports."""
PARTS = 3
TOGETHER = 5
SEQUENCE_OF_ALL = f"{1:020}"
RULES = ruled(
    """
    [models."product.supplierinfo".fields]
    partner_id = { from = "Vendor", by = "ref" }
    price = { from = "Price" }
    """
)


@pytest.fixture(scope="module", autouse=True)
def partner(odoo: Odoo) -> int:
    return add(odoo, "res.partner", name="Vendor", ref="V-1")


class Plant:
    """The three handlers on a connection of their own, and what their events come to in the end."""

    def __init__(self, odoo: Odoo, rules: Profile, settings: ConsumerSettings) -> None:
        schema = Schema(odoo)
        watched = Watched(odoo, schema)
        self.products = ProductHandler(watched, schema, rules)
        self.boms = BomHandler(watched, schema, UnitCache(watched), rules)
        self.documents = AttachmentHandler(watched, schema, rules, settings, factories.later)
        for handler in (self.products, self.boms, self.documents):
            handler.prepare()

    def settle(self, handler: Handler, events: Sequence[Event]) -> Counter[Result]:
        """Apply `events` as a consumer does, and again those for which it would wait on the ladder."""
        due, results = list(events), Counter[Result]()
        for _ in range(10):
            given = [replace(delivery(event, tag), content=event) for tag, event in enumerate(due)]
            settlements = process(given, handler, lambda _seconds: None)
            outcomes = [one.outcome for one in settlements]
            assert all(isinstance(one, Done | Retry) for one in outcomes), outcomes
            results.update(one.result for one in outcomes if isinstance(one, Done))
            due = [due[one.delivery.tag] for one in settlements if isinstance(one.outcome, Retry)]
            if not due:
                return results
        raise AssertionError(f"not done after ten tries: {[event.key for event in due]}")

    def bring(self, releases: Sequence[Release]) -> Counter[Result]:
        """Bring all of `releases` in at once; return how often which result was the last."""
        return (
            self.settle(self.products, [event for release in releases for event in release.products])
            + self.settle(self.boms, [release.bom for release in releases])
            + self.settle(self.documents, [release.document for release in releases])
        )


class Release:
    """Some products, the BOM of the first with the others, and a file of it."""

    def __init__(self, prefix: str) -> None:
        numbers = [f"{prefix}-{part}" for part in range(PARTS)]
        self.products = [
            factories.event(
                factories.product(
                    item=factories.item(number=number),
                    attributes={"Vendor": "V-1", "Price": "2.5"},
                ),
                sequence=SEQUENCE_OF_ALL,
            )
            for number in numbers
        ]
        item = factories.item(number=numbers[0])
        lines = [factories.bom_line(at, number=number) for at, number in enumerate(numbers[1:], 1)]
        self.bom = factories.event(factories.bom(item=item, lines=lines), sequence=SEQUENCE_OF_ALL)
        file = factories.attachment(item=item, file=File(path="a.pdf"))
        self.document = factories.event(file, sequence=SEQUENCE_OF_ALL)


@pytest.fixture
def settings(tmp_path: Path) -> ConsumerSettings:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    return consumer_settings(attachment_roots=(tmp_path,))


@pytest.fixture
def plants(odoo_settings: OdooSettings, settings: ConsumerSettings) -> Iterator[list[Plant]]:
    with ExitStack() as stack:
        connections = [
            stack.enter_context(connect(odoo_settings, Metrics(CollectorRegistry()))) for _ in range(2)
        ]
        yield [Plant(connection, RULES, settings) for connection in connections]


@pytest.fixture
def proxy(odoo_settings: OdooSettings) -> Iterator[Proxy]:
    with between(str(odoo_settings.url)) as proxy:
        yield proxy


@pytest.fixture
def through(odoo_settings: OdooSettings, settings: ConsumerSettings, proxy: Proxy) -> Iterator[Plant]:
    """Handlers that speak to Odoo through the proxy."""
    mended = odoo_settings.model_copy(update={"url": proxy.url})
    with connect(mended, Metrics(CollectorRegistry())) as connection:
        yield Plant(connection, RULES, settings)


def assert_whole(odoo: Odoo, releases: Sequence[Release]) -> None:
    """Everything of `releases` is in Odoo, once."""
    keys = [event.key for release in releases for event in release.products]
    parents = [release.bom.key for release in releases]

    def held(model: str, key: str, wanted: Sequence[Any], fields: Sequence[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = odoo.call(
            model, "search_read", domain=[[key, "in", wanted]], fields=list(fields), load=None
        )
        return rows

    products = held("product.template", KEY, keys, [KEY, SEQUENCE, "active"])
    assert Counter(row[KEY] for row in products) == Counter(keys)
    assert {(row[SEQUENCE], row["active"]) for row in products} == {(SEQUENCE_OF_ALL, True)}
    templates = [row["id"] for row in products]
    variants = held("product.product", "product_tmpl_id", templates, ["product_tmpl_id"])
    assert Counter(row["product_tmpl_id"] for row in variants) == Counter(templates)
    vendors = held("product.supplierinfo", "product_tmpl_id", templates, ["product_tmpl_id", "price"])
    assert Counter(row["product_tmpl_id"] for row in vendors) == Counter(templates)
    boms = held("mrp.bom", KEY, parents, [KEY, SEQUENCE, "active"])
    assert Counter(row[KEY] for row in boms) == Counter(parents)
    assert {(row[SEQUENCE], row["active"]) for row in boms} == {(SEQUENCE_OF_ALL, True)}
    lines = held("mrp.bom.line", "bom_id", [row["id"] for row in boms], ["bom_id", "product_id", POSITION])
    numbers = {row["id"]: row["product_tmpl_id"] for row in variants}
    of = {row["id"]: row[KEY] for row in products}
    parent = {row["id"]: row[KEY] for row in boms}
    assert sorted(
        (parent[row["bom_id"]], row[POSITION], of[numbers[row["product_id"]]]) for row in lines
    ) == [
        (release.bom.key, at, event.key)
        for release in sorted(releases, key=lambda one: one.bom.key)
        for at, event in enumerate(release.products[1:], 1)
    ]
    files = held("product.document", KEY, [release.document.key for release in releases], [KEY, "checksum"])
    assert len(files) == len({row[KEY] for row in files}) == len(releases)


def test_two_consumers_at_the_same_keys_at_once_leave_one_whole_record_each(
    plants: list[Plant], odoo: Odoo
) -> None:
    releases = [Release(f"RACE{number}") for number in range(ROUNDS)]
    meeting = threading.Barrier(2, timeout=60)

    def work(plant: Plant) -> None:
        try:
            for release in releases:
                meeting.wait()
                plant.settle(plant.products, release.products)
            for start in range(0, ROUNDS, TOGETHER):
                group = releases[start : start + TOGETHER]
                meeting.wait()
                plant.settle(plant.boms, [release.bom for release in group])
                meeting.wait()
                plant.settle(plant.documents, [release.document for release in group])
        except threading.BrokenBarrierError:
            pass  # the other one says why
        except BaseException:
            meeting.abort()
            raise

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work, plant) for plant in plants]:
            done.result()

    assert_whole(odoo, releases)


CUTS = {
    "products": (
        ("product.template", "search_read"),
        ("product.template", "load"),
        ("product.product", "search_read"),
        ("product.supplierinfo", "load"),
    ),
    "boms": (("mrp.bom", "web_search_read"), ("mrp.bom", "load"), ("mrp.bom", "web_save_multi")),
    "documents": (("product.document", "search_read"), ("product.document", "load")),
}
"""Handler → the calls that it makes for something new."""


def test_a_reply_cut_anywhere_after_odoo_has_committed_leaves_one_whole_record_each(
    plants: list[Plant], through: Plant, proxy: Proxy, odoo: Odoo, protocol: str
) -> None:
    chance = random.Random(4)
    releases = [Release(f"CUT{number}") for number in range(ROUNDS)]
    kinds = [chance.choice(list(CUTS)) for _ in releases]
    early = [release for release, kind in zip(releases, kinds, strict=True) if kind != "products"]
    plants[0].settle(plants[0].products, [event for release in early for event in release.products])
    for release, kind in zip(releases, kinds, strict=True):
        model, method = chance.choice(CUTS[kind])
        spelt = f'"{model}","{method}"' if protocol == "jsonrpc" else f"/json/2/{model}/{method}"
        proxy.swallow_only, proxy.swallow = spelt.encode(), chance.choice([1, 1, 2])
        before = proxy.swallowed
        works: dict[str, tuple[Handler, list[Event]]] = {
            "products": (through.products, release.products),
            "boms": (through.boms, [release.bom]),
            "documents": (through.documents, [release.document]),
        }
        through.settle(*works[kind])
        assert proxy.swallowed > before, (model, method)

    rest = plants[0].bring(releases)
    assert rest[Result.CREATED] == ROUNDS * 2 - kinds.count("boms") - kinds.count("documents")
    assert_whole(odoo, releases)
