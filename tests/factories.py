"""Valid objects with overrides: every test names only what it is about. Ids and times never vary."""

from __future__ import annotations

import itertools
import time
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

from schemas.attachment import Attachment, File
from schemas.bom import Bom, BomLine
from schemas.event import Event, EventData, new_event
from schemas.item import Item, Transition
from schemas.kinds import KINDS, Kind
from schemas.lookup import LookupRefreshed, LookupRequest
from schemas.product import Product
from schemas.profile import Profile
from schemas.sequence import from_time

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SOURCE = "/pdm/Works"


def ids(prefix: str = "id") -> Callable[[], str]:
    """Return a maker of ids: `id-1`, `id-2`, …"""
    counter = itertools.count(1)
    return lambda: f"{prefix}-{next(counter)}"


def profile(**overrides: Any) -> Profile:
    """Return the default profile, with some of its top-level parts replaced."""
    text = (files("ops") / "profiles" / "default.toml").read_text("utf-8")
    return Profile.model_validate(tomllib.loads(text) | overrides)


def transition(**overrides: Any) -> Transition:
    return Transition(**({"to_state": "Released", "at": AT} | overrides))


def item(**overrides: Any) -> Item:
    fields = {"number": "BD-1000", "revision": "B", "configuration": "Default", "vault_object_id": "36368"}
    return Item(**(fields | overrides))


def product(**overrides: Any) -> Product:
    fields: dict[str, Any] = {
        "transition": transition(),
        "item": item(),
        "name": "Drive unit",
        "unit": "pcs",
        "state": "Released",
    }
    return Product(**(fields | overrides))


def bom_line(position: int = 1, **overrides: Any) -> BomLine:
    fields: dict[str, Any] = {"position": position, "number": f"PU-{position:04}", "quantity": Decimal(1)}
    return BomLine(**(fields | overrides))


def bom(**overrides: Any) -> Bom:
    fields: dict[str, Any] = {"transition": transition(), "item": item(), "lines": (bom_line(1), bom_line(2))}
    return Bom(**(fields | overrides))


def attachment(**overrides: Any) -> Attachment:
    fields: dict[str, Any] = {
        "transition": transition(),
        "item": item(),
        "role": "PDF File",
        "file": File(path="drawings/BD-1000_B.pdf"),
    }
    return Attachment(**(fields | overrides))


def lookup_request(**overrides: Any) -> LookupRequest:
    return LookupRequest(**({"name": "units", "model": "uom.uom", "fields": ("name", "factor")} | overrides))


def lookup_refreshed(**overrides: Any) -> LookupRefreshed:
    fields = {"name": "units", "model": "uom.uom", "rows": 21, "sha256": "0" * 64, "changed": True}
    return LookupRefreshed(**(fields | overrides))


def event(data: EventData | None = None, **overrides: Any) -> Event:
    """Return an event around `data`, a product's by default; its kind follows from the data."""
    content = data or product()
    fields: dict[str, Any] = {
        "event_id": "0195560d-6f00-7000-8000-000000000001",
        "source": SOURCE,
        "time": AT,
        "sequence": from_time(AT),
        "correlationid": "0195560d-6f00-7000-8000-00000000c0de",
    }
    return new_event(kind_of(content), content, **(fields | overrides))


def kind_of(data: EventData) -> Kind:
    """Return the newest kind whose model `data` is an instance of."""
    return [kind for kind in KINDS if kind.model is type(data)][-1]


def later() -> float:
    """Return a time at which every file of a test was written long ago."""
    return time.time() + 3600
