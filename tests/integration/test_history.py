"""`pdm-odoo history` on real servers: what became of parts that arrived, wait, died or never came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from consumers.odoo.connection import Connection
from consumers.odoo.own_fields import KEY
from ops.cli import cli
from ops.consume import Wiring
from producers import broker, publisher
from producers.ids import new_id
from schemas.event import Event, EventData, to_message
from schemas.item import Item
from schemas.kinds import Consumer
from schemas.sequence import from_version
from schemas.topology import EVENTS, RESULTS, dead_queue
from tests import factories
from tests.factories import bom, bom_line, product
from tests.integration.records import add, unique
from tests.pipeline import running, take

pytestmark = pytest.mark.servers


@pytest.fixture
def number() -> str:
    return unique("H/1.ä").replace(" ", "_")


def event(data: EventData, version: int = 1) -> Event:
    return factories.event(
        data, sequence=from_version(version), event_id=new_id(), correlationid=new_id(), time=factories.AT
    )


def item(number: str) -> Item:
    return factories.item(number=number)


def ask(database: Mapping[str, str], wiring: Wiring, *arguments: str, **changed: str | None) -> Result:
    environment = {**database, "AMQP_URL": wiring.broker.url.get_secret_value(), **changed}
    return CliRunner(env=environment).invoke(cli, ["history", *arguments])


def told(database: Mapping[str, str], wiring: Wiring, *arguments: str) -> dict[str, Any]:
    result = ask(database, wiring, *arguments, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = orjson.loads(result.stdout)
    return answer


def test_a_part_is_followed_from_its_arrival_into_odoo(
    database: Mapping[str, str], wiring: Wiring, odoo: Connection, number: str
) -> None:
    first = event(product(item=item(number)))
    newer = event(product(item=item(number), name="Stronger"), 3)
    older = event(product(item=item(number), name="Weaker"), 2)
    waiting = event(bom(item=item(number), lines=(bom_line(number=f"{number}-missing"),)))
    wrong = event(product(item=item(f"{number}-x"), transition=factories.transition(to_state="Unheard of")))
    with running(wiring) as pipeline:
        for total, one in enumerate((first, newer, older, wrong), 1):
            pipeline.publish([one])
            pipeline.wait_for(total)
        pipeline.publish([waiting])
        pipeline.wait_for_retry(Consumer.BOM)
    [record] = odoo.call(
        "product.template", "search_read", domain=[[KEY, "=", first.key]], fields=["name"], load=None
    )

    answer = told(database, wiring, number)

    assert [one["id"] for one in answer["arrived"]] == [first.id, newer.id, older.id, waiting.id]
    assert [one["result"] or one["tier"] for one in answer["done"]][:3] == ["created", "updated", "stale"]
    assert [(one["model"], one["id"]) for one in answer["odoo"]] == [("product.template", record["id"])]
    by_kind = {one["kind"]: one for one in answer["diagnosis"]}
    assert by_kind["product"]["verdict"] == "applied"
    assert newer.id in by_kind["product"]["text"]
    assert by_kind["bom"]["verdict"] == "waits"
    assert "missing_product" in by_kind["bom"]["text"]

    [dead] = told(database, wiring, f"{number}-x", "--source", "Works")["diagnosis"]
    assert dead["verdict"] == "dead_lettered"
    assert "unknown_state" in dead["text"]
    assert told(database, wiring, f"{number}-x", "--source", "/pdm/Other")["arrived"] == []
    assert told(database, wiring, number, "--kind", "bom")["odoo"] == []

    page = ask(database, wiring, number).stdout
    assert page.index("created") < page.index("updated") < page.index("stale") < page.index("In Odoo now")
    assert "event #2" in page


def test_what_nobody_works_on_is_said_to_wait(
    database: Mapping[str, str], wiring: Wiring, number: str
) -> None:
    one = event(product(item=item(number)))
    with publisher.connect(wiring.broker, "test") as publishes:
        publishes.publish([to_message(one, EVENTS)])

    [waits] = told(database, wiring, number)["diagnosis"]

    assert waits["verdict"] == "waits"
    assert "start `pdm-odoo consume product`" in waits["text"]


def test_what_never_came_is_said_so(database: Mapping[str, str], wiring: Wiring, number: str) -> None:
    answer = told(database, wiring, number)

    assert answer["diagnosis"][0]["verdict"] == "not_arrived"
    assert answer["odoo"] == []


def test_a_part_that_is_one_variant_is_told_by_what_the_variant_has(
    database: Mapping[str, str], wiring: Wiring, odoo: Connection, administrator: Connection, number: str
) -> None:
    template = add(administrator, "product.template", name="Screw")
    attribute = add(administrator, "product.attribute", name=number)
    values = [
        add(administrator, "product.attribute.value", name=name, attribute_id=attribute) for name in "ab"
    ]
    add(
        administrator,
        "product.template.attribute.line",
        product_tmpl_id=template,
        attribute_id=attribute,
        value_ids=[[6, 0, values]],
    )
    [variant, _] = odoo.call("product.product", "search", domain=[["product_tmpl_id", "=", template]])
    odoo.call("product.product", "write", ids=[variant], vals={"default_code": number})
    one = event(product(item=item(number)))
    with running(wiring, [Consumer.PRODUCT]) as pipeline:
        pipeline.publish([one])
        pipeline.wait_for(1)

    answer = told(database, wiring, number)

    assert [(held["model"], held["id"], held["key"]) for held in answer["odoo"]] == [
        ("product.product", variant, one.key)
    ]
    assert [found["verdict"] for found in answer["diagnosis"]] == ["applied"]
    assert "event #1" in ask(database, wiring, number).stdout


def test_a_picture_is_found_at_its_product(
    database: Mapping[str, str], wiring: Wiring, odoo: Connection, number: str
) -> None:
    picture = event(factories.attachment(item=item(number), role="Preview File"), 2)
    values = {"default_code": number, "name": number, KEY: picture.item_key}
    held = add(odoo, "product.template", **values, x_pdm_preview=f"{picture.sequence} {'a' * 40}")
    with publisher.connect(wiring.broker, "test") as publishes:
        publishes.publish([to_message(picture, EVENTS)])

    found = {one["kind"]: one for one in told(database, wiring, number)["diagnosis"]}

    assert found["attachment"]["verdict"] == "applied"
    assert f"picture of product.template {held}" in ask(database, wiring, number).stdout


def test_another_vault_and_a_nearly_equal_number_are_named(
    database: Mapping[str, str], wiring: Wiring, odoo: Connection, number: str
) -> None:
    one = event(product(item=item(number)))
    with publisher.connect(wiring.broker, "test") as publishes:
        publishes.publish([to_message(one, EVENTS)])
    add(odoo, "product.template", name="Like", default_code=f"{number}-LIKE")

    [elsewhere] = told(database, wiring, number, "--source", "Nope")["diagnosis"]
    [near] = told(database, wiring, f"{number}-like")["diagnosis"]

    assert (
        f"Nothing of {number} from source '/pdm/Nope'; its events come from {one.source}"
        in (elsewhere["text"])
    )
    assert f"Odoo has {number}-LIKE: did you mean that?" in near["text"]


def test_without_odoo_the_rest_is_told(database: Mapping[str, str], wiring: Wiring, number: str) -> None:
    one = event(product(item=item(number)))
    with running(wiring, [Consumer.PRODUCT]) as pipeline:
        pipeline.publish([one])
        pipeline.wait_for(1)

    result = ask(database, wiring, number, ODOO_URL="http://127.0.0.1:1")

    assert result.exit_code == 0, result.output
    assert "Odoo was not asked" in result.stdout
    assert "Applied (created" in result.stdout


def test_where_records_find_no_place_work_goes_on_and_odoo_still_tells(
    database: Mapping[str, str], wiring: Wiring, number: str
) -> None:
    with broker.connection(wiring.broker, "test") as connection:
        connection.channel().exchange_delete(RESULTS)
    good = event(product(item=item(number)))
    wrong = event(product(item=item(number), transition=factories.transition(to_state="Unheard of")), 0)
    with running(wiring, [Consumer.PRODUCT]) as pipeline:
        for total, one in enumerate((good, wrong), 1):
            pipeline.publish([one])
            pipeline.wait_for(total)
        assert len(pipeline.dead_letters(Consumer.PRODUCT)) == 1

    answer = told(database, wiring, number)

    assert answer["done"] == []
    assert [one["verdict"] for one in answer["diagnosis"]] == ["applied"]


def test_asking_often_takes_nothing_from_a_dead_letter_queue(
    database: Mapping[str, str], wiring: Wiring, number: str
) -> None:
    wrong = event(product(item=item(number), transition=factories.transition(to_state="Unheard of")))
    with running(wiring, [Consumer.PRODUCT]) as pipeline:
        pipeline.publish([wrong])
        pipeline.wait_for(1)

    for _ in range(3):
        assert told(database, wiring, number)["diagnosis"][0]["verdict"] == "dead_lettered"

    [(headers, _)] = take(wiring, dead_queue(Consumer.PRODUCT))
    assert headers.get("x-delivery-count", 0) == 0


@pytest.mark.parametrize(
    ("arguments", "changed", "words"),
    [
        (["X", "--since", "yesterday"], {}, "neither like 7d"),
        (["X", "--since", "0d"], {}, "is not in the past"),
        (["X", "--since", "2099-01-01"], {}, "is not in the past"),
        ([" "], {}, "name the part number"),
        (["X"], {"AMQP_URL": "amqp://u:p@127.0.0.1:1/v"}, "no connection to RabbitMQ"),
        (["X"], {"AMQP_URL": None}, "AMQP_URL: is not set"),
    ],
)
def test_what_is_missing_is_said_in_a_line(
    database: Mapping[str, str],
    wiring: Wiring,
    arguments: list[str],
    changed: dict[str, str | None],
    words: str,
) -> None:
    result = ask(database, wiring, *arguments, **changed)

    assert result.exit_code != 0
    assert words in f"{result.output}{result.exception}"
