"""The profile against what Odoo has: every rule that could not work, before the first event.

Pure: whoever calls has read the fields. A newcomer would get wrong that an unstored field may be fine:
Odoo writes `standard_price` or `barcode` of a template through to its variant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from consumers.mapping import convert
from consumers.mapping.check_lacking import Written, unfilled, unidentified
from consumers.mapping.check_options import unfitting
from consumers.mapping.check_relations import relation_faults
from consumers.mapping.check_values import inconvertible
from consumers.mapping.rules import COMPANY
from consumers.odoo.fields import FieldInfo, ModelInfo
from schemas.facts import BOM, DOCUMENT, LINE, PRODUCT, VARIANT, VENDOR
from schemas.field_rule import FieldRule
from schemas.findings import Finding, near
from schemas.profile import Profile
from schemas.profile_faults import Mistake
from schemas.profile_lines import Lines, Path
from schemas.profile_text import finding

Models = Mapping[str, ModelInfo | None]
"""What Odoo has; None for a model that it has not, or that the login may not read."""

_ALWAYS = (PRODUCT, BOM, LINE, DOCUMENT)
"""Models whose records are created whether the profile speaks of them or not."""


def related(profile: Profile, models: Models) -> set[str]:
    """Return the models beside those of the rules that `check` needs, once the latter are in `models`."""
    relations = {
        info.fields[field].relation
        for model, rules in profile.models.items()
        if (info := models.get(model))
        for field in rules.fields.keys() & info.fields.keys()
    }
    return (relations | {VARIANT} | ({COMPANY.relation} if profile.company else set())) - {""}


@dataclass(frozen=True)
class Spoken:
    """The languages of an Odoo."""

    installed: frozenset[str] = frozenset()
    own: str = ""
    """That of the connection."""


def check(
    profile: Profile, lines: Lines, models: Models, spoken: Spoken, told: Sequence[Finding] = ()
) -> list[Finding]:
    """Return what in `profile` does not fit the Odoo that has `models`, in the order of its lines.

    `models` holds those of the rules, of `related`, and those that events always create; `told` are the
    mistakes that were found without Odoo.
    """
    found = [*_identify(profile, models), *_company(profile, models), *_languages(profile, spoken)]
    there = []
    for model in dict.fromkeys([*profile.models, *_ALWAYS]):
        if (info := models.get(model)) is not None:
            found += _model(profile, info, models)
            there.append(info)
        elif model in profile.models:
            text = "Odoo does not have this model, or the login may not read it"
            found.append(Mistake(("models", model), text))
    findings = [finding(lines, *mistake) for mistake in found]
    written = Written(lines, (*told, *findings))
    lacking = list(unidentified(profile, models, written))
    for info in there:
        lacking += unfilled(profile, info, written)
    findings += [finding(lines, *mistake) for mistake in lacking]
    return sorted(findings, key=lambda one: one.line)


def _languages(profile: Profile, spoken: Spoken) -> Iterator[Mistake]:
    for model, rules in profile.models.items():
        for name, rule in rules.fields.items():
            for language in rule.languages:
                path = ("models", model, "fields", name, "languages", language)
                if language not in spoken.installed:
                    text = f"{language} is not installed in Odoo (Settings, Languages)"
                    yield Mistake(path, text, near(language, spoken.installed))
                elif language == spoken.own:
                    text = f"{language} is ODOO_LANG: its text is that of the rule itself"
                    yield Mistake(path, text, "another language")


def _model(profile: Profile, info: ModelInfo, models: Models) -> Iterator[Mistake]:
    rules = profile.rules(info.name)
    for name in rules.never:
        if name not in info.fields:
            yield _unknown(("models", info.name, "never"), name, info)
    for name, rule in rules.fields.items():
        path: Path = ("models", info.name, "fields", name)
        if name in info.fields:
            yield from _rule(path, rule, info.fields[name], models)
        else:
            yield _unknown(path, name, info)


def _rule(path: Path, rule: FieldRule, info: FieldInfo, models: Models) -> Iterator[Mistake]:
    if info.type == "one2many":
        text = f"is a list of {info.relation}, which no rule can write"
        vendor = 'rules of [models."product.supplierinfo".fields]'
        yield Mistake(path, text, vendor if info.relation == VENDOR else "")
    elif info.type not in convert.TYPES:
        yield Mistake(path, f"is of type {info.type}, which no rule can write")
    elif info.readonly:
        yield Mistake(path, "is read-only in Odoo" if info.stored else "is computed by Odoo and read-only")
    else:
        yield from unfitting(path, rule, info)
        yield from inconvertible(path, rule, info)
        if info.type in convert.RELATIONS:
            yield from relation_faults(path, rule, info, models.get(info.relation))


def _unknown(path: Path, name: str, info: ModelInfo) -> Mistake:
    """Return that there is no field `name`: near ones are looked for among names, then among labels."""
    labels = {field.label: field.name for field in info.fields.values()}
    suggestion = near(name, info.fields) or labels.get(near(name.replace("_", " "), labels), "")
    return Mistake(path, f"Odoo has no field {name!r} in {info.name}", suggestion)


def _identify(profile: Profile, models: Models) -> Iterator[Mistake]:
    info, path = models.get(VARIANT), ("key", "identify")
    if info is None:
        yield Mistake(path, f"Odoo does not have {VARIANT}, or the login may not read it")
    elif (field := info.fields.get(profile.key.identify)) is None:
        yield _unknown(path, profile.key.identify, info)
    elif not field.stored or field.type not in {"char", "integer"}:
        yield Mistake(path, f"products cannot be found by {field.name!r}: it is no stored text")


def _company(profile: Profile, models: Models) -> Iterator[Mistake]:
    if profile.company:
        yield from _rule(("company",), profile.company, COMPANY, models)
