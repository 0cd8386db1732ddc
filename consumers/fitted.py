"""The profile as it fits the connected Odoo: compiled rules, made anew when Odoo's fields have changed.

A newcomer would get wrong what a misfit means: no message is at fault, so nothing is dead-lettered. The
consumer that writes the model holds and says what does not fit, until a person mends profile or Odoo.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from consumers.errors import MisconfiguredError, RefusedModelError
from consumers.mapping.check import Spoken, check, related
from consumers.mapping.rules import ModelMapping, compiled
from consumers.mapping.series import for_series
from consumers.odoo.fields import ModelInfo
from consumers.odoo.schema import Schema
from schemas.facts import DOCUMENT, VARIANT
from schemas.findings import Finding
from schemas.profile import Profile
from schemas.profile_lines import Lines

_SHOWN = 5


@dataclass(frozen=True)
class Fit:
    """The rules of some models, and the fields that they were compiled for."""

    mappings: Mapping[str, ModelMapping]
    infos: Mapping[str, ModelInfo]

    def has(self, model: str) -> bool:
        """Return whether the profile has any rule for `model`."""
        return bool(self.mappings[model].fields)


class Fitted:
    """The rules of some models. Safe to share between threads."""

    def __init__(self, profile: Profile, schema: Schema, models: Sequence[str]) -> None:
        self._profile = profile
        self._schema = schema
        self._models = models
        self._lock = threading.Lock()
        self._fit: Fit | None = None
        self._generation = -1

    def prepare(self) -> None:
        """Ask Odoo whether the models can be worked with, and whether the profile fits.

        Raises:
            MisconfiguredError: it does not; every misfit is named.
            UnavailableError: Odoo cannot say.
        """
        # First: the names of the models hang on the version, which is asked for here and only once.
        self._schema.prepare()
        for model in self._names():
            self._schema.model(model)
        self.current()

    def current(self) -> Fit:
        """Return the compiled rules; normally without any call. Raises as `prepare`."""
        self._schema.refreshed()
        with self._lock:
            if self._fit is None or self._generation != self._schema.generation:
                generation = self._schema.generation
                self._fit = self._compiled()
                self._generation = generation
            return self._fit

    def _names(self) -> list[str]:
        documents = self._schema.capabilities.documents
        return [documents if model == DOCUMENT else model for model in self._models]

    def _compiled(self) -> Fit:
        models = self._names()
        able = self._schema.capabilities
        shown = self._schema.model(able.documents).fields if able.documents in models else ()
        profile = for_series(self._profile, able, shown)
        known = described(profile, self._schema, models)
        if found := misfits(profile, models, known, spoken(profile, self._schema)):
            # What a person adds by hand changes no module: the next try must not rely on what is known.
            self._schema.outdated(*concerned(profile, found, known))
            named = "; ".join(f"{one.where}: {_sentence(one)}" for one in found[:_SHOWN])
            more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
            raise MisconfiguredError(
                f"the profile does not fit this Odoo: {named}{more} (`pdm-odoo profile check` says all)"
            )
        infos = {model: self._schema.model(model) for model in models}
        return Fit({model: compiled(profile, model, info) for model, info in infos.items()}, infos)


def misfits(
    profile: Profile, models: Sequence[str], known: Mapping[str, ModelInfo | None], languages: Spoken
) -> list[Finding]:
    """Return what of the rules for `models` does not fit Odoo's fields."""
    found = check(profile, Lines(""), known, languages)
    return [one for one in found if one.model in models or not one.model]


def concerned(
    profile: Profile, found: Iterable[Finding], known: Mapping[str, ModelInfo | None]
) -> frozenset[str]:
    """Return the models of what was `found` not to fit, and those that the fields at fault refer to."""
    models: set[str] = set()
    for one in found:
        info = known.get(one.model)
        field = info.fields.get(one.field) if info else None
        # What is of no model is of the company.
        models |= {one.model, field.relation if field else ""} if one.model else related(profile, {})
    return frozenset(models - {""})


def spoken(profile: Profile, schema: Schema) -> Spoken:
    """Return the languages of Odoo, asking only for a `profile` that names any."""
    rules = [rule for model in profile.models.values() for rule in model.fields.values()]
    return Spoken(schema.languages(), schema.language) if any(rule.languages for rule in rules) else Spoken()


def described(profile: Profile, schema: Schema, models: Iterable[str]) -> dict[str, ModelInfo | None]:
    """Return what Odoo says of `models`, and of those that the fields which `profile` maps refer to.

    None is a model that Odoo does not have, or whose fields this login may not see.
    """
    found = {model: _info(schema, model) for model in (*models, VARIANT)}
    return found | {model: _info(schema, model) for model in related(profile, found) - found.keys()}


def _info(schema: Schema, model: str) -> ModelInfo | None:
    try:
        return schema.model(model)
    except RefusedModelError:
        return None


def _sentence(finding: Finding) -> str:
    return finding.text + (f"; did you mean {finding.suggestion}?" if finding.suggestion else "")
