"""The rules of one model, compiled: the facts of an event → the values of a record.

Compiled once per profile and schema, used for every event; the profile is not looked at again.
A newcomer would get wrong that a field may be missing in the result: the event does not speak of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from consumers.errors import PermanentError, UnknownFieldError
from consumers.mapping.facts import Facts
from consumers.mapping.fields import MappedField, mapped
from consumers.mapping.references import Links
from consumers.odoo.client import Values
from consumers.odoo.fields import FieldInfo, ModelInfo
from consumers.odoo.relations import Place
from schemas.dead_letter import Reason
from schemas.field_rule import Missing
from schemas.profile import Profile

COMPANY = FieldInfo("company", "many2one", label="Company", relation="res.company")
"""The field that the profile's company rule would fill if an event were a record."""


class ModelMapping:
    """The compiled rules of one model. Immutable; safe to share between threads."""

    def __init__(
        self, model: str, fields: Sequence[MappedField], *, create: bool = True, update: bool = True
    ) -> None:
        self.model = model
        self.fields = tuple(field.name for field in fields)
        """What is written, and therefore has to be read of a record that is there."""
        self._fields = tuple(fields)
        self._by_name = {field.name: field for field in fields}
        self._translated = tuple(field for field in fields if field.languages)
        self.may_create = create
        """Whether the profile allows to create records."""
        self.may_update = update
        """Whether the profile allows to write to records that are there."""
        self.created = frozenset(
            field.reference.place
            for field in fields
            if field.reference and field.reference.missing is Missing.CREATE
        )
        """Where related records that are missing have to be created before `values`."""

    @property
    def languages(self) -> dict[str, tuple[str, ...]]:
        """Return language → the fields that have a text in it."""
        found: dict[str, tuple[str, ...]] = {}
        for field in self._translated:
            for language in field.languages:
                found[language] = (*found.get(language, ()), field.name)
        return found

    @cached_property
    def inserting(self) -> ModelMapping:
        """Return the rules that fill a new record."""
        return self.only(*(field.name for field in self._fields if field.insert))

    @cached_property
    def updating(self) -> ModelMapping:
        """Return the rules that may write to a record that is there."""
        return self.only(*(field.name for field in self._fields if field.update))

    def only(self, *names: str) -> ModelMapping:
        """Return the rules of those of the fields `names` alone that have one."""
        fields = [field for field in self._fields if field.name in names]
        return ModelMapping(self.model, fields, create=self.may_create, update=self.may_update)

    def joined(self, other: ModelMapping) -> ModelMapping:
        """Return these rules and those of `other`, which win where both have one, for records of `other`."""
        mine = [field for field in self._fields if field.name not in other.fields]
        return ModelMapping(other.model, [*mine, *other._fields])

    def wanted(self, facts: Facts) -> dict[Place, list[str]]:
        """Return the texts of related records that `values` will ask its links for.

        Every value is converted, so that what is refused anyway asks for nothing.

        Raises:
            PermanentError: as `values`.
        """
        found: dict[Place, list[str]] = {}
        for field in self._fields:
            value, reference = field.read(facts), field.reference
            if reference and (texts := [*(value or ()), *reference.fallback(facts)]):
                found.setdefault(reference.place, []).extend(texts)
        return found

    def values(self, facts: Facts, links: Links) -> Values:
        """Return the value of each field that `facts` speak of.

        Raises:
            PermanentError: a value is missing, does not convert, or names no or several related records.
        """
        values: Values = {}
        for field in self._fields:
            value = field.read(facts)
            if value is not None and field.reference:
                value = field.reference.resolved(value, facts, links)
            if value is not None:
                values[field.name] = value
        return values

    def for_insert(self, values: Values) -> Values:
        """Return those of `values` that a new record gets.

        Raises:
            PermanentError: the profile forbids to create records of the model.
        """
        if not self.may_create:
            text = f"the profile says create = false for {self.model}, and there is no record to update"
            raise PermanentError(Reason.NOT_ALLOWED, text)
        return {name: value for name, value in values.items() if self._by_name[name].insert}

    def for_update(self, values: Values, held: Mapping[str, Any]) -> Values:
        """Return those of `values` that the record `held`, as read, may get, whether they differ or not.

        Nothing where the profile says update = false: that leaves records alone and is no fault.
        """
        if not self.may_update:
            return {}
        fields = self._by_name
        return {
            name: value
            for name, value in values.items()
            if fields[name].update and not fields[name].stands(held[name])
        }

    def for_completion(self, values: Values, held: Mapping[str, Any]) -> Values:
        """Return those of `values` that the record `held`, made by us but never filled, may get.

        As in a new record; what people wrote there since is theirs where the profile says so, unlike the
        default that Odoo gave it.
        """
        return {
            name: value
            for name, value in values.items()
            if not self._by_name[name].stands(held[name]) or held[name] == self._by_name[name].given
        }

    def translations(self, facts: Facts) -> dict[str, Values]:
        """Return language → the fields for which the vault has a text in it.

        An empty text is left out: Odoo would empty the field in every language.

        Raises:
            PermanentError: a text does not convert.
        """
        found: dict[str, Values] = {}
        for field in self._translated:
            for language, read in field.languages.items():
                if value := read(facts):
                    found.setdefault(language, {})[field.name] = value
        return found


def compiled(profile: Profile, model: str, info: ModelInfo) -> ModelMapping:
    """Return the rules of `model` in `profile`, for the fields that Odoo has.

    Raises:
        MisconfiguredError: the profile does not fit; `pdm-odoo profile check` says where.
    """
    rules = profile.rules(model)
    if unknown := [name for name in rules.fields if name not in info.fields]:
        raise UnknownFieldError(
            f"the profile has rules for fields that {model} has not: {', '.join(unknown)}"
        )
    fields = [
        mapped(rule, model, info.fields[name], info.defaults.get(name)) for name, rule in rules.fields.items()
    ]
    return ModelMapping(model, fields, create=rules.create, update=rules.update)


def company(profile: Profile) -> ModelMapping | None:
    """Return the company rule as the mapping of one field, `company`; None without such a rule."""
    return ModelMapping("profile", [mapped(profile.company, "profile", COMPANY)]) if profile.company else None
