"""Rules for BOMs, their lines and documents, through both transports, in the real Odoo."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from consumers.attachment import AttachmentHandler
from consumers.bom import BomHandler
from consumers.errors import PermanentError
from consumers.odoo.client import Odoo
from consumers.odoo.connection import Connection
from consumers.odoo.schema import Schema
from consumers.odoo.units import UnitCache
from consumers.odoo.watching import Watched
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from schemas.attachment import File
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.profile import Profile
from schemas.settings import ConsumerSettings
from tests import factories
from tests.integration.records import add_field

pytestmark = pytest.mark.both_protocols

DESIGNATOR = "x_designator"


@pytest.fixture(scope="module")
def schema(odoo: Odoo, administrator: Connection) -> Schema:
    add_field(administrator, "mrp.bom.line", DESIGNATOR)
    return Schema(odoo)


@pytest.fixture(scope="module")
def connection(odoo: Odoo, schema: Schema) -> Odoo:
    return Watched(odoo, schema)


@pytest.fixture
def number(connection: Odoo, schema: Schema) -> str:
    """An assembly with two components, in Odoo as products."""
    name = f"B-{uuid.uuid4().hex[:8]}"
    products = ProductHandler(connection, schema, factories.profile())
    events = [
        factories.event(factories.product(item=factories.item(number=one)))
        for one in (name, f"{name}-1", f"{name}-2")
    ]
    assert {verdict.result for verdict in products.apply(events) if isinstance(verdict, Applied)} == {
        Result.CREATED
    }
    return name


def profile(header: dict[str, Any], line: dict[str, Any], **guards: Any) -> Profile:
    models = {"mrp.bom": {"fields": header, **guards}, "mrp.bom.line": {"fields": line}}
    return factories.profile(models={**_documents(), **models})


def _documents() -> dict[str, Any]:
    return {"product.document": {"fields": {"name": {"from": "file.name"}}}}


def bom(number: str, sequence: int, attributes: dict[str, str], designators: tuple[str, str]) -> Event:
    lines = [
        factories.bom_line(position, number=f"{number}-{position}", attributes={"Designator": text})
        for position, text in enumerate(designators, 1)
    ]
    data = factories.bom(item=factories.item(number=number), lines=lines, attributes=attributes)
    return factories.event(data, sequence=f"{sequence:020}")


def apply(connection: Odoo, schema: Schema, rules: Profile, event: Event) -> Verdict:
    handler = BomHandler(connection, schema, UnitCache(connection), rules)
    handler.prepare()
    [verdict] = handler.apply([event])
    return verdict


def held(odoo: Odoo, number: str, *fields: str) -> tuple[list[Any], list[Any]]:
    """Return the header's fields, and the designators of its lines."""
    [header] = odoo.call(
        "mrp.bom",
        "search_read",
        domain=[["product_tmpl_id.default_code", "=", number]],
        fields=list(fields),
        load=None,
    )
    lines = odoo.call(
        "mrp.bom.line",
        "search_read",
        domain=[["bom_id", "=", header["id"]]],
        fields=[DESIGNATOR],
        order="x_pdm_position",
    )
    return [header[field] for field in fields], [line[DESIGNATOR] for line in lines]


HEADER: dict[str, Any] = {
    "code": {"template": "{item.number} {item.revision}"},
    "type": {"from": "Kit", "map": {"yes": "phantom"}, "default": "normal"},
    "produce_delay": {"from": "Days", "master": "seed"},
}
LINE: dict[str, Any] = {DESIGNATOR: {"from": "Designator"}}


def test_fields_of_a_bom_and_its_lines_come_and_change_and_rest(
    connection: Odoo, schema: Schema, number: str
) -> None:
    rules = profile(HEADER, LINE)
    fields = ("code", "type", "produce_delay")

    first = bom(number, 1, {"Kit": "", "Days": "3"}, ("R1", "C1"))
    assert apply(connection, schema, rules, first) == Applied(Result.CREATED)
    assert held(connection, number, *fields) == ([f"{number} B", "normal", 3], ["R1", "C1"])
    assert apply(connection, schema, rules, first) == Applied(Result.UNCHANGED)

    second = bom(number, 2, {"Kit": "Yes", "Days": "9"}, ("R1", "C7"))
    assert apply(connection, schema, rules, second) == Applied(Result.UPDATED)
    assert held(connection, number, *fields) == ([f"{number} B", "phantom", 3], ["R1", "C7"])
    assert apply(connection, schema, rules, second) == Applied(Result.UNCHANGED)


def test_a_value_on_a_line_that_does_not_fit_refuses_its_bom_alone(
    connection: Odoo, schema: Schema, number: str
) -> None:
    rules = profile({}, {DESIGNATOR: {"from": "Designator", "max_length": 3}})

    refused = apply(connection, schema, rules, bom(number, 1, {}, ("R1", "C1234")))

    assert isinstance(refused, PermanentError)
    assert refused.reason is Reason.INVALID_VALUE
    assert not connection.call("mrp.bom", "search_count", domain=[["x_pdm_key", "like", number]])


def test_guards_of_boms(connection: Odoo, schema: Schema, number: str) -> None:
    refused = apply(connection, schema, profile({}, LINE, create=False), bom(number, 1, {}, ("R1", "C1")))
    assert isinstance(refused, PermanentError)
    assert refused.reason is Reason.NOT_ALLOWED

    apply(connection, schema, profile({}, LINE), bom(number, 1, {}, ("R1", "C1")))
    verdict = apply(connection, schema, profile({}, LINE, update=False), bom(number, 2, {}, ("R9", "C1")))

    assert verdict == Applied(Result.UNCHANGED, "the BOM differs, and the profile says update = false")
    assert held(connection, number)[1] == ["R1", "C1"]


def test_fields_of_a_document(connection: Odoo, schema: Schema, number: str, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    rules = factories.profile(
        models={
            "product.document": {
                "fields": {
                    "name": {"template": "{file.role} {item.revision}.pdf"},
                    "attached_on_mrp": {
                        "from": "file.role",
                        "map": {"Drawing": "bom"},
                        "unmapped": "empty",
                        "default": "hidden",
                    },
                    "description": {"from": "Remark"},
                }
            }
        }
    )
    settings = ConsumerSettings.model_validate({"attachment_roots": (tmp_path,), "schema_file": None})
    handler = AttachmentHandler(connection, schema, rules, settings, clock=lambda: 4e9)
    handler.prepare()

    def carry(role: str, sequence: int, remark: str) -> Verdict:
        data = factories.attachment(
            item=factories.item(number=number),
            role=role,
            file=File(path="a.pdf"),
            attributes={"Remark": remark},
        )
        [verdict] = handler.apply([factories.event(data, sequence=f"{sequence:020}")])
        return verdict

    assert carry("Drawing", 1, "first") == Applied(Result.CREATED)
    assert carry("Model", 1, "") == Applied(Result.CREATED)
    assert carry("Drawing", 1, "first") == Applied(Result.UNCHANGED)
    assert carry("Drawing", 2, "second") == Applied(Result.UPDATED)
    rows = connection.call(
        "product.document",
        "search_read",
        domain=[["x_pdm_key", "like", number]],
        fields=["name", "attached_on_mrp", "description"],
        order="name",
        load=None,
    )
    assert [(row["name"], row["attached_on_mrp"], row["description"]) for row in rows] == [
        ("Drawing B.pdf", "bom", "second"),
        ("Model B.pdf", "hidden", False),
    ]
