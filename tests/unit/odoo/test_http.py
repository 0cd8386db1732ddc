"""TLS and proxies, on real sockets: what is trusted, what is shown, and what a refusal says."""

from __future__ import annotations

import ssl
import subprocess
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from consumers.errors import MisconfiguredError, UnavailableError
from consumers.odoo.connection import Connection, connect
from schemas.environment import SettingsError
from schemas.metrics import Metrics
from tests.unit.odoo.servers import client, settings


class Version(BaseHTTPRequestHandler):
    """Says `/web/version` as Odoo does, directly and as a proxy; keeps what it was asked."""

    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("proxy-authorization")))
        body = b'{"version": "19.0", "version_info": [19, 0, 0, "final", 0, ""]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Server(HTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust us is what some tests are about."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Serve on a thread; yield the address and what was asked."""
    asked: list[tuple[str, str | None]] = []
    server = Server(("127.0.0.1", 0), type("Bound", (Version,), {"asked": asked}))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key, fresh from `openssl`."""
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "cert.pem", folder / "key.pem"
    options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=pdm-odoo test", "-addext", "subjectAltName=IP:127.0.0.1"]
    written = ["-out", str(files[0]), "-keyout", str(files[1])]
    subprocess.run(
        ["openssl", "req", "-x509", *options, *names, *written], check=True, capture_output=True, timeout=30
    )
    return files


@pytest.fixture
def trusted(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def odoo(url: str, **overrides: Any) -> Connection:
    wanted = settings(url=url, protocol="json2", **overrides)
    return connect(wanted, Metrics(CollectorRegistry()))


def test_a_certificate_that_nobody_vouches_for_is_refused_and_nothing_can_turn_that_off(
    trusted: ssl.SSLContext,
) -> None:
    with serving(trusted) as (url, asked), pytest.raises(MisconfiguredError, match="check ODOO_CA_FILE"):
        odoo(url).version()
    assert asked == []


def test_a_certificate_of_ones_own_is_trusted_by_its_file(
    trusted: ssl.SSLContext, certificate: tuple[Path, Path]
) -> None:
    with serving(trusted) as (url, _), odoo(url, ca_file=certificate[0]) as connection:
        assert connection.version() == "19.0"


def test_a_certificate_for_another_host_is_refused(
    trusted: ssl.SSLContext, certificate: tuple[Path, Path]
) -> None:
    with serving(trusted) as (url, _), pytest.raises(MisconfiguredError, match="certificate"):
        odoo(url.replace("127.0.0.1", "localhost"), ca_file=certificate[0]).version()


def test_a_proxy_that_asks_for_our_certificate_gets_it(
    trusted: ssl.SSLContext, certificate: tuple[Path, Path]
) -> None:
    trusted.verify_mode = ssl.CERT_REQUIRED
    trusted.load_verify_locations(certificate[0])
    cert, key = certificate
    ours = {"ca_file": cert, "client_cert_file": cert, "client_key_file": key}

    with serving(trusted) as (url, _), odoo(url, **ours) as connection:
        assert connection.version() == "19.0"


def test_without_our_certificate_it_is_said_which_setting_is_missing(
    trusted: ssl.SSLContext, certificate: tuple[Path, Path]
) -> None:
    trusted.verify_mode = ssl.CERT_REQUIRED
    trusted.load_verify_locations(certificate[0])

    with serving(trusted) as (url, _), pytest.raises(MisconfiguredError, match="ODOO_CLIENT_CERT_FILE"):
        odoo(url, ca_file=certificate[0]).version()


def test_plain_http_at_a_tls_port_is_no_fault_of_a_message(trusted: ssl.SSLContext) -> None:
    with serving(trusted) as (url, _), pytest.raises(UnavailableError):
        odoo(url.replace("https", "http")).version()


@pytest.mark.parametrize("setting", ["ca_file", "client_cert_file"])
def test_a_file_that_holds_no_certificates_is_named(tmp_path: Path, setting: str) -> None:
    file = tmp_path / "no.pem"
    file.write_text("no certificates", encoding="utf-8")

    with pytest.raises(SettingsError, match=rf"ODOO_{setting.upper()} .*cannot be read as"):
        odoo("https://odoo.test", **{setting: file})


def test_an_encrypted_key_asks_nobody_at_the_terminal(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    locked = tmp_path / "locked.pem"
    subprocess.run(
        ["openssl", "pkey", "-in", str(key), "-aes256", "-passout", "pass:x", "-out", str(locked)],
        check=True,
        capture_output=True,
        timeout=30,
    )

    with pytest.raises(SettingsError, match="without a password"):
        odoo("https://odoo.test", client_cert_file=cert, client_key_file=locked)


def test_a_proxy_is_used_with_its_login() -> None:
    with serving() as (proxy, asked):
        address = proxy.replace("//", "//works:hunter2@")
        with odoo("http://odoo.test:8069", proxy=address) as connection:
            assert connection.version() == "19.0"

    assert asked == [("http://odoo.test:8069/web/version", "Basic d29ya3M6aHVudGVyMg==")]


def test_the_usual_variables_name_a_proxy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as (proxy, asked):
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "")
        with odoo("http://odoo.test:8069") as connection:
            assert connection.version() == "19.0"

    assert [path for path, _ in asked] == ["http://odoo.test:8069/web/version"]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("address", ["socks5://u:hunter2@h", "foo://u:hunter2@h", "http://u:hunter2@h:x"])
def test_a_proxy_of_the_environment_that_is_of_no_use_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch, variable: str, address: str
) -> None:
    monkeypatch.setenv(variable, address)
    monkeypatch.setenv("NO_PROXY", "")

    with pytest.raises(SettingsError, match=variable) as caught:
        odoo("http://odoo.test:8069")

    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


NOW = "Mon, 02 Mar 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Retry-After": "45"}, 45),
        ({"Retry-After": "86400"}, 600),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "Mon, 02 Mar 2026 10:01:30 GMT", "Date": NOW}, 90),
        ({"Retry-After": "Mon, 02 Mar 2026 09:00:00 GMT", "Date": NOW}, 0),
        ({"Retry-After": "Mon, 02 Mar 2026 10:01:30 GMT"}, 0),
        ({"Retry-After": "Mon, 02 Mar 2026 10:01:30 -0000", "Date": NOW}, 0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("body", [{"html": "<h1>Busy</h1>"}, {"json": {"name": "Busy"}}], ids=str)
def test_what_is_busy_may_say_for_how_long(
    headers: dict[str, str], seconds: float, status: int, body: dict[str, Any]
) -> None:
    with pytest.raises(UnavailableError) as caught:
        client(lambda _: httpx.Response(status, headers=headers, **body), protocol="json2").version()

    assert caught.value.retry_after == seconds
