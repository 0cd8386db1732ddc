"""A barcode is refused where Odoo would refuse it, and nowhere else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consumers.errors import PermanentError, TransientError
from consumers.mapping.barcodes import Claim, Holder, contested
from schemas.dead_letter import Reason


def claim(key: str, barcode: str, template: int | None = None, company: int = 0) -> Claim:
    return Claim(key, "product.template.barcode", barcode, template, company)


def holder(barcode: str, template: int, company: int = 0, *, packaging: bool = False) -> Holder:
    return Holder(barcode, 100 + template, template, f"P-{template}", company, packaging)


def refused(*claims: Claim, holders: tuple[Holder, ...] = ()) -> set[str]:
    return set(contested(claims, holders)[0])


def test_a_barcode_of_another_product_is_refused_with_field_value_and_whose_it_is() -> None:
    refusals, emptied = contested([claim("A", "123")], [holder("123", 7)])

    assert refusals["A"].reason is Reason.REFUSED_BY_ODOO
    assert str(refusals["A"]).startswith(
        "product.template.barcode: barcode '123' is that of product 'P-7' (template 7)"
    )
    assert emptied == {}


def test_a_product_may_have_the_barcode_that_it_has() -> None:
    assert refused(claim("A", "123", 7), holders=(holder("123", 7),)) == set()


def test_of_two_in_a_batch_the_first_gets_it_and_the_other_is_told_of_it() -> None:
    refusals, _ = contested([claim("A", "123"), claim("B", "123")], [])

    assert set(refusals) == {"B"}
    assert "barcode '123' is that of the item with key 'A' too" in str(refusals["B"])


def test_one_of_an_item_of_the_pdm_may_become_free_and_one_of_odoos_own_product_may_not() -> None:
    theirs = contested([claim("A", "1")], [Holder("1", 107, 7, "P-7")])[0]["A"]
    ours = contested([claim("A", "1")], [Holder("1", 107, 7, "P-7", key="B")])[0]["A"]

    assert isinstance(theirs, PermanentError)
    assert isinstance(ours, TransientError)
    assert "of the item with key 'B' too" in str(ours)


def test_one_of_an_archived_item_is_refused_at_once_and_said_to_be_in_the_archive() -> None:
    obsolete = Holder("1", 107, 7, "P-7", key="B", archived=True)

    refusal = contested([claim("A", "1")], [obsolete])[0]["A"]

    assert isinstance(refusal, PermanentError)
    assert "that of archived product 'P-7' (template 7)" in str(refusal)
    assert "in its archive too" in str(refusal)


def test_one_of_a_packaging_stays_taken_even_where_the_product_is_an_item_of_the_pdm() -> None:
    packaging = Holder("1", 107, 7, "P-7", packaging=True, key="B")

    assert isinstance(contested([claim("A", "1")], [packaging])[0]["A"], PermanentError)


def test_the_barcode_of_a_packaging_is_refused_even_of_the_product_itself() -> None:
    refusals, _ = contested([claim("A", "123", 7)], [holder("123", 7, packaging=True)])

    assert "of a packaging of product 'P-7'" in str(refusals["A"])


def test_products_of_two_companies_may_have_one_barcode_and_a_shared_one_meets_all() -> None:
    theirs = holder("123", 7, company=1)

    assert refused(claim("A", "123", company=2), holders=(theirs,)) == set()
    assert refused(claim("A", "123", company=1), holders=(theirs,)) == {"A"}
    assert refused(claim("A", "123"), holders=(theirs,)) == {"A"}
    assert refused(claim("A", "9", company=1), claim("B", "9", company=2)) == set()


def test_a_barcode_that_is_given_up_in_the_batch_is_free_and_emptied_first() -> None:
    held = [holder("1", 1), holder("2", 2)]

    assert contested([claim("A", "1"), claim("B", "", 1)], held) == ({}, {"A": {101: "B"}})
    assert contested([claim("A", "2", 1), claim("B", "1", 2)], held) == (
        {},
        {"A": {102: "B"}, "B": {101: "A"}},
    )


def test_who_counted_on_one_that_is_refused_is_refused_too() -> None:
    held = [holder("1", 1), holder("2", 2), holder("3", 3)]

    assert refused(claim("A", "1"), claim("B", "3", 1), holders=tuple(held)) == {"A", "B"}


CLAIMS = st.lists(
    st.tuples(st.sampled_from(["", "1", "2", "3"]), st.sampled_from([None, 1, 2, 3])),
    max_size=5,
    unique_by=lambda one: one[1] or object(),
)


@given(CLAIMS)
def test_afterwards_no_barcode_is_there_twice_and_no_one_alone_is_refused(
    drawn: list[tuple[str, int | None]],
) -> None:
    held = {1: "1", 2: "2", 3: ""}
    claims = [
        claim(str(index), barcode, template)
        for index, (barcode, template) in enumerate(drawn)
        if template is None or held[template] != barcode
    ]
    holders = [holder(barcode, template) for template, barcode in held.items()]

    refusals, _ = contested(claims, holders)

    after: dict[object, str] = dict(held.items())
    after |= {one.template or one.key: one.barcode for one in claims if one.key not in refusals}
    there = [barcode for barcode in after.values() if barcode]
    assert len(there) == len(set(there))
    assert all(one.barcode in there for one in claims if one.key in refusals)


def test_a_variant_that_changes_its_barcode_gives_up_its_own_and_not_its_siblings() -> None:
    mine, sibling = Holder("1", 71, 7, "S-10"), Holder("2", 72, 7, "S-20")
    changing = Claim("A", "product.template.barcode", "9", 7, variant=71)

    refusals, emptied = contested([changing, claim("B", "1"), claim("C", "2")], [mine, sibling])

    assert set(refusals) == {"C"}
    assert emptied == {"B": {71: "A"}}
