"""JSON-2: what is sent, and what a reply means."""

from __future__ import annotations

import httpx
import pytest

from consumers.errors import (
    AmbiguousError,
    DeniedError,
    MisconfiguredError,
    PermanentError,
    RefusedModelError,
    TransientError,
    UnavailableError,
)
from tests.unit.odoo.servers import SECRET, Server, client


def test_a_call_is_a_path_with_named_arguments_and_the_key_in_a_header() -> None:
    server = Server(result=[{"id": 1}])

    found = client(server, protocol="json2", company_ids=(3,)).call("uom.uom", "read", ids=(4, 5), load=None)

    (request,) = server.requests
    assert found == [{"id": 1}]
    assert request.method == "POST"
    assert request.url == "http://odoo.test:8069/json/2/uom.uom/read"
    assert request.headers["authorization"] == f"bearer {SECRET}"
    assert request.headers["x-odoo-database"] == "works"
    assert server.bodies == [
        {
            "ids": [4, 5],
            "load": None,
            "context": {
                "lang": "en_US",
                "tz": "UTC",
                "active_test": False,
                "tracking_disable": True,
                "allowed_company_ids": [3],
            },
        }
    ]


def test_a_model_method_is_sent_without_ids() -> None:
    server = Server(result=[1])

    assert client(server, protocol="json2").call("uom.uom", "create", vals_list=[{"name": "x"}]) == [1]
    assert server.bodies[0].keys() == {"vals_list", "context"}


@pytest.mark.parametrize("key", [SECRET, f"42:{SECRET}"])
def test_a_key_needs_no_login_and_a_uid_before_it_is_left_out(key: str) -> None:
    server = Server(result={})

    client(server, protocol="json2", login=None, api_key=key).call("res.users", "context_get")

    assert server.seen == ["json2 context_get"]


def test_a_method_that_returns_nothing_returns_none() -> None:
    assert client(Server(result=None), protocol="json2").call("uom.uom", "anything") is None


def test_a_wrong_key_says_what_to_check() -> None:
    with pytest.raises(DeniedError, match="Invalid apikey; check ODOO_LOGIN and ODOO_API_KEY, and ODOO_DB"):
        client(Server(keys=()), protocol="json2").call("uom.uom", "search_read")


@pytest.mark.parametrize("password", ["two words", "Zürich", "line\nbreak"])
def test_a_secret_that_can_be_no_key_is_not_sent_and_not_shown(password: str) -> None:
    server = Server()

    with pytest.raises(DeniedError, match="a password and no API key") as caught:
        client(server, protocol="json2", api_key=password).call("uom.uom", "search_read")

    assert server.requests == []
    assert password not in str(caught.value)


def test_a_fault_becomes_an_error_of_ours() -> None:
    body = {"name": "odoo.exceptions.UserError", "message": "No", "debug": f"Traceback {SECRET}"}

    with pytest.raises(PermanentError, match=r"Odoo refuses: No$"):
        client(lambda _: httpx.Response(422, json=body), protocol="json2").call("uom.uom", "x")


@pytest.mark.parametrize("body", [["no", "fault"], {"error": "a proxy's own words"}])
def test_json_that_is_not_odoos_is_no_fault_of_the_message(body: object) -> None:
    with pytest.raises(UnavailableError, match="HTTP 503"):
        client(lambda _: httpx.Response(503, json=body), protocol="json2").call("uom.uom", "x")


def test_the_version_is_the_series_as_json_rpc_says_it() -> None:
    server = Server()

    assert client(server, protocol="json2").version() == "19.0"
    assert "authorization" not in server.requests[0].headers
    assert client(Server(series="saas~19.1"), protocol="json2").version() == "saas~19.1"


def test_a_page_instead_of_the_version_is_unavailable() -> None:
    with pytest.raises(UnavailableError):
        client(lambda _: httpx.Response(200, json={"hello": "world"}), protocol="json2").version()


@pytest.mark.parametrize("said", [None, "19.0", {"major": 19}])
def test_a_version_in_no_shape_of_odoos_is_unavailable(said: object) -> None:
    with pytest.raises(UnavailableError, match="instead of an answer of Odoo's"):
        client(lambda _: httpx.Response(200, json={"version_info": said}), protocol="json2").version()


@pytest.mark.parametrize(
    ("status", "name", "expected"),
    [
        (401, "Unauthorized", MisconfiguredError),
        (401, "gateway.errors.Unauthorized", MisconfiguredError),
        (403, "Forbidden", MisconfiguredError),
        (403, "werkzeug.exceptions.Forbidden", MisconfiguredError),
        (403, "odoo.exceptions.AccessError", RefusedModelError),
        (429, "werkzeug.exceptions.TooManyRequests", UnavailableError),
        (429, "odoo.exceptions.UserError", UnavailableError),
        (502, "BadGateway", UnavailableError),
        (503, "werkzeug.exceptions.ServiceUnavailable", UnavailableError),
        (504, "GatewayTimeout", AmbiguousError),
        (500, "Internal Server Error", UnavailableError),
        (500, "builtins.KeyError", TransientError),
    ],
)
def test_a_proxys_own_json_is_no_fault_of_the_message(
    status: int, name: str, expected: type[Exception]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"version_info": [19, 0]})
        return httpx.Response(status, json={"name": name, "message": "No"})

    with pytest.raises(expected) as caught:
        client(answer, protocol="json2").call("uom.uom", "x")

    assert type(caught.value) is expected
