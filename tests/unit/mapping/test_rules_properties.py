"""What holds for every profile and every event: same in, same out; no field invented; twice is once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from consumers.errors import PermanentError
from consumers.mapping.facts import Fact
from consumers.mapping.rules import ModelMapping, compiled
from consumers.mapping.values import difference, load_cells
from schemas.facts import PRODUCT
from schemas.field_rule import FieldRule
from schemas.profile import ModelRules, Profile
from tests.unit.mapping.odoo_fields import TEMPLATE, Known, as_read

ATTRIBUTES = ("A", "B", "C")
FIELDS = (
    *("name", "default_code", "description", "description_sale", "weight", "ratio", "cost", "sale_delay"),
    *("purchase_ok", "type", "categ_id", "product_tag_ids", "released_on", "released_at"),
)
LINKS = Known({"a": (1,), "b": (2,), "c": (3,), "2026-03-02": (4,), "yes": (5,)})
CONSTANTS = {"type": "consu", "released_on": "2026-03-02", "released_at": "2026-03-02"}
WORDS = st.sampled_from(
    ["", " ", "a", "B", "b;c;a", "1.005", "-7", "yes", "0", "Goods", "2026-03-02", "x\r\ny <&>"]
)
VALUES = WORDS | st.text(max_size=8) | st.booleans() | st.decimals(-999, 999, places=4) | st.integers(-9, 9)
FACTS = st.dictionaries(st.sampled_from(ATTRIBUTES), VALUES)
SOURCES = st.sampled_from(
    [{"from": "A"}, {"from": "B"}, {"template": "{A}-{B}"}, {"template": " {C} "}, {"constant": "1"}]
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "default": st.sampled_from(["1", "{C}", "a"]),
        "map": st.just({"a": "b", "1.005": "7"}),
        "unmapped": st.sampled_from(["keep", "empty"]),
        "master": st.sampled_from(["pdm", "odoo", "seed"]),
        "missing": st.sampled_from(["reject", "ignore"]),
        "separator": st.just(";"),
        "required": st.booleans(),
    },
)


@st.composite
def mappings(draw: st.DrawFn) -> ModelMapping:
    rules: dict[str, FieldRule] = {}
    for field in draw(st.lists(st.sampled_from(FIELDS), unique=True, max_size=6)):
        options: dict[str, Any] = {**draw(SOURCES), **draw(OPTIONS)}
        if "constant" in options:  # one that does not fit the field is found by the check
            options["constant"] = CONSTANTS.get(field, "1")
        if "map" not in options:
            options.pop("unmapped", None)
        rules[field] = FieldRule.model_validate(options)
    return compiled(
        Profile(version=1, states={}, models={PRODUCT: ModelRules(fields=rules)}), PRODUCT, TEMPLATE
    )


def values_of(rules: ModelMapping, facts: Mapping[str, Fact]) -> dict[str, Any]:
    """Return the values; an event that is refused is of no interest here."""
    try:
        return rules.values(facts, LINKS)
    except PermanentError:
        assume(False)
        raise


@given(mappings(), FACTS)
def test_equal_facts_give_equal_values(rules: ModelMapping, facts: dict[str, Fact]) -> None:
    assert values_of(rules, facts) == values_of(rules, dict(reversed(facts.items())))


@given(mappings(), FACTS)
def test_no_field_is_invented(rules: ModelMapping, facts: dict[str, Fact]) -> None:
    values = values_of(rules, facts)
    held = dict.fromkeys(FIELDS, False)
    assert values.keys() <= set(rules.fields)
    assert rules.for_insert(values).keys() <= values.keys()
    assert rules.for_update(values, held).keys() <= values.keys()
    assert {cell.partition("/")[0] for cell in load_cells(values, TEMPLATE)} == values.keys()


@given(mappings(), FACTS)
def test_an_event_that_was_written_changes_nothing_the_second_time(
    rules: ModelMapping, facts: dict[str, Fact]
) -> None:
    values = values_of(rules, facts)
    before = as_read(TEMPLATE, dict.fromkeys(values, False))
    held = before | as_read(TEMPLATE, difference(before, rules.for_update(values, before)))

    assert difference(held, rules.for_update(values, held)) == {}


@given(mappings(), FACTS)
def test_a_new_record_holds_what_an_update_would_write(rules: ModelMapping, facts: dict[str, Fact]) -> None:
    values = values_of(rules, facts)
    created = {
        name: [[6, 0, value]] if isinstance(value, list) else value
        for name, value in rules.for_insert(values).items()
    }

    held = as_read(TEMPLATE, created)

    assert difference(held, rules.for_update(values, held)) == {}


@given(mappings(), FACTS)
def test_every_related_record_that_is_used_was_wanted(rules: ModelMapping, facts: dict[str, Fact]) -> None:
    values_of(rules, facts)
    wanted = {text for texts in rules.wanted(facts).values() for text in texts}
    known = {text: ids for text, ids in LINKS.records.items() if text in wanted}

    assert rules.values(facts, Known(known)) == rules.values(facts, LINKS)
