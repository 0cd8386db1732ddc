"""Every option of a field rule, through both transports, into the real Odoo: the value that arrives there."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import PermanentError
from consumers.results import Applied, Result
from schemas.dead_letter import Reason
from tests.integration.carrier import Carrier

pytestmark = pytest.mark.both_protocols

SOURCES = [
    ("an attribute", 'description_sale = { from = "Text" }', {"Text": " two  words "}, "two  words"),
    ("a fact", 'description_sale = { from = "item.revision" }', {}, "B"),
    (
        "a template",
        'description_sale = { template = "{Material}, {Surface} ({item.revision})" }',
        {"Material": "S235", "Surface": "zinc"},
        "S235, zinc (B)",
    ),
    ("an empty template", 'description_sale = { template = "{A} - {B}" }', {"A": "", "B": " "}, False),
    ("a constant", 'description_sale = { constant = "always" }', {}, "always"),
    (
        "a default",
        'description_sale = { from = "Text", default = "none of {item.number}" }',
        {"Text": ""},
        "none of {0}",
    ),
    ("an absent attribute", 'description_sale = { from = "Text", default = "none" }', {}, False),
    ("a map", 'description_sale = { from = "M", map = { steel = "S235" } }', {"M": "STEEL"}, "S235"),
    (
        "a map that keeps",
        'description_sale = { from = "M", map = { steel = "S235" } }',
        {"M": "Brass"},
        "Brass",
    ),
    (
        "a map that empties",
        'description_sale = { from = "M", map = { steel = "S235" }, unmapped = "empty" }',
        {"M": "Brass"},
        False,
    ),
    (
        "a cut",
        'description_sale = { from = "T", max_length = 5, too_long = "cut" }',
        {"T": "123456789"},
        "12345",
    ),
    (
        "a text that is safe",
        'description = { from = "T" }',
        {"T": "<b>5 < 6</b>\n& more"},
        "<p>&lt;b&gt;5 &lt; 6&lt;/b&gt;<br>&amp; more</p>",
    ),
    ("a decimal comma", 'list_price = { from = "P", decimal = "," }', {"P": "1.234,50"}, 1234.5),
    ("a unit", 'weight = { from = "W", unit = "kg" }', {"W": "250 g"}, 0.25),
    ("a unit of the source", 'weight = { from = "W", unit = "kg", source_unit = "g" }', {"W": "1500"}, 1.5),
    ("digits of Odoo", 'weight = { from = "W" }', {"W": "0.125"}, 0.13),
    ("an integer", 'sale_delay = { from = "D" }', {"D": "14"}, 14),
    ("a boolean word", 'sale_ok = { from = "S" }', {"S": "nein"}, False),
    (
        "a boolean of its own words",
        'sale_ok = { from = "S", true = ["sold"], false = ["kept"] }',
        {"S": "KEPT"},
        False,
    ),
    ("a selection by value", 'tracking = { from = "T" }', {"T": "lot"}, "lot"),
    ("a selection by label", 'tracking = { from = "T" }', {"T": "By Unique Serial Number"}, "serial"),
]


@pytest.mark.parametrize(
    ("rules", "attributes", "expected"), [case[1:] for case in SOURCES], ids=[case[0] for case in SOURCES]
)
def test_the_value_of(carrier: Carrier, rules: str, attributes: dict[str, str], expected: Any) -> None:
    field = rules.split(" ", maxsplit=1)[0]
    if field == "tracking":
        rules += "\nis_storable = { constant = true }"

    assert carrier.carry(rules, attributes) == Applied(Result.CREATED)

    [held] = carrier.held(field)
    if isinstance(expected, str):
        expected = expected.replace("{0}", carrier.number)
    assert str(held) == str(expected) if field == "description" else held == expected
    # Converges: the same again writes nothing, neither does a newer event with the same content.
    [before] = carrier.held("write_date")
    assert carrier.carry(rules, attributes) == Applied(Result.UNCHANGED)
    assert [before] == carrier.held("write_date") or carrier.held(field) == [held]


REFUSED = [
    ("required", 'description_sale = { from = "T", required = true }', {"T": ""}, Reason.MISSING_VALUE),
    ("too long", 'description_sale = { from = "T", max_length = 3 }', {"T": "1234"}, Reason.INVALID_VALUE),
    (
        "unmapped",
        'description_sale = { from = "T", map = { a = "b" }, unmapped = "reject" }',
        {"T": "c"},
        Reason.INVALID_VALUE,
    ),
    ("no number", 'weight = { from = "T" }', {"T": "heavy"}, Reason.INVALID_VALUE),
    ("a unit of another kind", 'weight = { from = "T", unit = "kg" }', {"T": "3 mm"}, Reason.INVALID_VALUE),
    ("no boolean", 'sale_ok = { from = "T" }', {"T": "perhaps"}, Reason.INVALID_VALUE),
    ("no choice", 'tracking = { from = "T" }', {"T": "by hand"}, Reason.INVALID_VALUE),
    ("no such record", 'categ_id = { from = "T" }', {"T": "Nowhere"}, Reason.UNKNOWN_RECORD),
    (
        "no such default",
        'categ_id = { from = "T", missing = "default", default = "Nowhere" }',
        {"T": "X"},
        Reason.UNKNOWN_RECORD,
    ),
]


@pytest.mark.parametrize(
    ("rules", "attributes", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_value_that_does_not_fit_is_refused_by_name(
    carrier: Carrier, rules: str, attributes: dict[str, str], reason: Reason
) -> None:
    verdict = carrier.carry(rules, attributes)

    assert isinstance(verdict, PermanentError)
    assert verdict.reason is reason
    assert rules.split(" ", maxsplit=1)[0] in str(verdict)
    found = carrier.odoo.call(
        "product.template", "search_count", domain=[["default_code", "=", carrier.number]]
    )
    assert found == 0


def test_insert_update_and_master_say_when_a_field_is_written(carrier: Carrier) -> None:
    rules = """
    description_sale = { from = "A", update = false }
    description_purchase = { from = "A", insert = false }
    list_price = { from = "P", master = "seed" }
    default_code = { from = "item.number" }
    weight = { from = "P", master = "odoo" }
    volume = { from = "V", master = "odoo" }
    """.replace('    default_code = { from = "item.number" }\n', "")
    fields = ("description_sale", "description_purchase", "list_price", "weight", "volume")

    carrier.carry(rules, {"A": "one", "P": "1", "V": ""})
    assert carrier.held(*fields) == ["one", False, 1.0, 1.0, 0.0]

    assert carrier.carry(rules, {"A": "two", "P": "2", "V": "3"}) == Applied(Result.UPDATED)
    assert carrier.held(*fields) == ["one", "two", 1.0, 1.0, 3.0]


def test_an_empty_attribute_clears_and_an_absent_one_does_not(carrier: Carrier) -> None:
    rules = 'description_sale = { from = "A" }\nweight = { from = "W" }'

    carrier.carry(rules, {"A": "text", "W": "2"})
    assert carrier.carry(rules, {}) == Applied(Result.UNCHANGED)
    assert carrier.held("description_sale", "weight") == ["text", 2.0]
    assert carrier.carry(rules, {"A": "", "W": ""}) == Applied(Result.UPDATED)
    text, weight = carrier.held("description_sale", "weight")
    assert (text or "", weight) == ("", 0.0)  # Odoo keeps an empty text as it is, or none
