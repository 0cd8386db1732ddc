"""A profile against the Odoo it is for: every mistake with its line, its field and what was meant."""

from __future__ import annotations

import pytest

from consumers.mapping.check import Spoken, check, related
from consumers.odoo.fields import ModelInfo
from schemas.facts import PRODUCT, VARIANT, VENDOR
from schemas.findings import Finding
from schemas.profile_text import examine
from tests.unit.mapping.mistakes import TWELVE
from tests.unit.mapping.odoo_fields import HEAD, ODOO, TEMPLATE, info, model

NAME = 'name = { from = "item.name" }\n'
"""Odoo requires a name; it stands in line 5, so that the rule looked at stands in line 6."""


SPOKEN = Spoken(frozenset({"en_US", "de_DE"}), "en_US")


def checked(text: str, **models: ModelInfo | None) -> list[Finding]:
    profile, found, lines = examine(text)
    assert profile
    found += check(profile, lines, {**ODOO, **models}, SPOKEN, found)
    # Said of nearly all profiles here, and by a test of its own.
    return sorted(
        (one for one in found if "nothing would be adopted" not in one.text), key=lambda one: one.line
    )


def test_twelve_different_mistakes_are_told_at_once_each_with_its_line_and_what_was_meant() -> None:
    found = [(one.line, one.model, one.field, one.suggestion) for one in checked(TWELVE)]
    assert found == [
        (5, VARIANT, "key.identify", "default_code"),
        (7, PRODUCT, "never", "list_price"),
        (9, PRODUCT, "weigth", "weight"),
        (10, PRODUCT, "internal_reference", "default_code"),
        (11, PRODUCT, "name", "item.name"),
        (12, PRODUCT, "type", "service"),
        (13, PRODUCT, "categ_id", "complete_name"),
        (14, PRODUCT, "seller_ids", f'rules of [models."{VENDOR}".fields]'),
        (15, PRODUCT, "volume", "mm3"),
        (16, PRODUCT, "product_tag_ids", 'separator = ";"'),
        (17, PRODUCT, "barcode", "master"),
        (18, PRODUCT, "uom_id", "create"),
    ]
    assert all(all(one) for one in found)


def test_a_model_that_is_misspelt_is_told_with_the_one_that_was_meant() -> None:
    text = TWELVE[: TWELVE.index("[key]")] + '[models."product.templte".fields]'
    assert ("product.templte", PRODUCT) in [(one.model, one.suggestion) for one in checked(text)]


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ('qty_available = { from = "Q" }', "is computed by Odoo and read-only"),
        ('id = { from = "Q" }', "no rule may"),
        ('x_scan = { from = "Q" }', "of type binary"),
        ('default_code = { from = "Q", decimal = "," }', "decimal is for a number; the field is char"),
        ('default_code = { from = "Q", unit = "mm" }', "unit is for a number"),
        ('default_code = { from = "Q", by = "name" }', "by is for a relation"),
        ('default_code = { from = "Q", missing = "ignore" }', "missing is for a relation"),
        ('default_code = { from = "Q", formats = ["%Y"] }', "formats is for a date"),
        ('default_code = { from = "Q", true = ["a"], false = ["b"] }', "is for a boolean"),
        ('default_code = { from = "Q", languages = { de_DE = "D" } }', "one text of this field for all"),
        ('weight = { from = "Q", max_length = 5 }', "max_length is for a text"),
        ('weight = { from = "Q", languages = { de_DE = "D" } }', "languages is for a text"),
        ('categ_id = { from = "Q", separator = ";" }', "separator is for a many2many field"),
        (
            'weight = { from = "Q", unit = "kg", source_unit = "mm" }',
            "source_unit and unit measure length and",
        ),
        ('description_sale = { from = "Q", too_long = "cut" }', "too_long needs max_length"),
        ('weight = { template = "{item.weight}", unit = "g" }', "a number of kg, and would be taken for g"),
        ('weight = { from = "Q", default = "{item.weight}", unit = "g" }', "default: '{item.weight}' is a"),
        (f"weight = {{ constant = 1{70 * '0'} }}", "out of range"),
        ('weight = { constant = "heavy" }', "constant: 'heavy' is not a number"),
        ('weight = { from = "Q", default = "none" }', "default: 'none' is not a number"),
        ('released_on = { constant = "2.3.2026" }', "constant: '2.3.2026' is no date"),
        ('purchase_ok = { from = "Q", map = { A = "maybe" } }', "map.A: 'maybe' is neither yes nor no"),
        ("categ_id = { constant = 5 }", "names no record"),
        ('categ_id = { from = "Q", by = "nothing_like" }', "has no field 'nothing_like'"),
        (
            'product_tag_ids = { from = "Q", separator = ",", missing = "create" }',
            "Odoo also requires owner_id",
        ),
        ('product_tag_ids = { from = "Q", separator = ",", by = "color" }', "cannot be found by 'color'"),
    ],
)
def test_one_mistake(rule: str, part: str) -> None:
    found = checked(HEAD + NAME + rule)
    assert any(part in one.text for one in found)
    assert {one.line for one in found} == {6}


@pytest.mark.parametrize(
    "rule",
    [
        'barcode = { from = "B" }',
        'weight = { from = "W", unit = "kg", decimal = ",", default = "1,5" }',
        'type = { from = "T", map = { Buy = "Goods", Do = "SERVICE" } }',
        'description = { from = "D", languages = { de_DE = "D de" } }',
        'categ_id = { from = "C", missing = "create", by = "complete_name" }',
        'default_code = { from = "D", default = "{item.number}" }',
        'weight = { from = "W", default = "{item.weight}" }',
        'weight = { from = "W", default = "{item.weight}", unit = "kg" }',
        'weight = { template = "{item.weight}", unit = "g", source_unit = "kg" }',
        'weight = { template = "{item.weight} kg", unit = "g" }',
        'barcode = { from = "B", max_length = 5, too_long = "cut" }',
    ],
)
def test_a_rule_that_fits(rule: str) -> None:
    assert checked(HEAD + NAME + rule) == []


def test_a_field_that_odoo_requires_needs_a_rule_unless_nothing_is_created() -> None:
    [finding] = checked(HEAD)
    assert (finding.line, finding.where, finding.suggestion) == (
        4,
        "product.template.name",
        'name = { from = "…" }',
    )
    assert checked(HEAD + f'[models."{PRODUCT}"]\ncreate = false') == []


def test_a_rule_for_updates_alone_gives_a_new_record_nothing() -> None:
    [finding] = checked(HEAD + 'name = { from = "item.name", insert = false }')
    assert (finding.line, finding.field) == (5, "name")


STATES = 'version = 1\n[states]\nReleased = "upsert"\n'
RULES = f'[models."{PRODUCT}".fields]\n'
CODE = 'default_code = { from = "item.number" }\n'
BARCODE = 'barcode = { from = "EAN" }\n'


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (STATES + RULES + CODE + 'nam = { from = "item.name" }', f"{PRODUCT}.nam"),
        (STATES + RULES + NAME + 'default_cod = { from = "item.number" }', f"{PRODUCT}.default_cod"),
        (STATES + RULES + NAME + 'internal_reference = { from = "N" }', f"{PRODUCT}.internal_reference"),
        (STATES + RULES + NAME + 'default_code = { from = "N", mastr = "pdm" }', f"{PRODUCT}.default_code"),
        (STATES + RULES + NAME + 'default_code = { from = "item.numbr" }', f"{PRODUCT}.default_code"),
        (STATES + '[models."product.templte".fields]\n' + CODE + NAME, "product.templte"),
        (STATES + f'[model."{PRODUCT}".fields]\n' + CODE + NAME, "model"),
        (STATES + f'[models."{PRODUCT}".feilds]\n' + CODE + NAME, f"{PRODUCT}.feilds"),
        (STATES + f'[models."{PRODUCT}"]\nfields = 3', PRODUCT),
        (f'models."{PRODUCT}" = 3\n' + STATES, PRODUCT),
        ("models = 3\n" + STATES, "models"),
        (STATES, "profile"),
        (STATES + f'[models."{PRODUCT}"]\ncraete = false\n' + RULES + CODE, f"{PRODUCT}.craete"),
        (STATES + '[key]\nidentfy = "barcode"\n' + RULES + NAME + BARCODE, "key.identfy"),
        (STATES + "[key]\nidentify = 1\n" + RULES + NAME + BARCODE, f"{VARIANT}.key.identify"),
        ('key = "barcode"\n' + STATES + RULES + NAME + BARCODE, "key"),
    ],
)
def test_what_has_a_mistake_is_not_told_to_be_lacking_too(text: str, where: str) -> None:
    profile, found, lines = examine(text)
    assert profile
    found += check(profile, lines, ODOO, SPOKEN, found)
    assert [one.where for one in found] == [where]


def test_a_mistake_of_one_field_hides_no_lack_of_another() -> None:
    text = STATES + RULES + CODE + 'categ_id = { from = "C", by = "nam" }\nweigth = { from = "W" }'
    assert [one.field for one in checked(text)] == ["name", "categ_id", "weigth"]


def test_a_model_that_odoo_has_not_is_told() -> None:
    [finding] = checked(HEAD + NAME + f'[models."{VENDOR}".fields]\nprice = {{ from = "P" }}')
    assert (finding.line, finding.model) == (6, VENDOR)
    assert "may not read it" in finding.text


def test_a_related_model_that_the_login_may_not_read_is_told() -> None:
    [finding] = checked(HEAD + NAME + 'categ_id = { from = "C" }', **{"product.category": None})
    assert "product.category, which the login may not read" in finding.text


def test_the_company_is_looked_for_as_any_related_record() -> None:
    text = 'version = 1\n[states]\n[company]\nfrom = "Plant"\nby = "nmae"\n[models]\n'
    companies = model("res.company", info("name", "char", required=True))
    [finding] = [
        one
        for one in checked(text, **{"res.company": companies, PRODUCT: model(PRODUCT)})
        if one.field != "name"
    ]
    assert (finding.line, finding.where, finding.suggestion) == (5, "company.by", "name")


def test_products_are_found_only_by_a_stored_text() -> None:
    text = HEAD.replace("[states]", '[key]\nidentify = "qty"\n[states]') + NAME
    [finding] = checked(text)
    assert (finding.line, finding.where) == (3, "product.product.key.identify")


def test_a_field_that_identifies_products_needs_a_rule() -> None:
    for rule in ("", 'default_code = { from = "item.number", insert = false }'):
        profile, _, lines = examine(HEAD + NAME + rule)
        assert profile
        [finding] = check(profile, lines, ODOO, SPOKEN)
        assert finding.where == "product.product.key.identify"
        assert "nothing would be adopted" in finding.text


def test_the_models_that_the_check_needs_are_named_before_they_are_read() -> None:
    text = (
        'categ_id = { from = "C" }\nuom_id = { from = "U" }\nweight = { from = "W" }\n[company]\nfrom = "P"'
    )
    profile, _, _ = examine(HEAD + text)
    assert profile
    needed = {VARIANT, "product.category", "uom.uom", "res.company"}
    assert related(profile, {PRODUCT: TEMPLATE}) == needed
    assert related(profile, {PRODUCT: None}) == {VARIANT, "res.company"}


def test_a_text_in_the_connections_own_language_would_be_written_over_and_over() -> None:
    rule = 'description = { from = "D", languages = { en_US = "D en" } }'
    [finding] = checked(HEAD + NAME + rule)
    assert (finding.field, "ODOO_LANG" in finding.text) == ("description", True)
