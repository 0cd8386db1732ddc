"""Options of a rule that mean nothing for the type of its field: whoever wrote them expects more."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from consumers.mapping.convert import DATES, NUMBERS, RELATIONS, TEXTS
from consumers.mapping.facts import UNITS as UNITS_OF_FACTS
from consumers.mapping.measures import UNITS, unit_named
from consumers.odoo.fields import FieldInfo
from schemas.field_rule import PLACEHOLDER, FieldRule, TooLong
from schemas.findings import near
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
    if rule.too_long is TooLong.CUT and info.type in TEXTS and rule.max_length is None and info.size is None:
        yield Mistake((*path, "too_long"), "too_long needs max_length: Odoo limits no text of this field")
    if info.type == "many2many" and rule.constant is None and rule.separator is None:
        text = "separator is needed: it stands between several values of a many2many field"
        yield Mistake(path, text, 'separator = ";"')
    if info.type in NUMBERS:
        yield from _unknown_units(path, rule)
        yield from _lost_units(path, rule)


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


def _lost_units(path: Path, rule: FieldRule) -> Iterator[Mistake]:
    """Yield texts that end in a fact with a unit, not that of the rule: filled in, the unit is lost."""
    if not rule.unit or rule.source_unit or rule.from_ in UNITS_OF_FACTS:
        return
    for option in ("template", "default"):
        text = str(getattr(rule, option) or "")
        ends = [match[1] or "" for match in PLACEHOLDER.finditer(text) if match.end() == len(text)]
        unit = UNITS_OF_FACTS.get("".join(ends).strip())
        if unit and unit_named(rule.unit) != unit:
            said = f"{option}: {text!r} is a number of {unit}, and would be taken for {rule.unit}"
            yield Mistake((*path, option), said, f"{text} {unit}")
