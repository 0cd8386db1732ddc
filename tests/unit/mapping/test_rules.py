"""Rules of a profile, applied to what an event says."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import MisconfiguredError, PermanentError, UnknownFieldError
from consumers.mapping.facts import Fact
from consumers.mapping.rules import company, compiled
from consumers.mapping.values import difference, load_cells
from consumers.odoo.relations import Place
from schemas.dead_letter import Reason
from schemas.facts import PRODUCT
from schemas.profile_text import parse
from tests.unit.mapping.odoo_fields import HEAD, TEMPLATE, Known, mapping

NOTHING = Known()
MEND = "map it in [units] of the profile, or create the unit in Odoo"


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        ('name = { from = "N" }', {"N": " a "}, "a"),
        ('name = { from = "N" }', {"N": ""}, ""),
        ('name = { from = "N" }', {}, None),
        ('name = { from = "N", default = "x" }', {"N": " "}, "x"),
        ('name = { from = "N", default = "x" }', {}, None),
        ('name = { from = "N", default = "{M}!" }', {"N": "", "M": "m"}, "m!"),
        ('name = { from = "N", default = "{M}" }', {"N": ""}, ""),
        ('name = { template = "{A} - {B}" }', {"A": "a", "B": "b"}, "a - b"),
        ('name = { template = "{A} - {B}" }', {"A": "a"}, "a -"),
        ('name = { template = "{A} - {B}" }', {"A": "", "B": " "}, ""),
        ('name = { template = "{A} - {B}" }', {"C": "c"}, None),
        ('name = { template = "{{{A}}}" }', {"A": "a"}, "{a}"),
        ('name = { template = "fixed" }', {}, "fixed"),
        ('name = { constant = "x" }', {}, "x"),
        ('name = { from = "N", map = { A = "one", "b " = "two" } }', {"N": "B"}, "two"),
        ('name = { from = "N", map = { A = "one" } }', {"N": "z"}, "z"),
        ('name = { from = "N", map = { A = "one" }, unmapped = "empty" }', {"N": "z"}, ""),
        ('name = { from = "N", map = { A = "x" }, unmapped = "empty", default = "d" }', {"N": "z"}, "d"),
        ('name = { from = "N", map = { "" = "none" }, default = "d" }', {"N": ""}, "none"),
        ('name = { from = "N", map = { A = "x" }, unmapped = "reject" }', {"N": ""}, ""),
        ('purchase_ok = { from = "C", map = { true = false, false = true } }', {"C": True}, False),
        ("is_storable = { constant = true }", {}, True),
        ('sale_delay = { from = "D", map = { fast = 1 } }', {"D": "Fast"}, 1),
        ('weight = { from = "W" }', {"W": ""}, 0.0),
        ('weight = { from = "W", required = true }', {"W": "0"}, 0.0),
        ('type = { from = "T" }', {"T": "goods"}, "consu"),
        ('type = { from = "T" }', {"T": ""}, False),
        ('categ_id = { from = "C" }', {"C": ""}, False),
        ('product_tag_ids = { from = "T", separator = ";" }', {"T": ""}, []),
        ('product_tag_ids = { from = "T", separator = ";" }', {"T": "new;old"}, [3, 9]),
        ('categ_id = { from = "C" }', {"C": "old"}, 3),
        ('categ_id = { from = "C", missing = "ignore" }', {"C": "gone"}, None),
        ('categ_id = { from = "C", missing = "default", default = "old" }', {"C": "gone"}, 3),
        ('categ_id = { from = "C", missing = "default", default = "{D}" }', {"C": "gone", "D": "old"}, 3),
        ('categ_id = { constant = "old" }', {}, 3),
    ],
)
def test_the_value_of_one_rule(rule: str, facts: dict[str, Fact], expected: Any) -> None:
    values = mapping(rule).values(facts, Known({"old": (3,), "new": (9,)}))
    assert values == ({} if expected is None else {rule.partition(" ")[0]: expected})


@pytest.mark.parametrize(
    ("rule", "facts", "reason", "parts"),
    [
        ('name = { from = "N", required = true }', {"N": " "}, "missing_value", ["has nothing in N"]),
        ('name = { from = "N", required = true }', {}, "missing_value", ["does not have N"]),
        ('weight = { from = "W" }', {"W": "heavy"}, "invalid_value", ["'heavy' is not a number"]),
        (
            'name = { from = "N", map = { Steel = "x" }, unmapped = "reject" }',
            {"N": "steal"},
            "invalid_value",
            ["'steal'", "map: Steel", "(near: Steel)"],
        ),
        ('categ_id = { from = "C" }', {"C": "twin"}, "ambiguous_match", ["'twin' names 2 records", "4, 5"]),
        ('categ_id = { from = "C" }', {"C": "screw"}, "unknown_record", ["'screw'", "(near: screws)"]),
        ('categ_id = { from = "C", missing = "create" }', {"C": "new"}, "unknown_record", ["'new'"]),
        (
            'categ_id = { from = "C", missing = "default", default = "also gone" }',
            {"C": "gone"},
            "unknown_record",
            ["'gone'"],
        ),
        (
            'uom_id = { from = "U" }',
            {"U": "stone"},
            "unknown_unit",
            ["uom_id: Odoo has no active unit 'stone'; ", MEND],
        ),
        (
            'uom_id = { from = "U" }',
            {"U": "Box"},
            "unknown_unit",
            ["no active unit 'Crates' for 'Box'; ", MEND],
        ),
        (
            'uom_id = { from = "U", by = "code" }',
            {"U": "screw"},
            "unknown_unit",
            ["no active unit with code 'screw' (near: screws); ", MEND],
        ),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_field(
    rule: str, facts: dict[str, Fact], reason: str, parts: list[str]
) -> None:
    with pytest.raises(PermanentError) as caught:
        mapping(rule).values(facts, Known({"twin": (4, 5), "screws": (6,)}, {"Box": "Crates"}))
    assert caught.value.reason is Reason(reason)
    for part in [f"product.template.{rule.partition(' ')[0]}", *parts]:
        assert part in str(caught.value)


def test_the_texts_of_all_relations_are_wanted_before_any_is_used() -> None:
    rules = mapping(
        'categ_id = { from = "C", by = "complete_name", missing = "default", default = "All" }\n'
        'product_tag_ids = { from = "T", separator = ",", missing = "create" }\n'
        'name = { from = "C" }'
    )
    tags = Place("product.tag", "name")
    assert rules.wanted({"C": "All / Screws", "T": "a, b"}) == {
        Place("product.category", "complete_name"): ["All / Screws", "All"],
        tags: ["a", "b"],
    }
    assert rules.created == {tags}


MASTERS = """
name = { from = "N", master = "odoo" }
weight = { from = "W", master = "seed" }
list_price = { from = "P", insert = false }
default_code = { from = "D", update = false }
is_storable = { from = "S", master = "odoo" }
volume = { from = "V" }
"""
VALUES = {
    "name": "n",
    "weight": 1.0,
    "list_price": 2.0,
    "default_code": "d",
    "is_storable": True,
    "volume": 3.0,
}


def test_a_new_record_gets_all_but_what_is_for_updates_alone() -> None:
    assert mapping(MASTERS).for_insert(VALUES).keys() == VALUES.keys() - {"list_price"}


@pytest.mark.parametrize(("name", "written"), [("theirs", {"list_price", "volume"}), (False, {"name"})])
def test_a_record_that_is_there_keeps_what_is_odoos(name: object, written: set[str]) -> None:
    held = dict.fromkeys(VALUES, False) | {"name": name}
    assert mapping(MASTERS).for_update(VALUES, held).keys() == written | {"list_price", "volume"}


def test_a_guard_against_creating_refuses_and_one_against_updating_leaves_alone() -> None:
    rules = mapping('name = { from = "N" }', "create = false\nupdate = false")
    with pytest.raises(PermanentError) as caught:
        rules.for_insert({"name": "n"})
    assert caught.value.reason is Reason.NOT_ALLOWED
    assert rules.for_update({"name": "n"}, {"name": "m"}) == {}


def test_each_language_has_the_fields_that_the_vault_has_a_text_for() -> None:
    rules = mapping(
        'name = { from = "N", max_length = 5, too_long="cut", languages = { de_DE = "Nd", fr_FR = "Nf" } }\n'
        'description = { from = "D", languages = { de_DE = "D de" } }'
    )
    facts = {"N": "Screw", "Nd": "Schraube", "Nf": " ", "D de": "a&b"}
    assert rules.translations(facts) == {"de_DE": {"name": "Schra", "description": "<p>a&amp;b</p>"}}


def test_the_cells_of_load_are_texts_and_name_records_by_their_ids() -> None:
    values = {
        "name": "n",
        "weight": 0.25,
        "is_storable": True,
        "purchase_ok": False,
        "type": "consu",
        "uom_id": 7,
        "categ_id": False,
        "product_tag_ids": [3, 9],
        "released_on": False,
        "x_pdm_key": "k",
    }
    assert load_cells(values, TEMPLATE) == {
        "name": "n",
        "weight": "0.25",
        "is_storable": "1",
        "purchase_ok": "0",
        "type": "consu",
        "uom_id/.id": "7",
        "categ_id/.id": "",
        "product_tag_ids/.id": "3,9",
        "released_on": "",
        "x_pdm_key": "k",
    }


@pytest.mark.parametrize(
    ("held", "wanted", "written"),
    [
        ([2, 1], [1, 2], None),
        ([], [], None),
        (False, [], None),
        ([1], [1, 2], [[6, 0, [1, 2]]]),
        ([1], [], [[6, 0, []]]),
    ],
)
def test_a_many2many_differs_as_a_set_and_is_replaced_whole(
    held: object, wanted: object, written: object
) -> None:
    assert difference({"f": held}, {"f": wanted}) == ({} if written is None else {"f": written})


def test_the_company_is_found_as_any_related_record() -> None:
    rules = company(parse('version = 1\n[states]\n[models]\n[company]\nfrom = "Plant"\n', "t"))
    assert rules
    assert rules.wanted({"Plant": "Works"}) == {Place("res.company", "name"): ["Works"]}
    assert rules.values({"Plant": "Works"}, Known({"Works": (2,)})) == {"company": 2}


def test_without_a_company_rule_there_is_none() -> None:
    assert company(parse(HEAD, "t")) is None


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ('nmae = { from = "N" }', UnknownFieldError),
        ('seller_ids = { from = "N" }', MisconfiguredError),
        ('weight = { constant = "heavy" }', MisconfiguredError),
    ],
)
def test_a_profile_that_does_not_fit_the_database_is_nobodys_message(
    rule: str, error: type[MisconfiguredError]
) -> None:
    with pytest.raises(error, match=PRODUCT):
        compiled(parse(HEAD + rule, "t"), PRODUCT, TEMPLATE)


def test_no_event_without_facts_has_values() -> None:
    assert mapping('name = { from = "N" }\nweight = { from = "W" }').values({}, NOTHING) == {}
