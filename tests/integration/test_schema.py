"""The schema of a real Odoo: what it costs, what survives a restart, how a change is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from prometheus_client import CollectorRegistry

from consumers.errors import MisconfiguredError, UnknownFieldError
from consumers.odoo.connection import Connection, connect
from consumers.odoo.own_fields import OWN_FIELDS
from consumers.odoo.schema import CHECK_AFTER, TABLES, Schema
from consumers.odoo.watching import Watched
from ops.odoo_schema import schema_command
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from tests.integration.records import add_field
from tests.integration.transport import Counting

pytestmark = pytest.mark.servers

TEMPLATE, LINE = "product.template", "mrp.bom.line"
COLOUR = "x_colour"


@pytest.fixture(scope="module")
def transport() -> Counting:
    return Counting()


@pytest.fixture(scope="module")
def counted(odoo_settings: OdooSettings, transport: Counting) -> Iterator[Connection]:
    with connect(odoo_settings, Metrics(CollectorRegistry()), transport=transport) as connection:
        connection.call("res.users", "context_get")
        yield connection


def test_cold_it_costs_four_requests_warm_and_after_a_restart_none(
    counted: Connection, transport: Counting, tmp_path: Path
) -> None:
    def restarted() -> Schema:
        return Schema(counted, path=tmp_path / "schema.json", database="this")

    def cost(schema: Schema) -> int:
        before = transport.requests
        schema.refreshed()
        schema.model(TEMPLATE)
        assert schema.version
        return transport.requests - before

    schema = restarted()

    assert cost(schema) == 4, "version, modules, fields, defaults"
    assert cost(schema) == 0
    assert cost(restarted()) == 0
    assert restarted().model(TEMPLATE) == schema.model(TEMPLATE)


def test_all_models_of_interest_can_be_read_by_the_runtime_user(counted: Connection) -> None:
    schema = Schema(counted)

    schema.refresh()

    assert schema.snapshot.tables.keys() == set(TABLES)
    assert {name: table.error for name, table in schema.snapshot.tables.items() if table.error} == {}
    for model, own in OWN_FIELDS.items():
        assert own.keys() <= schema.model(model).fields.keys()
    assert schema.model(LINE).fields["product_qty"].digits == 2
    assert schema.model(TEMPLATE).fields["name"].translated
    assert schema.model(TEMPLATE).fields["uom_id"].relation == "uom.uom"
    assert schema.model(TEMPLATE).defaults["type"] == "consu"


def test_what_odoo_requires_of_a_partner_has_a_default(counted: Connection) -> None:
    partner = Schema(counted).model("res.partner")
    required = {name for name, field in partner.fields.items() if field.required}

    assert required
    assert required <= partner.defaults.keys()


def test_defaults_of_records_are_there_without_their_value(counted: Connection) -> None:
    schema = Schema(counted)
    for model in TABLES:
        info = schema.model(model)
        relations = [name for name in info.defaults if info.fields[name].relational]
        assert [name for name in relations if info.defaults[name] is not None] == []
    assert "uom_id" in schema.model(TEMPLATE).defaults


def test_which_fields_odoo_computes_and_how_long_texts_may_be(
    counted: Connection, administrator: Connection
) -> None:
    fields = Schema(counted).model(TEMPLATE).fields

    assert {name for name in ("name", "barcode", "qty_available", "list_price") if fields[name].computed} == {
        "barcode",
        "qty_available",
    }
    made = add_field(administrator, TEMPLATE, "x_short")
    administrator.call("ir.model.fields", "write", ids=[made], vals={"size": 8})
    try:
        assert Schema(counted).model(TEMPLATE).fields["x_short"].size == 8
    finally:
        administrator.call("ir.model.fields", "unlink", ids=[made])


def test_the_version_and_what_it_can(counted: Connection) -> None:
    able = Schema(counted).capabilities

    assert (able.series, able.saves_many, able.unit_categories) == (19, True, False)


def test_another_module_is_noticed_within_the_hour(counted: Connection, administrator: Connection) -> None:
    moment = [1_772_400_000.0]
    schema = Schema(counted, clock=lambda: moment[0])
    schema.prepare(TEMPLATE)
    known = schema.snapshot
    [module] = administrator.call(
        "ir.module.module", "search_read", domain=[["name", "=", "mrp"]], fields=["latest_version"]
    )
    # What an upgrade of the module leaves behind.
    administrator.call("ir.module.module", "write", ids=[module["id"]], vals={"latest_version": "19.0.99.0"})
    add_field(administrator, TEMPLATE, COLOUR)

    schema.refreshed()
    assert COLOUR not in schema.model(TEMPLATE).fields

    moment[0] += CHECK_AFTER + 1
    schema.refreshed()

    assert schema.snapshot.installation != known.installation
    assert COLOUR in schema.model(TEMPLATE).fields
    assert schema.generation == 1


def test_a_field_that_an_administrator_deletes_is_missed_and_the_schema_read_anew(
    counted: Connection, administrator: Connection
) -> None:
    made = add_field(administrator, TEMPLATE, "x_finish")
    schema = Schema(counted)
    odoo = Watched(counted, schema)
    assert "x_finish" in schema.model(TEMPLATE).fields
    administrator.call("ir.model.fields", "unlink", ids=[made])

    with pytest.raises(UnknownFieldError, match="x_finish"):
        odoo.call(TEMPLATE, "search_read", domain=[], fields=["x_finish"], limit=1)
    schema.refreshed()

    assert "x_finish" not in schema.model(TEMPLATE).fields
    assert schema.generation == 1


def test_our_own_field_that_an_administrator_deletes_holds_and_names_the_remedy(
    counted: Connection, administrator: Connection
) -> None:
    schema = Schema(counted)
    odoo = Watched(counted, schema)
    schema.prepare(LINE)
    [own] = administrator.call(
        "ir.model.fields",
        "search_read",
        domain=[["model", "=", LINE], ["name", "=", "x_pdm_position"]],
        fields=["id"],
    )
    administrator.call("ir.model.fields", "unlink", ids=[own["id"]])

    with pytest.raises(UnknownFieldError):
        odoo.call(LINE, "search_read", domain=[], fields=["x_pdm_position"], limit=1)
    schema.refreshed()
    with pytest.raises(MisconfiguredError, match="pdm-odoo odoo setup"):
        schema.model(LINE)

    add_field(administrator, LINE, "x_pdm_position", "integer")
    assert "x_pdm_position" in schema.model(LINE).fields


def test_the_command_shows_models_fields_and_what_was_meant(
    database: dict[str, str], odoo_settings: OdooSettings, tmp_path: Path
) -> None:
    assert odoo_settings.database
    path = tmp_path / "schema.json"
    runner = CliRunner(env={**database, "PDM_ODOO_SCHEMA_FILE": str(path), "COLUMNS": "100"})

    shown = runner.invoke(schema_command, [])
    assert shown.exit_code == 0, shown.output
    for text in ("Odoo 19.0", "web_save_multi", "product.document", "4 of 4", str(path)):
        assert text in shown.stdout

    rows = orjson.loads(runner.invoke(schema_command, ["--json"]).stdout)["tables"]
    assert {row["model"] for row in rows} == set(TABLES)
    assert all(row["own"][name] for row in rows for name in row["own"])

    fields = runner.invoke(schema_command, ["mrp.bom"])
    assert "x_pdm_key" in fields.stdout
    assert "many2one product.template" in fields.stdout

    wrong = runner.invoke(schema_command, ["product.tmplate"])
    assert wrong.exit_code == 1
    assert "Did you mean product.template" in wrong.stderr

    kept = path.read_bytes()
    for options in ([], ["--refresh"], ["--json"]):
        foreign = runner.invoke(schema_command, ["res.country", *options])
        assert "vat_label" in foreign.stdout, foreign.output
    assert path.read_bytes() == kept, "only what the consumers use"
