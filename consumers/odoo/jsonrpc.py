"""Odoo over JSON-RPC (`/jsonrpc`, every supported version).

A newcomer would get wrong that Odoo answers HTTP 200 to almost everything, and that a method
returning None gives a reply without `result`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from consumers.errors import DeniedError, MisconfiguredError
from consumers.odoo.errors import from_fault, is_odoos
from consumers.odoo.http import PROBE_SECONDS, Http, Reply
from schemas.odoo_settings import NO_USER, Account


class JsonRpc:
    """The wire to one database as one user: by login, with one call to learn the uid, or by uid."""

    name = "JSON-RPC"

    def __init__(self, http: Http, db: str, account: Account) -> None:
        self._http = http
        self._db = db
        self._account = account
        self._uid = account.uid
        self._login = threading.Lock()

    def version(self) -> str:
        """Return Odoo's series, e.g. "19.0"; raises as `Http.post`."""
        reply, said = self._post("common", "version", [], timeout=PROBE_SECONDS)
        if not isinstance(said, dict) or not isinstance(said.get("server_serie"), str):
            raise reply.foreign()
        return str(said["server_serie"])

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        context: Mapping[str, Any],
    ) -> Any:
        """Return what `model.method` returns; raises as `client.Odoo.call`."""
        keywords = {**arguments, "context": context}
        positional: list[Any] = [] if ids is None else [list(ids)]
        if method == "create":
            # Odoo's dispatcher looks at the values by position; as a keyword they end in an IndexError.
            positional.append(keywords.pop("vals_list"))
        secret = self._account.secret.get_secret_value()
        uid = self._authenticated(secret)
        sent = [self._db, uid, secret, model, method, positional, keywords]
        try:
            return self._post("object", "execute_kw", sent)[1]
        except DeniedError:
            self._forget(uid)
            raise

    def _authenticated(self, secret: str) -> int:
        with self._login:
            if self._uid is None:
                login = self._account.login
                if login is None:
                    raise MisconfiguredError(NO_USER)
                reply, uid = self._post("common", "authenticate", [self._db, login, secret, {}])
                if not uid:
                    raise DeniedError(
                        f"Odoo does not know the login {login!r} with this secret in database {self._db!r}"
                    )
                if not isinstance(uid, int):
                    raise reply.foreign()
                self._uid = uid
            return self._uid

    def _forget(self, uid: int) -> None:
        """Ask for the uid anew: the user was made again, or the database restored."""
        with self._login:
            if self._uid == uid:
                self._uid = self._account.uid

    def _post(
        self, service: str, method: str, arguments: list[Any], timeout: float | None = None
    ) -> tuple[Reply, Any]:
        params = {"service": service, "method": method, "args": arguments}
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        reply = self._http.post("/jsonrpc", body, timeout=timeout)
        if not isinstance(reply.body, dict) or "jsonrpc" not in reply.body:
            raise reply.foreign()
        if fault := reply.body.get("error"):
            data: Any = fault.get("data") if isinstance(fault, dict) else None
            if not is_odoos(reply.status, data):
                raise reply.foreign()
            raise from_fault(data)
        return reply, reply.body.get("result")
