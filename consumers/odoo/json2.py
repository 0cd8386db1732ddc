"""Odoo over JSON-2 (`/json/2/<model>/<method>`, Odoo 19 and later; needs an API key).

A newcomer would get wrong that arguments are named as in Odoo's Python source and nothing is
positional. Source: odoo/addons/rpc/controllers/json2.py of Odoo 19.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from consumers.errors import DeniedError
from consumers.odoo.errors import from_fault, is_odoos
from consumers.odoo.http import PROBE_SECONDS, Http
from schemas.odoo_settings import Account


class Json2:
    """The wire to one database as the user whose key it is."""

    name = "JSON-2"

    def __init__(self, http: Http, db: str, account: Account) -> None:
        self._http = http
        self._db = db
        self._account = account

    def version(self) -> str:
        """Return Odoo's series, e.g. "19.0"; raises as `Http.post`."""
        reply = self._http.get("/web/version", timeout=PROBE_SECONDS)
        said = reply.body.get("version_info") if isinstance(reply.body, dict) else None
        if reply.status != 200 or not isinstance(said, list):
            raise reply.foreign()
        return ".".join(str(part) for part in said[:2])

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        context: Mapping[str, Any],
    ) -> Any:
        """Return what `model.method` returns; raises as `client.Odoo.call`."""
        body = {**arguments, "context": context, **({} if ids is None else {"ids": list(ids)})}
        headers = {"Authorization": f"bearer {self._key()}", "X-Odoo-Database": self._db}
        reply = self._http.post(f"/json/2/{model}/{method}", body, headers)
        if reply.status == 200:
            return reply.body
        if not is_odoos(reply.status, reply.body):
            raise reply.foreign()
        raise from_fault(reply.body)

    def _key(self) -> str:
        key = self._account.secret.get_secret_value()
        if not key.isascii() or not key.isprintable() or " " in key:
            # It would not pass as a header, and the library's complaint would quote it.
            raise DeniedError("this secret is a password and no API key, which JSON-2 needs")
        return key
