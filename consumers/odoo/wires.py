"""Which wire: JSON-RPC, JSON-2, or the better one of the two, found out at the first call.

A newcomer would get wrong that the version does not decide alone: a password is no bearer key, `/jsonrpc`
can be switched off, and a proxy may let through one of the two.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import structlog

from consumers.errors import DeniedError, PipelineError, UnavailableError
from consumers.odoo.capabilities import capabilities
from consumers.odoo.http import Http
from consumers.odoo.json2 import Json2
from consumers.odoo.jsonrpc import JsonRpc
from consumers.odoo.statuses import BARRED
from schemas.odoo_settings import AdministratorSettings, OdooProtocol, OdooSettings

log = structlog.get_logger()


class Wire(Protocol):
    """What differs between the protocols. Safe to share between threads."""

    def version(self) -> str:
        """Return Odoo's series, e.g. "19.0", without a login."""

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        context: Mapping[str, Any],
    ) -> Any:
        """Return what `model.method` returns."""


def wire(settings: OdooSettings | AdministratorSettings, http: Http) -> Wire:
    """Return the wire that `ODOO_PROTOCOL` asks for."""
    account = settings.account
    jsonrpc, json2 = JsonRpc(http, settings.db, account), Json2(http, settings.db, account)
    if settings.protocol is OdooProtocol.JSONRPC:
        return jsonrpc
    if settings.protocol is OdooProtocol.JSON2:
        return json2
    return Auto(jsonrpc, json2, names_user=account.names_user)


class Auto:
    """JSON-2 if Odoo has it and takes the key, else JSON-RPC; decided once, by what Odoo answers.

    Nothing is decided while Odoo is down or refuses us: the next call asks again. So it does when the
    address of what was chosen is not there any more: Odoo was upgraded, or its database is down.
    """

    def __init__(self, jsonrpc: JsonRpc, json2: Json2, *, names_user: bool) -> None:
        """Without a user that is named, a key that JSON-2 refuses is of no use to JSON-RPC."""
        self._jsonrpc = jsonrpc
        self._json2 = json2
        self._names_user = names_user
        self._chosen: JsonRpc | Json2 | None = None
        self._choosing = threading.Lock()

    def version(self) -> str:
        """Return Odoo's series, by whichever protocol answers; raises as `Wire.version`."""
        chosen = self._chosen
        with self._doubted():
            return chosen.version() if chosen else self._asked()[0]

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        context: Mapping[str, Any],
    ) -> Any:
        """Return what `model.method` returns; raises as `client.Odoo.call`."""
        with self._doubted():
            return self._decided().call(model, method, ids, arguments, context)

    @contextmanager
    def _doubted(self) -> Iterator[None]:
        """Forget what was chosen when nobody answers there as Odoo does."""
        try:
            yield
        except UnavailableError as error:
            if error.status in BARRED:
                self._chosen = None
            raise

    def _decided(self) -> Wire:
        with self._choosing:
            if self._chosen is None:
                chosen, because = self._choose()
                log.info("protocol chosen", protocol=chosen.name, because=because)
                self._chosen = chosen
            return self._chosen

    def _choose(self) -> tuple[JsonRpc | Json2, str]:
        version, off = self._asked()
        if not capabilities(version).json2:
            return self._jsonrpc, f"Odoo {version} has no JSON-2"
        try:
            _log_in(self._json2)
        except UnavailableError as error:
            denied = isinstance(error, DeniedError)
            if off or not self._names_user or not (denied or error.status in BARRED):
                raise
            self._log_in_after(error)
            if denied:
                return self._jsonrpc, "the secret is a password, and JSON-2 needs an API key"
            return self._jsonrpc, f"/json/2 is closed: {error}"
        return self._json2, "/jsonrpc is switched off" if off else f"Odoo {version} takes the key"

    def _log_in_after(self, first: UnavailableError) -> None:
        """Log in by JSON-RPC, after what JSON-2 said; both texts count when JSON-RPC denies us too."""
        try:
            _log_in(self._jsonrpc)
        except DeniedError as second:
            raise DeniedError(f"{first} (JSON-2); {second} (JSON-RPC)") from second

    def _asked(self) -> tuple[str, bool]:
        """Return the version, and whether `/jsonrpc` is switched off."""
        try:
            return self._jsonrpc.version(), False
        except UnavailableError as error:
            try:
                return self._json2.version(), True
            except (PipelineError, UnavailableError):
                raise error from None


def _log_in(wire: Wire) -> None:
    """Make the cheapest call that needs a user."""
    wire.call("res.users", "context_get", None, {}, {})
