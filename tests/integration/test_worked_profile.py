"""The worked profile, whole: an export with German columns goes through RabbitMQ into Odoo."""

from __future__ import annotations

import base64
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consumers.odoo.client import Odoo
from consumers.odoo.connection import Connection
from consumers.odoo.own_fields import POSITION
from ops.consume import Wiring
from ops.profile import in_force
from producers.sources.solidworks import parse
from schemas.profile import Profile
from tests import factories
from tests.integration.records import install_german
from tests.pipeline import running
from tests.unit.sources.exports import assembly, component, export, node

pytestmark = pytest.mark.both_protocols

PROFILE = Path(__file__).parents[2] / "ops" / "profiles" / "machine-builder.toml"


@pytest.fixture(scope="module")
def profile() -> Profile:
    return in_force(PROFILE)


@pytest.fixture(scope="module")
def vendor(administrator: Odoo) -> int:
    """Both plants with the consumers' user in them, German, and a vendor."""
    companies = administrator.call(
        "res.company", "create", vals_list=[{"name": "Works North"}, {"name": "Works South"}]
    )
    users = administrator.call("res.users", "search", domain=[["login", "=", "pdm-odoo"]])
    administrator.call("res.users", "write", ids=users, vals={"company_ids": [[4, one] for one in companies]})
    install_german(administrator)
    [partner] = administrator.call("res.partner", "create", vals_list=[{"name": "Bolt AG", "ref": "70001"}])
    return int(partner)


ATTRIBUTES: dict[str, str] = {
    "Description": "Bracket",
    "Benennung": "Halter",
    "Unit": "Stk",
    "Mass": "1.250,5",
    "Category": "Parts / Sheet metal",
    "Material": "S235",
    "Surface": "zinc",
    "Spare Part": "ja",
    "Remarks": "Deburr < 0.2 mm",
    "List Price": "12,50",
    "Vendor No": "70001",
    "Vendor Price": "7,25",
    "Lead Time": "14",
    "Plant": "2000",
    "Revision": "B",
    "Paint": "RAL 7016",
    "Paint Quantity": "0.25",
    "Paint Unit": "kg",
    "Paint Name": "Paint grey",
    "PDF File": "bracket.pdf",
}


PRODUCT_FIELDS = (
    "name",
    "weight",
    "categ_id",
    "description_purchase",
    "description",
    "sale_ok",
    "purchase_ok",
    "list_price",
    "uom_id",
)


def released(number: str) -> bytes:
    plain = {"Description": "Part", "Unit": "Stk"}
    return export(
        assembly(
            number,
            component(f"{number}-S", "4", **plain),
            component(f"{number}-H", "1", **plain, BOM="hidden"),
            node(f"{number}-P", "2", component(f"{number}-S", "3", **plain), **plain, BOM="phantom"),
            **ATTRIBUTES,
        )
    )


def test_the_worked_profile_brings_a_release_into_odoo_once(
    wiring: Wiring, profile: Profile, odoo: Connection, vendor: int, tmp_path: Path
) -> None:
    (tmp_path / "bracket.pdf").write_bytes(b"%PDF-1.4 bracket")
    number = f"W-{uuid.uuid4().hex[:6]}"
    settings = wiring.consumers.model_copy(update={"attachment_roots": (tmp_path,)})
    events = parse(released(number), "w.xml", profile, new_id=factories.ids(number))

    with running(replace(wiring, profile=profile, consumers=settings)) as pipeline:
        pipeline.publish(events)
        results = pipeline.wait_for(len(events))
        before = _written(odoo)
        pipeline.publish(events)
        again = pipeline.wait_for(2 * len(events)) - results
    assert results["dead_letter"] == 0
    assert again == {"unchanged": len(events)}
    assert _written(odoo) == before, "the second time wrote to Odoo"

    south = _one(odoo, "res.company", [["name", "=", "Works South"]], ["name"])["id"]
    within: dict[str, Any] = {"context": {"allowed_company_ids": [south]}}
    product = _one(
        odoo,
        "product.template",
        [["default_code", "=", number]],
        [*PRODUCT_FIELDS],
        **within,
    )
    assert product["name"] == "Bracket"
    assert product["weight"] == 1.25
    assert product["categ_id"][1] == "Parts / Sheet metal"
    assert product["uom_id"][1] == "Units"
    assert product["description_purchase"] == "S235 zinc"
    assert "Deburr &lt; 0.2 mm" in product["description"]
    assert (product["sale_ok"], product["purchase_ok"], product["list_price"]) == (True, False, 12.5)
    german = _one(
        odoo, "product.template", [["default_code", "=", number]], ["name"], context={"lang": "de_DE"}
    )
    assert german["name"] == "Halter"
    line = _one(
        odoo,
        "product.supplierinfo",
        [["product_tmpl_id", "=", product["id"]]],
        ["partner_id", "price", "delay"],
    )
    assert (line["partner_id"][0], line["price"], line["delay"]) == (vendor, 7.25, 14)

    bom = _one(
        odoo, "mrp.bom", [["product_tmpl_id", "=", product["id"]]], ["code", "type", "company_id"], **within
    )
    assert (bom["code"], bom["type"], bom["company_id"][0]) == ("B", "normal", south)
    lines = odoo.call(
        "mrp.bom.line",
        "search_read",
        domain=[["bom_id", "=", bom["id"]]],
        fields=[POSITION, "product_id", "product_qty", "product_uom_id"],
        order=POSITION,
    )
    # The hidden part is gone, the phantom's two by three joined the 4, the paint is a line of its own.
    told = {
        row["product_id"][1].split("]")[0].strip("["): (row["product_qty"], row["product_uom_id"][1])
        for row in lines
    }
    assert told == {f"{number}-S": (10.0, "Units"), "RAL 7016": (0.25, "kg")}

    document = _one(
        odoo,
        "product.document",
        [["res_id", "=", product["id"]]],
        ["name", "datas", "attached_on_mrp"],
        **within,
    )
    assert (document["name"], document["attached_on_mrp"]) == ("bracket.pdf", "bom")
    assert base64.b64decode(document["datas"]) == b"%PDF-1.4 bracket"


def _one(odoo: Odoo, model: str, domain: list[Any], fields: list[str], **options: Any) -> dict[str, Any]:
    [found] = odoo.call(model, "search_read", domain=domain, fields=fields, **options)
    return dict(found)


def _written(odoo: Odoo) -> dict[tuple[str, int], str]:
    companies = [row["id"] for row in odoo.call("res.company", "search_read", domain=[], fields=["name"])]
    return {
        (model, row["id"]): row["write_date"]
        for model in (
            "product.template",
            "product.supplierinfo",
            "mrp.bom",
            "mrp.bom.line",
            "product.document",
        )
        for row in odoo.call(
            model,
            "search_read",
            domain=[],
            fields=["write_date"],
            context={"allowed_company_ids": companies},
        )
    }
