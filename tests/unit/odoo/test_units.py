"""Units: names as people write them, and which quantities can be converted."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from consumers.odoo.units import MAX_AGE_SECONDS, MIN_AGE_SECONDS, UnitCache, read
from tests.fakes import FakeOdoo


def odoo_with_units() -> tuple[FakeOdoo, dict[str, int]]:
    odoo = FakeOdoo()
    ids: dict[str, int] = {}
    for name, parent, active in [
        ("Units", None, True),
        ("Dozens", "Units", False),
        ("g", None, True),
        ("kg", "g", True),
        ("t", "kg", True),
        ("KG", None, True),
    ]:
        ids[name] = odoo.add("uom.uom", name=name, relative_uom_id=parent and ids[parent], active=active)
    return odoo, ids


def test_a_name_is_found_in_upper_and_lower_case() -> None:
    odoo, ids = odoo_with_units()

    assert read(odoo).ids["units"] == [ids["Units"]]


def test_names_that_differ_in_case_are_kept_apart_by_whoever_asks() -> None:
    odoo, ids = odoo_with_units()

    assert read(odoo).ids["kg"] == [ids["kg"], ids["KG"]]


def test_an_archived_unit_has_a_name_but_is_not_chosen() -> None:
    odoo, ids = odoo_with_units()

    units = read(odoo)

    assert "dozens" not in units.ids
    assert units.names[ids["Dozens"]] == "Dozens"


def test_units_are_convertible_if_they_descend_from_the_same_reference() -> None:
    odoo, ids = odoo_with_units()

    units = read(odoo)

    assert units.convertible(ids["t"], ids["g"])
    assert units.convertible(ids["Dozens"], ids["Units"])
    assert units.convertible(ids["KG"], ids["KG"])
    assert not units.convertible(ids["kg"], ids["Units"])
    assert not units.convertible(ids["kg"], ids["KG"])


def test_of_units_that_nobody_knows_nothing_is_said() -> None:
    odoo, ids = odoo_with_units()

    units = read(odoo)

    assert not units.convertible(4711, 4712)
    assert not units.convertible(4711, ids["kg"])
    assert not units.convertible(ids["kg"], 4711)
    assert units.convertible(4711, 4711)


def test_a_unit_that_descends_from_itself_ends_nowhere_but_ends() -> None:
    odoo = FakeOdoo()
    odoo.add("uom.uom", name="a", relative_uom_id=2)
    odoo.add("uom.uom", name="b", relative_uom_id=1)

    assert read(odoo).convertible(1, 1)


def test_names_are_read_in_english() -> None:
    odoo, _ = odoo_with_units()

    read(odoo)

    [search] = [call for call in odoo.calls if call.model == "uom.uom"]
    assert search.context == {"lang": "en_US"}


def reads(odoo: FakeOdoo) -> int:
    """Return how often the units were read: each time costs one call."""
    count = odoo.methods().count("uom.uom.search_read")
    assert odoo.methods() == ["uom.uom.search_read"] * count
    return count


def test_the_units_are_read_again_after_ten_minutes() -> None:
    odoo, _ = odoo_with_units()
    moment = [1000.0]
    cache = UnitCache(odoo, clock=lambda: moment[0])

    cache.get()
    moment[0] += MAX_AGE_SECONDS
    cache.get()
    assert reads(odoo) == 1

    moment[0] += 1
    odoo.add("uom.uom", name="Pallet")
    assert "pallet" in cache.get().ids


KNOWN, BY_ID = ["kg", "units"], [1, 2]


@pytest.mark.parametrize(
    ("names", "ids", "included"),
    [
        ([], [], True),
        (KNOWN, BY_ID, True),
        (["pallet"], [], False),
        (["kg", "pallet"], BY_ID, False),
        (KNOWN, [1, 4711], False),
        # Archived: its name is not chosen, and old lines may still be in it.
        (["dozens"], [], False),
        ([], [2], True),
    ],
)
def test_units_include_what_is_known_by_name_and_by_id(
    names: Iterable[str], ids: Iterable[int], *, included: bool
) -> None:
    odoo, _ = odoo_with_units()

    assert read(odoo).include(names, ids) is included


@pytest.mark.parametrize(
    ("age", "names", "ids", "count"),
    [
        (MIN_AGE_SECONDS, ["pallet"], [], 1),
        (MIN_AGE_SECONDS + 1, ["pallet"], [], 2),
        (MIN_AGE_SECONDS + 1, [], [4711], 2),
        (MIN_AGE_SECONDS + 1, KNOWN, BY_ID, 1),
        (MAX_AGE_SECONDS, KNOWN, BY_ID, 1),
        (MAX_AGE_SECONDS + 1, KNOWN, BY_ID, 2),
    ],
)
def test_units_are_read_again_for_one_that_is_missing_but_not_more_often_than_every_few_seconds(
    age: float, names: Iterable[str], ids: Iterable[int], count: int
) -> None:
    odoo, _ = odoo_with_units()
    moment = [1000.0]
    cache = UnitCache(odoo, clock=lambda: moment[0])
    cache.get(names, ids)
    moment[0] += age

    for _ in range(10):
        cache.get(iter(names), iter(ids))

    assert reads(odoo) == count


def test_a_unit_made_meanwhile_is_known_at_the_next_question_for_it() -> None:
    odoo, _ = odoo_with_units()
    moment = [1000.0]
    cache = UnitCache(odoo, clock=lambda: moment[0])
    cache.get()

    made = odoo.add("uom.uom", name="Pallet")
    moment[0] += MIN_AGE_SECONDS + 1

    assert made not in cache.get(KNOWN).names
    assert cache.get(["pallet"]).ids["pallet"] == [made]
