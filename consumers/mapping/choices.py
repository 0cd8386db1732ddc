"""Words of the vault → yes, no, or one of the values that Odoo allows."""

from __future__ import annotations

from collections.abc import Callable

from consumers.mapping.facts import Fact
from consumers.mapping.texts import shown, text_of
from consumers.odoo.fields import FieldInfo
from schemas.field_rule import FieldRule
from schemas.findings import near

_YES = (
    *("true", "yes", "y", "1", "x", "on", "ja", "j", "wahr"),
    *("oui", "vrai", "sì", "si", "sí", "vero", "verdadero"),
)
_NO = ("false", "no", "n", "0", "off", "nein", "falsch", "non", "faux", "falso")
"""English, German, French, Italian, Spanish."""


def boolean(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], bool]:  # noqa: ARG001 - all makers alike
    """Return what understands words of yes and no, the usual ones or the rule's."""
    words = dict.fromkeys((word.casefold() for word in rule.true or _YES), True)
    words |= dict.fromkeys((word.casefold() for word in rule.false or _NO), False)

    def convert(value: Fact) -> bool:
        if isinstance(value, bool):
            return value
        found = words.get(text_of(value).casefold())
        if found is None:
            raise ValueError(f"{shown(value)} is neither yes nor no; allowed: {', '.join(words)}")
        return found

    return convert


def selection(rule: FieldRule, info: FieldInfo) -> Callable[[Fact], str]:  # noqa: ARG001
    """Return what finds the allowed value by itself or by its label, upper and lower case alike."""
    values = {label.casefold(): value for value, label in info.selection}
    values |= {value.casefold(): value for value, _ in info.selection}

    def convert(value: Fact) -> str:
        text = text_of(value)
        found = values.get(text.casefold())
        if found is None:
            hint = near(text, values)
            allowed = ", ".join(f"{value} ({label})" for value, label in info.selection)
            raise ValueError(f"{shown(value)} is none of {allowed}" + (f" (near: {hint})" if hint else ""))
        return found

    return convert
