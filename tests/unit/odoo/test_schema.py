"""The database's fields: ours have to be there, and values are rounded as Odoo stores them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from consumers.errors import MisconfiguredError, UnavailableError
from consumers.odoo.schema import OWN_FIELDS, Schema
from tests.fakes import FakeOdoo


def test_the_fields_of_a_model_are_read_once() -> None:
    odoo = FakeOdoo()
    schema = Schema(odoo)

    schema.fields("product.template")
    schema.fields("product.template")

    assert odoo.methods() == ["product.template.fields_get"]


@pytest.mark.parametrize("model", OWN_FIELDS)
def test_a_database_without_our_fields_says_which_and_how_to_add_them(model: str) -> None:
    odoo = FakeOdoo()
    missing = next(iter(OWN_FIELDS[model]))
    del odoo.fields[model][missing]

    with pytest.raises(MisconfiguredError, match=rf"{model} has no {missing}.*pdm-odoo odoo setup"):
        Schema(odoo).fields(model)


def test_fields_that_were_added_meanwhile_are_seen() -> None:
    odoo = FakeOdoo()
    field = odoo.fields["mrp.bom"].pop("x_pdm_key")
    schema = Schema(odoo)
    with pytest.raises(MisconfiguredError):
        schema.fields("mrp.bom")

    odoo.fields["mrp.bom"]["x_pdm_key"] = field

    assert "x_pdm_key" in schema.fields("mrp.bom")


def test_fields_are_read_anew_when_asked_to() -> None:
    odoo = FakeOdoo()
    schema = Schema(odoo)
    schema.fields("mrp.bom")
    del odoo.fields["mrp.bom"]["x_pdm_key"]

    with pytest.raises(MisconfiguredError, match="pdm-odoo odoo setup"):
        schema.refresh("mrp.bom")
    with pytest.raises(MisconfiguredError, match="pdm-odoo odoo setup"):
        schema.fields("mrp.bom")


def test_reading_anew_costs_one_call_per_model_and_its_result_is_kept() -> None:
    odoo = FakeOdoo()
    schema = Schema(odoo)

    schema.refresh("mrp.bom", "mrp.bom.line")
    schema.refresh("mrp.bom", "mrp.bom.line")
    schema.fields("mrp.bom")

    assert odoo.methods() == ["mrp.bom.fields_get", "mrp.bom.line.fields_get"] * 2


def test_a_failure_is_not_remembered() -> None:
    odoo = FakeOdoo()
    odoo.fail(UnavailableError("down"))
    schema = Schema(odoo)
    with pytest.raises(UnavailableError):
        schema.fields("mrp.bom")

    assert schema.fields("mrp.bom")


@pytest.mark.parametrize(
    ("digits", "value", "stored"),
    [
        ([16, 2], "0.125", 0.13),
        ([16, 2], "0.124", 0.12),
        ([16, 4], "0.12345", 0.1235),
        ([16, 0], "2.5", 3.0),
        ([16, 6], "1e23", 1e23),
        ([16, 6], "999999999999999999999999", 1e24),
        ([16, 6], "123456789012345678.1234565", 123456789012345678.123457),
        ([16, 6], "1e-23", 0.0),
        (None, "1.005", 1.01),
        (False, "1.004", 1.0),
    ],
)
def test_a_value_is_rounded_to_the_digits_of_its_field(digits: object, value: str, stored: float) -> None:
    odoo = FakeOdoo()
    odoo.fields["product.template"]["weight"] = {"type": "float", "digits": digits}

    assert Schema(odoo).rounded("product.template", "weight", Decimal(value)) == stored
