"""Mistakes in a valid profile that can be seen without Odoo: unknown models and facts, forbidden fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from schemas.facts import ATTACHMENT, BOM, DOCUMENT, FACTS, LINE, MODELS, PRODUCT, VARIANT, VENDOR
from schemas.field_rule import PLACEHOLDER, FieldRule, Missing
from schemas.findings import near
from schemas.profile import ModelRules, Profile
from schemas.profile_faults import Mistake
from schemas.profile_lines import Path

IMAGE = "image_1920"
"""Field of a product that holds its picture."""
_OURS = ("x_pdm_",)
_EVERYWHERE = frozenset({"id", "active", "create_uid", "create_date", "write_uid", "write_date"})
_FILE = frozenset(
    {"ir_attachment_id", "res_model", "res_id", "res_field", "type", "url", "datas", "raw", "db_datas"}
    | {"store_fname", "checksum", "file_size", "public", "access_token", "original_id"}
)
OWNED: Mapping[str, frozenset[str]] = {
    PRODUCT: frozenset({"product_variant_id", "product_variant_ids", "bom_ids", "bom_line_ids"}),
    VARIANT: frozenset({"product_tmpl_id", "product_variant_ids", "bom_ids", "bom_line_ids"}),
    VENDOR: frozenset({"product_tmpl_id", "product_id", "min_qty"}),
    BOM: frozenset({"product_tmpl_id", "product_id", "product_uom_id", "uom_id", "bom_line_ids"}),
    LINE: frozenset(
        {"bom_id", "product_id", "product_tmpl_id", "product_qty", "product_uom_id", "uom_id", "sequence"}
    ),
    DOCUMENT: _FILE,
    ATTACHMENT: _FILE,
}
"""Model → fields that pdm-odoo itself writes, or Odoo alone, beside those of every model."""

_PREFIXES = tuple({f"{name.split('.')[0]}." for names in FACTS.values() for name in names})


def is_owned(model: str, field: str) -> bool:
    """Return whether pdm-odoo itself writes `field` of `model`, or Odoo alone: no rule may."""
    return field in _EVERYWHERE | OWNED[model] or field.startswith(_OURS)


def mistakes(profile: Profile) -> list[Mistake]:
    """Return the mistakes in `profile`."""
    found: list[Mistake] = []
    for model, rules in profile.models.items():
        if model not in MODELS:
            text = f"no event speaks of this model; known: {', '.join(MODELS)}"
            found.append(Mistake(("models", model), text, near(model, MODELS)))
            continue
        if "active" in rules.never:
            text = "no rule writes active, but a state that archives does; archive = false forbids that"
            found.append(Mistake(("models", model, "never"), text, "archive = false"))
        for field, rule in rules.fields.items():
            path: Path = ("models", model, "fields", field)
            found += _forbidden(path, model, field, rules)
            found += _names(path, rule, FACTS[model])
            if rule.languages and model != PRODUCT:
                found.append(Mistake((*path, "languages"), f"only {PRODUCT} has texts in other languages"))
    if profile.company:
        found += _names(("company",), profile.company, FACTS[BOM])
        found += _company(profile.company)
    for key, other in _same(profile.units):
        found.append(Mistake(("units", key), f"{other!r} and {key!r} are the same unit to it"))
    return found + list(_conditions(profile)) + list(_preview(profile))


def _company(rule: FieldRule) -> Iterator[Mistake]:
    """Yield options that mean nothing where no field is written and no record created."""
    for option in ("master", "insert", "update"):
        if option in rule.model_fields_set:
            yield Mistake(("company", option), f"{option} is for a field; the company is only looked up")
    if rule.missing is Missing.CREATE:
        yield Mistake(("company", "missing"), "a company is never created; make it in Odoo", "reject")


def _preview(profile: Profile) -> Iterator[Mistake]:
    """Yield that one attribute is meant to be both a document and the picture of its product."""
    source = profile.source
    if source.preview in source.files:
        option = "preview" if "preview" in source.model_fields_set else "files"
        text = f"{source.preview!r} is in `files` and is `preview`: a file becomes a document or the picture"
        yield Mistake(("source", option), text, "another attribute, or one of the two")


def _conditions(profile: Profile) -> Iterator[Mistake]:
    """Yield conditions of the structure that test what is not there yet when they are tested."""
    for name in ("exclude", "dissolve", "promote"):
        for place, condition in enumerate(getattr(profile.structure, name)):
            if condition.from_.startswith(_PREFIXES):
                text = f"{condition.from_!r} is a fact of an event; the structure is told by attributes"
                yield Mistake(("structure", name, place, "from"), text)


def _forbidden(path: Path, model: str, field: str, rules: ModelRules) -> Iterator[Mistake]:
    if (model, field) == (PRODUCT, IMAGE):
        text = "no rule can fill it: the picture is a file"
        yield Mistake(path, text, "[source] preview = …")
    elif is_owned(model, field):
        yield Mistake(path, "pdm-odoo writes this field itself, or Odoo does; no rule may")
    if field in rules.never:
        yield Mistake(path, "has a rule, and stands in `never`; remove one of them")


def _names(path: Path, rule: FieldRule, facts: tuple[str, ...]) -> Iterator[Mistake]:
    """Yield names in `rule` that look like facts and are none, braces without partner, equal map keys."""
    for name in rule.names():
        if name.startswith(_PREFIXES) and name not in facts:
            known = ", ".join(facts)
            yield Mistake(path, f"there is no fact {name!r} here; known: {known}", near(name, facts))
    for text in (rule.template, rule.default):
        if isinstance(text, str) and {"{", "}"} & set(PLACEHOLDER.sub("", text)):
            yield Mistake(path, f"{text!r} has a brace without its partner; write {{{{ or }}}} for the sign")
    for key, other in _same(rule.map):
        yield Mistake(path, f"map has {other!r} and {key!r}, which are the same to it")


def _same(keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each of `keys` that an earlier one equals but for case, and the earlier one."""
    folded: dict[str, str] = {}
    for key in keys:
        if (other := folded.setdefault(key.strip().casefold(), key)) != key:
            yield key, other
