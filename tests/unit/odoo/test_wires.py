"""`ODOO_PROTOCOL=auto`: which protocol is taken, from what Odoo answers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import structlog

from consumers.errors import DeniedError, MisconfiguredError, UnavailableError
from tests.unit.odoo.servers import SECRET, Answer, Server, client, fault, html, reply


def chosen(server: Server, **account: Any) -> str:
    """Return the protocol of the call itself, after whatever was asked before."""
    client(server, protocol="auto", **account).call("uom.uom", "search_read")
    return server.seen[-1].split()[0]


@pytest.mark.parametrize(
    ("server", "account", "protocol"),
    [
        (Server(), {}, "json2"),
        (Server(series="saas~19.1"), {}, "json2"),
        (Server(), {"login": None}, "json2"),
        (Server(), {"login": None, "api_key": f"7:{SECRET}"}, "json2"),
        (Server(jsonrpc=False), {}, "json2"),
        (Server(keys=()), {}, "jsonrpc"),
        (Server(keys=(), passwords=("two words",)), {"api_key": "two words"}, "jsonrpc"),
        (Server(series="18.0"), {}, "jsonrpc"),
        (Server(series="saas~18.4"), {}, "jsonrpc"),
        (Server(series="16.0"), {"login": None, "api_key": f"7:{SECRET}"}, "jsonrpc"),
    ],
)
def test_json_2_is_taken_where_odoo_has_it_and_takes_the_key(
    server: Server, account: dict[str, Any], protocol: str
) -> None:
    assert chosen(server, **account) == protocol


def test_it_is_asked_once_and_said_with_the_reason() -> None:
    server = Server()
    odoo = client(server, protocol="auto")

    with structlog.testing.capture_logs() as logs:
        odoo.call("uom.uom", "search_read")
        odoo.call("uom.uom", "search_read")

    assert server.seen == [
        "jsonrpc version",
        "json2 context_get",
        "json2 search_read",
        "json2 search_read",
    ]
    assert [line for line in logs if line["log_level"] == "info"] == [
        {
            "event": "protocol chosen",
            "protocol": "JSON-2",
            "because": "Odoo 19.0 takes the key",
            "log_level": "info",
        }
    ]


def test_nothing_is_decided_while_odoo_is_down() -> None:
    server = Server(up=False)
    odoo = client(server, protocol="auto")
    with pytest.raises(UnavailableError, match="does not answer"):
        odoo.call("uom.uom", "search_read")

    server.up = True
    odoo.call("uom.uom", "search_read")

    assert server.seen[-1] == "json2 search_read"


def test_nothing_is_decided_while_odoo_refuses_us() -> None:
    server = Server(keys=(), passwords=())
    odoo = client(server, protocol="auto")
    with pytest.raises(DeniedError, match="ODOO_LOGIN and ODOO_API_KEY"):
        odoo.call("uom.uom", "search_read")
    assert server.seen == ["jsonrpc version", "json2 context_get", "jsonrpc authenticate"]

    server.keys = (SECRET,)
    odoo.call("uom.uom", "search_read")

    assert server.seen[-1] == "json2 search_read"


@pytest.mark.parametrize("server", [Server(keys=()), Server(jsonrpc=False, keys=(), passwords=())])
def test_a_wrong_key_without_a_user_is_not_tried_elsewhere(server: Server) -> None:
    with pytest.raises(DeniedError, match="check ODOO_API_KEY"):
        client(server, protocol="auto", login=None).call("uom.uom", "search_read")

    assert server.seen[-1] == "json2 context_get"


def test_a_password_where_json_rpc_is_off_is_denied() -> None:
    with pytest.raises(DeniedError):
        client(Server(jsonrpc=False, keys=()), protocol="auto").call("uom.uom", "search_read")


def test_a_key_alone_on_an_odoo_without_json_2_says_what_to_set() -> None:
    with pytest.raises(MisconfiguredError, match="set ODOO_LOGIN, or write the user's id before the key"):
        client(Server(series="18.0"), protocol="auto", login=None).call("uom.uom", "search_read")


@pytest.mark.parametrize("server", [Server(), Server(series="18.0"), Server(jsonrpc=False)])
def test_the_version_is_had_by_whichever_protocol_answers(server: Server) -> None:
    odoo = client(server, protocol="auto")

    assert odoo.version() == server.series
    odoo.call("uom.uom", "search_read")
    assert odoo.version() == server.series


def test_when_both_refuse_us_both_reasons_are_said() -> None:
    with pytest.raises(DeniedError, match=r"Invalid apikey \(JSON-2\); .*login 'pdm' .*\(JSON-RPC\); check"):
        client(Server(keys=(), passwords=()), protocol="auto").call("uom.uom", "search_read")


def barring(server: Server, path: str, status: int) -> Answer:
    """A proxy that does not let through to `path`."""

    def answer(request: httpx.Request) -> httpx.Response:
        return html(status) if request.url.path.startswith(path) else server(request)

    return answer


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_where_a_proxy_lets_json_rpc_through_alone_that_is_taken(status: int) -> None:
    server = Server()
    odoo = client(barring(server, "/json/2", status), protocol="auto")

    with structlog.testing.capture_logs() as logs:
        odoo.call("uom.uom", "search_read")

    assert server.seen[-1] == "jsonrpc search_read"
    (line,) = (line for line in logs if line["event"] == "protocol chosen")
    assert f"/json/2 is closed: HTTP {status}" in line["because"]


def test_without_a_user_a_proxy_that_bars_json_2_is_told_with_the_setting() -> None:
    with pytest.raises(MisconfiguredError, match=r"HTTP 403 .*ODOO_PROTOCOL"):
        client(barring(Server(), "/json/2", 403), protocol="auto", login=None).call("uom.uom", "x")


def test_a_database_that_is_down_decides_nothing_and_json_2_is_taken_afterwards() -> None:
    server = Server()
    down = True

    def answer(request: httpx.Request) -> httpx.Response:
        if not down or b'"method":"version"' in request.content:
            return server(request)
        if request.url.path == "/jsonrpc":
            return reply(fault("psycopg2.OperationalError", "connection refused"))
        return html(404)

    odoo = client(answer, protocol="auto")
    with pytest.raises(UnavailableError, match="cannot reach its database: connection refused"):
        odoo.call("uom.uom", "search_read")
    for down in (False, True, False):
        if down:
            with pytest.raises(UnavailableError, match="HTTP 404"):
                odoo.call("uom.uom", "search_read")
        else:
            odoo.call("uom.uom", "search_read")

    assert server.seen[-1] == "json2 search_read"
    assert not any(seen.startswith("jsonrpc search_read") for seen in server.seen)


@pytest.mark.parametrize("version_first", [True, False])
def test_after_an_upgrade_to_an_odoo_without_json_rpc_json_2_is_taken(*, version_first: bool) -> None:
    server = Server(series="18.0")
    odoo = client(server, protocol="auto")
    odoo.call("uom.uom", "search_read")
    assert server.seen[-1] == "jsonrpc search_read"

    server.series, server.jsonrpc = "19.0", False
    with pytest.raises(UnavailableError, match="HTTP 404"):
        odoo.version() if version_first else odoo.call("uom.uom", "search_read")
    odoo.call("uom.uom", "search_read")

    assert server.seen[-1] == "json2 search_read"
