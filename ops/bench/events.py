"""The events that are measured: plain, like those of a vault, and told apart by number and version.

A newcomer would get wrong why version and number are written so that no other text contains them: the
limit repeats recorded calls with another number or the next version put in as text (`recording.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from schemas.bom import Bom, BomLine
from schemas.event import Event, EventData, new_event
from schemas.item import Item, Transition
from schemas.kinds import BOM, PRODUCT, Kind
from schemas.product import Product
from schemas.sequence import from_version

SOURCE = "/pdm/Bench"
_STATE = "Released"
_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""Always the same: an event with other data is another event, and its digest would be written."""
_BASE_QUANTITY = 100


def product(number: str, index: int, version: int = 0) -> Event:
    """Return the event of the product `number`; its name has `index` and `version` in it."""
    data = Product(
        transition=_transition(),
        item=Item(number=number, revision="A"),
        name=f"Bearing plate {index}, drawing {version:06}",
        unit="pcs",
        weight=Decimal("1.25"),
    )
    return _event(PRODUCT, number, version, data)


def bom(number: str, components: Sequence[str], version: int = 0) -> Event:
    """Return the BOM event of `number`: one line per component, that in the middle with another quantity.

    That quantity is `quantity(version)`; all others are 2.
    """
    middle = len(components) // 2
    lines = tuple(
        BomLine(
            position=position + 1,
            number=component,
            quantity=Decimal(quantity(version) if position == middle else 2),
        )
        for position, component in enumerate(components)
    )
    data = Bom(transition=_transition(), item=Item(number=number, revision="A"), lines=lines)
    return _event(BOM, number, version, data)


def quantity(version: int) -> int:
    """Return the quantity that says which `version` of a BOM it is."""
    return _BASE_QUANTITY + version


def later_version(version: int, by: int = 1) -> dict[str, str]:
    """Return the texts by which, in calls to Odoo, the version that comes `by` after `version` differs."""
    later = version + by
    return {
        f"drawing {version:06}": f"drawing {later:06}",
        f'"{from_version(version)}"': f'"{from_version(later)}"',
        f'"product_qty":{quantity(version)}.0': f'"product_qty":{quantity(later)}.0',
    }


def _transition() -> Transition:
    return Transition(to_state=_STATE, at=_AT)


def _event(kind: Kind, number: str, version: int, data: EventData) -> Event:
    return new_event(
        kind,
        data,
        event_id=f"{number}-{version}",
        source=SOURCE,
        time=datetime.now(UTC),
        sequence=from_version(version),
        correlationid=f"bench-{version}",
    )
