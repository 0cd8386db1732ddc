"""A connection: lost replies, counting, the log, and that no secret is ever said."""

from __future__ import annotations

import traceback
from typing import Any

import httpx
import pytest
import structlog
from prometheus_client import CollectorRegistry

from consumers.errors import AmbiguousError, PermanentError, UnavailableError
from schemas.metrics import Metrics
from tests.unit.odoo.servers import SECRET, Answer, Server, client, fault, html, raising, reply, settings

PROXY_LOGIN = "proxy-hunter2"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (raising(httpx.ConnectError("refused")), UnavailableError),
        (raising(httpx.ConnectTimeout("no answer")), UnavailableError),
        (raising(httpx.PoolTimeout("busy")), UnavailableError),
        (raising(httpx.ProxyError("502 Bad Gateway")), UnavailableError),
        (raising(httpx.ReadTimeout("slow")), AmbiguousError),
        (raising(httpx.ReadError("reset")), AmbiguousError),
        (raising(httpx.WriteError("reset")), AmbiguousError),
        (raising(httpx.RemoteProtocolError("server disconnected")), AmbiguousError),
        (raising(httpx.DecodingError("no gzip")), AmbiguousError),
        (lambda _: html(404), UnavailableError),
        (lambda _: html(502), UnavailableError),
        (lambda _: html(413), PermanentError),
        (lambda _: html(504), AmbiguousError),
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

    with pytest.raises(AmbiguousError):
        client(Server(raising(httpx.ReadError("reset"))), metrics).call("product.template", "load")

    assert metrics.ambiguous.labels("product.template", "load")._value.get() == 1


@pytest.mark.parametrize("protocol", ["jsonrpc", "json2"])
def test_a_reply_that_is_lost_to_all_is_an_odoo_that_is_down(protocol: str) -> None:
    with pytest.raises(UnavailableError, match=r"was lost: .*; and Odoo does not answer since"):
        client(raising(httpx.ReadError("reset")), protocol=protocol, login=None, api_key=f"7:{SECRET}").call(
            "product.template", "load"
        )


def test_a_version_that_is_lost_is_an_odoo_that_is_down() -> None:
    with pytest.raises(UnavailableError, match="does not say its version"):
        client(raising(httpx.ReadError("reset"))).version()


def test_a_cookie_is_not_sent_back() -> None:
    server = Server(
        lambda _: httpx.Response(200, json={"jsonrpc": 1}, headers={"set-cookie": "session_id=1"})
    )
    odoo = client(server)

    odoo.call("uom.uom", "search_read")
    odoo.call("uom.uom", "search_read")

    assert not any("cookie" in request.headers for request in server.requests)


CALL: dict[str, Any] = {
    "fields": ["name", "datas"],
    "data": [["Drawing", "QUJD" * 10_000]],
}


def logged(server: Answer, **overrides: Any) -> list[Any]:
    with structlog.testing.capture_logs() as logs:
        client(server, **overrides).call("product.document", "load", ids=[1, 2], **CALL)
    return logs


def test_a_call_is_logged_with_its_contents_only_when_asked_for() -> None:
    (line,) = logged(Server(lambda _: reply({"result": {"ids": [1]}})))

    assert line.pop("seconds") >= 0
    assert line == {
        "event": "call",
        "log_level": "debug",
        "model": "product.document",
        "method": "load",
        "outcome": "ok",
    }


@pytest.mark.parametrize("protocol", ["jsonrpc", "json2", "auto"])
def test_a_logged_call_shows_what_was_meant_without_files_and_secrets(protocol: str) -> None:
    server = Server(lambda _: reply({"result": {"ids": [1]}}), {"ids": [1]})

    line = logged(server, protocol=protocol, log_calls=True)[-1]

    assert line["log_level"] == "info"
    assert line["records"] == 2
    assert line["arguments"] == ('{"fields":["name","datas"],"data":[["Drawing","(40000 characters)"]]}')
    assert line["reply"] == '{"ids":[1]}'
    assert SECRET not in str(line)


@pytest.mark.parametrize("field", ["datas", "raw", "db_datas", "image_1920", "product_document_ids/datas"])
def test_not_even_a_short_file_is_logged(field: str) -> None:
    odoo = client(Server(lambda _: reply({"result": [{"id": 1, field: "QUJD"}]})), log_calls=True)

    with structlog.testing.capture_logs() as logs:
        odoo.call("product.document", "load", fields=["name", field], data=[["Drawing", "QUJD"]])
        odoo.call("product.document", "create", vals_list=[{"name": "Drawing", field: "QUJD"}])

    assert "QUJD" not in str(logs)
    assert all("Drawing" in line["arguments"] for line in logs)


def test_a_long_text_is_cut() -> None:
    odoo = client(Server(lambda _: reply({"result": True})), log_calls=True)

    with structlog.testing.capture_logs() as logs:
        odoo.call("product.template", "write", ids=[1], vals={"description": "x" * 300})

    assert logs[0]["arguments"] == '{"vals":{"description":"xxxxxxxxxxxxxxxxxxxx… (300 characters)"}}'


def test_a_long_reply_is_cut() -> None:
    rows = [{"id": number, "name": "Gear"} for number in range(1000)]

    line = logged(Server(lambda _: reply({"result": rows})), log_calls=True)[-1]

    assert len(line["reply"]) <= 2000


def test_a_call_that_failed_is_logged_too() -> None:
    with structlog.testing.capture_logs() as logs, pytest.raises(PermanentError):
        client(Server(lambda _: reply(fault("odoo.exceptions.UserError"))), log_calls=True).call("a", "b")

    assert [(line["outcome"], line["reply"]) for line in logs] == [("failed", "null")]


@pytest.mark.parametrize("protocol", ["jsonrpc", "json2", "auto"])
@pytest.mark.parametrize(
    "answer",
    [
        raising(httpx.ReadError("reset")),
        raising(httpx.ConnectError("refused")),
        raising(httpx.LocalProtocolError(f"Illegal header value b'bearer {SECRET}'")),
        lambda _: httpx.Response(404, html="<h1>Not Found</h1>"),
        lambda _: httpx.Response(401, json={"name": "werkzeug.exceptions.Unauthorized", "debug": SECRET}),
        lambda _: reply({"error": {"message": "x", "data": {"name": "odoo.exceptions.AccessDenied"}}}, 403),
    ],
)
def test_the_secret_is_in_no_text_that_could_be_logged(answer: Answer, protocol: str) -> None:
    odoo = client(answer, protocol=protocol, log_calls=True)

    with structlog.testing.capture_logs() as logs, pytest.raises(Exception) as caught:  # noqa: PT011
        odoo.call("uom.uom", "search_read")

    shown = (
        "".join(traceback.format_exception(caught.value))
        + repr(odoo)
        + repr(vars(odoo))
        + repr(settings())
        + repr(settings().account)
        + str(logs)
    )
    assert SECRET not in shown


def test_the_login_at_a_proxy_is_in_no_text_that_could_be_logged() -> None:
    proxy = f"http://works:{PROXY_LOGIN}@127.0.0.1:9"
    odoo = client(Server(), proxy=proxy)

    with pytest.raises(UnavailableError) as caught:
        odoo.call("uom.uom", "search_read")

    shown = "".join(traceback.format_exception(caught.value)) + repr(odoo) + repr(settings(proxy=proxy))
    assert PROXY_LOGIN not in shown
