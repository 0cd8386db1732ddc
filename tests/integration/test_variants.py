"""Items that are variants of one product, through both transports, in the real Odoo."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from consumers.attachment import AttachmentHandler
from consumers.bom import BomHandler
from consumers.errors import PermanentError
from consumers.odoo.client import Odoo
from consumers.odoo.own_fields import KEY, OF_VARIANT, SEQUENCE, VARIANT_KEY
from consumers.odoo.schema import Schema
from consumers.odoo.units import UnitCache
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from schemas.attachment import File
from schemas.event import Event
from schemas.profile import Profile
from schemas.sequence import from_version
from schemas.settings import ConsumerSettings
from tests import factories
from tests.integration.counting import Counting
from tests.integration.records import add

pytestmark = pytest.mark.both_protocols

CREATED, UPDATED, UNCHANGED = Applied(Result.CREATED), Applied(Result.UPDATED), Applied(Result.UNCHANGED)
COST = {"models": {"product.product": {"fields": {"standard_price": {"from": "Cost"}}}}}


class Screws:
    """A product with a variant per length, each with a number, and the product handler before it."""

    def __init__(self, odoo: Odoo, schema: Schema) -> None:
        self.odoo = Counting(odoo)
        self.schema = schema
        self.number = f"S-{uuid.uuid4().hex[:8]}"
        self.template = add(odoo, "product.template", name="Screw", default_code=self.number)
        self.attribute = add(odoo, "product.attribute", name=f"Length {self.number}")
        self.values = [
            add(odoo, "product.attribute.value", name=name, attribute_id=self.attribute)
            for name in ("10", "20")
        ]

    def lengthen(self) -> list[int]:
        """Let a person add the attribute; return the ids of the variants."""
        add(
            self.odoo,
            "product.template.attribute.line",
            product_tmpl_id=self.template,
            attribute_id=self.attribute,
            value_ids=[[6, 0, self.values]],
        )
        rows = self.variants("product_template_attribute_value_ids")
        return [row["id"] for row in rows]

    def numbered(self) -> list[int]:
        """Let a person add the attribute, and give each variant its number."""
        variants = self.lengthen()
        for variant, length in zip(variants, ("10", "20"), strict=True):
            values = {"default_code": f"{self.number}-{length}", "weight": 1.0}
            self.odoo.call("product.product", "write", ids=[variant], vals=values)
        return variants

    def variants(self, *fields: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.odoo.call(
            "product.product",
            "search_read",
            domain=[["product_tmpl_id", "=", self.template]],
            fields=list(fields),
            order="id",
            load=None,
            context={"active_test": False},
        )
        return rows

    def held(self, *fields: str) -> list[list[Any]]:
        return [[row[field] for field in fields] for row in self.variants(*fields)]

    def of_template(self, *fields: str) -> list[Any]:
        [row] = self.odoo.call(
            "product.template", "read", ids=[self.template], fields=list(fields), load=None
        )
        return [row[field] for field in fields]

    def event(self, length: str = "", version: int = 1, state: str = "Released", **fields: Any) -> Event:
        number = f"{self.number}-{length}" if length else self.number
        data = factories.product(
            item=factories.item(number=number), transition=factories.transition(to_state=state), **fields
        )
        return factories.event(data, sequence=from_version(version))

    def apply(self, *events: Event, rules: Profile | None = None) -> Sequence[Verdict]:
        handler = ProductHandler(self.odoo, self.schema, rules or factories.profile())
        handler.prepare()
        self.odoo.calls.clear()
        return handler.apply(events)


@pytest.fixture
def screws(odoo: Odoo, schema: Schema) -> Screws:
    return Screws(odoo, schema)


def test_what_a_variant_has_of_its_own_odoo_says_itself(schema: Schema) -> None:
    fields = schema.model("product.product").fields

    assert {
        name
        for name in (
            "default_code",
            "barcode",
            "weight",
            "volume",
            "standard_price",
            "active",
            "name",
            "uom_id",
        )
        if not fields[name].related
    } == {"default_code", "barcode", "weight", "volume", "standard_price", "active"}
    assert fields["name"].related == "product_tmpl_id.name"
    assert (fields[KEY].related, fields[VARIANT_KEY].related) == (f"product_tmpl_id.{KEY}", "")


def test_each_variant_gets_its_own_fields_and_their_template_nothing(screws: Screws) -> None:
    screws.numbered()
    rules = factories.profile(**_merged(COST))
    events = [
        screws.event("10", 3, name="Screw M5x10", weight=Decimal("0.25"), attributes={"Cost": "1.5"}),
        screws.event("20", 4, name="Screw M5x20", weight=Decimal("0.5"), attributes={"Cost": "2.5"}),
    ]

    assert {one.result for one in screws.apply(*events, rules=rules) if isinstance(one, Applied)} == {
        Result.UPDATED
    }
    assert screws.odoo.calls == [
        "product.template.search_read",
        "product.product.search_read",
        *(["uom.uom.search_read"] if "uom.uom.search_read" in screws.odoo.calls else []),
        "product.product.web_save_multi",
    ]

    assert screws.held("weight", "standard_price", VARIANT_KEY, OF_VARIANT[SEQUENCE]) == [
        [0.25, 1.5, f"Works.{screws.number}-10", from_version(3)],
        [0.5, 2.5, f"Works.{screws.number}-20", from_version(4)],
    ]
    assert screws.of_template("name", KEY, SEQUENCE) == ["Screw", False, False]
    assert screws.apply(*events, rules=rules) == [UNCHANGED, UNCHANGED]
    assert not [call for call in screws.odoo.calls if "save" in call]
    [stale, _] = screws.apply(screws.event("10", 2, weight=Decimal(9)), events[1], rules=rules)
    assert stale == Applied(Result.STALE, f"Odoo holds sequence {from_version(3)}")


def test_an_obsolete_variant_is_archived_alone(screws: Screws) -> None:
    screws.numbered()
    rules = factories.profile(states={"Released": "upsert", "Obsolete": "archive"})
    screws.apply(screws.event("10"), screws.event("20"), rules=rules)

    assert screws.apply(screws.event("10", 2, "Obsolete"), rules=rules) == [
        Applied(Result.UPDATED, "archived")
    ]
    assert screws.held("active") == [[False], [True]]
    assert screws.of_template("active") == [True]

    assert screws.apply(screws.event("10", 2, "Obsolete"), rules=rules) == [UNCHANGED]
    assert screws.apply(screws.event("10", 3), rules=rules) == [
        Applied(Result.UPDATED, "taken out of the archive")
    ]
    assert screws.held("active") == [[True], [True]]


def test_boms_and_files_know_the_variants(screws: Screws, tmp_path: Path) -> None:
    first, second = screws.numbered()
    screws.apply(screws.event("10"), screws.event("20"))
    boms = BomHandler(screws.odoo, screws.schema, UnitCache(screws.odoo), factories.profile())
    boms.prepare()
    lines = (factories.bom_line(1, number=f"{screws.number}-20", quantity=Decimal(3)),)
    item = factories.item(number=f"{screws.number}-10")
    event = factories.event(factories.bom(item=item, lines=lines), sequence=from_version(1))

    assert boms.apply([event]) == [CREATED]
    assert boms.apply([event]) == [UNCHANGED]
    [bom] = _all(
        screws.odoo, "mrp.bom", ["product_tmpl_id", "=", screws.template], "product_id", "bom_line_ids"
    )
    assert bom["product_id"] == first
    [line] = _all(screws.odoo, "mrp.bom.line", ["bom_id", "=", bom["id"]], "product_id", "product_qty")
    assert (line["product_id"], line["product_qty"]) == (second, 3.0)

    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    settings = ConsumerSettings.model_validate({"attachment_roots": (tmp_path,), "schema_file": None})
    files = AttachmentHandler(screws.odoo, screws.schema, factories.profile(), settings, clock=lambda: 4e9)
    files.prepare()
    drawing = factories.event(factories.attachment(item=item, file=File(path="a.pdf")))
    assert files.apply([drawing]) == [CREATED]
    assert files.apply([drawing]) == [UNCHANGED]
    [document] = _all(
        screws.odoo, "product.document", [KEY, "=like", f"Works.{item.number}.%"], "res_model", "res_id"
    )
    assert (document["res_model"], document["res_id"]) == ("product.product", first)


def test_a_product_whose_only_variant_odoo_replaces_by_two_keeps_its_item(screws: Screws) -> None:
    [before] = screws.held("id")
    [adopted] = screws.apply(screws.event())
    assert isinstance(adopted, Applied)
    assert screws.of_template(KEY) == [f"Works.{screws.number}"]

    variants = screws.numbered()
    assert before[0] not in variants, "Odoo deletes it"

    [verdict] = screws.apply(screws.event(version=2, name="Screw, zinc"))
    assert isinstance(verdict, Applied)
    assert screws.of_template(KEY, SEQUENCE, "name") == [
        f"Works.{screws.number}",
        from_version(2),
        "Screw, zinc",
    ]
    assert screws.held("default_code") == [[f"{screws.number}-10"], [f"{screws.number}-20"]]

    [refused] = screws.apply(screws.event("10"))
    assert isinstance(refused, PermanentError)
    assert f"empty {KEY} of the template" in str(refused)

    screws.odoo.call("product.template", "write", ids=[screws.template], vals={KEY: False})
    [taken] = screws.apply(screws.event("10"))
    assert isinstance(taken, Applied)
    assert screws.held(VARIANT_KEY) == [[f"Works.{screws.number}-10"], [False]]


def test_a_variant_that_odoo_replaced_is_found_again_by_the_number_a_person_gives_it(screws: Screws) -> None:
    old, _ = screws.numbered()
    screws.apply(screws.event("10", 5))
    screws.odoo.call("product.product", "unlink", ids=[old])
    [left] = screws.variants()
    screws.odoo.call(
        "product.product", "write", ids=[left["id"]], vals={"default_code": f"{screws.number}-10"}
    )

    assert [one.result for one in screws.apply(screws.event("10", 6)) if isinstance(one, Applied)] == [
        Result.UPDATED
    ]
    assert screws.of_template(KEY) == [f"Works.{screws.number}-10"], "the only one left is the product"


def _merged(parts: dict[str, Any]) -> dict[str, Any]:
    default = factories.profile().model_dump(by_alias=True, exclude_unset=True)
    return {"models": default["models"] | parts["models"]}


def _all(odoo: Odoo, model: str, term: list[Any], *fields: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = odoo.call(
        model, "search_read", domain=[term], fields=list(fields), order="id", load=None
    )
    return rows
