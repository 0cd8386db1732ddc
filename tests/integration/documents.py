"""A product with a folder of files, and the handler that brings them into the real Odoo."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from consumers.attachment import AttachmentHandler
from consumers.odoo.connection import Connection
from consumers.odoo.records import create_once
from consumers.odoo.schema import Schema
from consumers.odoo.watching import Watched
from consumers.results import Applied, Result, Verdict
from schemas import keys
from schemas.attachment import File
from schemas.event import Event
from schemas.profile import Action, Actions, Profile
from schemas.sequence import from_version
from schemas.settings import ConsumerSettings
from tests import factories
from tests.integration.counting import Counting

FIELDS = [
    "name",
    "checksum",
    "file_size",
    "attached_on_mrp",
    "company_id",
    "active",
    "x_pdm_sequence",
    "x_pdm_revision",
    "write_date",
]


class Works:
    """One product per test, a folder, and the handler."""

    def __init__(self, odoo: Connection, folder: Path, number: str) -> None:
        self._schema = Schema(odoo)
        self.odoo = Counting(Watched(odoo, self._schema))
        self.folder = folder
        self.number = number
        self.product = add_product(odoo, number)
        self.profile = archiving()
        self._settings = ConsumerSettings(
            _env_file=None,
            schema_file=None,
            attachment_roots=(folder,),
            attachment_max_bytes=ConsumerSettings.model_fields["attachment_max_bytes"].get_default(),
        )
        self._schema.prepare("product.document", "product.product", "product.template")
        self.write("a.pdf", b"%PDF-1.4 first")

    def write(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return hashlib.sha1(content, usedforsecurity=False).hexdigest()

    def event(
        self,
        version: int = 1,
        path: str = "a.pdf",
        role: str = "PDF File",
        state: str = "Released",
        **file: Any,
    ) -> Event:
        data = factories.attachment(
            item=factories.item(number=self.number),
            transition=factories.transition(to_state=state),
            role=role,
            file=File(path=path, **file),
        )
        return factories.event(data, sequence=from_version(version))

    def apply(self, *events: Event) -> list[Verdict]:
        self.odoo.calls.clear()
        handler = AttachmentHandler(self.odoo, self._schema, self.profile, self._settings, factories.later)
        return handler.apply(events)

    def results(self, *events: Event) -> list[Result]:
        verdicts = self.apply(*events)
        assert all(isinstance(one, Applied) for one in verdicts), verdicts
        return [one.result for one in verdicts if isinstance(one, Applied)]

    def documents(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.odoo.call(
            "product.document",
            "search_read",
            domain=[["res_id", "=", self.product], ["res_model", "=", "product.template"]],
            fields=FIELDS,
            order="id",
            load=None,
        )
        return rows


def archiving() -> Profile:
    """Return the default profile with a state that archives."""
    default = factories.profile()
    archive = dict.fromkeys(Actions.model_fields, Action.ARCHIVE)
    return factories.profile(states={**default.model_dump()["states"], "Obsolete": archive})


def add_product(odoo: Connection, number: str) -> int:
    key = keys.key(factories.SOURCE, number)
    (record,) = create_once(
        odoo, "product.template", [{"id": keys.external_id("product", key), "name": number, "x_pdm_key": key}]
    )
    assert isinstance(record, int)
    return record
