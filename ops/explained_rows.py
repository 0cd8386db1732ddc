"""One record under the rules of the profile: a row per field, with what the consumer does to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from consumers.companies import Scope, looked_up
from consumers.errors import PermanentError
from consumers.fitted import Fit
from consumers.mapping.facts import Facts
from consumers.mapping.rules import ModelMapping
from consumers.mapping.values import difference
from consumers.odoo.relations import NEW
from schemas.facts import DOCUMENT, MODELS
from schemas.field_rule import FieldRule
from schemas.profile import Profile

_EMPTY = "(empty)"


@dataclass(frozen=True)
class Row:
    """One field."""

    model: str
    field: str
    source: str
    """What the rule reads, with what the event has there."""
    rule: str
    """The rule's options, as they are written."""
    value: str
    """What becomes of it in Odoo."""
    now: str
    """What Odoo has; empty where there is no record."""
    effect: str


@dataclass(frozen=True)
class Fate:
    """What the consumer does to one record."""

    applied: ModelMapping
    """The rules that it goes by."""
    record: Mapping[str, Any] | None
    """The record as read; None where there is none."""
    written: Collection[str] | None
    """The fields that it writes; None where it writes nothing at all, for the event is not applied."""
    fresh: bool = False
    """Whether the record is new or to be completed, and `update = false` does not hold for it."""

    def effect(self, name: str, value: Any, rule: FieldRule | None) -> str:
        """Return what becomes of the field `name`, for which the event has `value`."""
        if self.record is not None and not difference(self.record, {name: value}):
            return "same"
        if self.written is None:
            return "not written"
        if name in self.written:
            return "new" if self.record is None else "changes"
        return self.kept(name, rule)

    def kept(self, name: str, rule: FieldRule | None) -> str:
        """Return why the consumer leaves the field `name` alone."""
        if name not in self.applied.fields:
            only = rule is None or rule.insert
            return f"left alone: {'only written when the record is created' if only else 'insert = false'}"
        if not (self.fresh or self.applied.may_update):
            return "left alone: update = false"
        return f"left alone: Odoo {'has a default' if self.record is None else 'has a value'}"


@dataclass(frozen=True)
class Rows:
    """Makes rows, as one company sees Odoo."""

    scope: Scope
    fit: Fit
    profile: Profile

    def of(self, model: str, known: Facts, fate: Fate, prefix: str = "") -> Iterator[Row]:
        """Yield a row for each field of `model` that the profile maps."""
        mapping = self.fit.mappings[model]
        for name in mapping.fields:
            rule = self._rule(model, name)
            texts = (model, name, prefix + _source(rule, known), _options(rule))
            now = self._shown(model, name, fate.record[name]) if fate.record else ""
            try:
                values = self.values(mapping.only(name), known)
            except PermanentError as error:
                reads = name in fate.applied.fields
                yield Row(*texts, "", now, f"refused: {error}" if reads else fate.kept(name, rule))
                continue
            if name not in values:
                yield Row(*texts, "", now, "left alone: not in the event")
                continue
            value = self._shown(model, name, values[name])
            yield Row(*texts, value, now, fate.effect(name, values[name], rule))

    def texts(self, model: str, known: Facts, found: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
        """Yield a row for each text in another language that is written."""
        for language, texts in found.items():
            for name, text in texts.items():
                rule = self._rule(model, name)
                source = rule.languages[language] if rule else ""
                yield Row(
                    model, f"{name} ({language})", _told([source], known), _options(rule), text, "", "changes"
                )

    def values(self, mapping: ModelMapping, known: Facts) -> dict[str, Any]:
        """Return the values by `mapping`; raises PermanentError as it does."""
        looked_up(self.scope, [mapping.wanted(known)], mapping.created)
        return mapping.values(known, self.scope.relations)

    def _rule(self, model: str, name: str) -> FieldRule | None:
        return self.profile.rules(model if model in MODELS else DOCUMENT).fields.get(name)

    def _shown(self, model: str, name: str, value: Any) -> str:
        info = self.fit.infos[model].fields[name]
        if info.relation:
            ids = value if isinstance(value, list) else [value] if value is not False else []
            names = [
                "(would be created)" if one == NEW else self.scope.relations.name(info.relation, one)
                for one in ids
            ]
            return ", ".join(names) or _EMPTY
        if isinstance(value, bool) and info.type == "boolean":
            return "yes" if value else "no"
        return _EMPTY if value is False or value == "" else str(value)


def _source(rule: FieldRule | None, known: Facts) -> str:
    """Return what `rule` reads: names with their values, or the constant."""
    if rule is None or rule.constant is not None:
        return f"constant {rule.constant!r}" if rule else "constant"
    return _told([rule.from_] if rule.from_ else rule.names(), known)


def _told(names: Collection[str], known: Facts) -> str:
    return ", ".join(f"{name} = {str(known[name])!r}" if name in known else f"no {name}" for name in names)


def _options(rule: FieldRule | None) -> str:
    """Return the options of `rule` that are not as by default, as in the profile."""
    given = rule.model_dump(mode="json", by_alias=True, exclude_defaults=True) if rule else {}
    texts = {
        name: f"{{ {', '.join(f'{key} = {one!r}' for key, one in value.items())} }}"
        if isinstance(value, dict)
        else repr(value)
        for name, value in given.items()
        if name not in {"from", "template", "constant"}
    }
    return ", ".join(f"{name} = {text}" for name, text in texts.items())
