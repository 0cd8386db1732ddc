"""A connection to Odoo: the context of every call, the counting, the log, and what a lost reply means."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx
import structlog

from consumers.errors import AmbiguousError, DeniedError, PipelineError, UnavailableError
from consumers.odoo import shown
from consumers.odoo.budget import Budget, limits
from consumers.odoo.client import QUIET
from consumers.odoo.http import Http
from consumers.odoo.wires import Wire, wire
from schemas.metrics import Metrics
from schemas.odoo_settings import AdministratorSettings, OdooSettings

log = structlog.get_logger()


def connect(
    settings: OdooSettings | AdministratorSettings,
    metrics: Metrics,
    transport: httpx.BaseTransport | None = None,
    stop: threading.Event | None = None,
) -> Connection:
    """Return a connection as one user, over the protocol that the settings ask for.

    No network activity until the first call. One connection, hence one budget, is enough for a process.
    After `stop` a call that would have to wait for the budget raises `StoppedError`.

    Raises:
        SettingsError: a file of certificates cannot be read, or a proxy's address is of no use.
    """
    http = Http(settings, Budget(*limits(settings), metrics.budget_wait.inc, stop=stop), transport)
    return Connection(http, wire(settings, http), settings, metrics)


class Connection:
    """`client.Odoo` over one wire. Only the wire and its HTTP know the secret; no call or reply holds it."""

    def __init__(
        self, http: Http, wire: Wire, settings: OdooSettings | AdministratorSettings, metrics: Metrics
    ) -> None:
        self._http = http
        self._wire = wire
        self._metrics = metrics
        self._variables = settings.account.variables
        self._log_calls = settings.log_calls
        self._context: dict[str, Any] = {
            "lang": settings.lang,
            "tz": settings.tz,
            "active_test": False,
            **QUIET,
        }
        if companies := settings.account.company_ids:
            self._context["allowed_company_ids"] = list(companies)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def version(self) -> str:
        """Return Odoo's series; see `client.Odoo.version`."""
        try:
            return self._wire.version()
        except PipelineError as error:
            raise UnavailableError(f"Odoo does not say its version: {error}") from error

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
        started = time.monotonic()
        outcome = "failed"
        result: Any = None
        try:
            result = self._called(model, method, ids, arguments, {**self._context, **(context or {})})
            outcome = "ok"
        finally:
            seconds = time.monotonic() - started
            self._metrics.odoo_requests.labels(model, method, outcome).observe(seconds)
            if self._log_calls:
                details = shown.call(ids, arguments, result)
                log.info("call", model=model, method=method, seconds=seconds, outcome=outcome, **details)
            else:
                log.debug("call", model=model, method=method, seconds=seconds, outcome=outcome)
        return result

    def _called(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        context: Mapping[str, Any],
    ) -> Any:
        try:
            return self._wire.call(model, method, ids, arguments, context)
        except DeniedError as error:
            raise DeniedError(f"{error}; check {self._variables}, and ODOO_DB") from error
        except AmbiguousError as error:
            self._metrics.ambiguous.labels(model, method).inc()
            if not self._answers():
                # Lost to all, not to this call: the world is down, and the message pays no attempt for it.
                raise UnavailableError(f"{error}; and Odoo does not answer since") from error
            raise

    def _answers(self) -> bool:
        try:
            self._wire.version()
        except (PipelineError, UnavailableError):
            return False
        return True
