"""Events explained against an Odoo that is not there."""

from __future__ import annotations

from consumers.odoo.schema import Schema
from ops.explained import Explained, Explainer
from schemas.event import Event
from tests.fakes import FakeOdoo
from tests.unit.consumers.profiles import ruled

WRITES = {"load", "create", "write", "web_save_multi"}


def explain(odoo: FakeOdoo, event: Event, rules: str = "") -> Explained:
    """Explain `event` under the default profile with `rules`; nothing is written."""
    odoo.calls.clear()
    found = Explainer(odoo, Schema(odoo), ruled(rules)).explain(event)
    assert not WRITES & {call.method for call in odoo.calls}
    return found


def effects(found: Explained) -> dict[str, str]:
    return {row.field: row.effect for row in found.rows}
