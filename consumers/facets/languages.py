"""Texts of a product in other languages: one read and one write per language, only where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from consumers.companies import Scope
from consumers.fitted import Fit
from consumers.mapping.facts import Facts
from consumers.mapping.values import difference
from consumers.odoo.client import Values
from consumers.odoo.records import change, find
from schemas.facts import PRODUCT

Held = Mapping[str, Mapping[int, Mapping[str, Any]]]
"""Language → template → its texts as read."""
Texts = Mapping[str, Values]
"""Language → what to write."""


class Languages:
    """Plans and writes translations."""

    def __init__(self, scope: Scope, fit: Fit) -> None:
        self._scope = scope
        self._inserting = fit.mappings[PRODUCT].inserting
        self._updating = fit.mappings[PRODUCT].updating

    def read(self, templates: Sequence[int]) -> Held:
        """Return the texts of `templates`: one call per language that the profile names."""
        return {
            language: {
                row["id"]: row
                for row in find(
                    self._scope.odoo, PRODUCT, "id", templates, fields, context={"lang": language}
                )
            }
            for language, fields in self._updating.languages.items()
        }

    def plan(self, known: Facts, template: int | None, held: Held) -> Texts:
        """Return what to write; raises PermanentError for a text that does not fit."""
        if template is None:
            return self._inserting.translations(known)
        found: dict[str, Values] = {}
        for language, texts in self._updating.translations(known).items():
            record = held[language].get(template, {})
            if changes := difference(record, self._updating.for_update(texts, record)):
                found[language] = changes
        return found

    def write(self, texts: Mapping[int, Texts]) -> None:
        """Write `texts` by template: one call per language."""
        by_language: dict[str, dict[int, Values]] = {}
        for template, languages in texts.items():
            for language, values in languages.items():
                by_language.setdefault(language, {})[template] = values
        for language, changes in by_language.items():
            change(self._scope.odoo, PRODUCT, changes, context={"lang": language})
