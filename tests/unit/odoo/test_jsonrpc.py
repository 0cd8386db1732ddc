"""JSON-RPC: what is sent, and what a reply means."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from consumers.errors import DeniedError, MisconfiguredError, PermanentError, UnavailableError
from consumers.odoo.connection import connect
from schemas.metrics import Metrics
from schemas.odoo_settings import AdministratorSettings
from tests.unit.odoo.servers import SECRET, Answer, Server, client, fault, reply


def ok(result: Any) -> Answer:
    return lambda _request: reply({"result": result})


def test_a_call_names_its_arguments_and_carries_the_context_of_the_connection() -> None:
    server = Server()

    client(server, company_ids=(3,), tz="Europe/Zurich").call(
        "uom.uom", "search_read", domain=[], context={"lang": "de_DE"}
    )

    assert server.bodies[-1]["params"] == {
        "service": "object",
        "method": "execute_kw",
        "args": [
            "works",
            7,
            SECRET,
            "uom.uom",
            "search_read",
            [],
            {
                "domain": [],
                "context": {
                    "lang": "de_DE",
                    "tz": "Europe/Zurich",
                    "active_test": False,
                    "tracking_disable": True,
                    "allowed_company_ids": [3],
                },
            },
        ],
    }


def test_the_records_of_a_method_come_first() -> None:
    server = Server(ok(True))

    client(server).call("uom.uom", "write", ids=(4, 5), vals={"name": "x"})

    assert server.bodies[-1]["params"]["args"][5] == [[4, 5]]


def test_create_gets_its_values_by_position() -> None:
    server = Server(ok([1]))

    client(server).call("uom.uom", "create", vals_list=[{"name": "x"}])

    arguments = server.bodies[-1]["params"]["args"]
    assert arguments[5] == [[{"name": "x"}]]
    assert "vals_list" not in arguments[6]


def test_the_login_is_asked_for_once() -> None:
    server = Server()
    odoo = client(server)

    odoo.call("uom.uom", "search_read")
    odoo.call("uom.uom", "search_read")

    assert server.seen == ["jsonrpc authenticate", "jsonrpc search_read", "jsonrpc search_read"]


def test_a_uid_before_the_key_needs_no_login() -> None:
    server = Server()

    client(server, login=None, api_key=f"42:{SECRET}").call("uom.uom", "search_read")

    assert server.seen == ["jsonrpc search_read"]
    assert server.bodies[-1]["params"]["args"][1:3] == [42, SECRET]


def test_a_wrong_secret_is_tried_once_per_call_and_says_what_to_check() -> None:
    server = Server(passwords=(), keys=())

    with pytest.raises(DeniedError, match=r"'pdm' .*ODOO_LOGIN and ODOO_API_KEY, and ODOO_DB"):
        client(server).call("uom.uom", "search_read")

    assert server.seen == ["jsonrpc authenticate"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("odoo.exceptions.AccessDenied", "Access Denied"),
        ("odoo.exceptions.MissingError", "Es gibt ihn nicht.\n(Datensatz: res.users(42,), Benutzer: 42)"),
    ],
)
def test_a_wrong_uid_or_its_wrong_key_says_what_to_check(name: str, text: str) -> None:
    server = Server(lambda _request: reply(fault(name, text)))

    with pytest.raises(DeniedError, match="check ODOO_API_KEY, and ODOO_DB"):
        client(server, login=None, api_key=f"42:{SECRET}").call("uom.uom", "search_read")


def test_an_administrator_is_told_of_the_administrators_settings() -> None:
    fields: dict[str, Any] = {
        "url": "http://odoo.test",
        "db": "works",
        "protocol": "jsonrpc",
        "admin_login": "admin",
        "admin_password": SECRET,
    }
    administrator = AdministratorSettings(_env_file=None, **fields)
    server = Server(passwords=(), keys=())
    odoo = connect(administrator, Metrics(CollectorRegistry()), httpx.MockTransport(server))

    with pytest.raises(MisconfiguredError, match="ODOO_ADMIN_LOGIN and ODOO_ADMIN_PASSWORD"):
        odoo.call("ir.model", "search_read")


def test_a_method_that_returns_nothing_gives_a_reply_without_result() -> None:
    assert client(Server(lambda _request: reply({}))).call("uom.uom", "anything") is None


def test_a_fault_becomes_an_error_of_ours() -> None:
    server = Server(lambda _request: reply(fault("odoo.exceptions.UserError")))

    with pytest.raises(PermanentError, match="Odoo refuses: No"):
        client(server).call("uom.uom", "write", ids=[1], vals={})


def test_the_version_needs_no_login() -> None:
    server = Server(series="saas~18.4")

    assert client(server).version() == "saas~18.4"
    assert server.seen == ["jsonrpc version"]


@pytest.mark.parametrize("name", ["odoo.exceptions.AccessDenied", "odoo.exceptions.MissingError"])
def test_a_uid_that_odoo_no_longer_knows_is_asked_for_anew(name: str) -> None:
    restored = True
    denial = fault(name, "Gone.\n(Record: res.users(7,), User: 7)")
    server = Server(lambda _: reply(denial if restored else {"result": []}))
    odoo = client(server)

    with pytest.raises(DeniedError):
        odoo.call("uom.uom", "search_read")
    restored = False
    odoo.call("uom.uom", "search_read")

    assert server.seen == ["jsonrpc authenticate", "jsonrpc search_read"] * 2


def test_a_uid_of_the_settings_is_kept() -> None:
    server = Server(lambda _: reply(fault("odoo.exceptions.AccessDenied")))
    odoo = client(server, login=None, api_key=f"42:{SECRET}")

    for _ in range(2):
        with pytest.raises(DeniedError):
            odoo.call("uom.uom", "search_read")

    assert server.seen == ["jsonrpc search_read"] * 2


@pytest.mark.parametrize(
    "body",
    [
        {"result": None},
        {"result": False},
        {"result": {"server_serie": None}},
        {"error": "no such method"},
        {"error": {"code": -32601, "message": "Method not found"}},
        {"error": {"code": -32601, "data": "no such method"}},
        {"error": {"data": {"name": "MethodNotFound"}}},
    ],
)
def test_another_program_at_the_address_is_unavailable(body: Any) -> None:
    with pytest.raises(UnavailableError, match="instead of an answer of Odoo's"):
        client(lambda _: reply(body)).version()


def test_a_login_that_is_answered_with_no_number_is_not_odoos() -> None:
    with pytest.raises(UnavailableError, match="instead of an answer of Odoo's"):
        client(lambda _: reply({"result": "welcome"})).call("uom.uom", "search_read")


def test_a_proxy_that_refuses_in_json_rpcs_own_form_is_waited_for() -> None:
    server = Server(lambda _: reply(fault("werkzeug.exceptions.TooManyRequests"), 429))

    with pytest.raises(UnavailableError, match="too many calls"):
        client(server).call("uom.uom", "search_read")
