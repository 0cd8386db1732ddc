"""What one model, one batch or one reader can do to all others: nothing."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import (
    ConflictError,
    PermanentError,
    RefusedModelError,
    UnavailableError,
    UnknownFieldError,
)
from consumers.odoo.doubts import AGAIN_AFTER
from consumers.odoo.schema import READ_AFTER, TABLES, Schema
from consumers.odoo.schema_file import Snapshot
from consumers.odoo.watching import Watched
from schemas.dead_letter import Reason
from tests.fakes import FakeOdoo
from tests.unit.odoo.known import BOM, CHECK, READ, TEMPLATE, Clock, with_modules

FOREIGN = "res.partner"


class Broken(FakeOdoo):
    """Cannot say the fields of some models."""

    def __init__(self) -> None:
        super().__init__()
        self.add("ir.module.module", name="mrp", latest_version="19.0.2.0", state="installed")
        self.broken: dict[str, Exception] = {}

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        result = super().call(model, method, **arguments)
        if method == "fields_get" and model in self.broken:
            raise self.broken[model]
        return result


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def odoo() -> Broken:
    return Broken()


@pytest.fixture
def schema(odoo: Broken, clock: Clock) -> Schema:
    """A schema that knows the products and a foreign model; the calls are forgotten."""
    schema = Schema(odoo, clock=clock)
    schema.prepare(TEMPLATE, FOREIGN)
    odoo.calls.clear()
    return schema


@pytest.mark.parametrize("model", [FOREIGN, TEMPLATE])
@pytest.mark.parametrize("fault", [PermanentError(Reason.REFUSED_BY_ODOO, "nonsense"), ConflictError("busy")])
def test_a_model_that_odoo_cannot_describe_holds_only_who_uses_it(
    odoo: Broken, schema: Schema, clock: Clock, model: str, fault: Exception
) -> None:
    schema.model(BOM)
    odoo.broken[model] = fault
    clock.pass_by(READ_AFTER + 1)
    before = schema.generation

    schema.refreshed()
    schema.refresh(model, BOM)
    schema.prepare(BOM)

    assert schema.generation > before, "who uses the model looks again, and finds out"
    with pytest.raises(UnavailableError, match=f"fields of {model}: {fault}"):
        schema.model(model)
    odoo.broken.clear()
    assert schema.model(model).fields


def test_odoo_that_is_away_holds_everybody(odoo: Broken, schema: Schema, clock: Clock) -> None:
    clock.pass_by(READ_AFTER + 1)
    odoo.fail(UnavailableError("away"))

    with pytest.raises(UnavailableError, match="away"):
        schema.refreshed()


def test_a_foreign_model_that_is_refused_is_not_kept(odoo: Broken, schema: Schema, clock: Clock) -> None:
    for number in range(50):
        with pytest.raises(RefusedModelError):
            schema.model(f"no.such{number}")
        schema.refresh(f"no.such{number}")
    del odoo.fields[FOREIGN]
    clock.pass_by(READ_AFTER + 1)
    schema.refreshed()

    assert schema.snapshot.tables.keys() == {TEMPLATE}
    assert schema.known == set(TABLES)


def test_a_flood_of_contradictions_is_read_for_at_once_and_then_once_a_minute(
    odoo: Broken, schema: Schema, clock: Clock
) -> None:
    watched = Watched(odoo, schema)
    seen = []
    for _ in range(int(2 * AGAIN_AFTER)):
        with pytest.raises(UnknownFieldError):
            watched.call(TEMPLATE, "search_read", domain=[], fields=["x_gone"])
        schema.refreshed()
        seen.append(odoo.methods().count(READ[0]))
        clock.pass_by(1)

    assert (seen[0], seen[-1]) == (1, 2)
    assert odoo.methods().count(CHECK) == 2


def test_only_what_is_named_is_doubted(odoo: Broken, schema: Schema) -> None:
    schema.outdated(TEMPLATE)

    schema.refreshed()

    assert odoo.methods() == READ


def test_what_is_derived_is_made_anew_after_a_doubt_even_if_odoo_says_the_same(schema: Schema) -> None:
    before = schema.generation
    schema.outdated(TEMPLATE)

    schema.refreshed()

    assert schema.generation == before + 1


def test_who_sees_the_new_number_finds_the_new_fields(odoo: Broken, clock: Clock) -> None:
    class Watching(Schema):
        """Looks, at the worst moment, at what a reader finds."""

        def __setattr__(self, name: str, value: Any) -> None:
            if name == "generation" and value:
                found.append("x_new" in self.snapshot.tables[TEMPLATE].model.fields)  # type: ignore[union-attr]
            super().__setattr__(name, value)

    found: list[bool] = []
    schema = Watching(odoo, clock=clock)
    schema.prepare(TEMPLATE)
    odoo.fields[TEMPLATE]["x_new"] = {"type": "char"}

    schema.refresh(TEMPLATE)

    assert found == [True]


def test_a_doubt_while_odoo_answers_is_not_answered_by_it(clock: Clock) -> None:
    class Doubting(FakeOdoo):
        """Somebody changes a field, and says so, just after Odoo said the fields."""

        def call(self, model: str, method: str, **arguments: Any) -> Any:
            result = super().call(model, method, **arguments)
            if method == "default_get" and "x_new" not in self.fields[model]:
                clock.pass_by(1)
                self.fields[model]["x_new"] = {"type": "char"}
                asked.outdated(model)
            return result

    asked = Schema(Doubting(), clock=clock)
    assert "x_new" not in asked.model(TEMPLATE).fields

    asked.refreshed()

    assert "x_new" in asked.model(TEMPLATE).fields


def test_a_model_that_is_not_known_any_more_is_a_change() -> None:
    odoo = with_modules()
    schema = Schema(odoo)
    schema.model(FOREIGN)
    known = schema.snapshot

    assert known.changed(known) == []
    assert Snapshot().changed(known) == [FOREIGN]
