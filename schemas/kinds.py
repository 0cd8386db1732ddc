"""The kinds of events: type and major version → data model and routing key.

This table is the only way from a type on the wire to a model. A new kind is one row here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.attachment import Attachment
from schemas.bom import Bom
from schemas.lookup import LookupRefreshed, LookupRequest, SchemaRefreshRequest
from schemas.product import Product


class Consumer(StrEnum):
    """The four consumers; queue names follow from these by rule (`topology.py`)."""

    PRODUCT = "product"
    BOM = "bom"
    ATTACHMENT = "attachment"
    LOOKUP = "lookup"


@dataclass(frozen=True)
class Kind:
    """One kind of event: `pdm.<entity>.<change>.v<major>`."""

    entity: str
    change: str
    major: int
    model: type[Any]
    consumer: Consumer | None
    """Who consumes it; None for a result that leaves through `pdm.results`."""

    @property
    def name(self) -> str:
        """Return the type without its version."""
        return f"pdm.{self.entity}.{self.change}"

    @property
    def type(self) -> str:
        """Return the CloudEvents `type`, which is also the routing key."""
        return f"{self.name}.v{self.major}"

    @property
    def dataschema(self) -> str:
        """Return the URN under which the JSON Schema of the data is known."""
        return f"urn:pdm-odoo:schema:{self.type}"


PRODUCT = Kind("product", "state_changed", 1, Product, Consumer.PRODUCT)
BOM = Kind("bom", "state_changed", 1, Bom, Consumer.BOM)
ATTACHMENT = Kind("attachment", "state_changed", 1, Attachment, Consumer.ATTACHMENT)
LOOKUP_REQUEST = Kind("lookup", "refresh_requested", 1, LookupRequest, Consumer.LOOKUP)
SCHEMA_REFRESH = Kind("lookup", "schema_refresh_requested", 1, SchemaRefreshRequest, Consumer.LOOKUP)
LOOKUP_REFRESHED = Kind("lookup", "refreshed", 1, LookupRefreshed, None)

KINDS: tuple[Kind, ...] = (PRODUCT, BOM, ATTACHMENT, LOOKUP_REQUEST, SCHEMA_REFRESH, LOOKUP_REFRESHED)
BY_TYPE: dict[str, Kind] = {kind.type: kind for kind in KINDS}
NAMES: frozenset[str] = frozenset(kind.name for kind in KINDS)
