"""Value of the vault → value of a field, by the type that Odoo says the field has.

Converters are made once per rule and used for every event. They raise ValueError with a reason for
people; `fields.py` says of which field. A relation becomes the texts that name its records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from consumers.mapping import choices, dates, numbers, texts
from consumers.mapping.facts import Fact
from consumers.odoo.fields import FieldInfo
from schemas.field_rule import FieldRule

Converter = Callable[[Fact], Any]

TEXTS = frozenset({"char", "text", "html"})
NUMBERS = frozenset({"integer", "float", "monetary"})
DATES = frozenset({"date", "datetime"})
RELATIONS = frozenset({"many2one", "many2many"})


def _one(rule: FieldRule, info: FieldInfo) -> Converter:  # noqa: ARG001 - all makers alike
    return lambda value: (texts.text_of(value),)


def _many(rule: FieldRule, info: FieldInfo) -> Converter:
    separator = rule.separator
    if separator is None:
        return _one(rule, info)

    def convert(value: Fact) -> tuple[str, ...]:
        found = (part.strip() for part in texts.text_of(value).split(separator))
        return tuple(dict.fromkeys(part for part in found if part))

    return convert


_MAKERS: Mapping[str, tuple[Callable[[FieldRule, FieldInfo], Converter], Any]] = {
    "char": (texts.char, ""),
    "text": (texts.text, ""),
    "html": (texts.html_text, ""),
    "integer": (numbers.integer, 0),
    "float": (numbers.rounded, 0.0),
    "monetary": (numbers.rounded, 0.0),
    "boolean": (choices.boolean, False),
    "selection": (choices.selection, False),
    "date": (dates.date, False),
    "datetime": (dates.date_time, False),
    "many2one": (_one, ()),
    "many2many": (_many, ()),
}
"""Type → (what makes its converter, its empty value)."""

TYPES = frozenset(_MAKERS)
"""Types of fields that a rule can write."""


def converter(rule: FieldRule, info: FieldInfo) -> Converter:
    """Return what converts a value that is not empty for the field `info`; its type is one of TYPES."""
    make, _ = _MAKERS[info.type]
    return make(rule, info)


def empty(info: FieldInfo) -> Any:
    """Return the value of a field that is empty."""
    return _MAKERS[info.type][1]
