"""One rule of the profile, compiled for the field that Odoo has: a function of an event's facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from consumers.errors import MisconfiguredError, PermanentError
from consumers.mapping import convert
from consumers.mapping.facts import Facts
from consumers.mapping.origins import Origin, filled, is_empty, origin
from consumers.mapping.references import Reference
from consumers.odoo.fields import FieldInfo
from consumers.odoo.relations import Place
from schemas.dead_letter import Reason
from schemas.field_rule import FieldRule, Master, Missing

Read = Callable[[Facts], Any]
"""Gives the value, the texts of a relation, or None when the event does not have it."""


@dataclass(frozen=True)
class MappedField:
    """One field, and how it gets its value."""

    name: str
    read: Read
    reference: Reference | None
    insert: bool
    update: bool
    stands: Callable[[Any], bool]
    """Whether a value that Odoo holds may not be written over."""
    given: Any
    """What Odoo gives a new record of which nobody says more, as far as it is known."""
    languages: Mapping[str, Read]


def mapped(rule: FieldRule, model: str, info: FieldInfo, given: Any = None) -> MappedField:
    """Return `rule` compiled for the field `info` of `model`, to which Odoo gives the default `given`.

    Raises:
        MisconfiguredError: no rule can write a field of this type, or its constant does not convert.
    """
    where = f"{model}.{info.name}"
    if info.type not in convert.TYPES:
        raise MisconfiguredError(
            f"the profile has a rule for {where}, and none can write the type {info.type}"
        )
    read = _reader(where, rule, info)
    if rule.constant is not None and rule.default is None and not rule.map:
        read = _same_for_all(read)
    return MappedField(
        name=info.name,
        read=read,
        reference=_reference(where, rule, info) if info.type in convert.RELATIONS else None,
        insert=rule.insert,
        update=rule.update and rule.master is not Master.SEED,
        stands=_stands(rule, info),
        given=given,
        languages={
            language: _reader(f"{where} ({language})", _in_language(rule, name), info)
            for language, name in rule.languages.items()
        },
    )


def _in_language(rule: FieldRule, name: str) -> FieldRule:
    """Return what gives the text in one language: as long as the rule allows, and never required."""
    return FieldRule(from_=name, max_length=rule.max_length, too_long=rule.too_long)


def _reader(where: str, rule: FieldRule, info: FieldInfo, find: Origin | None = None) -> Read:
    """Return what reads the value of `rule`, or converts that which `find` gives as the rule says."""
    find = find or origin(rule)
    change, empty, required = convert.converter(rule, info), convert.empty(info), rule.required

    def read(facts: Facts) -> Any:
        try:
            value = find(facts)
            if value is not None and not is_empty(value):
                return change(value)
        except ValueError as error:
            raise PermanentError(Reason.INVALID_VALUE, f"{where}: {error}") from error
        if required:
            state = "does not have" if value is None else "has nothing in"
            raise PermanentError(
                Reason.MISSING_VALUE, f"{where} is required, and the event {state} {', '.join(rule.names())}"
            )
        return None if value is None else empty

    return read


def _same_for_all(read: Read) -> Read:
    try:
        value = read({})
    except PermanentError as error:
        raise MisconfiguredError(f"the profile's constant does not fit: {error}") from error
    return lambda facts: value  # noqa: ARG005 - no event can change it


def _reference(where: str, rule: FieldRule, info: FieldInfo) -> Reference:
    default: Callable[[Facts], tuple[str, ...]] | None = None
    if rule.missing is Missing.DEFAULT and rule.default is not None:
        default = _reader(where, rule, info, filled(rule.default))
    place = Place(info.relation, rule.by or "name", _hashable(info.domain))
    return Reference(where, place, info.type == "many2many", rule.missing, default)


def _hashable(domain: Any) -> Any:
    return tuple(map(_hashable, domain)) if isinstance(domain, list | tuple) else domain


def _stands(rule: FieldRule, info: FieldInfo) -> Callable[[Any], bool]:
    if rule.master is not Master.ODOO:
        return lambda held: False  # noqa: ARG005 - the vault's value is written in any case
    # A boolean is never empty: whoever left it at no meant no.
    return lambda held: info.type == "boolean" or bool(held)
