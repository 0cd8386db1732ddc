"""Values that a rule itself holds, and that the field could not take: constant, default, targets of `map`."""

from __future__ import annotations

from collections.abc import Iterator

from consumers.mapping.convert import RELATIONS, converter
from consumers.mapping.origins import is_empty
from consumers.mapping.texts import text_of
from consumers.odoo.fields import FieldInfo
from schemas.field_rule import FieldRule, Scalar, placeholders
from schemas.findings import near
from schemas.profile_faults import Mistake
from schemas.profile_lines import Path


def inconvertible(path: Path, rule: FieldRule, info: FieldInfo) -> Iterator[Mistake]:
    """Yield the values in `rule` at `path` that do not convert for the field `info`.

    Whether a related record has such a name only Odoo's records tell, and they come and go.
    """
    convert = converter(rule, info)
    for option, value in _values(rule):
        if is_empty(value) or (isinstance(value, str) and option[0] == "default" and placeholders(value)):
            continue
        place = (*path, *option)
        if info.type in RELATIONS and not isinstance(value, str):
            yield Mistake(place, f"{'.'.join(option)}: {text_of(value)!r} names no record: write a text")
            continue
        try:
            convert(value)
        except ValueError as error:
            yield Mistake(place, f"{'.'.join(option)}: {error}", _meant(value, info))


def _values(rule: FieldRule) -> Iterator[tuple[tuple[str, ...], Scalar]]:
    if rule.constant is not None:
        yield ("constant",), rule.constant
    if rule.default is not None:
        yield ("default",), rule.default
    for key, value in rule.map.items():
        yield ("map", key), value


def _meant(value: Scalar, info: FieldInfo) -> str:
    """Return the allowed value of a selection that is near `value`, by itself or by its label."""
    names = {label: allowed for allowed, label in info.selection} | {name: name for name, _ in info.selection}
    return names.get(near(text_of(value), names), "")
