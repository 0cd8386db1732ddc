"""Options of a rule that mean nothing for the type of its field: whoever wrote them expects more."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from consumers.mapping.convert import DATES, NUMBERS, RELATIONS, TEXTS
from consumers.mapping.measures import UNITS, unit_named
from consumers.odoo.fields import FieldInfo
from schemas.findings import near
from schemas.profile import FieldRule
from schemas.profile_faults import Mistake
from schemas.profile_lines import Path


@dataclass(frozen=True)
class _Scope:
    options: tuple[str, ...]
    types: Collection[str]
    kind: str


_SCOPES = (
    _Scope(("decimal", "unit", "source_unit"), NUMBERS, "a number"),
    _Scope(("formats",), DATES, "a date"),
    _Scope(("true", "false"), {"boolean"}, "a boolean"),
    _Scope(("max_length", "too_long", "languages"), TEXTS, "a text"),
    _Scope(("by", "missing"), RELATIONS, "a relation"),
    _Scope(("separator",), {"many2many"}, "a many2many field"),
)


def unfitting(path: Path, rule: FieldRule, info: FieldInfo) -> Iterator[Mistake]:
    """Yield the options of `rule` at `path` that do not fit the field `info`."""
    for scope in _SCOPES:
        if info.type not in scope.types:
            for option in scope.options:
                if _given(rule, option):
                    yield Mistake((*path, option), f"{option} is for {scope.kind}; the field is {info.type}")
    if rule.languages and info.type in TEXTS and not info.translated:
        yield Mistake((*path, "languages"), "languages: Odoo keeps one text of this field for all languages")
    if info.type == "many2many" and rule.constant is None and rule.separator is None:
        text = "separator is needed: it stands between several values of a many2many field"
        yield Mistake(path, text, 'separator = ";"')
    if info.type in NUMBERS:
        yield from _unknown_units(path, rule)


def _given(rule: FieldRule, option: str) -> bool:
    value: Any = getattr(rule, option)
    return bool(value != FieldRule.model_fields[option].get_default(call_default_factory=True))


def _unknown_units(path: Path, rule: FieldRule) -> Iterator[Mistake]:
    units = {"unit": rule.unit, "source_unit": rule.source_unit}
    known = {option: unit_named(name) for option, name in units.items() if name}
    for option, unit in known.items():
        if unit is None:
            name = str(units[option])
            yield Mistake(
                (*path, option), f"{option}: {name!r} is no known unit of measure", near(name, UNITS)
            )
    if len(kinds := {UNITS[unit][0] for unit in known.values() if unit}) > 1:
        yield Mistake((*path, "source_unit"), f"source_unit and unit measure {' and '.join(sorted(kinds))}")
