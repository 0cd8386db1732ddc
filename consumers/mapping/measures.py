"""Units of measure that a number may be written with, and exactly how they convert.

A table, because a library for units would evaluate the vault's text as an expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from schemas.findings import near

_KINDS: Mapping[str, Mapping[str, str]] = {
    "length": {
        "µm": "0.000001",
        "mm": "0.001",
        "cm": "0.01",
        "dm": "0.1",
        "m": "1",
        "km": "1000",
        "in": "0.0254",
        "ft": "0.3048",
        "yd": "0.9144",
    },
    "mass": {
        "mg": "0.000001",
        "g": "0.001",
        "kg": "1",
        "t": "1000",
        "oz": "0.028349523125",
        "lb": "0.45359237",
    },
    "area": {
        "mm2": "0.000001",
        "cm2": "0.0001",
        "dm2": "0.01",
        "m2": "1",
        "in2": "0.00064516",
        "ft2": "0.09290304",
    },
    "volume": {
        "mm3": "0.000000001",
        "cm3": "0.000001",
        "ml": "0.000001",
        "cl": "0.00001",
        "dm3": "0.001",
        "l": "0.001",
        "m3": "1",
        "in3": "0.000016387064",
        "ft3": "0.028316846592",
    },
    "time": {"ms": "0.001", "s": "1", "min": "60", "h": "3600", "d": "86400"},
}
"""Kind → unit → how many of the kind's base unit it is, by definition."""
_OTHER_NAMES = {
    "inch": "in",
    "inches": "in",
    '"': "in",
    "lbs": "lb",
    "hr": "h",
    "sec": "s",
    "um": "µm",
    "litre": "l",
    "liter": "l",
}
_DIGITS = str.maketrans({"²": "2", "³": "3", "^": None, "μ": "µ"})

UNITS: Mapping[str, tuple[str, Decimal]] = {
    unit.casefold().translate(_DIGITS): (kind, Decimal(factor))
    for kind, factors in _KINDS.items()
    for unit, factor in factors.items()
}
"""Unit → (kind, factor)."""


def unit_named(name: str) -> str | None:
    """Return the unit of UNITS that `name` means, upper and lower case alike, or None."""
    plain = name.strip().casefold().translate(_DIGITS)
    plain = _OTHER_NAMES.get(plain, plain)
    return plain if plain in UNITS else None


def converted(value: Decimal, source: str, target: str) -> Decimal:
    """Return `value`, a number of `source`, as a number of `target`.

    Raises:
        ValueError: a unit is unknown, or the two measure different things; the text is a reason.
    """
    one, other = unit_named(source), unit_named(target)
    if one is None or other is None:
        unknown = source if one is None else target
        hint = near(unknown, UNITS)
        raise ValueError(f"{unknown[:40]!r} is no known unit" + (f" (near: {hint})" if hint else ""))
    (kind, factor), (wanted, divisor) = UNITS[one], UNITS[other]
    if kind != wanted:
        raise ValueError(f"{one} is a {kind} and {other} a {wanted}; they do not convert")
    return value if one == other else value * factor / divisor
