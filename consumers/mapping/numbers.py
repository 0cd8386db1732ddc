"""Numbers of the vault → numbers as Odoo stores them: sign, unit, digits."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

from consumers.mapping.facts import UNITS, Fact
from consumers.mapping.measures import converted
from consumers.mapping.texts import shown, text_of
from consumers.odoo.fields import FieldInfo
from schemas.decimals import decimal
from schemas.field_rule import FieldRule

_CONTEXT = Context(prec=60)
"""The default of 28 digits is too few to round the largest numbers."""
_MONETARY_DIGITS = 2
"""Odoo rounds by the record's currency, which is not known here; nearly all have two digits."""
_WITH_UNIT = re.compile(r"\s*([+-]?[\d.,]*\d[.,]?(?:[eE][+-]?\d+)?)\s*(\S.*?)?\s*", re.ASCII)


def integer(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], int]:  # noqa: ARG001 - all makers alike
    """Return what makes whole numbers; another number is a ValueError."""
    exact = number(rule)

    def convert(value: Fact) -> int:
        found = exact(value)
        if found != found.to_integral_value():
            raise ValueError(f"{shown(value)} is no whole number")
        return int(found)

    return convert


def rounded(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], float]:
    """Return what makes numbers that are rounded as Odoo will store them, so that comparing converges."""
    exact = number(rule)
    digits = _MONETARY_DIGITS if info.type == "monetary" else info.digits
    if digits is None:
        return lambda value: float(exact(value))
    step = Decimal(1).scaleb(-digits)
    return lambda value: float(exact(value).quantize(step, rounding=ROUND_HALF_UP, context=_CONTEXT))


def number(rule: FieldRule) -> Callable[[Fact], Decimal]:
    """Return what reads numbers as the rule says they are written, in the rule's unit.

    The converter raises ValueError for what is no number, or has an unfitting unit.
    """
    sign, target = rule.decimal, rule.unit
    source = rule.source_unit or UNITS.get(rule.from_ or "") or target

    def convert(value: Fact) -> Decimal:
        unit: str | None = None
        if isinstance(value, str | bool):
            text = text_of(value)
            if target and (match := _WITH_UNIT.fullmatch(text)):
                text, unit = match[1], match[2]
            found = decimal(text, sign, negative=True)
        else:
            found = _exact(value)
        if target and source and (unit or source) != target:
            return converted(found, unit or source, target)
        return found

    return convert


def _exact(value: Decimal | float) -> Decimal:
    # Through its shortest text: the binary form of 0.1 is none that anybody wrote, and a number has limits.
    return value if isinstance(value, Decimal) else decimal(repr(value), negative=True)
