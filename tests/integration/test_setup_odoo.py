"""Preparing a real database: once is enough, twice does no harm."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import pytest
from click.testing import CliRunner
from prometheus_client import CollectorRegistry

from consumers.odoo.connection import Connection, connect
from consumers.odoo.own_fields import OWN_FIELDS
from consumers.odoo.schema import Schema
from ops.setup_odoo import SetupError, setup, setup_command
from ops.setup_status import Status
from ops.setup_views import PLACES
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings

pytestmark = pytest.mark.servers

COUNT = sum(len(own) for own in OWN_FIELDS.values())


@pytest.fixture(scope="module")
def runtime(database: Mapping[str, str]) -> OdooSettings:
    return OdooSettings.model_validate(
        {
            "url": database["ODOO_URL"],
            "db": database["ODOO_DB"],
            "login": database["ODOO_LOGIN"],
            "api_key": database["ODOO_API_KEY"],
        }
    )


def test_the_command_shows_adds_and_then_leaves_the_fields_alone(
    database: Mapping[str, str], runtime: OdooSettings
) -> None:
    runner = CliRunner(env=dict(database))

    dry = runner.invoke(setup_command, ["--dry-run", "--json"])
    assert [field["status"] for field in orjson.loads(dry.stdout)] == ["missing"] * (COUNT + len(PLACES))

    first = runner.invoke(setup_command, [])
    assert first.exit_code == 0, first.output
    assert "added: x_pdm_key (char) in product.template" in first.stdout
    assert "reload at their next request" in first.stdout
    assert "added: pdm-odoo: product form (view) of product.template\n" in first.stdout

    with connect(runtime, Metrics(CollectorRegistry())) as odoo:
        for model in OWN_FIELDS:
            assert Schema(odoo).model(model).fields

    second = runner.invoke(setup_command, ["--json"])
    assert [field["status"] for field in orjson.loads(second.stdout)] == ["present"] * (COUNT + len(PLACES))


def test_setup_says_of_each_field_what_it_found(administrator: Connection) -> None:
    said: list[str] = []

    fields = setup(administrator, said.append)

    assert {field.status for field in fields} == {Status.PRESENT}
    assert len(said) == COUNT
    assert "present: x_pdm_position (integer) in mrp.bom.line" in said


def test_the_key_is_indexed_and_a_copy_of_a_record_has_none_of_our_fields(administrator: Connection) -> None:
    rows = administrator.call(
        "ir.model.fields",
        "search_read",
        domain=[["name", "like", "x_pdm"], ["model", "in", list(OWN_FIELDS)]],
        fields=["model", "name", "index", "copied"],
    )
    # A variant has the fields of its template too.
    rows = [row for row in rows if row["name"] in OWN_FIELDS[row["model"]]]

    assert len(rows) == COUNT
    assert {row["name"] for row in rows if row["index"]} == {"x_pdm_key", "x_pdm_variant_key"}
    assert not any(row["copied"] for row in rows)

    original = administrator.call(
        "product.template", "create", vals_list=[{"name": "Gear", "x_pdm_key": "Works.G"}]
    )
    copy = administrator.call("product.template", "copy", ids=original)
    (found,) = administrator.call(
        "product.template", "search_read", domain=[["id", "in", copy]], fields=["x_pdm_key"]
    )
    assert found["x_pdm_key"] is False


def test_a_user_without_the_settings_right_is_told_so(runtime: OdooSettings) -> None:
    with (
        connect(runtime, Metrics(CollectorRegistry())) as odoo,
        pytest.raises(SetupError, match=r"no Settings right.*ODOO_ADMIN_LOGIN"),
    ):
        setup(odoo, lambda _: None)


def test_a_wrong_password_is_one_line_and_an_exit_code(database: Mapping[str, str]) -> None:
    wrong = {**database, "ODOO_ADMIN_PASSWORD": "wrong"}

    result = CliRunner(env=wrong).invoke(setup_command, [])

    assert result.exit_code == 1
    assert "check ODOO_ADMIN_LOGIN and ODOO_ADMIN_PASSWORD" in result.stderr
    assert "wrong" not in result.output


def test_a_missing_setting_is_named(database: Mapping[str, str]) -> None:
    incomplete = {**database, "ODOO_ADMIN_LOGIN": None}

    result = CliRunner(env=incomplete).invoke(setup_command, [])

    assert result.exit_code == 1
    assert "ODOO_ADMIN_LOGIN: is not set" in result.stderr


def test_a_field_of_another_type_is_named_with_both_types(administrator: Connection) -> None:
    (model,) = administrator.call(
        "ir.model", "search_read", domain=[["model", "=", "mrp.bom.line"]], fields=["id"]
    )
    (field,) = administrator.call(
        "ir.model.fields",
        "search_read",
        domain=[["model", "=", "mrp.bom.line"], ["name", "=", "x_pdm_position"]],
        fields=["id"],
    )
    administrator.call("ir.model.fields", "unlink", ids=[field["id"]])
    values = {"model_id": model["id"], "name": "x_pdm_position", "ttype": "char", "state": "manual"}
    administrator.call("ir.model.fields", "create", vals_list=[{**values, "field_description": "Mine"}])

    with pytest.raises(
        SetupError, match=r"mrp.bom.line has a field x_pdm_position of type char.*type integer"
    ):
        setup(administrator, lambda _: None)
