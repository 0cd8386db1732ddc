"""What an item is known by decides which product of Odoo is its own."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import PermanentError, TransientError
from consumers.odoo.own_fields import KEY, SEQUENCE
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from schemas.event import Event, decode, encode
from schemas.keys import KeyParts
from schemas.product import Authority
from schemas.sequence import from_version
from tests.factories import bom, bom_line, event, item, product, profile
from tests.unit.consumers.plm import TEMPLATE, Plm
from tests.unit.consumers.products import apply
from tests.unit.consumers.structures import apply as apply_bom
from tests.unit.consumers.structures import only_bom

CREATED, UPDATED, UNCHANGED = Applied(Result.CREATED), Applied(Result.UPDATED), Applied(Result.UNCHANGED)


def configuration(name: str, number: str = "A", version: int = 1, **envelope: Any) -> Event:
    """Return an event of one configuration, where configurations are items."""
    data = product(item=item(number=number, configuration=name))
    written = event(data, sequence=from_version(version), **envelope)
    return decode(encode(written), KeyParts.NUMBER_AND_CONFIGURATION)


def vault_object(id_: int, number: str, version: int = 1, **fields: Any) -> Event:
    """Return an event of one object of the vault, where objects are items."""
    data = product(item=item(number=number, vault_object_id=str(id_)), **fields)
    return decode(encode(event(data, sequence=from_version(version))), KeyParts.VAULT_OBJECT)


def held(odoo: Plm) -> dict[str, str]:
    """Return the number of each product by its key."""
    return {record.get(KEY) or "": record["default_code"] for record in odoo.records(TEMPLATE)}


def refusal(verdict: Verdict, fate: type[PermanentError | TransientError]) -> str:
    assert isinstance(verdict, fate), verdict
    assert verdict.reason is Reason.AMBIGUOUS_MATCH
    return str(verdict)


BOTH = {"Works.A.Short": "A", "Works.A.Long": "A"}


def test_two_configurations_of_one_number_in_one_batch_are_two_products(odoo: Plm) -> None:
    assert apply(odoo, configuration("Short"), configuration("Long")) == [CREATED, CREATED]

    assert held(odoo) == BOTH
    assert apply(odoo, configuration("Long"), configuration("Short")) == [UNCHANGED, UNCHANGED]


def test_a_configuration_does_not_take_the_product_of_another(odoo: Plm) -> None:
    assert apply(odoo, configuration("Short", version=9)) == [CREATED]
    assert apply(odoo, configuration("Long")) == [CREATED]

    assert held(odoo) == BOTH


def test_a_product_that_is_nobodys_yet_is_adopted_by_one_configuration_only(odoo: Plm) -> None:
    template = odoo.add(TEMPLATE, default_code="A", name="Old name")
    odoo.add_product("A", **{KEY: "Works.A.Long"})

    assert apply(odoo, configuration("Short"), configuration("Wide")) == [UPDATED, CREATED]

    assert held(odoo) == BOTH | {"Works.A.Wide": "A"}
    assert odoo.records(TEMPLATE)[0]["id"] == template
    assert odoo.records(TEMPLATE)[0][KEY] == "Works.A.Short"


@pytest.mark.parametrize("key", ["Other.A.Short", "Works.A", "Works.A_2E.Short", "Works.36368"])
def test_a_product_of_another_vault_or_of_another_kind_of_key_is_no_configuration(
    odoo: Plm, key: str
) -> None:
    odoo.add_product("A", **{KEY: key})

    [verdict] = apply(odoo, configuration("Short"))

    assert f"belongs to the item with key {key!r}; two items claim" in refusal(verdict, PermanentError)
    assert held(odoo) == {key: "A"}


def test_of_two_vaults_that_claim_one_number_in_one_batch_the_first_has_it_in_any_configuration(
    odoo: Plm,
) -> None:
    here, there = configuration("Short"), configuration("Long", source="/pdm/Other")

    first, second, third = apply(odoo, here, there, configuration("Long"))
    [later] = apply(odoo, there)

    assert [first, third] == [CREATED, CREATED]
    assert "with key 'Works.A.Short', claims default_code 'A' first" in refusal(second, TransientError)
    assert "2 products in Odoo have default_code 'A'" in refusal(later, PermanentError)
    assert held(odoo) == BOTH


def test_a_renumbered_item_keeps_its_product(odoo: Plm) -> None:
    apply(odoo, vault_object(1, "A-1"))
    [before] = odoo.records(TEMPLATE)

    assert apply(odoo, vault_object(1, "A-2", 2)) == [UPDATED]

    [after] = odoo.records(TEMPLATE)
    assert (after["id"], after["default_code"], after[KEY]) == (before["id"], "A-2", "Works.1")


def test_an_older_event_with_the_number_of_before_is_stale(odoo: Plm) -> None:
    apply(odoo, vault_object(1, "A-2", 2), vault_object(2, "A-1"))

    [verdict] = apply(odoo, vault_object(1, "A-1", 1))

    assert isinstance(verdict, Applied)
    assert verdict.result is Result.STALE
    assert held(odoo) == {"Works.1": "A-2", "Works.2": "A-1"}


def test_a_sighting_under_another_number_changes_nothing(odoo: Plm) -> None:
    apply(odoo, vault_object(1, "A-2", 2), vault_object(2, "A-1"))

    assert apply(odoo, vault_object(1, "A-1", 9, authority=Authority.SIGHTING)) == [UNCHANGED]

    assert held(odoo) == {"Works.1": "A-2", "Works.2": "A-1"}


def test_unchanged_items_cost_one_call_whatever_they_are_known_by(odoo: Plm) -> None:
    events = [vault_object(number, f"A-{number}") for number in range(50)]
    handler = ProductHandler(odoo, odoo.schema, profile())
    handler.apply(events)
    odoo.calls.clear()

    assert handler.apply(events) == [UNCHANGED] * 50

    assert odoo.methods() == ["product.template.search_read"]


def test_two_objects_that_claim_one_number_make_one_product_and_the_second_waits(odoo: Plm) -> None:
    first, second = apply(odoo, vault_object(1, "A"), vault_object(2, "A"))
    [later] = apply(odoo, vault_object(2, "A"))

    assert first == CREATED
    assert "with key 'Works.1', claims default_code 'A' first" in refusal(second, TransientError)
    assert "key 'Works.1'; two items claim one number" in refusal(later, TransientError)
    assert held(odoo) == {"Works.1": "A"}


def test_a_number_may_be_had_once_its_former_item_gave_it_up(odoo: Plm) -> None:
    apply(odoo, vault_object(1, "A-1"), vault_object(2, "A-2"))

    [early] = apply(odoo, vault_object(1, "A-2", 2))
    refusal(early, TransientError)
    assert held(odoo) == {"Works.1": "A-1", "Works.2": "A-2"}

    assert apply(odoo, vault_object(2, "A-3", 2)) == [UPDATED]
    assert apply(odoo, vault_object(1, "A-2", 2)) == [UPDATED]
    assert held(odoo) == {"Works.1": "A-2", "Works.2": "A-3"}


def test_an_item_that_is_renumbered_to_a_product_of_odoo_alone_does_not_double_its_number(odoo: Plm) -> None:
    apply(odoo, vault_object(1, "A-1"))
    own = odoo.by_number("A-1")["id"]
    other = odoo.add(TEMPLATE, default_code="A-2", name="Typed in")

    [verdict] = apply(odoo, vault_object(1, "A-2", 2))

    text = refusal(verdict, PermanentError)
    assert f"template {other}" in text
    assert f"template {own}" in text
    assert odoo.by_number("A-1")["id"] == own


def structure(parts: KeyParts, *lines: dict[str, str]) -> Event:
    """Return the BOM of object 1, which is configuration `Short` of A."""
    rows = tuple(bom_line(place, **line) for place, line in enumerate(lines, 1))
    data = bom(item=item(number="A", configuration="Short", vault_object_id="1"), lines=rows)
    return decode(encode(event(data)), parts)


@pytest.mark.parametrize(
    ("parts", "keys"),
    [
        (KeyParts.NUMBER_AND_CONFIGURATION, ("Works.A.Short", "Works.P.", "Works.P.Long")),
        (KeyParts.VAULT_OBJECT, ("Works.1", "Works.7", "Works.8")),
    ],
)
def test_a_bom_finds_its_assembly_and_the_components_that_its_lines_mean(
    odoo: Plm, parts: KeyParts, keys: tuple[str, ...]
) -> None:
    assembly, plain, long = (
        odoo.add_product(number, **{KEY: key, SEQUENCE: from_version(1)})
        for number, key in zip(("A", "P", "P"), keys, strict=True)
    )
    lines = (
        {"number": "P", "configuration": "Long", "vault_object_id": "8"},
        {"number": "P", "vault_object_id": "7"},
    )

    assert apply_bom(odoo, structure(parts, *lines)) == [CREATED]

    found = only_bom(odoo)
    templates = {record["id"]: record["product_tmpl_id"] for record in odoo.records("product.product")}
    assert (found[KEY], found["product_tmpl_id"]) == (keys[0], assembly)
    assert [templates[line["product_id"]] for line in odoo.lines(found["id"])] == [long, plain]


def test_a_component_that_is_there_in_another_configuration_only_is_missing(odoo: Plm) -> None:
    odoo.add_product("A", **{KEY: "Works.A.Short"})
    odoo.add_product("P", **{KEY: "Works.P.Long"})

    [verdict] = apply_bom(
        odoo, structure(KeyParts.NUMBER_AND_CONFIGURATION, {"number": "P", "configuration": "Wide"})
    )

    assert isinstance(verdict, TransientError)
    assert verdict.reason is Reason.MISSING_PRODUCT
    assert str(verdict) == "not in Odoo yet: 'P (Wide)'"
