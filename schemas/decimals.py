"""Numbers as a vault writes them, turned into exact decimals.

PDM stores numbers as 64-bit floats and exports them with up to 17 significant digits
(``5.2999999999999999E-2``, ``0.59999999999999998``). The digits after the twelfth are noise of the
binary form, so a number is rounded to 12 significant digits and loses its trailing zeros: 0.053, 0.6.
A newcomer would get wrong to go through `float`, which brings the noise back.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Literal

from schemas.dead_letter import cut

Sign = Literal[".", ","]
"""Decimal sign; the other one may group thousands."""

SIGNIFICANT_DIGITS = 12

_CONTEXT = Context(prec=SIGNIFICANT_DIGITS, rounding=ROUND_HALF_EVEN)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_GROUPED = {
    ".": re.compile(r"([+-]?\d{1,3}(?:,\d{3})+)(?![\d,])(.*)", re.ASCII),
    ",": re.compile(r"([+-]?\d{1,3}(?:\.\d{3})+)(?![\d.])(.*)", re.ASCII),
}
_HINTS = {
    ".": "the decimal sign is a point, and a comma groups thousands, as in 1,234.5",
    ",": "the decimal sign is a comma, and a point groups thousands, as in 1.234,5",
}


def decimal(text: str, sign: Sign | None = None, *, negative: bool = False) -> Decimal:
    """Return the number in `text`, rounded to 12 significant digits, never in exponent form.

    Args:
        text: the number; blanks at both ends mean nothing.
        sign: decimal sign of people's numbers, in which the other one may group thousands by three
            digits. None reads what programs write: a point, and no groups, for there a comma is
            more likely somebody's decimal sign.
        negative: whether a leading minus is allowed.

    Raises:
        ValueError: `text` is no such number, or its size is beyond 1E-11 … 1E+12. The text of the
            error is a reason.
    """
    plain = _plain(text.strip(), sign)
    if not _NUMBER.fullmatch(plain) or (plain.startswith("-") and not negative):
        raise ValueError(f"{_shown(text)} is not a number: {_hint(plain, sign, negative)}")
    value = _CONTEXT.create_decimal(plain).normalize(_CONTEXT)
    if value and not -SIGNIFICANT_DIGITS < value.adjusted() < SIGNIFICANT_DIGITS:
        raise ValueError(f"{_shown(text)} is out of range: 1E-11 to 1E+12 are allowed")
    return Decimal(f"{value:f}") if value else Decimal(0)


def _plain(text: str, sign: Sign | None) -> str:
    """Return `text` without groups and with a point; what is no number stays none."""
    if sign is None:
        return text
    other = "," if sign == "." else "."
    if match := _GROUPED[sign].fullmatch(text):
        text = match[1].replace(other, "") + match[2]
    # Outside of groups the other sign becomes what no number has.
    return text.replace(other, "?").replace(sign, ".")


def _hint(plain: str, sign: Sign | None, negative: bool) -> str:
    if plain.startswith("-") and not negative:
        return "write a number of 0 or more, such as 0.25"
    if sign:
        return _HINTS[sign]
    return "write a point, not a comma" if "," in plain else "write a number such as 0.25"


def _shown(text: str) -> str:
    return repr(cut(text, 60))
