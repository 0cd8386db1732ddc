"""When Odoo is asked again for its fields, and when it is not."""

from __future__ import annotations

import pytest

from consumers.errors import MisconfiguredError, UnavailableError, UnknownFieldError
from consumers.odoo.schema import CHECK_AFTER, READ_AFTER, TABLES, Schema
from consumers.odoo.watching import Watched
from tests.fakes import FakeOdoo
from tests.unit.odoo.known import CHECK, READ, TEMPLATE, Clock, upgrade, with_modules


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def odoo() -> FakeOdoo:
    return with_modules()


@pytest.fixture
def schema(odoo: FakeOdoo, clock: Clock) -> Schema:
    """A schema that knows the products' fields; the calls are forgotten."""
    schema = Schema(odoo, clock=clock)
    schema.prepare(TEMPLATE)
    odoo.calls.clear()
    return schema


def test_normally_it_costs_nothing(odoo: FakeOdoo, schema: Schema, clock: Clock) -> None:
    clock.pass_by(CHECK_AFTER)

    schema.refreshed()
    schema.model(TEMPLATE)

    assert odoo.calls == []


def test_every_hour_odoo_is_asked_whether_it_is_the_same(
    odoo: FakeOdoo, schema: Schema, clock: Clock
) -> None:
    clock.pass_by(CHECK_AFTER + 1)

    schema.refreshed()
    schema.refreshed()

    assert odoo.methods() == [CHECK]


def test_after_an_upgrade_all_is_read_anew(odoo: FakeOdoo, schema: Schema, clock: Clock) -> None:
    upgrade(odoo)
    clock.pass_by(CHECK_AFTER + 1)

    schema.refreshed()

    assert odoo.methods() == [CHECK, *READ]
    assert schema.generation == 0, "the fields are the same"


def test_another_series_is_noticed_even_with_the_same_fields(
    odoo: FakeOdoo, schema: Schema, clock: Clock
) -> None:
    odoo.series = "20.0"
    clock.pass_by(CHECK_AFTER + 1)

    schema.refreshed()

    assert (schema.version, schema.generation) == ("20.0", 1)


def test_an_upgrade_is_not_forgotten_when_odoo_fails_in_the_middle(
    odoo: FakeOdoo, schema: Schema, clock: Clock
) -> None:
    upgrade(odoo)
    clock.pass_by(CHECK_AFTER + 1)
    schema._check()
    odoo.fail(UnavailableError("restarting"))
    with pytest.raises(UnavailableError):
        schema.refreshed()
    odoo.calls.clear()

    schema.refreshed()

    assert odoo.methods() == READ


def test_every_day_all_is_read_anew(odoo: FakeOdoo, schema: Schema, clock: Clock) -> None:
    clock.pass_by(READ_AFTER + 1)

    schema.refreshed()

    assert odoo.methods() == [CHECK, *READ]


def test_who_may_not_read_modules_is_left_with_the_version_and_the_day(odoo: FakeOdoo, clock: Clock) -> None:
    del odoo.fields["ir.module.module"]
    schema = Schema(odoo, clock=clock)

    schema.prepare(TEMPLATE)

    assert (schema.version, schema.snapshot.installation.modules) == ("19.0", "")


def test_an_unknown_field_makes_the_schema_outdated_and_the_next_use_reads_it_anew(
    odoo: FakeOdoo, schema: Schema
) -> None:
    watched = Watched(odoo, schema)
    del odoo.fields[TEMPLATE]["weight"]

    with pytest.raises(UnknownFieldError):
        watched.call(TEMPLATE, "search_read", domain=[], fields=["weight"])
    odoo.calls.clear()
    schema.refreshed()

    assert odoo.methods() == [CHECK, *READ]
    assert "weight" not in schema.model(TEMPLATE).fields
    assert schema.generation == 1


def test_our_own_field_that_was_lost_holds_who_uses_the_model(odoo: FakeOdoo, schema: Schema) -> None:
    del odoo.fields[TEMPLATE]["x_pdm_key"]
    schema.outdated()

    schema.refreshed()

    with pytest.raises(MisconfiguredError, match="pdm-odoo odoo setup"):
        schema.model(TEMPLATE)


def test_a_model_that_another_consumer_may_not_read_holds_nobody_else(odoo: FakeOdoo, schema: Schema) -> None:
    schema.model("res.lang")
    del odoo.fields["res.lang"]
    schema.outdated()

    schema.refreshed()

    assert schema.model(TEMPLATE).fields


def test_a_refresh_says_whether_anything_differs(odoo: FakeOdoo, schema: Schema) -> None:
    assert schema.refresh(TEMPLATE) is False

    odoo.fields[TEMPLATE]["x_finish"] = {"type": "char"}

    assert schema.refresh(TEMPLATE) is True
    assert "x_finish" in schema.model(TEMPLATE).fields


def test_a_refresh_without_names_reads_what_is_of_interest_and_what_is_known(
    odoo: FakeOdoo, schema: Schema
) -> None:
    schema.model("uom.uom")

    schema.refresh()

    assert schema.snapshot.tables.keys() == {*TABLES, "uom.uom"}


def test_the_version_costs_one_question_for_all(odoo: FakeOdoo) -> None:
    schema = Schema(odoo)
    watched = Watched(odoo, schema)

    assert {watched.version() for _ in range(3)} == {"19.0"}
    assert odoo.methods() == [CHECK]
