"""Options of the profile that the other modules leave out: what Odoo then holds, over both transports."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
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
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from schemas.attachment import File
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.profile import Profile
from schemas.settings import ConsumerSettings
from tests import factories
from tests.integration.carrier import Carrier, profile
from tests.integration.records import add, add_field, unique

pytestmark = pytest.mark.both_protocols

CHECKED = "x_checked_at"
TAGS = 'product_tag_ids = { from = "Tags", separator = ";", missing = "create" }'
COST: dict[str, Any] = {"fields": {"standard_price": {"from": "Cost"}}}


@pytest.fixture(scope="module")
def schema(odoo: Connection, administrator: Connection) -> Schema:
    add_field(administrator, "product.template", CHECKED, "datetime")
    return Schema(odoo)


@pytest.fixture(scope="module")
def plant(odoo: Connection, administrator: Connection) -> tuple[int, str]:
    """A second company, which the runtime user may work in."""
    name = unique("Plant")
    company = add(administrator, "res.company", name=name)
    user = odoo.call("res.users", "context_get")["uid"]
    administrator.call("res.users", "write", ids=[user], vals={"company_ids": [[4, company]]})
    return company, name


def count(odoo: Odoo, model: str, *domain: Any) -> int:
    return int(odoo.call(model, "search_count", domain=list(domain)))


def refusal(verdict: Verdict) -> Reason:
    assert isinstance(verdict, PermanentError), verdict
    return verdict.reason


def test_missing_tags_are_created_once(carrier: Carrier, odoo: Odoo, schema: Schema) -> None:
    here, new = unique("Here"), unique("New")
    there = add(odoo, "product.tag", name=here)

    assert carrier.carry(TAGS, {"Tags": f"{here}; {new}"}) == Applied(Result.CREATED)
    assert carrier.carry(TAGS, {"Tags": f"{new};{here.upper()}"}) == Applied(Result.UNCHANGED)
    other = Carrier(odoo, schema)
    assert other.carry(TAGS, {"Tags": new}) == Applied(Result.CREATED)

    [made] = odoo.call("product.tag", "search", domain=[["name", "=ilike", new]])
    assert sorted(carrier.held("product_tag_ids")[0]) == sorted([there, made])
    assert other.held("product_tag_ids") == [[made]]
    assert count(odoo, "product.tag", ["name", "=ilike", here]) == 1


def test_a_missing_category_is_created_by_its_name(carrier: Carrier, odoo: Odoo, schema: Schema) -> None:
    name, rules = unique("Bolts"), 'categ_id = { from = "C", missing = "create" }'

    assert carrier.carry(rules, {"C": name}) == Applied(Result.CREATED)
    assert carrier.carry(rules, {"C": name}) == Applied(Result.UNCHANGED)
    assert Carrier(odoo, schema).carry(rules, {"C": name}) == Applied(Result.CREATED)

    [made] = odoo.call("product.category", "search", domain=[["name", "=", name]])
    assert carrier.held("categ_id") == [made]


def test_update_false_leaves_a_variant_alone(carrier: Carrier) -> None:
    guarded = profile("", models={"product.product": COST | {"update": False}})

    assert carrier.apply(guarded, carrier.event({"Cost": "5"})) == Applied(Result.CREATED)
    assert carrier.held("standard_price") == [5.0]
    verdict = carrier.apply(guarded, carrier.event({"Cost": "6"}))
    assert isinstance(verdict, Applied)
    assert verdict.result is Result.UNCHANGED
    assert carrier.held("standard_price") == [5.0]


def test_guards_of_vendors_leave_lines_as_they_are(carrier: Carrier, odoo: Odoo) -> None:
    ref = unique("V")
    add(odoo, "res.partner", name=ref, ref=ref)
    fields = {
        "partner_id": {"from": "Vendor", "by": "ref"},
        "price": {"from": "Price"},
        "date_start": {"from": "Since"},
    }

    def carry(price: str, **guards: bool) -> Result:
        rules = profile("", models={"product.supplierinfo": {"fields": fields, **guards}})
        told = {"Vendor": ref, "Price": price, "Since": "2026-03-02"}
        verdict = carrier.apply(rules, carrier.event(told))
        assert isinstance(verdict, Applied), verdict
        return verdict.result

    def lines() -> list[tuple[float, str]]:
        domain, read = [["partner_id.ref", "=", ref]], ["price", "date_start"]
        rows = odoo.call("product.supplierinfo", "search_read", domain=domain, fields=read)
        return [(row["price"], row["date_start"]) for row in rows]

    assert carry("1", create=False) is Result.CREATED  # the product alone
    assert lines() == []
    assert carry("2") is Result.UPDATED
    assert carry("3", update=False) is Result.UNCHANGED
    assert lines() == [(2.0, "2026-03-02")]
    assert carry("4", create=False) is Result.UPDATED
    assert carry("4", create=False) is Result.UNCHANGED
    assert lines() == [(4.0, "2026-03-02")]


@dataclass
class Works:
    """An assembly with one component, its BOM and its drawing."""

    odoo: Odoo
    schema: Schema
    folder: Path
    number: str = field(default_factory=lambda: f"O-{uuid.uuid4().hex[:8]}")

    def products(self) -> None:
        items = [factories.item(number=number) for number in (self.number, f"{self.number}-1")]
        events = [factories.event(factories.product(item=item)) for item in items]
        handler = ProductHandler(self.odoo, self.schema, factories.profile())
        assert handler.apply(events) == [Applied(Result.CREATED)] * 2

    def bom(self, rules: Profile, state: str = "Released") -> Verdict:
        lines = (factories.bom_line(1, number=f"{self.number}-1"),)
        move = factories.transition(to_state=state)
        data = factories.bom(item=factories.item(number=self.number), lines=lines, transition=move)
        handler = BomHandler(self.odoo, self.schema, UnitCache(self.odoo), rules)
        return self._only(handler, factories.event(data))

    def drawing(self, guards: dict[str, bool], sequence: int, content: bytes = b"%PDF") -> Verdict:
        (self.folder / "a.pdf").write_bytes(content)
        data = factories.attachment(item=factories.item(number=self.number), file=File(path="a.pdf"))
        rules = factories.profile(
            models={"product.document": {"fields": {"name": {"from": "file.name"}}, **guards}}
        )
        settings = ConsumerSettings.model_validate({"attachment_roots": (self.folder,), "schema_file": None})
        handler = AttachmentHandler(self.odoo, self.schema, rules, settings, factories.later)
        return self._only(handler, factories.event(data, sequence=f"{sequence:020}"))

    def _only(self, handler: BomHandler | AttachmentHandler, event: Event) -> Verdict:
        handler.prepare()
        [verdict] = handler.apply([event])
        return verdict

    def held(self, model: str) -> Sequence[dict[str, Any]]:
        fields = ["file_size"] if model == "product.document" else ["bom_line_ids"]
        rows: list[dict[str, Any]] = self.odoo.call(
            model, "search_read", domain=[["x_pdm_key", "like", self.number]], fields=fields
        )
        return rows


@pytest.fixture
def works(carrier: Carrier, schema: Schema, tmp_path: Path) -> Works:
    return Works(carrier.odoo, schema, tmp_path)


def test_create_false_of_lines_refuses_a_bom_before_anything_is_written(works: Works) -> None:
    works.products()

    guarded = factories.profile(models={"mrp.bom.line": {"create": False}})
    assert refusal(works.bom(guarded)) is Reason.NOT_ALLOWED

    assert not works.held("mrp.bom")


def test_guards_of_documents(works: Works) -> None:
    works.products()

    assert refusal(works.drawing({"create": False}, 1)) is Reason.NOT_ALLOWED
    assert not works.held("product.document")
    assert works.drawing({"update": False}, 1) == Applied(Result.CREATED)
    note = "the document differs, and the profile says update = false"
    assert works.drawing({"update": False}, 2, b"%PDF longer") == Applied(Result.UNCHANGED, note)
    assert [row["file_size"] for row in works.held("product.document")] == [4]
    assert works.drawing({"create": False}, 3, b"%PDF longer") == Applied(Result.UPDATED)
    assert [row["file_size"] for row in works.held("product.document")] == [11]


def test_a_state_has_a_meaning_per_kind_and_an_unknown_one_is_refused(carrier: Carrier, works: Works) -> None:
    states = {"Review": {"product": "ignore", "bom": "upsert", "attachment": "upsert"}}
    rules = profile("", states=states)

    ignored = carrier.apply(rules, carrier.event({}, transition=factories.transition(to_state="Review")))
    assert ignored == Applied(Result.UNCHANGED, "state 'Review' is ignored", supersedes=False)
    assert refusal(carrier.apply(rules, carrier.event({}))) is Reason.UNKNOWN_STATE
    assert not count(carrier.odoo, "product.template", ["default_code", "=", carrier.number])

    works.products()
    bom = factories.profile(states=states)
    assert works.bom(bom, "Review") == Applied(Result.CREATED)
    assert works.bom(bom, "Review") == Applied(Result.UNCHANGED)
    [held] = works.held("mrp.bom")
    assert len(held["bom_line_ids"]) == 1
    assert refusal(works.bom(bom)) is Reason.UNKNOWN_STATE


def test_a_product_of_odoos_own_is_adopted_by_its_barcode(carrier: Carrier, odoo: Odoo) -> None:
    code = str(uuid.uuid4().int)[:13]
    there = add(odoo, "product.template", name="Old", default_code=unique("Old"), barcode=code)
    rules = profile('barcode = { from = "EAN" }', key={"identify": "barcode"})

    assert carrier.apply(rules, carrier.event({"EAN": code})) == Applied(Result.UPDATED)
    assert carrier.held("id", "barcode", "name") == [there, code, "Drive unit"]
    assert carrier.apply(rules, carrier.event({"EAN": code})) == Applied(Result.UNCHANGED)
    assert count(odoo, "product.product", ["barcode", "=", code]) == 1


def test_a_required_attribute_that_is_absent_is_refused(carrier: Carrier) -> None:
    verdict = carrier.carry('description_sale = { from = "T", required = true }', {})

    assert refusal(verdict) is Reason.MISSING_VALUE
    assert not count(carrier.odoo, "product.template", ["default_code", "=", carrier.number])


def test_grouped_numbers_and_moments_in_iso(carrier: Carrier) -> None:
    rules = f'list_price = {{ from = "P", decimal = "." }}\n{CHECKED} = {{ from = "At" }}'
    moment = {"At": "2026-03-02T09:30:00+01:00"}

    assert carrier.carry(rules, {"P": "1,234.5"} | moment) == Applied(Result.CREATED)
    assert carrier.held("list_price", CHECKED) == [1234.5, "2026-03-02 08:30:00"]
    assert carrier.carry(rules, {"P": "1234.50"} | moment) == Applied(Result.UNCHANGED)


def costs(carrier: Carrier, companies: Sequence[int]) -> list[float]:
    domain, read = [["default_code", "=", carrier.number]], ["standard_price"]
    return [
        carrier.odoo.call(
            "product.product",
            "search_read",
            domain=domain,
            fields=read,
            context={"allowed_company_ids": [one]},
        )[0]["standard_price"]
        for one in companies
    ]


@pytest.mark.parametrize(
    "rule",
    [{"from": "Plant", "default": "{0}"}, {"constant": "{0}"}],
    ids=["an absent attribute takes the default", "a constant"],
)
def test_the_company_of_an_event(carrier: Carrier, plant: tuple[int, str], rule: dict[str, str]) -> None:
    company, name = plant
    rules = profile(
        "",
        company={option: text.replace("{0}", name) for option, text in rule.items()},
        models={"product.product": COST},
    )

    assert carrier.apply(rules, carrier.event({"Cost": "5"})) == Applied(Result.CREATED)
    assert costs(carrier, [company, 1]) == [5.0, 0.0]
    assert carrier.apply(rules, carrier.event({"Cost": "5"})) == Applied(Result.UNCHANGED)


def test_an_event_without_a_company_is_refused(carrier: Carrier) -> None:
    verdict = carrier.apply(profile("", company={"from": "Plant"}), carrier.event({}))

    assert refusal(verdict) is Reason.MISSING_VALUE
    assert not count(carrier.odoo, "product.template", ["default_code", "=", carrier.number])
