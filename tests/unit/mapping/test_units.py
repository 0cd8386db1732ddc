"""The vault's unit names: an unknown one is refused, never taken for Units."""

from __future__ import annotations

import pytest

from consumers.errors import PermanentError
from consumers.mapping.units import unit_id
from consumers.odoo.units import Units
from schemas.dead_letter import Reason
from tests.factories import profile

UNITS = Units(
    ids={"units": [1], "kg": [12], "dozens": [2], "m": [5], "strasse": [9], "l": [6, 7], "t": [3, 4]},
    names={1: "Units", 12: "kg", 2: "Dozens", 5: "m", 9: "Straße", 6: "L", 7: "l", 3: "t", 4: "t"},
    roots={1: 1, 2: 1, 12: 11, 5: 5, 9: 9, 6: 6, 7: 7, 3: 3, 4: 4},
)
PROFILE = profile(units={"pcs": "Units", "Stk": "units", "m": "kg", "box": "Crates"})
WHERE = "line 1, unit of 'P'"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Units", 1),
        ("UNITS", 1),
        ("kg", 12),
        ("KG", 12),
        ("pcs", 1),
        ("PCS", 1),
        ("stk", 1),
        ("STRASSE", 9),
        ("l", 7),
        ("L", 6),
    ],
)
def test_a_unit_is_found_by_name_or_alias_in_upper_and_lower_case(name: str, expected: int) -> None:
    assert unit_id(name, PROFILE.unit, UNITS, WHERE) == expected


@pytest.mark.parametrize(
    ("name", "target"),
    [("pcs", "Units"), ("PCS", "Units"), ("box", "Crates"), ("stone", "stone"), ("KG", "KG")],
)
def test_a_name_of_the_vault_is_translated_or_stays(name: str, target: str) -> None:
    assert PROFILE.unit(name) == target


def test_an_alias_comes_before_odoos_own_name() -> None:
    assert unit_id("M", PROFILE.unit, UNITS, WHERE) == 12


@pytest.mark.parametrize("name", ["stone", "", "kg ", "Unit s"])
def test_an_unknown_unit_is_refused(name: str) -> None:
    with pytest.raises(PermanentError) as caught:
        unit_id(name, PROFILE.unit, UNITS, WHERE)

    assert caught.value.reason is Reason.UNKNOWN_UNIT


def test_a_misspelt_unit_is_refused_with_the_ones_that_are_near() -> None:
    with pytest.raises(PermanentError) as caught:
        unit_id("dozen", PROFILE.unit, UNITS, WHERE)

    assert str(caught.value) == (
        "line 1, unit of 'P': Odoo has no active unit 'dozen' (near: Dozens); "
        "map it in [units] of the profile, or create the unit in Odoo"
    )


def test_an_alias_that_leads_nowhere_names_both_ends() -> None:
    with pytest.raises(
        PermanentError, match=r"no active unit 'Crates' for 'Box'; map it in \[units\] of the"
    ):
        unit_id("Box", PROFILE.unit, UNITS, WHERE)


def test_several_units_of_one_name_are_refused_with_all_of_them() -> None:
    with pytest.raises(
        PermanentError, match=r"line 1, unit of 'P': 't' names several units in Odoo: t \(id 3\), t \(id 4\)"
    ) as caught:
        unit_id("t", PROFILE.unit, UNITS, WHERE)

    assert caught.value.reason is Reason.AMBIGUOUS_MATCH
