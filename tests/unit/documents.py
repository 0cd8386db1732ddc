"""An Odoo with one product, a folder with its drawing, and the handler between them."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from pathlib import Path
from typing import Any

from consumers.attachment import AttachmentHandler
from consumers.errors import PermanentError, TransientError
from consumers.odoo.client import Values
from consumers.odoo.schema import Schema
from consumers.results import Applied, Result, Verdict
from schemas import keys
from schemas.attachment import File
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.profile import Profile
from schemas.sequence import from_version
from tests import factories
from tests.fakes import FakeOdoo
from tests.unit.consumers.deliveries import consumer_settings
from tests.unit.odoo.known import Clock


class Works:
    """An Odoo with the product BD-1000, a folder with its drawing, and the handler between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.odoo = FakeOdoo()
        self.product = self.add_product("BD-1000")
        self.clock = Clock()
        self.schema = Schema(self.odoo, clock=self.clock)
        self._settings = consumer_settings(attachment_roots=(folder,), attachment_max_bytes=1000)
        self.handler = self.handling(factories.profile())
        self.write("a.pdf", b"first")

    def handling(self, rules: Profile) -> AttachmentHandler:
        """Return a handler under `rules`, ready to work."""
        handler = AttachmentHandler(self.odoo, self.schema, rules, self._settings, factories.later)
        handler.prepare()
        return handler

    def add_product(self, number: str) -> int:
        return self.odoo.add("product.template", x_pdm_key=keys.key(factories.SOURCE, number))

    def write(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return hashlib.sha1(content, usedforsecurity=False).hexdigest()

    def apply(self, *events: Event) -> list[Verdict]:
        self.odoo.calls.clear()
        return self.handler.apply(events)

    def result(self, event: Event) -> Result:
        (verdict,) = self.apply(event)
        assert isinstance(verdict, Applied), verdict
        return verdict.result

    def document(self) -> Values:
        (record,) = self.odoo.records("product.document")
        return record

    def content(self) -> bytes:
        return b64decode(self.document()["datas"] or "")

    def calls(self) -> list[str]:
        return self.odoo.methods()


def event(
    version: int = 1,
    path: str = "a.pdf",
    number: str = "BD-1000",
    role: str = "PDF File",
    *,
    state: str = "Released",
    revision: str = "A",
    **file: Any,
) -> Event:
    data = factories.attachment(
        transition=factories.transition(to_state=state),
        item=factories.item(number=number, revision=revision),
        role=role,
        file=File(path=path, **file),
    )
    return factories.event(data, sequence=from_version(version))


def reason(verdict: Verdict) -> Reason:
    assert isinstance(verdict, PermanentError | TransientError), verdict
    return verdict.reason
