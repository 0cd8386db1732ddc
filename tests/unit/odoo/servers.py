"""An Odoo server in memory, as both protocols see it, and connections to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from prometheus_client import CollectorRegistry

from consumers.odoo.connection import Connection, connect
from schemas.metrics import Metrics
from schemas.odoo_settings import OdooSettings

SECRET = "hunter2-very-secret"

Answer = Callable[[httpx.Request], httpx.Response]


def settings(**overrides: Any) -> OdooSettings:
    fields = {
        "url": "http://odoo.test:8069/",
        "db": "works",
        "login": "pdm",
        "api_key": SECRET,
        "protocol": "jsonrpc",
    }
    return OdooSettings(_env_file=None, **(fields | overrides))


def client(server: Answer, metrics: Metrics | None = None, **overrides: Any) -> Connection:
    return connect(
        settings(**overrides), metrics or Metrics(CollectorRegistry()), httpx.MockTransport(server)
    )


def reply(body: Any, status: int = 200) -> httpx.Response:
    """A reply of JSON-RPC."""
    return httpx.Response(status, json={"jsonrpc": "2.0", "id": 1, **body})


def fault(name: str, message: str = "No") -> Any:
    return {"error": {"code": 0, "message": "Odoo Server Error", "data": {"name": name, "message": message}}}


def html(status: int) -> httpx.Response:
    return httpx.Response(status, html="<h1>No database is selected</h1>")


def raising(error: Exception) -> Answer:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    return answer


@dataclass
class Server:
    """Answers version and login as it is set up, and every other call by `answer`."""

    answer: Answer = lambda _request: reply({"result": []})
    """Of the calls that come by JSON-RPC."""
    result: Any = None
    """Of the calls that come by JSON-2."""
    series: str = "19.0"
    passwords: tuple[str, ...] = (SECRET,)
    keys: tuple[str, ...] = (SECRET,)
    jsonrpc: bool = True
    up: bool = True
    seen: list[str] = field(default_factory=list)
    """What was asked, in order: version, authenticate, or the method's name, with its protocol."""
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if not self.up:
            raise httpx.ConnectError("refused")
        if request.url.path == "/jsonrpc":
            return self._jsonrpc(request) if self.jsonrpc else html(404)
        if int(self.series.rpartition("~")[2].split(".")[0]) < 19:
            return html(404)
        if request.url.path == "/web/version":
            self.seen.append("json2 version")
            major, minor = self.series.split(".")
            info = [int(major) if major.isdigit() else major, int(minor), 0, "final", 0, ""]
            return httpx.Response(200, json={"version": f"{self.series}-20261101", "version_info": info})
        self.seen.append(f"json2 {request.url.path.rpartition('/')[2]}")
        if request.headers["authorization"].removeprefix("bearer ") not in self.keys:
            body = {"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"}
            return httpx.Response(401, json=body)
        # `json=None` would send nothing.
        return httpx.Response(
            200, content=orjson.dumps(self.result), headers={"Content-Type": "application/json"}
        )

    def _jsonrpc(self, request: httpx.Request) -> httpx.Response:
        params = orjson.loads(request.content)["params"]
        method = params["args"][4] if params["service"] == "object" else params["method"]
        self.seen.append(f"jsonrpc {method}")
        if method == "version":
            return reply({"result": {"server_serie": self.series, "server_version": f"{self.series}-x"}})
        if method == "authenticate":
            return reply({"result": 7 if params["args"][2] in self.passwords + self.keys else False})
        if params["args"][2] not in self.passwords + self.keys:
            return reply(fault("odoo.exceptions.AccessDenied", "Access Denied"))
        return self.answer(request)

    @property
    def bodies(self) -> list[Any]:
        """The bodies of the requests that had one."""
        return [orjson.loads(request.content) for request in self.requests if request.content]
