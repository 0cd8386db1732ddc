"""Numbers as a vault writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.sources.decimals import decimal, quantity, weight

WRITTEN = {
    "1": "1",
    "1.0": "1",
    "1.000000": "1",
    " 0.6 ": "0.6",
    "0.59999999999999998": "0.6",
    "5.2999999999999999E-2": "0.053",
    "3.4700000000000002": "3.47",
    "347.5": "347.5",
    "1e3": "1000",
    "+2.": "2",
    ".5": "0.5",
    "0": "0",
    "0E-5": "0",
    "123456789.123456789": "123456789.123",
}


@pytest.mark.parametrize(("text", "value"), WRITTEN.items())
def test_noise_goes_and_the_value_stays(text: str, value: str) -> None:
    assert str(decimal(text)) == value


@pytest.mark.parametrize(
    "text", ["", "1,5", "1.000,5", "-1", "NaN", "Infinity", "0x1", "1_0", "\u0661", "1e9999", "1 2"]
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        decimal(text)


@pytest.mark.parametrize("text", ["1E12", "9.99E+99", "1E-12", "1E-999"])
def test_absurd_sizes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        decimal(text)


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


@given(st.decimals("0.0001", "999999", places=4), st.sampled_from([".17g", ".16E", "f"]))
def test_a_decimal_survives_the_vaults_floats(value: Decimal, form: str) -> None:
    written = format(float(value), ".20f" if form == "f" else form)

    assert decimal(written) == value
