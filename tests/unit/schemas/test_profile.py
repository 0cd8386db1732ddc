"""The shape of a profile: what a rule must say, and what follows from what it does not say."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.facts import ATTACHMENT, FACTS, MODELS, PRODUCT
from schemas.field_rule import FieldRule, placeholders
from schemas.profile import Action, Actions, Profile
from schemas.profile_rules import OWNED


def profile(**parts: Any) -> Profile:
    return Profile.model_validate({"version": 1, "states": {}, "models": {}} | parts)


def test_one_action_for_a_state_counts_for_every_kind() -> None:
    states = profile(states={"Released": "upsert"}).states
    assert states == {"Released": Actions(**dict.fromkeys(Actions.model_fields, Action.UPSERT))}


def test_a_model_without_rules_may_be_written_and_has_none() -> None:
    rules = profile().rules(PRODUCT)
    assert (rules.create, rules.update, dict(rules.fields)) == (True, True, {})


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"from": "A", "constant": 1},
        {"from": "A", "missing": "default"},
        {"from": "A", "true": ["yes"]},
        {"from": "A", "true": ["Yes", "X"], "false": ["no", "x"]},
        {"from": "A", "unmapped": "reject"},
        {"from": "A", "source_unit": "mm"},
        {"from": "A", "insert": False, "update": False},
        {"from": "A", "insert": False, "master": "seed"},
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FieldRule.model_validate(rule)


def test_a_rule_reads_every_name_once_in_order() -> None:
    rule = FieldRule(template="{A}-{ B }-{A}", default="{C}", languages={"de_DE": "D", "fr_FR": "B"})
    assert rule.names() == ("A", "B", "C", "D")


def test_doubled_braces_are_no_placeholders() -> None:
    assert placeholders("{{A}} {B} {{{C}}}") == ["B", "C"]


@pytest.mark.parametrize("constant", [True, 1, 1.5, "1"])
def test_a_constant_keeps_the_type_it_was_written_in(constant: object) -> None:
    assert type(FieldRule.model_validate({"constant": constant}).constant) is type(constant)


def test_every_model_has_facts_and_fields_of_its_own() -> None:
    assert set(FACTS) == set(OWNED) == {*MODELS, ATTACHMENT}
