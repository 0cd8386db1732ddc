"""Quantities and weights of a vault, whose numbers `schemas/decimals.py` reads."""

from __future__ import annotations

import re
from decimal import Decimal

from producers.sources.errors import shown
from schemas.decimals import decimal

_WEIGHT = re.compile(r"(?P<number>.*?)\s*(?P<unit>kg|g)?", re.IGNORECASE | re.DOTALL)
_KILOGRAMS = {"": Decimal(1), "kg": Decimal(1), "g": Decimal("0.001")}


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
