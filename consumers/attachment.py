"""The attachment consumer: one file of an item → a document at its product, or the product's picture.

A newcomer would get wrong that the role decides: the profile names one attribute as the preview, and its
file becomes the image of the product (`preview.py`); every other one a document (`documents.py`).
Calls per batch are those of the two together: documents first, then pictures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from consumers.companies import Companies, Scope
from consumers.documents import DocumentRules, Documents
from consumers.files import Vault
from consumers.fitted import Fitted
from consumers.odoo.client import Odoo
from consumers.odoo.schema import Schema
from consumers.preview import Previews
from consumers.results import Verdict
from consumers.states import screen
from schemas.event import Event
from schemas.facts import DOCUMENT
from schemas.profile import Profile
from schemas.settings import ConsumerSettings


class AttachmentHandler:
    """Bring attachment events into Odoo."""

    def __init__(
        self,
        odoo: Odoo,
        schema: Schema,
        profile: Profile,
        settings: ConsumerSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._schema = schema
        self._profile = profile
        self._fitted = Fitted(profile, schema, (DOCUMENT,))
        self._companies = Companies(odoo, profile)
        self._vault = Vault(settings, clock)

    def prepare(self) -> None:
        """Ask Odoo whether documents can be worked with, and whether the profile fits."""
        self._fitted.prepare()

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        """Bring `events`, each of another key, into Odoo; one verdict per event, in order."""
        rules = self._rules()
        due, verdicts = screen(events, self._profile)

        def work(scope: Scope, group: Sequence[Event]) -> dict[str, Verdict]:
            preview = self._profile.source.preview
            documents = [event for event in group if event.data.role != preview]
            pictures = [event for event in group if event.data.role == preview]
            done = Documents(scope, rules, self._vault).apply(documents)
            return done | Previews(scope, self._profile, self._vault).apply(pictures)

        verdicts |= self._companies.apply(due, work)
        return [verdicts[event.key] for event in events]

    def _rules(self) -> DocumentRules:
        fit, model = self._fitted.current(), self._schema.capabilities.documents
        return DocumentRules(model, self._profile, fit.mappings[model], fit.infos[model])
