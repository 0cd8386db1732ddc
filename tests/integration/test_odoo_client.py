"""The client against the real Odoo, over both protocols: each wrong setting and refusal is classified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry

from consumers.errors import (
    AbsentModelError,
    AmbiguousError,
    ConflictError,
    DeniedError,
    MisconfiguredError,
    PermanentError,
    RefusedModelError,
    UnavailableError,
    UnknownFieldError,
)
from consumers.odoo import connection
from consumers.odoo.connection import Connection
from consumers.odoo.records import change, create_once, find
from schemas.dead_letter import Reason
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings
from tests.proxy import between

pytestmark = pytest.mark.both_protocols

WEAK = "weak-password-for-tests"
UNITS: dict[str, Any] = {"domain": [], "fields": ["name"]}


def connect(settings: OdooSettings, **overrides: Any) -> Connection:
    fields = settings.model_dump() | overrides
    return connection.connect(OdooSettings(_env_file=None, **fields), Metrics(CollectorRegistry()))


def new_user(administrator: Connection, login: str, **values: Any) -> int:
    user = {"name": login, "login": login, "password": WEAK, **values}
    (created,) = administrator.call("res.users", "create", vals_list=[user])
    return int(created)


@pytest.fixture(scope="module")
def weak(odoo_settings: OdooSettings, administrator: Connection) -> Iterator[Connection]:
    """An employee who may read products and change nothing; has a password and no key."""
    new_user(administrator, "weak")
    with connect(odoo_settings, protocol="auto", login="weak", api_key=WEAK) as odoo:
        yield odoo


def test_it_calls_and_says_the_version(odoo: Connection) -> None:
    assert odoo.version() == "19.0"
    assert odoo.call("uom.uom", "search_read", **UNITS, context={"lang": "en_US"})
    assert odoo.call("res.users", "context_get")["uid"] > 2


def test_a_wrong_key_is_denied(odoo_settings: OdooSettings) -> None:
    with pytest.raises(DeniedError, match="check ODOO_LOGIN and ODOO_API_KEY, and ODOO_DB"):
        connect(odoo_settings, api_key="wrong").call("uom.uom", "search_read", **UNITS)


def test_a_wrong_login_is_denied(odoo_settings: OdooSettings) -> None:
    with pytest.raises(DeniedError, match="'nobody'"):
        connect(odoo_settings, protocol="jsonrpc", login="nobody").call("uom.uom", "search_read", **UNITS)


def uid_of(odoo: Connection) -> int:
    return int(odoo.call("res.users", "context_get")["uid"])


def test_a_uid_before_the_key_is_a_login(odoo_settings: OdooSettings, odoo: Connection) -> None:
    uid, key = uid_of(odoo), odoo_settings.api_key.get_secret_value()

    with connect(odoo_settings, login=None, api_key=f"{uid}:{key}") as by_uid:
        assert uid_of(by_uid) == uid


@pytest.mark.parametrize("uid", [1, 99_999])
def test_a_wrong_uid_is_denied(odoo_settings: OdooSettings, uid: int) -> None:
    key = f"{uid}:{odoo_settings.api_key.get_secret_value()}"
    with (
        connect(odoo_settings, protocol="jsonrpc", login=None, api_key=key) as odoo,
        pytest.raises(DeniedError, match="check ODOO_API_KEY"),
    ):
        odoo.call("uom.uom", "search_read", **UNITS)


def test_a_key_alone_is_enough_where_json_2_is(odoo_settings: OdooSettings, odoo: Connection) -> None:
    with connect(odoo_settings, protocol="auto", login=None) as bearer:
        assert uid_of(bearer) == uid_of(odoo)


def test_auto_takes_json_2_for_a_key_and_json_rpc_for_a_password(
    odoo_settings: OdooSettings, administrator: Connection
) -> None:
    new_user(administrator, "person")

    with structlog.testing.capture_logs() as logs:
        for account in ({}, {"login": "person", "api_key": WEAK}):
            with connect(odoo_settings, protocol="auto", **account) as odoo:
                assert odoo.call("res.users", "context_get")
                assert odoo.call("res.users", "context_get")

    chosen = [line["protocol"] for line in logs if line["event"] == "protocol chosen"]
    assert chosen == ["JSON-2", "JSON-RPC"]


def test_a_wrong_database_says_which_setting_to_check(odoo_settings: OdooSettings) -> None:
    with pytest.raises(UnavailableError, match="ODOO_DB"):
        connect(odoo_settings, db="no_such_database").call("uom.uom", "search_read", **UNITS)


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
        ("no.such.model", "search_read", {"domain": []}, AbsentModelError),
        ("ir.model", "search_read", {"domain": []}, RefusedModelError),
        ("uom.uom", "no_such_method", {}, MisconfiguredError),
        ("uom.uom", "_private", {}, RefusedModelError),
        ("uom.uom", "search_read", {"no_such_argument": 1}, MisconfiguredError),
        ("uom.uom", "write", {"ids": [1]}, MisconfiguredError),
        ("product.template", "load", {"fields": ["no_such_field"], "data": [["x"]]}, UnknownFieldError),
        ("product.document", "create", {"vals_list": [{"name": "x", "datas": "a"}]}, PermanentError),
        ("uom.uom", "search_read", {"domain": [], "fields": ["no_such_field"]}, UnknownFieldError),
        ("uom.uom", "search_read", {"domain": [["no_such_field", "=", 1]]}, UnknownFieldError),
        ("product.template", "create", {"vals_list": [{"name": "x", "type": "product"}]}, PermanentError),
        ("product.template", "create", {"vals_list": [{"name": "x", "type": "combo"}]}, PermanentError),
        ("product.template", "create", {"vals_list": [{"name": False}]}, PermanentError),
        ("product.template", "write", {"ids": [99_999_999], "vals": {"name": "x"}}, ConflictError),
    ],
)
def test_a_refusal_has_its_fate(
    odoo: Connection, model: str, method: str, arguments: dict[str, Any], expected: type[Exception]
) -> None:
    with pytest.raises(expected) as caught:
        odoo.call(model, method, **arguments)

    assert type(caught.value) is expected


def test_a_missing_right_to_write_is_a_misconfiguration(weak: Connection, odoo: Connection) -> None:
    (record,) = create_once(odoo, "product.template", [{"id": "pdm_odoo.product.w", "name": "Gear"}])
    assert isinstance(record, int)

    with pytest.raises(RefusedModelError, match="not allowed to modify"):
        change(weak, "product.template", {record: {"name": "Wheel"}})


def test_a_missing_right_to_create_blames_no_row(weak: Connection) -> None:
    with pytest.raises(RefusedModelError, match="not allowed to create"):
        create_once(weak, "product.template", [{"id": "pdm_odoo.product.n", "name": "Gear"}])


def test_a_bad_row_is_named_and_its_neighbours_are_created(odoo: Connection) -> None:
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


def test_a_row_that_is_sent_twice_is_one_record(odoo: Connection) -> None:
    row = {"id": "pdm_odoo.product.Works.a_20b", "name": "Gear", "x_pdm_key": "Works.a_20b"}

    assert create_once(odoo, "product.template", [row]) == create_once(odoo, "product.template", [row])
    assert len(find(odoo, "product.template", "x_pdm_key", ["Works.a_20b"], ["name"])) == 1


def test_a_failed_load_says_so_with_http_200_in_any_language(
    odoo: Connection, administrator: Connection
) -> None:
    (language,) = administrator.call(
        "res.lang", "search", domain=[["code", "=", "de_DE"]], context={"active_test": False}
    )
    administrator.call("res.lang", "write", ids=[language], vals={"active": True})
    row = {"id": "pdm_odoo.product.german", "name": "Zahnrad", "weight": "schwer"}

    (outcome,) = create_once(odoo, "product.template", [row], {"lang": "de_DE"})

    assert isinstance(outcome, PermanentError)
    assert outcome.reason is Reason.REFUSED_BY_ODOO
    assert "scheint keine" in str(outcome)


def test_a_reply_lost_after_the_commit_is_ambiguous_and_the_next_one_finds_the_record(
    odoo_settings: OdooSettings,
) -> None:
    row = {"id": "pdm_odoo.product.lost", "name": "Gear"}
    with between(str(odoo_settings.url)) as proxy, connect(odoo_settings, url=proxy.url) as odoo:
        proxy.swallow, proxy.swallow_only = 1, b"pdm_odoo.product.lost"
        with pytest.raises(AmbiguousError, match="was lost"):
            create_once(odoo, "product.template", [row])

        (record,) = create_once(odoo, "product.template", [row])

        assert [one["id"] for one in find(odoo, "product.template", "name", ["Gear"], [])].count(record) == 1


def test_an_odoo_that_goes_away_during_the_call_is_down(odoo_settings: OdooSettings) -> None:
    with between(str(odoo_settings.url)) as proxy, connect(odoo_settings, url=proxy.url) as odoo:
        odoo.call("uom.uom", "search_read", **UNITS)
        proxy.refuse = True
        with pytest.raises(UnavailableError, match="does not answer since"):
            odoo.call("uom.uom", "search_read", **UNITS)


def test_a_request_beyond_128_mib_is_too_large_for_odoo(odoo: Connection) -> None:
    with pytest.raises(PermanentError) as caught:
        odoo.call("product.document", "create", vals_list=[{"name": "x", "datas": "A" * (129 << 20)}])

    assert caught.value.reason is Reason.TOO_LARGE
