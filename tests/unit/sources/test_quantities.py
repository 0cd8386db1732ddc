"""Quantities and weights of a vault."""

from __future__ import annotations

import pytest

from producers.sources.quantities import quantity, weight


def test_a_quantity_is_not_zero() -> None:
    with pytest.raises(ValueError, match="is zero"):
        quantity("0.000")


@pytest.mark.parametrize(
    ("text", "kilograms"),
    [
        ("1.25", "1.25"),
        ("1.25 kg", "1.25"),
        ("250 g", "0.25"),
        ("250G", "0.25"),
        ("0", "0"),
        ("5E-2 KG", "0.05"),
    ],
)
def test_weights_are_kilograms(text: str, kilograms: str) -> None:
    value = weight(text)

    assert str(value) == kilograms


def test_a_blank_weight_is_none() -> None:
    assert weight(" \n") is None


@pytest.mark.parametrize("text", ["1 lb", "kg", "1.2 kg 3", "1,2 kg", "heavy", "-1 kg"])
def test_other_weights_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"weight .* is not a number"):
        weight(text)
