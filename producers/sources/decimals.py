"""Quantities and weights as a vault writes them, turned into exact decimals.

PDM stores numbers as 64-bit floats and exports them with up to 17 significant digits
(``5.2999999999999999E-2``, ``0.59999999999999998``). The digits after the twelfth are noise of the
binary form, so a number is rounded to 12 significant digits and loses its trailing zeros: 0.053, 0.6.
A newcomer would get wrong to go through `float`, which brings the noise back.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal

from producers.sources.errors import shown

SIGNIFICANT_DIGITS = 12

_CONTEXT = Context(prec=SIGNIFICANT_DIGITS, rounding=ROUND_HALF_EVEN)
_NUMBER = re.compile(r"\+?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_WEIGHT = re.compile(r"(?P<number>.*?)\s*(?P<unit>kg|g)?", re.IGNORECASE | re.DOTALL)
_KILOGRAMS = {"": Decimal(1), "kg": Decimal(1), "g": Decimal("0.001")}


def decimal(text: str) -> Decimal:
    """Return the number in `text`, rounded to 12 significant digits, never in exponent form.

    Raises:
        ValueError: `text` is no plain number (0 or more, point as decimal sign), or its size is
            beyond 1E-11 … 1E+12. The text of the error is a reason.
    """
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        hint = (
            "write a point, not a comma" if "," in stripped else "write a number of 0 or more, such as 0.25"
        )
        raise ValueError(f"{shown(text)} is not a number: {hint}")
    value = _CONTEXT.create_decimal(stripped).normalize(_CONTEXT)
    if value and not -SIGNIFICANT_DIGITS < value.adjusted() < SIGNIFICANT_DIGITS:
        raise ValueError(f"{shown(text)} is out of range: 1E-11 to 1E+12 are allowed")
    return Decimal(f"{value:f}") if value else Decimal(0)


def quantity(text: str) -> Decimal:
    """Return the quantity in `text`.

    Raises:
        ValueError: it is no number, or zero.
    """
    value = decimal(text)
    if not value:
        raise ValueError(f"{shown(text)} is zero: a component must be used, or be taken out of the BOM")
    return value


def weight(text: str) -> Decimal | None:
    """Return kilograms of ``1.25``, ``1.25 kg`` or ``250 g``; None when `text` is blank.

    Raises:
        ValueError: anything else.
    """
    if not text.strip():
        return None
    match = _WEIGHT.fullmatch(text.strip())
    number, unit = (match["number"], match["unit"] or "") if match else (text, "")
    try:
        return decimal(str(decimal(number) * _KILOGRAMS[unit.lower()]))
    except ValueError as error:
        raise ValueError(f"weight {error} (kg or g may follow)") from error
