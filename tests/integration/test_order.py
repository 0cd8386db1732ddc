"""An old event that comes again overwrites nothing newer: on every path, as a replay sends it."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from consumers.odoo.connection import Connection
from ops.consume import Wiring
from schemas import topology
from schemas.attachment import File
from schemas.event import Event, to_message
from schemas.message import Message
from schemas.product import Authority
from schemas.profile import Profile
from schemas.sequence import from_version
from tests import factories
from tests.integration.records import add, install_german, unique
from tests.pipeline import running

pytestmark = pytest.mark.both_protocols

STATES = {"Released": "upsert", "Obsolete": {"product": "archive", "bom": "ignore", "attachment": "ignore"}}
NEWEST = 3
READ = {
    "product.template": ["name", "weight", "active", "x_pdm_sequence", "x_pdm_digest", "x_pdm_revision"],
    "product.product": ["standard_price", "default_code", "active"],
    "product.supplierinfo": ["partner_id", "price", "delay"],
    "mrp.bom": ["code", "active", "x_pdm_sequence", "x_pdm_revision"],
    "mrp.bom.line": ["bom_id", "product_id", "product_qty", "x_pdm_position"],
    "product.document": ["name", "checksum", "x_pdm_sequence", "x_pdm_revision"],
}


@pytest.fixture(scope="module")
def rules(administrator: Connection) -> Profile:
    """Rules for all that belongs to a product."""
    german = {install_german(administrator): "Benennung"}
    fields: dict[str, dict[str, Any]] = {
        "product.template": {
            "default_code": {"from": "item.number"},
            "name": {"from": "item.name", "languages": german},
            "weight": {"from": "item.weight"},
        },
        "product.product": {"standard_price": {"from": "Cost"}},
        "product.supplierinfo": {
            "partner_id": {"from": "Vendor", "by": "ref"},
            "price": {"from": "Price"},
            "delay": {"from": "Days"},
        },
        "mrp.bom": {"code": {"from": "item.revision"}},
        "product.document": {"name": {"from": "file.name"}},
    }
    return factories.profile(
        states=STATES, models={model: {"fields": rules} for model, rules in fields.items()}
    )


@dataclass(frozen=True)
class History:
    """Three transitions of an assembly that is released, and of a part that becomes obsolete."""

    folder: Path
    vendor: str
    assembly: str
    part: str

    def at(self, version: int) -> list[Event]:
        """Return the events of one version; every value names it."""
        self.file(version)
        last = version == NEWEST
        attributes = {
            "Benennung": f"Welle {version}",
            "Cost": str(version),
            "Vendor": self.vendor,
            "Price": str(10 * version),
            "Days": str(version),
        }
        known = {"name": f"Shaft {version}", "weight": version, "attributes": attributes}
        item = factories.item(number=self.assembly, revision=f"R{version}")
        lines = [factories.bom_line(1, number=self.part, quantity=version)]
        part = factories.item(number=self.part, revision=f"R{version}")
        obsolete = factories.transition(to_state="Obsolete" if last else "Released")
        data = [
            factories.product(item=part, authority=Authority.SIGHTING, name=f"Seen {version}"),
            factories.product(item=part, transition=obsolete, **known),
            factories.product(item=item, **known),
            factories.bom(item=item, lines=lines),
            factories.attachment(item=item, file=File(path=f"{self.assembly}-{version}.pdf")),
        ]
        return [
            factories.event(one, sequence=from_version(version), event_id=f"order-{version}-{place}")
            for place, one in enumerate(data)
        ]

    def file(self, version: int) -> None:
        path = self.folder / f"{self.assembly}-{version}.pdf"
        path.write_bytes(f"%PDF {version}".encode())
        os.utime(path, (1e9, 1e9))  # written long ago: nobody is at it any more


@pytest.fixture
def history(administrator: Connection, tmp_path: Path) -> History:
    name = unique("V")
    add(administrator, "res.partner", name=name, ref=name)
    return History(tmp_path, name, unique("ASM"), unique("PRT"))


def everything(odoo: Connection) -> dict[str, Any]:
    """Return all that Odoo holds of ours, with when it was last written."""
    found: dict[str, Any] = {
        model: odoo.call(
            model, "search_read", domain=[], fields=[*fields, "write_date"], order="id", load=None
        )
        for model, fields in READ.items()
    }
    german = {"lang": "de_DE"}
    names = odoo.call(
        "product.template", "search_read", domain=[], fields=["name"], order="id", context=german
    )
    return found | {"German": names}


def replayed(event: Event) -> Message:
    """Return the event as a replay publishes it: past the exchange of events, to the one consumer."""
    consumer = event.kind.consumer
    assert consumer
    return replace(to_message(event, topology.WORK), routing_key=consumer.value)


def test_a_replayed_old_event_changes_nothing_on_any_path(
    wiring: Wiring, odoo: Connection, rules: Profile, history: History
) -> None:
    consumers = wiring.consumers.model_copy(update={"attachment_roots": (history.folder,)})
    old = [event for version in range(1, NEWEST) for event in history.at(version)]
    total = 0
    with running(replace(wiring, profile=rules, consumers=consumers)) as pipeline:
        for version in range(1, NEWEST + 1):
            events = history.at(version)
            # The stub first, then what completes it, then what needs it.
            for group in (events[:1], events[1:3], events[3:]):
                pipeline.publish(group)
                total += len(group)
                assert pipeline.wait_for(total)["dead_letter"] == 0
        before, settled = everything(odoo), pipeline.settled()

        again = old * 3
        random.Random(7).shuffle(again)
        for start in range(0, len(again), 6):
            batch = again[start : start + 6]
            pipeline.publisher.publish([replayed(event) for event in batch])
            total += len(batch)
            results = pipeline.wait_for(total) - settled

    assert set(results) <= {"stale", "superseded", "unchanged"}, results
    assert results["stale"] >= 1
    assert everything(odoo) == before
    assert_newest(odoo, history)


def assert_newest(odoo: Connection, history: History) -> None:
    """The last version, and no other, is what Odoo holds."""
    [assembly] = find(odoo, history.assembly)
    [part] = find(odoo, history.part)
    assert (assembly["name"], assembly["weight"], assembly["active"]) == (f"Shaft {NEWEST}", NEWEST, True)
    assert (part["name"], part["weight"], part["active"]) == (f"Shaft {NEWEST}", NEWEST, False)
    assert assembly["standard_price"] == part["standard_price"] == NEWEST


def find(odoo: Connection, number: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = odoo.call(
        "product.product",
        "search_read",
        domain=[["default_code", "=", number]],
        fields=["name", "weight", "active", "standard_price"],
    )
    return rows
