"""The peer to beat: the consumer that a user would write, in a day, from RabbitMQ's and Odoo's tutorials.

One message at a time: look the record up, create or write it with all its fields, acknowledge. JSON-RPC
with login and password, as Odoo 19 and every version before it takes them. It is not handicapped: one
connection to the broker, one HTTP client, one login for all, prefetch above one, the variant's indexed
`default_code` to search by, units and components remembered or asked for by one call. Components are
looked up by one `in` search, for whoever has seen a BOM of a thousand lines does not search a thousand
times; lines are replaced as a whole, for telling them apart is what one does not write in a day.

Nothing of the pipeline is used here: no key, no fence, no comparison, and a message that fails stops it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pika

QUEUES = {"product": "naive.product", "bom": "naive.bom"}
_UNITS = {"pcs": "Units"}
"""The vault's name of a unit = its name in Odoo."""
_PREFETCH = 10


class Naive:
    """A consumer of product and BOM messages."""

    def __init__(self, amqp_url: str, odoo_url: str, db: str, login: str, password: str) -> None:
        self._amqp_url = amqp_url
        self._http = httpx.Client(base_url=odoo_url, timeout=150)
        self._db = db
        self._password = password
        self._uid = self._rpc("common", "authenticate", db, login, password, {})
        units = self._call("uom.uom", "search_read", [[]], fields=["name"])
        self._units = {unit["name"]: unit["id"] for unit in units}

    def close(self) -> None:
        """Close the connection to Odoo."""
        self._http.close()

    def consume(self, entity: str, count: int) -> None:
        """Take `count` messages of `entity` (product or bom) from its queue and bring them into Odoo."""
        apply: Callable[[Mapping[str, Any]], None] = {"product": self._product, "bom": self._bom}[entity]
        with pika.BlockingConnection(pika.URLParameters(self._amqp_url)) as connection:
            channel = connection.channel()
            channel.basic_qos(prefetch_count=_PREFETCH)
            for method, _, body in channel.consume(QUEUES[entity]):
                assert method  # noqa: S101 - absent only where `consume` is given a time limit
                assert body is not None  # noqa: S101
                apply(json.loads(body)["data"])
                channel.basic_ack(method.delivery_tag)
                count -= 1
                if not count:
                    break

    def _product(self, data: Mapping[str, Any]) -> None:
        number = data["item"]["number"]
        values = {
            "default_code": number,
            "name": data["name"] or number,
            "weight": float(data["weight"] or 0),
        }
        found = self._call("product.product", "search", [[["default_code", "=", number]]], limit=1)
        if found:
            self._call("product.product", "write", [found, values])
            return
        values |= {"type": "consu", "is_storable": True, "purchase_ok": not data["has_components"]}
        values |= {"uom_id": self._units[_UNITS[data["unit"]]]} if data["unit"] else {}
        self._call("product.product", "create", [values])

    def _bom(self, data: Mapping[str, Any]) -> None:
        numbers = sorted({line["number"] for line in data["lines"]} | {data["item"]["number"]})
        fields = ["default_code", "product_tmpl_id", "uom_id"]
        found = self._call(
            "product.product", "search_read", [[["default_code", "in", numbers]]], fields=fields
        )
        products = {product["default_code"]: product for product in found}
        template = products[data["item"]["number"]]["product_tmpl_id"][0]
        lines = [
            [
                0,
                0,
                {
                    "product_id": products[line["number"]]["id"],
                    "product_qty": float(line["quantity"]),
                    "product_uom_id": products[line["number"]]["uom_id"][0],
                    "sequence": line["position"],
                },
            ]
            for line in data["lines"]
        ]
        values = {"code": data["item"]["revision"], "bom_line_ids": [[5, 0, 0], *lines]}
        boms = self._call("mrp.bom", "search", [[["product_tmpl_id", "=", template]]], limit=1)
        if boms:
            self._call("mrp.bom", "write", [boms, values])
        else:
            self._call("mrp.bom", "create", [values | {"product_tmpl_id": template}])

    def _call(self, model: str, method: str, positional: list[Any], **keywords: Any) -> Any:
        return self._rpc(
            "object", "execute_kw", self._db, self._uid, self._password, model, method, positional, keywords
        )

    def _rpc(self, service: str, method: str, *arguments: Any) -> Any:
        params = {"service": service, "method": method, "args": arguments}
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        reply = self._http.post("/jsonrpc", json=body).json()
        if "error" in reply:
            raise RuntimeError(reply["error"]["data"]["message"])
        return reply["result"]
