"""What an item is known by, from the message to the real Odoo: products, BOM lines and files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from consumers.odoo.connection import Connection
from consumers.odoo.own_fields import KEY, POSITION
from ops.consume import Wiring
from ops.demo import release
from schemas.attachment import File
from schemas.event import Event
from schemas.keys import KeyParts
from schemas.kinds import Consumer
from schemas.profile import Key
from schemas.sequence import from_version
from tests import factories
from tests.pipeline import Pipeline, running

pytestmark = pytest.mark.both_protocols


def of(number: str, configuration: str, vault_object: str) -> dict[str, str]:
    return {"number": number, "configuration": configuration, "vault_object_id": vault_object}


def product(item: dict[str, str], version: int = 1) -> Event:
    return factories.event(factories.product(item=factories.item(**item)), sequence=from_version(version))


def bom(item: dict[str, str], *components: dict[str, str], version: int = 1) -> Event:
    lines = tuple(factories.bom_line(place, **one) for place, one in enumerate(components, 1))
    data = factories.bom(item=factories.item(**item), lines=lines)
    return factories.event(data, sequence=from_version(version))


def drawing(item: dict[str, str], version: int = 1) -> Event:
    [path, *_] = sorted(path.relative_to(release.folder()) for path in release.folder().rglob("*.pdf"))
    data = factories.attachment(item=factories.item(**item), file=File(path=path.as_posix()))
    return factories.event(data, sequence=from_version(version))


def published(pipeline: Pipeline, events: Sequence[Event]) -> Counter[str]:
    before = pipeline.settled()
    pipeline.publish(events)
    return pipeline.wait_for(before.total() + len(events)) - before


def templates(odoo: Connection, prefix: str) -> dict[int, tuple[str, str]]:
    """Return key and number of each product whose number begins with `prefix`, by id."""
    rows = odoo.call(
        "product.template",
        "search_read",
        domain=[["default_code", "=like", f"{prefix}%"]],
        fields=["default_code", KEY],
    )
    return {row["id"]: (row[KEY], row["default_code"]) for row in rows}


def lines(odoo: Connection, key: str) -> list[str]:
    """Return the keys of the components of the BOM with `key`, in order."""
    rows = odoo.call(
        "mrp.bom.line",
        "search_read",
        domain=[[f"bom_id.{KEY}", "=", key]],
        fields=["product_id", POSITION],
        order=POSITION,
        load=None,
    )
    variants = odoo.call(
        "product.product",
        "search_read",
        domain=[["id", "in", [row["product_id"] for row in rows]]],
        fields=[KEY],
    )
    keys = {row["id"]: row[KEY] for row in variants}
    return [keys[row["product_id"]] for row in rows]


@pytest.mark.parametrize(
    ("parts", "keys"),
    [
        (
            KeyParts.NUMBER,
            {"A": "Works.{}-A", "B": "Works.{}-B", "short": "Works.{}-P", "long": "Works.{}-Q"},
        ),
        (
            KeyParts.NUMBER_AND_CONFIGURATION,
            {
                "A": "Works.{}-A.Default",
                "B": "Works.{}-B.Default",
                "short": "Works.{}-P.Short",
                "long": "Works.{}-P.Long",
            },
        ),
        (
            KeyParts.VAULT_OBJECT,
            {"A": "Works.{}1", "B": "Works.{}2", "short": "Works.{}3", "long": "Works.{}4"},
        ),
    ],
    ids=[parts.name for parts in KeyParts],
)
def test_products_lines_and_files_meet_by_the_key_that_the_profile_chooses(
    wiring: Wiring, odoo: Connection, parts: KeyParts, keys: dict[str, str]
) -> None:
    shop = f"K{list(KeyParts).index(parts)}"
    keys = {name: key.format(shop) for name, key in keys.items()}
    # Only where the configuration makes an item do two of one number make two.
    other = "P" if parts is KeyParts.NUMBER_AND_CONFIGURATION else "Q"
    top, sub = of(f"{shop}-A", "Default", f"{shop}1"), of(f"{shop}-B", "Default", f"{shop}2")
    short, long = of(f"{shop}-P", "Short", f"{shop}3"), of(f"{shop}-{other}", "Long", f"{shop}4")
    events = [product(one) for one in (top, sub, short, long)]
    structures = [bom(top, sub, long, short), bom(sub, short)]
    wiring = replace(wiring, profile=wiring.profile.model_copy(update={"key": Key(parts=parts)}))

    with running(wiring, [Consumer.PRODUCT, Consumer.BOM, Consumer.ATTACHMENT]) as pipeline:
        assert published(pipeline, events) == {"created": 4}
        assert published(pipeline, [*structures, drawing(top)]) == {"created": 3}
        assert published(pipeline, [*events, *structures, drawing(top)]) == {"unchanged": 7}

        assert sorted(templates(odoo, shop).values()) == sorted(
            (key, one["number"]) for key, one in zip(keys.values(), (top, sub, short, long), strict=True)
        )
        assert lines(odoo, keys["A"]) == [keys["B"], keys["long"], keys["short"]]
        assert lines(odoo, keys["B"]) == [keys["short"]]
        [file] = odoo.call(
            "product.document",
            "search_read",
            domain=[[KEY, "=", f"{keys['A']}.PDF_20File"]],
            fields=["res_id"],
        )
        assert templates(odoo, shop)[file["res_id"]] == (keys["A"], top["number"])


def test_a_renumbered_object_of_the_vault_keeps_its_product_its_bom_and_its_place_on_others(
    wiring: Wiring, odoo: Connection
) -> None:
    top, part = of("REN-1", "Default", "91"), of("REN-P", "Default", "92")
    new_top, new_part = top | {"number": "REN-2"}, part | {"number": "REN-Q"}
    wiring = replace(
        wiring, profile=wiring.profile.model_copy(update={"key": Key(parts=KeyParts.VAULT_OBJECT)})
    )

    with running(wiring, [Consumer.PRODUCT, Consumer.BOM]) as pipeline:
        published(pipeline, [product(top), product(part)])
        published(pipeline, [bom(top, part)])
        before = templates(odoo, "REN-")
        renumbered = [
            product(new_top, 2),
            product(new_part, 2),
            product(top),
            bom(new_top, new_part, version=2),
        ]
        results = published(pipeline, renumbered)

    # The products are renumbered, and the BOM's only news is its sequence. Whether the event of before is
    # stale or superseded depends on whose batch it comes into.
    assert (results["updated"], results["unchanged"], results["stale"] + results["superseded"]) == (2, 1, 1)
    assert sorted(before.values()) == [("Works.91", "REN-1"), ("Works.92", "REN-P")]
    assert templates(odoo, "REN-") == {
        record: (key, {"Works.91": "REN-2", "Works.92": "REN-Q"}[key]) for record, (key, _) in before.items()
    }
    assert lines(odoo, "Works.91") == ["Works.92"]
