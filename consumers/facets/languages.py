"""Texts of a product in other languages: one read and one write per language, only where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from consumers.companies import Scope
from consumers.errors import MisconfiguredError, PermanentError
from consumers.fitted import Fit
from consumers.mapping.facts import Facts
from consumers.mapping.product import is_stub
from consumers.mapping.values import difference
from consumers.odoo.change_each import change_each
from consumers.odoo.client import Values
from consumers.odoo.own_fields import SEQUENCE
from consumers.odoo.records import find
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
        self._read = fit.mappings[PRODUCT].languages

    def __bool__(self) -> bool:
        """Return whether the profile names any language."""
        return bool(self._read)

    def read(self, templates: Sequence[int]) -> Held:
        """Return the texts of `templates`: one call per language that the profile names.

        Raises:
            MisconfiguredError: Odoo does not have a language any more.
        """
        return {language: self._texts(language, templates) for language in self._read}

    def _texts(self, language: str, templates: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        fields, context = self._read[language], {"lang": language}
        try:
            rows = find(self._scope.odoo, PRODUCT, "id", templates, fields, context)
        except PermanentError as error:
            # No message is at fault where reading fails.
            raise MisconfiguredError(f"Odoo gives no texts in {language}: {error}") from error
        return {row["id"]: row for row in rows}

    def plan(self, known: Facts, record: Mapping[str, Any] | None, held: Held) -> Texts:
        """Return what to write, where `record` is the template as read or None for a new one.

        Raises:
            PermanentError: a text does not fit.
        """
        if record is None:
            return self._inserting.translations(known)
        stub = is_stub(record)
        mapping = self._inserting if stub else self._updating
        writable = mapping.for_completion if stub else mapping.for_update
        found: dict[str, Values] = {}
        for language, texts in mapping.translations(known).items():
            there = held[language].get(record["id"], {})
            if changes := difference(there, writable(texts, there)):
                found[language] = changes
        return found

    def write(self, texts: Mapping[int, Texts], fences: Mapping[int, str]) -> dict[int, PermanentError]:
        """Write `texts` by template, and return the refusals by template: one call per language.

        `fences` are the sequences of templates that are whole with their last text.
        """
        by_language: dict[str, dict[int, Values]] = {}
        # In the order in which languages are written, so that the fence goes with the last one.
        for language in self._read:
            for template, languages in texts.items():
                if values := languages.get(language):
                    by_language.setdefault(language, {})[template] = values
        last = {template: language for language, changes in by_language.items() for template in changes}
        for template, sequence in fences.items():
            if template in last:
                changes = by_language[last[template]]
                changes[template] = {**changes[template], SEQUENCE: sequence}
        refused: dict[int, PermanentError] = {}
        for language, changes in by_language.items():
            # Of what is refused nothing more is written, for the last text would close the fence.
            due = {template: values for template, values in changes.items() if template not in refused}
            refused |= change_each(self._scope.odoo, PRODUCT, due, context={"lang": language})
        return refused
