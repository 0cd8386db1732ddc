"""Odoo over JSON-RPC (`/jsonrpc`, every supported version).

A newcomer would get wrong that Odoo answers HTTP 200 to almost everything, and that a method
returning None gives a reply without `result`.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from consumers.errors import AmbiguousError, MisconfiguredError, PipelineError, UnavailableError
from consumers.odoo.client import QUIET
from consumers.odoo.errors import from_fault, from_status
from schemas.metrics import Metrics
from schemas.settings import AdministratorSettings, OdooSettings, SettingsError

_CONNECT_SECONDS = 10.0
_PROBE_SECONDS = 10.0

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class JsonRpc:
    """A connection to one database as one user. No network activity until the first call."""

    def __init__(
        self,
        settings: OdooSettings | AdministratorSettings,
        metrics: Metrics,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._account = settings.account
        self._metrics = metrics
        self._url = str(settings.url).rstrip("/") + "/jsonrpc"
        verify = _trusting(settings.ca_file) if settings.ca_file else True
        self._http = httpx.Client(verify=verify, transport=transport)
        self._uid: int | None = None
        self._login = threading.Lock()
        self._context: dict[str, Any] = {"lang": settings.lang, "active_test": False, **QUIET}
        if self._account.company_ids:
            self._context["allowed_company_ids"] = list(self._account.company_ids)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def call(
        self,
        model: str,
        method: str,
        *,
        ids: Sequence[int] | None = None,
        context: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> Any:
        """Return what `model.method` returns; see `client.Odoo.call`."""
        keywords = {**arguments, "context": {**self._context, **(context or {})}}
        positional: list[Any] = [] if ids is None else [list(ids)]
        if method == "create":
            # Odoo's dispatcher looks at the values by position; as a keyword they end in an IndexError.
            positional.append(keywords.pop("vals_list"))
        started = time.monotonic()
        outcome = "failed"
        try:
            result = self._execute(model, method, positional, keywords)
            outcome = "ok"
        except AmbiguousError as error:
            self._metrics.ambiguous.labels(model, method).inc()
            if not self._answers():
                # Lost to all, not to this call: the world is down, and the message pays no attempt for it.
                raise UnavailableError(f"{error}; and Odoo does not answer since") from error
            raise
        finally:
            self._metrics.odoo_requests.labels(model, method, outcome).observe(time.monotonic() - started)
        return result

    def _execute(self, model: str, method: str, positional: list[Any], keywords: dict[str, Any]) -> Any:
        secret = self._account.secret.get_secret_value()
        uid = self._authenticated(secret)
        return self._post(
            "object", "execute_kw", [self._settings.db, uid, secret, model, method, positional, keywords]
        )

    def _answers(self) -> bool:
        """Return whether Odoo answers at all: the cheapest call there is, without login."""
        try:
            self._post("common", "version", [], timeout=_PROBE_SECONDS)
        except (PipelineError, UnavailableError):
            return False
        return True

    def _authenticated(self, secret: str) -> int:
        with self._login:
            if self._uid is None:
                arguments = [self._settings.db, self._account.login, secret, {}]
                uid = self._post("common", "authenticate", arguments)
                if not uid:
                    raise MisconfiguredError(
                        f"Odoo does not know the login {self._account.login!r} with this secret in database "
                        f"{self._settings.db!r}; check {self._account.variables}, and ODOO_DB"
                    )
                self._uid = int(uid)
            return self._uid

    def _post(self, service: str, method: str, arguments: list[Any], timeout: float | None = None) -> Any:
        body = {
            "jsonrpc": "2.0",
            "method": "call",
            "id": 1,
            "params": {"service": service, "method": method, "args": arguments},
        }
        reply = self._sent(
            orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS), timeout or self._settings.timeout_seconds
        )
        if "json" not in reply.headers.get("content-type", ""):
            raise from_status(reply.status_code, reply.headers.get("content-type", ""))
        try:
            answer = orjson.loads(reply.content)
        except orjson.JSONDecodeError as error:
            raise AmbiguousError(f"Odoo's reply broke off: {error}") from error
        if not isinstance(answer, dict) or "jsonrpc" not in answer:
            # A proxy or another program that happens to speak JSON.
            raise from_status(reply.status_code, reply.headers["content-type"])
        if fault := answer.get("error"):
            raise from_fault(fault.get("data") or {"name": "", "message": fault.get("message")})
        return answer.get("result")

    def _sent(self, content: bytes, timeout: float) -> httpx.Response:
        try:
            return self._http.post(
                self._url,
                content=content,
                headers={"Content-Type": "application/json"},
                timeout=httpx.Timeout(timeout, connect=_CONNECT_SECONDS),
            )
        except _NOT_SENT as error:
            raise UnavailableError(f"Odoo does not answer at {self._url}: {error}") from error
        except httpx.TransportError as error:
            # Sent, at least in part: Odoo does not notice a closed connection and commits.
            raise AmbiguousError(f"Odoo's reply was lost: {type(error).__name__}: {error}") from error


def _trusting(ca_file: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"ODOO_CA_FILE {ca_file} cannot be read as certificates: {error}") from error
