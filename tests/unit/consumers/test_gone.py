"""A related record that a person deleted or merged after it was looked up: asked for, and looked up anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from consumers.bom import BomHandler
from consumers.errors import ConflictError, PermanentError
from consumers.odoo.client import Values
from consumers.product import ProductHandler
from consumers.results import Handler, Verdict
from consumers.work import isolated
from schemas.dead_letter import Reason
from schemas.event import Event
from tests.unit.consumers.plm import BOM, LINE, TEMPLATE, UNIT, VARIANT, Plm
from tests.unit.consumers.products import CREATED, FIELDS, UPDATED, VENDOR, VENDORS, held, refused, told
from tests.unit.consumers.profiles import ruled
from tests.unit.consumers.structures import structure

REFUSAL = "Odoo refuses: Another model is using the record you are trying to delete"


class Keyed(Plm):
    """Refuses to write a relation to a record that is not there, as PostgreSQL does."""

    def __init__(self) -> None:
        super().__init__()
        for model in (TEMPLATE, VARIANT, VENDOR):
            self.fields[model]["x_agent"] = {**self.fields[VENDOR]["partner_id"], "required": False}

    def _web_save_multi(
        self, model: str, ids: Sequence[int], vals_list: Sequence[Values], specification: Values
    ) -> list[Values]:
        for values in vals_list:
            self._require(model, values)
        return super()._web_save_multi(model, ids, vals_list, specification)

    def _require(self, model: str, values: Values) -> None:
        for name, value in values.items():
            field = self.fields[model][name]
            if field["type"] == "many2one":
                named = [value] if value else []
            elif field["type"] == "many2many":
                [[_, _, named]] = value
            else:
                for _, _, *rest in value if field["type"] == "one2many" else ():
                    if rest and rest[0]:
                        self._require(field["relation"], rest[0])
                continue
            if any(one not in self._records[field["relation"]] for one in named):
                raise PermanentError(Reason.REFUSED_BY_ODOO, REFUSAL)


@pytest.fixture
def odoo() -> Keyed:
    found = Keyed()
    found.warm()
    return found


def work(handler: Handler, *events: Event) -> list[Verdict]:
    return isolated(events, handler, lambda _: None)


def remade(odoo: Plm, model: str, name: str, **values: Any) -> int:
    """Let a person delete the record of `model` with this name, and make it anew; return its new id."""
    [old] = [record["id"] for record in odoo.records(model) if record["name"] == name]
    del odoo._records[model][old]
    return odoo.add(model, name=name, **values)


PLACES = {
    "template": (FIELDS + 'categ_id = { from = "C" }', "product.category"),
    "several": (FIELDS + 'product_tag_ids = { from = "C", separator = ";" }', "product.tag"),
    "variant": ('[models."product.product".fields]\nx_agent = { from = "C" }', "res.partner"),
    "vendor": (VENDORS + 'x_agent = { from = "C" }', "res.partner"),
}


@pytest.mark.parametrize("case", PLACES)
def test_an_update_that_names_a_record_which_is_gone_gets_the_one_that_took_its_place(
    odoo: Keyed, case: str
) -> None:
    text, related = PLACES[case]
    odoo.add("res.partner", name="Seller", ref="V1")
    for name in ("Old", "Other"):
        odoo.add(related, name=name)
    handler = ProductHandler(odoo, odoo.schema, ruled(text))
    there = {"Vendor": "V1", "Price": "1", "Days": "1"}
    first = [told("A", 1, C="Old", **there), told("B", 1, C="Other", **there)]
    assert work(handler, *first) == [CREATED, CREATED]
    new = remade(odoo, related, "Old")

    assert work(handler, told("B", 2, C="Old", **there)) == [UPDATED]

    fields = {"template": "categ_id", "several": "product_tag_ids"}
    if case in fields:
        assert held(odoo, fields[case], number="B") == [[new] if case == "several" else new]
    else:
        records = odoo.records(VARIANT if case == "variant" else VENDOR)
        assert new in [record["x_agent"] for record in records]


def test_a_record_that_is_gone_for_good_refuses_the_events_that_name_it_and_no_other(odoo: Keyed) -> None:
    for name in ("Old", "Other"):
        odoo.add("product.category", name=name)
    handler = ProductHandler(odoo, odoo.schema, ruled(FIELDS + 'categ_id = { from = "C" }'))
    work(handler, told("A", 1, C="Old"), told("B", 1, C="Other"), told("C", 1, C=""))
    del odoo._records["product.category"][remade(odoo, "product.category", "Old")]

    bad, good = work(handler, told("B", 2, C="Old"), told("C", 2, C="Other"))

    assert "no product.category has name 'Old'" in refused(bad, Reason.UNKNOWN_RECORD)
    assert good == UPDATED


def assembly(odoo: Keyed, text: str) -> tuple[BomHandler, Callable[..., Event]]:
    for number in "APQ":
        odoo.add_product(number)
    handler = BomHandler(odoo, odoo.schema, odoo.cache, ruled(text))

    def event(version: int, quantity: float, unit: str | None = None, **attributes: str) -> Event:
        told = structure(version=version, lines=(("P", quantity),), attributes=attributes)
        lines = tuple(
            line.model_copy(update={"attributes": attributes, "unit": unit}) for line in told.data.lines
        )
        return told.model_copy(update={"data": told.data.model_copy(update={"lines": lines})})

    return handler, event


@pytest.mark.parametrize(
    ("model", "field", "related"),
    [(BOM, "picking_type_id", "stock.picking.type"), (LINE, "operation_id", "mrp.routing.workcenter")],
)
@pytest.mark.parametrize("new", [True, False], ids=["new BOM", "BOM in use"])
def test_a_bom_that_names_a_record_which_is_gone_gets_the_one_that_took_its_place(
    odoo: Keyed, model: str, field: str, related: str, *, new: bool
) -> None:
    for name in ("Old", "Other"):
        odoo.add(related, name=name)
    handler, event = assembly(odoo, f'[models."{model}".fields]\n{field} = {{ from = "X" }}')
    if new:
        # Another BOM has made it known.
        odoo.add_product("Z")
        other = event(1, 1, X="Old")
        moved = other.data.model_copy(update={"item": structure("Z").data.item})
        work(handler, other.model_copy(update={"data": moved, "subject": "Z"}))
    else:
        work(handler, event(1, 1, X="Old"))
        work(handler, event(2, 1, X="Other"))
    record = remade(odoo, related, "Old")

    assert work(handler, event(3, 1, X="Old")) == [CREATED if new else UPDATED]

    assert record in [one.get(field) for one in odoo.records(model)]


def test_a_unit_of_a_line_that_is_gone_is_looked_up_anew(odoo: Keyed) -> None:
    handler, event = assembly(odoo, "")
    odoo.add(UNIT, name="Dozen", relative_uom_id=odoo.units["Units"])
    odoo.cache.forget()
    work(handler, event(1, 1, unit="Units"))
    work(handler, event(2, 1, unit="Dozen"))
    work(handler, event(3, 1, unit="Units"))
    new = remade(odoo, UNIT, "Dozen", relative_uom_id=odoo.units["Units"])

    assert work(handler, event(4, 1, unit="Dozen")) == [UPDATED]

    assert [line["product_uom_id"] for line in odoo.records(LINE)] == [new]


def test_the_text_names_field_and_record(odoo: Keyed) -> None:
    odoo.add("product.category", name="Old")
    handler = ProductHandler(odoo, odoo.schema, ruled(FIELDS + 'categ_id = { from = "C" }'))
    handler.apply([told("A", 1, C="Old"), told("B", 1, C="")])
    [old] = [record["id"] for record in odoo.records("product.category")]
    remade(odoo, "product.category", "Old")

    with pytest.raises(ConflictError, match=rf"product\.template\.categ_id = {old} \(product\.category\)"):
        handler.apply([told("B", 2, C="Old")])


def test_what_is_refused_for_another_reason_stays_refused_and_is_asked_about_once(odoo: Keyed) -> None:
    for name in ("One", "Two"):
        odoo.add("product.category", name=name)
    rules = ruled(FIELDS + 'categ_id = { from = "C" }\nweight = { from = "W" }')
    handler = ProductHandler(odoo, odoo.schema, rules)
    names = [f"N{number}" for number in range(8)]
    work(handler, *(told(name, 1, C="One", W="1") for name in names))
    write = odoo._web_save_multi

    def heavy(
        model: str, ids: Sequence[int], vals_list: Sequence[Values], specification: Values
    ) -> list[Values]:
        if model == TEMPLATE and any(values.get("weight") == 9 for values in vals_list):
            raise PermanentError(Reason.REFUSED_BY_ODOO, "a rule of an added module")
        return write(model, ids, vals_list, specification)

    odoo._web_save_multi = heavy  # type: ignore[method-assign]
    odoo.calls.clear()

    verdicts = work(handler, *(told(name, 2, C="Two", W="9" if name == "N3" else "1") for name in names))

    assert "a rule of an added module" in refused(verdicts.pop(3), Reason.REFUSED_BY_ODOO)
    assert verdicts == [UPDATED] * 7
    assert odoo.methods().count(f"{TEMPLATE}.fields_get") == 1
    # One look-up of the text, one question.
    assert odoo.methods().count("product.category.search_read") == 2


def test_where_the_question_is_refused_the_refusal_stands(odoo: Keyed) -> None:
    for name in ("One", "Two"):
        odoo.add("product.category", name=name)
    handler = ProductHandler(odoo, odoo.schema, ruled(FIELDS + 'categ_id = { from = "C" }'))
    work(handler, told("A", 1, C="One"), told("B", 1, C="Two"))
    remade(odoo, "product.category", "Two")
    call = odoo.call

    def unasked(model: str, method: str, **arguments: Any) -> Any:
        if method == "fields_get" and "allfields" in arguments:
            raise PermanentError(Reason.REFUSED_BY_ODOO, "not for you")
        return call(model, method, **arguments)

    odoo.call = unasked  # type: ignore[method-assign]

    [verdict] = work(handler, told("A", 2, C="Two"))

    assert REFUSAL in refused(verdict, Reason.REFUSED_BY_ODOO)
