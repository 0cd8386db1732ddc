"""Records and fields that tests let a person put into Odoo."""

from __future__ import annotations

import uuid
from typing import Any

from consumers.odoo.client import Odoo
from consumers.odoo.connection import Connection


def unique(name: str) -> str:
    return f"{name} {uuid.uuid4().hex[:8]}"


def add(odoo: Odoo, model: str, **values: Any) -> int:
    [record] = odoo.call(model, "create", vals_list=[values])
    return int(record)


def add_field(administrator: Connection, model: str, name: str, kind: str = "char", **more: str) -> int:
    """Let the administrator add a field of the customer's own; return its id."""
    [found] = administrator.call(
        "ir.model", "search_read", domain=[["model", "=", model]], fields=["id"], limit=1
    )
    values = {"model_id": found["id"], "name": name, "ttype": kind, "field_description": name, **more}
    [made] = administrator.call("ir.model.fields", "create", vals_list=[{**values, "state": "manual"}])
    return int(made)


def install_german(administrator: Odoo) -> str:
    """Let the administrator install German; return its code. It takes some seconds."""
    german = administrator.call("res.lang", "search", domain=[["code", "=", "de_DE"]])
    wizard = administrator.call("base.language.install", "create", vals_list=[{"lang_ids": [[6, 0, german]]}])
    administrator.call("base.language.install", "lang_install", ids=wizard)
    return "de_DE"
