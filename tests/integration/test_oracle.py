"""Random engineering histories, through RabbitMQ into a real Odoo, against an independent model."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from consumers.odoo.connection import Connection
from consumers.odoo.own_fields import KEY, POSITION, REVISION
from ops.consume import Wiring
from schemas.keys import KeyParts
from schemas.kinds import Consumer
from schemas.profile import Action, Actions, Key
from tests import factories
from tests.integration import histories, oracle
from tests.integration.histories import History
from tests.pipeline import running

COUNT = 150
ACTS = ("create", "revise", "restructure", "obsolete")


def drawn(*acts: str) -> list[History]:
    """Draw COUNT histories. Odoo is asked once for all of them, so nothing is shrunk: the name tells one."""
    found: list[History] = []

    @settings(
        max_examples=COUNT,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(histories.histories(*acts))
    def draw(history: History) -> None:
        found.append(history)

    draw()
    return found


@pytest.mark.parametrize(
    ("parts", "acts"),
    [(KeyParts.NUMBER, ACTS), (KeyParts.VAULT_OBJECT, (*ACTS, "renumber"))],
    ids=["by number", "by vault object"],
)
def test_whatever_happens_in_the_vault_odoo_ends_as_the_model_says(
    wiring: Wiring, odoo: Connection, parts: KeyParts, acts: tuple[str, ...]
) -> None:
    meant = {
        state: Actions(**dict.fromkeys(Actions.model_fields, action)) for state, action in STATES.items()
    }
    rules = factories.profile(states=meant, key=Key(parts=parts))
    wiring = replace(wiring, profile=rules, consumers=wiring.consumers.model_copy(update={"batch_size": 25}))
    named = {f"{parts.name[0]}{place:04}": one for place, one in enumerate(drawn(*acts))}
    arrived = [histories.arrivals(history, name) for name, history in named.items()]
    events = [event for first, _ in arrived for event in first]
    # Histories mix, and each keeps its own order.
    random.Random(1).shuffle(slots := [place for place, (first, _) in enumerate(arrived) for _ in first])
    waiting = [iter(first) for first, _ in arrived]
    events = [next(waiting[place]) for place in slots] + [event for _, late in arrived for event in late]

    with running(wiring, (Consumer.PRODUCT, Consumer.BOM)) as pipeline:
        pipeline.publish(events)
        results = pipeline.wait_for(len(events), seconds=110)
        letters = [head for name in Consumer for head, _ in pipeline.dead_letters(name)]

    assert results["dead_letter"] == 0, letters[:3]
    assert all(results[one] for one in ("stale", "superseded", "unchanged")), "nothing came late or twice"
    held_products, held_boms = held(odoo, parts)
    for name, history in named.items():
        moments = list(histories.moments(history, name))
        assert _of(held_products, name) == oracle.products(moments), repr(history)
        assert _of(held_boms, name) == oracle.boms(moments), repr(history)


STATES = {histories.RELEASED: Action.UPSERT, histories.OBSOLETE: Action.ARCHIVE}


def held(odoo: Connection, parts: KeyParts) -> tuple[dict[str, oracle.Product], dict[str, oracle.Bom]]:
    """Return by vault object what Odoo holds."""

    def read(model: str, *fields: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = odoo.call(
            model,
            "search_read",
            domain=[],
            fields=list(fields),
            order="id",
            load=None,
            context={"active_test": False},
        )
        return rows

    ours = [
        row
        for row in read("product.template", KEY, "default_code", "name", "weight", REVISION, "active")
        if row[KEY]
    ]
    assert max(Counter(row[KEY] for row in ours).values()) == 1
    products = {
        _object(row[KEY]): oracle.Product(
            row["default_code"], row["name"], row["weight"], row[REVISION] or "", row["active"]
        )
        for row in ours
    }
    variants = {row["id"]: _object(row[KEY]) for row in read("product.product", KEY) if row[KEY]}
    lines: dict[int, list[tuple[int, str, float]]] = {}
    for row in read("mrp.bom.line", "bom_id", "product_id", "product_qty", POSITION):
        line = (row[POSITION], variants[row["product_id"]], row["product_qty"])
        lines.setdefault(row["bom_id"], []).append(line)
    boms = {
        _object(row[KEY]): oracle.Bom(
            tuple((component, quantity) for _, component, quantity in sorted(lines[row["id"]])),
            row["code"] or "",
            row["active"],
        )
        for row in read("mrp.bom", KEY, "code", "active")
        if row[KEY]
    }
    assert parts is not KeyParts.NUMBER or set(products) == {one.number for one in products.values()}
    return products, boms


def _object(key: str) -> str:
    return key.split(".", 1)[1]


def _of(found: dict[str, Any], name: str) -> dict[str, Any]:
    return {one: value for one, value in found.items() if one.startswith(f"{name}-")}
