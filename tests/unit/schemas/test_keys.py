"""Keys: any part number becomes a name that Odoo takes, and no two become the same."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.keys import (
    MAX_KEY,
    MAX_NUMBER,
    KeyParts,
    MissingPartError,
    Named,
    encode_part,
    external_id,
    identity,
    key,
)
from tests.factories import bom_line, item

TEXT = st.text(st.characters(codec="utf-8"), max_size=20) | st.text("aA._-/ ä0", max_size=6)
PARTS = st.lists(TEXT, min_size=1, max_size=3)
NUMBERS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=MAX_NUMBER)
LONGEST = "\N{GRINNING FACE}"


@pytest.mark.parametrize(
    ("number", "encoded"),
    [
        ("BD-1000", "BD-1000"),
        ("bd-1000", "bd-1000"),
        ("4711.02", "4711_2E02"),
        ("A B", "A_20B"),
        ("A/B", "A_2FB"),
        ("A_B", "A_5FB"),
        ("Ä", "_C3_84"),
        ("", ""),
    ],
)
def test_a_part_is_readable_and_escapes_what_odoo_would_misread(number: str, encoded: str) -> None:
    assert encode_part(number) == encoded


@given(TEXT, TEXT)
@example("A B", "A_20B")
@example("A.B", "A_2EB")
@example("é", "e\N{COMBINING ACUTE ACCENT}")
def test_two_texts_never_have_one_encoding(one: str, other: str) -> None:
    assert (encode_part(one) == encode_part(other)) == (one == other)


@given(TEXT, PARTS, TEXT, PARTS)
@example("v", ["a", "b.c"], "v", ["a.b", "c"])
@example("v", ["a"], "v.a", [""])
@example("v", [""], "v", ["", ""])
def test_two_items_never_have_one_key(one: str, parts: list[str], other: str, others: list[str]) -> None:
    same = (one, parts) == (other, others)

    assert (key(f"/pdm/{one}", *parts) == key(f"/pdm/{other}", *others)) == same


@given(st.sampled_from(["product", "bom", "document"]), TEXT, PARTS)
def test_an_external_id_has_our_module_and_no_blank(aspect: str, vault: str, parts: list[str]) -> None:
    found = external_id(aspect, key(f"/pdm/{vault}", *parts))

    # Odoo takes what stands before the first dot as the module.
    assert found.partition(".")[0] == "pdm_odoo"
    assert re.fullmatch(r"[A-Za-z0-9._-]+", found)


@given(TEXT, NUMBERS)
@example(LONGEST * 64, LONGEST * MAX_NUMBER)
def test_the_external_id_of_the_longest_number_fits_an_index_of_postgresql(vault: str, number: str) -> None:
    assert len(external_id("product", key(f"/pdm/{vault}", number))) < 2_700


def test_the_longest_vault_number_and_role_fit_into_a_key() -> None:
    assert len(key(f"/pdm/{LONGEST * 64}", LONGEST * MAX_NUMBER, LONGEST * 48)) <= MAX_KEY


def test_the_key_of_an_item_is_the_same_whatever_happens_to_it() -> None:
    assert key("/pdm/Works", "BD-1000") == "Works.BD-1000"


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        (KeyParts.NUMBER, ("A",)),
        (KeyParts.NUMBER_AND_CONFIGURATION, ("A", "Long")),
        (KeyParts.VAULT_OBJECT, ("7",)),
    ],
)
@pytest.mark.parametrize("named", [item, bom_line], ids=["item", "line"])
def test_an_item_and_a_line_that_names_it_have_one_identity(
    named: Callable[..., Named], parts: KeyParts, found: tuple[str, ...]
) -> None:
    assert identity(named(number="A", configuration="Long", vault_object_id="7"), parts) == found


def test_an_item_without_configuration_is_none_of_its_configurations() -> None:
    parts = KeyParts.NUMBER_AND_CONFIGURATION

    assert identity(item(number="A", configuration=""), parts) == ("A", "")


@pytest.mark.parametrize("missing", [None, "", " "])
def test_what_has_no_vault_object_id_has_no_identity_by_it(missing: str | None) -> None:
    with pytest.raises(
        MissingPartError, match=r"'A' has no vault_object_id, .*\[key\] parts = 'vault_object'"
    ):
        identity(item(number="A", vault_object_id=missing), KeyParts.VAULT_OBJECT)
