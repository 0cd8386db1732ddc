"""The client against the real Odoo: each wrong setting and each refusal is classified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from consumers.errors import (
    ConflictError,
    MisconfiguredError,
    PermanentError,
    RefusedModelError,
    UnavailableError,
)
from consumers.odoo.jsonrpc import JsonRpc
from consumers.odoo.records import change, create_once, find
from consumers.odoo.schema import Schema
from schemas.metrics import Metrics
from schemas.settings import OdooSettings

pytestmark = pytest.mark.servers

WEAK = "weak-password-for-tests"


def connect(settings: OdooSettings, **overrides: Any) -> JsonRpc:
    return JsonRpc(settings.model_copy(update=overrides), Metrics(CollectorRegistry()))


@pytest.fixture(scope="module")
def weak(odoo_settings: OdooSettings, administrator: JsonRpc) -> Iterator[JsonRpc]:
    """An employee who may read products and change nothing."""
    administrator.call("res.users", "create", vals_list=[{"name": "Weak", "login": "weak", "password": WEAK}])
    fields: Mapping[str, Any] = {**odoo_settings.model_dump(mode="json"), "login": "weak", "api_key": WEAK}
    with JsonRpc(OdooSettings.model_validate(fields), Metrics(CollectorRegistry())) as odoo:
        yield odoo


def secret(settings: OdooSettings, text: str) -> OdooSettings:
    return OdooSettings.model_validate({**settings.model_dump(mode="json"), "api_key": text})


def test_a_wrong_key_is_a_misconfiguration(odoo_settings: OdooSettings) -> None:
    with pytest.raises(MisconfiguredError, match="does not know the login"):
        connect(secret(odoo_settings, "wrong")).call("uom.uom", "search_read", domain=[], fields=["name"])


def test_a_wrong_login_is_a_misconfiguration(odoo_settings: OdooSettings) -> None:
    with pytest.raises(MisconfiguredError, match="'nobody'"):
        connect(odoo_settings, login="nobody").call("uom.uom", "search_read", domain=[], fields=["name"])


def test_a_wrong_database_is_a_misconfiguration(odoo_settings: OdooSettings) -> None:
    with pytest.raises(MisconfiguredError, match="ODOO_DB"):
        connect(odoo_settings, db="no_such_database").call(
            "uom.uom", "search_read", domain=[], fields=["name"]
        )


def test_an_odoo_that_is_not_there_is_unavailable(odoo_settings: OdooSettings) -> None:
    with pytest.raises(UnavailableError, match="does not answer") as caught:
        connect(odoo_settings, url="http://127.0.0.1:9").call("uom.uom", "search_read", domain=[])
    assert not isinstance(caught.value, MisconfiguredError)


def test_an_address_that_is_not_odoos_is_unavailable(odoo_settings: OdooSettings) -> None:
    with pytest.raises(UnavailableError, match="is this Odoo's address"):
        connect(odoo_settings, url=f"{odoo_settings.url}elsewhere").call("uom.uom", "search_read", domain=[])


@pytest.mark.parametrize(
    ("model", "method", "arguments", "expected"),
    [
        ("no.such.model", "search_read", {"domain": []}, RefusedModelError),
        ("ir.model", "search_read", {"domain": []}, RefusedModelError),
        ("uom.uom", "no_such_method", {}, MisconfiguredError),
        ("uom.uom", "_private", {}, RefusedModelError),
        ("uom.uom", "search_read", {"no_such_argument": 1}, MisconfiguredError),
        ("uom.uom", "search_read", {"domain": [], "fields": ["no_such_field"]}, MisconfiguredError),
        ("uom.uom", "search_read", {"domain": [["no_such_field", "=", 1]]}, MisconfiguredError),
        ("product.template", "create", {"vals_list": [{"name": "x", "type": "product"}]}, PermanentError),
        ("product.template", "create", {"vals_list": [{"name": "x", "type": "combo"}]}, PermanentError),
        ("product.template", "create", {"vals_list": [{"name": False}]}, PermanentError),
        ("product.template", "write", {"ids": [99_999_999], "vals": {"name": "x"}}, ConflictError),
    ],
)
def test_a_refusal_has_its_fate(
    odoo: JsonRpc, model: str, method: str, arguments: dict[str, Any], expected: type[Exception]
) -> None:
    with pytest.raises(expected) as caught:
        odoo.call(model, method, **arguments)

    assert type(caught.value) is expected


def test_a_missing_right_to_write_is_a_misconfiguration(weak: JsonRpc, odoo: JsonRpc) -> None:
    (record,) = create_once(odoo, "product.template", [{"id": "pdm_odoo.product.w", "name": "Gear"}])
    assert isinstance(record, int)

    with pytest.raises(RefusedModelError, match="not allowed to modify"):
        change(weak, "product.template", {record: {"name": "Wheel"}})


def test_a_missing_right_to_create_blames_no_row(weak: JsonRpc) -> None:
    with pytest.raises(RefusedModelError, match="not allowed to create"):
        create_once(weak, "product.template", [{"id": "pdm_odoo.product.n", "name": "Gear"}])


def test_a_bad_row_is_named_and_its_neighbours_are_created(odoo: JsonRpc) -> None:
    rows = [
        {"id": f"pdm_odoo.product.row{number}", "name": f"Row {number}", "barcode": barcode}
        for number, barcode in enumerate(["R1", "R2", "R1", "R4"])
    ]

    outcome = create_once(odoo, "product.template", rows)

    refused = [number for number, one in enumerate(outcome) if isinstance(one, PermanentError)]
    assert refused in ([0], [2]), outcome
    names = {
        row["name"]
        for row in find(odoo, "product.template", "id", [o for o in outcome if isinstance(o, int)], ["name"])
    }
    assert len(names) == 3


def test_a_row_that_is_sent_twice_is_one_record(odoo: JsonRpc) -> None:
    row = {"id": "pdm_odoo.product.Works.a_20b", "name": "Gear", "x_pdm_key": "Works.a_20b"}

    assert create_once(odoo, "product.template", [row]) == create_once(odoo, "product.template", [row])
    assert len(find(odoo, "product.template", "x_pdm_key", ["Works.a_20b"], ["name"])) == 1


def test_the_database_without_our_fields_is_told_apart(odoo: JsonRpc, administrator: JsonRpc) -> None:
    assert Schema(odoo).fields("product.document")["datas"]["type"] == "binary"
