"""Which wire: JSON-RPC, JSON-2, or the better one of the two, found out at the first call.

A newcomer would get wrong that the version does not decide alone: a password is no bearer key, and
`/jsonrpc` can be switched off.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import structlog

from consumers.errors import DeniedError, PipelineError, UnavailableError
from consumers.odoo.http import Http
from consumers.odoo.json2 import Json2
from consumers.odoo.jsonrpc import JsonRpc
from schemas.odoo_settings import AdministratorSettings, OdooProtocol, OdooSettings

log = structlog.get_logger()

_FIRST_WITH_JSON2 = 19


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

    Nothing is decided while Odoo is down or refuses us: the next call asks again.
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
        return self._chosen.version() if self._chosen else self._asked()[0]

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        context: Mapping[str, Any],
    ) -> Any:
        """Return what `model.method` returns; raises as `client.Odoo.call`."""
        return self._decided().call(model, method, ids, arguments, context)

    def _decided(self) -> Wire:
        with self._choosing:
            if self._chosen is None:
                chosen, because = self._choose()
                log.info("protocol chosen", protocol=chosen.name, because=because)
                self._chosen = chosen
            return self._chosen

    def _choose(self) -> tuple[JsonRpc | Json2, str]:
        version, off = self._asked()
        if _major(version) < _FIRST_WITH_JSON2:
            return self._jsonrpc, f"Odoo {version} has no JSON-2"
        try:
            _log_in(self._json2)
        except DeniedError:
            if off or not self._names_user:
                raise
            _log_in(self._jsonrpc)
            return self._jsonrpc, "the secret is a password, and JSON-2 needs an API key"
        return self._json2, "/jsonrpc is switched off" if off else f"Odoo {version} takes the key"

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


def _major(version: str) -> int:
    found = re.search(r"\d+", version)  # "19.0", "saas~18.4"
    return int(found[0]) if found else 0
