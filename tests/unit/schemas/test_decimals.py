"""Numbers as a vault writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.decimals import Sign, decimal

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


@pytest.mark.parametrize(
    ("text", "sign", "value"),
    [
        ("1,5", ",", "1.5"),
        ("1.234,5", ",", "1234.5"),
        ("1.234", ",", "1234"),
        ("12.345.678", ",", "12345678"),
        ("0,25", ",", "0.25"),
        ("1,5E-2", ",", "0.015"),
        (" 7 ", ",", "7"),
        ("1,234.5", ".", "1234.5"),
        ("1,234", ".", "1234"),
        ("1.234", ".", "1.234"),
        ("-1.234,5", ",", "-1234.5"),
        ("-0", ".", "0"),
    ],
)
def test_people_write_a_decimal_sign_and_groups_of_three(text: str, sign: Sign, value: str) -> None:
    assert str(decimal(text, sign, negative=True)) == value


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("1.5", ","),
        ("1.2345", ","),
        ("1234.567", ","),
        (".234", ","),
        ("1.234.5", ","),
        ("1.23.456", ","),
        ("1,234.567", ","),
        ("1,2,3", ","),
        ("1,5", "."),
        ("1234,567", "."),
        ("1.234,5", "."),
        ("1,234", None),
    ],
)
def test_a_sign_where_it_cannot_be_is_refused_and_explained(text: str, sign: Sign | None) -> None:
    with pytest.raises(ValueError, match=r"is not a number: .*(point|comma)"):
        decimal(text, sign)


def test_a_minus_is_refused_unless_it_is_allowed() -> None:
    assert decimal("-2.5", negative=True) == Decimal("-2.5")
    with pytest.raises(ValueError, match="0 or more"):
        decimal("-2.5", ".")


@pytest.mark.parametrize("text", ["1E12", "9.99E+99", "1E-12", "1E-999"])
def test_absurd_sizes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        decimal(text)


@given(st.decimals("0.0001", "999999", places=4), st.sampled_from([".17g", ".16E", "f"]))
def test_a_decimal_survives_the_vaults_floats(value: Decimal, form: str) -> None:
    written = format(float(value), ".20f" if form == "f" else form)

    assert decimal(written) == value
