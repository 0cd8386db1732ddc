"""What Odoo needs of a profile and no rule gives.

A newcomer would get wrong that a rule with a mistake is not in the profile: it is told as it stands, and
what it was meant to give is not told to be lacking too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from consumers.odoo.fields import ModelInfo
from schemas.facts import PRODUCT, VARIANT
from schemas.findings import Finding
from schemas.profile import Profile
from schemas.profile_faults import Mistake
from schemas.profile_lines import Lines
from schemas.profile_rules import OWNED

_DECIDING = frozenset({"create", "fields"})
"""Options of a model that say whether a field of it lacks a rule."""


@dataclass(frozen=True)
class Written:
    """What stands in the text of a profile beside what became of it."""

    lines: Lines
    told: Sequence[Finding]
    """The mistakes that are known already."""

    def is_unclear(self, model: str) -> bool:
        """Return whether nobody can say which rules `model` has, for a mistake that is told."""
        return not self.lines.has(("models",)) or any(self._hides(one, model) for one in self.told)

    def means(self, info: ModelInfo, field: str) -> bool:
        """Return whether a rule of `field` is there, and left out for its mistake or under another name."""
        misspelt = (
            one.field
            for one in self.told
            if (one.model, one.suggestion) == (info.name, field) and one.field not in info.fields
        )
        return any(self.lines.has(("models", info.name, "fields", name)) for name in (field, *misspelt))

    def is_identify_unclear(self) -> bool:
        """Return whether the field that identifies products has a mistake that is told."""
        return any(
            one.field in {"key", "key.identify"}
            or (one.field.startswith("key.") and one.suggestion == "identify")
            for one in self.told
        )

    def _hides(self, one: Finding, model: str) -> bool:
        if not one.model:
            return one.field == "models"
        if one.model != model:
            return one.suggestion == model and not one.field
        if not one.field:
            return True
        is_option = self.lines.has(("models", model, one.field))
        return is_option and not _DECIDING.isdisjoint({one.field, one.suggestion})


def unfilled(profile: Profile, info: ModelInfo, written: Written) -> Iterator[Mistake]:
    """Yield fields that Odoo requires of a new record of the model `info` and nobody gives it."""
    rules = profile.rules(info.name)
    # Odoo makes a variant together with its product.
    if not rules.create or info.name == VARIANT or written.is_unclear(info.name):
        return
    given = OWNED[info.name] | info.defaults.keys() | {"id"}
    given |= {name for name, rule in rules.fields.items() if rule.insert}
    for name, field in info.fields.items():
        if name in given or not field.expected:
            continue
        if name in rules.fields or not written.means(info, name):
            text = "Odoo requires it of a new record, and no rule gives it one"
            yield Mistake(("models", info.name, "fields", name), text, f'{name} = {{ from = "…" }}')


def unidentified(
    profile: Profile, models: Mapping[str, ModelInfo | None], written: Written
) -> Iterator[Mistake]:
    """Yield that no rule fills the field by which products are adopted, if it is one of the product's."""
    field, info = profile.key.identify, models.get(PRODUCT)
    rule = profile.rules(PRODUCT).fields.get(field)
    if (rule and rule.insert) or written.is_unclear(PRODUCT) or written.is_identify_unclear():
        return
    if rule is None and info and written.means(info, field):
        return
    rule_text = f'a rule for {field} in [models."{PRODUCT}".fields]'
    yield Mistake(("key", "identify"), "no rule fills it, so that nothing would be adopted", rule_text)
