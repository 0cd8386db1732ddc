"""JSON-RPC as it fails in life: what was sent, what came back, and whose fault it is."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from prometheus_client import CollectorRegistry

from consumers.errors import AmbiguousError, MisconfiguredError, PermanentError, UnavailableError
from consumers.odoo.jsonrpc import JsonRpc
from schemas.metrics import Metrics
from schemas.settings import AdministratorSettings, OdooSettings, SettingsError

SECRET = "hunter2-very-secret"

Answer = Callable[[httpx.Request], httpx.Response]


def settings(**overrides: Any) -> OdooSettings:
    fields = {"url": "http://odoo.test:8069/", "db": "works", "login": "pdm", "api_key": SECRET}
    return OdooSettings(_env_file=None, **(fields | overrides))


class Server:
    """Answers the login itself, and everything else by `answer`; keeps the requests."""

    def __init__(self, answer: Answer, *, uid: int | bool = 7) -> None:
        self.requests: list[dict[str, Any]] = []
        self._answer = answer
        self._uid = uid

    def __call__(self, request: httpx.Request) -> httpx.Response:
        params: dict[str, Any] = orjson.loads(request.content)["params"]
        self.requests.append(params)
        if params["service"] == "common":
            return reply({"result": self._uid})
        return self._answer(request)


def reply(body: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"jsonrpc": "2.0", "id": 1, **body})


def client(server: Answer, **overrides: Any) -> JsonRpc:
    return JsonRpc(settings(**overrides), Metrics(CollectorRegistry()), httpx.MockTransport(server))


def ok(result: Any) -> Answer:
    return lambda _request: reply({"result": result})


def test_a_call_names_its_arguments_and_carries_the_context_of_the_connection() -> None:
    server = Server(ok([]))

    client(server, company_ids=(3,)).call("uom.uom", "search_read", domain=[], context={"lang": "de_DE"})

    assert server.requests[-1] == {
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

    assert server.requests[-1]["args"][5] == [[4, 5]]


def test_create_gets_its_values_by_position() -> None:
    server = Server(ok([1]))

    client(server).call("uom.uom", "create", vals_list=[{"name": "x"}])

    assert server.requests[-1]["args"][5] == [[{"name": "x"}]]
    assert "vals_list" not in server.requests[-1]["args"][6]


def test_the_login_is_asked_for_once() -> None:
    server = Server(ok([]))
    odoo = client(server)

    odoo.call("uom.uom", "search_read")
    odoo.call("uom.uom", "search_read")

    assert [params["service"] for params in server.requests] == ["common", "object", "object"]


def test_a_wrong_secret_is_tried_once_per_call_and_says_what_to_check() -> None:
    server = Server(ok([]), uid=False)
    odoo = client(server)

    with pytest.raises(MisconfiguredError, match="ODOO_LOGIN and ODOO_API_KEY, and ODOO_DB"):
        odoo.call("uom.uom", "search_read")

    assert [params["service"] for params in server.requests] == ["common"]


def test_an_administrator_is_told_of_the_administrators_settings() -> None:
    fields: dict[str, Any] = {
        "url": "http://odoo.test",
        "db": "works",
        "admin_login": "admin",
        "admin_password": SECRET,
    }
    administrator = AdministratorSettings(_env_file=None, **fields)
    server = Server(ok([]), uid=False)
    odoo = JsonRpc(administrator, Metrics(CollectorRegistry()), httpx.MockTransport(server))

    with pytest.raises(MisconfiguredError, match="ODOO_ADMIN_LOGIN and ODOO_ADMIN_PASSWORD"):
        odoo.call("ir.model", "search_read")


def test_a_method_that_returns_nothing_gives_a_reply_without_result() -> None:
    assert client(Server(lambda _request: reply({}))).call("uom.uom", "anything") is None


def test_a_fault_becomes_an_error_of_ours() -> None:
    fault = {
        "code": 0,
        "message": "Odoo Server Error",
        "data": {"name": "odoo.exceptions.UserError", "message": "No"},
    }

    with pytest.raises(PermanentError, match="Odoo refuses: No"):
        client(Server(lambda _request: reply({"error": fault}))).call("uom.uom", "write", ids=[1], vals={})


def raising(error: Exception) -> Answer:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    return answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (raising(httpx.ConnectError("refused")), UnavailableError),
        (raising(httpx.ConnectTimeout("no answer")), UnavailableError),
        (raising(httpx.PoolTimeout("busy")), UnavailableError),
        (raising(httpx.ReadTimeout("slow")), AmbiguousError),
        (raising(httpx.ReadError("reset")), AmbiguousError),
        (raising(httpx.WriteError("reset")), AmbiguousError),
        (raising(httpx.RemoteProtocolError("server disconnected")), AmbiguousError),
        (lambda _: httpx.Response(404, html="<h1>No database is selected</h1>"), UnavailableError),
        (lambda _: httpx.Response(502, html="<h1>Bad Gateway</h1>"), UnavailableError),
        (lambda _: httpx.Response(413, html="<h1>Too large</h1>"), PermanentError),
        (lambda _: httpx.Response(504, html="<h1>Gateway Timeout</h1>"), AmbiguousError),
        (
            lambda _: httpx.Response(200, text='{"jsonrpc', headers={"content-type": "application/json"}),
            AmbiguousError,
        ),
        (lambda _: httpx.Response(200, json=["no", "answer"]), UnavailableError),
        (lambda _: httpx.Response(500, json={"error": "a proxy's own words"}), UnavailableError),
    ],
)
def test_what_happens_on_the_way_decides_who_waits(answer: Answer, expected: type[Exception]) -> None:
    with pytest.raises(expected) as caught:
        client(Server(answer)).call("uom.uom", "search_read")

    assert type(caught.value) is expected


def test_a_lost_reply_is_counted() -> None:
    metrics = Metrics(CollectorRegistry())
    transport = httpx.MockTransport(Server(raising(httpx.ReadError("reset"))))
    odoo = JsonRpc(settings(), metrics, transport)

    with pytest.raises(AmbiguousError):
        odoo.call("product.template", "load")

    assert metrics.ambiguous.labels("product.template", "load")._value.get() == 1


@pytest.mark.parametrize(
    "answer",
    [
        raising(httpx.ReadError("reset")),
        raising(httpx.ConnectError("refused")),
        lambda _: httpx.Response(404, html="<h1>Not Found</h1>"),
        lambda _: reply({"error": {"message": "x", "data": {"name": "odoo.exceptions.AccessDenied"}}}),
    ],
)
def test_the_secret_is_in_no_text_that_could_be_logged(answer: Answer) -> None:
    odoo = client(Server(answer))

    with pytest.raises(Exception) as caught:  # noqa: PT011
        odoo.call("uom.uom", "search_read")

    shown = (
        "".join(traceback.format_exception(caught.value))
        + repr(odoo)
        + repr(settings())
        + repr(settings().account)
    )
    assert SECRET not in shown


def test_a_file_that_holds_no_certificates_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificates", encoding="utf-8")

    with pytest.raises(SettingsError, match=r"ODOO_CA_FILE .*ca\.pem cannot be read as certificates"):
        client(ok([]), ca_file=file)
