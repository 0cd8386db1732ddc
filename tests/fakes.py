"""An Odoo in memory: the methods that the handlers call, and what goes wrong with them in life.

Tests assert on what it holds (`records`), and on how many calls it took where that is the promise.
It knows no rule of Odoo's own: those are tested against the real one.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.errors import AmbiguousError, MisconfiguredError, RefusedModelError
from consumers.odoo.client import Values
from consumers.odoo.schema import KEY, OWN_FIELDS, REVISION, SEQUENCE

Field = Mapping[str, Any]

_TYPES: Mapping[str, Mapping[str, str]] = {
    "product.template": {
        "name": "char",
        "default_code": "char",
        "weight": "float",
        "uom_id": "many2one",
        "type": "selection",
        "is_storable": "boolean",
        "purchase_ok": "boolean",
        "active": "boolean",
    },
    "product.product": {
        "name": "char",
        "default_code": "char",
        "weight": "float",
        "uom_id": "many2one",
        "active": "boolean",
        "product_tmpl_id": "many2one",
        "product_variant_count": "integer",
        KEY: "char",
        SEQUENCE: "char",
        REVISION: "char",
    },
    "product.document": {
        "name": "char",
        "datas": "binary",
        "checksum": "char",
        "res_model": "char",
        "res_id": "many2one_reference",
        "attached_on_mrp": "selection",
        "company_id": "many2one",
        "active": "boolean",
    },
    "mrp.bom": {"code": "char", "product_tmpl_id": "many2one", "product_qty": "float", "active": "boolean"},
    "mrp.bom.line": {"bom_id": "many2one", "product_id": "many2one", "product_qty": "float"},
    "uom.uom": {"name": "char", "factor": "float", "relative_uom_id": "many2one", "active": "boolean"},
    "res.company": {"name": "char", "logo": "binary"},
    "res.users": {"login": "char"},
}


def fields_of(model: str) -> dict[str, Field]:
    """Return what `fields_get` says of `model`, our own fields included."""
    own = {name: kind for name, (kind, _) in OWN_FIELDS.get(model, {}).items()}
    return {name: {"type": kind, "required": False} for name, kind in {**_TYPES[model], **own}.items()}


@dataclass(frozen=True)
class Call:
    """One call as it was made."""

    model: str
    method: str
    ids: Sequence[int] | None
    context: Mapping[str, Any]
    arguments: Mapping[str, Any]


class FakeOdoo:
    """Implements `consumers.odoo.client.Odoo`."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.fields = {model: fields_of(model) for model in _TYPES}
        """Model → its fields; take one away, or a whole model, to see what happens."""
        self.defaults: dict[str, Values] = {}
        """Model → what `default_get` says of its fields."""
        self.may_create = True
        self._records: dict[str, dict[int, Values]] = defaultdict(dict)
        self._external: dict[str, int] = {}
        self._failures: list[Exception] = []
        self._lost: list[str] = []
        self._refused: dict[str, str] = {}

    def add(self, model: str, **values: Any) -> int:
        """Put a record in as if it had always been there; return its id."""
        record = len(self._records[model]) + 1
        self._records[model][record] = self._stored(model, {"active": True, **values})
        return record

    def records(self, model: str) -> list[Values]:
        """Return what Odoo holds, by id."""
        return [{"id": record, **values} for record, values in sorted(self._records[model].items())]

    def fail(self, *errors: Exception) -> None:
        """Let the next calls fail with `errors`, one each, and do nothing."""
        self._failures += errors

    def lose_reply(self, method: str) -> None:
        """Let the next call of `method` do its work and lose its reply."""
        self._lost.append(method)

    def refuse(self, external_id: str, text: str) -> None:
        """Let `load()` refuse the row of this external id."""
        self._refused[external_id] = text

    def methods(self) -> list[str]:
        """Return the calls made, as `model.method`."""
        return [f"{call.model}.{call.method}" for call in self.calls]

    def call(
        self,
        model: str,
        method: str,
        *,
        ids: Sequence[int] | None = None,
        context: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> Any:
        self.calls.append(Call(model, method, ids, context or {}, arguments))
        if self._failures:
            raise self._failures.pop(0)
        if model not in self.fields:
            raise RefusedModelError(f"Object {model} doesn't exist; is the module installed?")
        target = [] if ids is None else [ids]
        result = getattr(self, f"_{method}")(model, *target, **arguments)
        if method in self._lost:
            self._lost.remove(method)
            raise AmbiguousError("Odoo's reply was lost")
        return result

    def _fields_get(self, model: str, attributes: Sequence[str]) -> Mapping[str, Field]:
        return {
            name: {key: value for key, value in field.items() if key in attributes}
            for name, field in self.fields[model].items()
        } | {"id": {"type": "integer"}}

    def _default_get(self, model: str, fields: Sequence[str]) -> Values:
        self._check(model, fields)
        defaults = self.defaults.get(model, {})
        return {name: defaults[name] for name in fields if name in defaults}

    def _context_get(self, _model: str) -> Values:
        return {"lang": "en_US", "tz": False}

    def _has_access(self, _model: str, _ids: Sequence[int], operation: str) -> bool:
        return self.may_create or operation != "create"

    def _search_read(
        self,
        model: str,
        domain: Sequence[Sequence[Any]],
        fields: Sequence[str],
        order: str = "id",
        limit: int | None = None,
        load: str | None = None,
    ) -> list[Values]:
        assert (order, load) == ("id", None)
        self._check(model, [*fields, *(term[0] for term in domain)])
        found = [record for record in self.records(model) if all(_matches(record, term) for term in domain)]
        return [{name: record.get(name, False) for name in ["id", *fields]} for record in found[:limit]]

    def _create(self, model: str, vals_list: Sequence[Values]) -> list[int]:
        return [self.add(model, **values) for values in vals_list]

    def _write(self, model: str, ids: Sequence[int], vals: Values) -> bool:
        self._web_save_multi(model, ids, [vals] * len(ids), {})
        return True

    def _web_save_multi(
        self, model: str, ids: Sequence[int], vals_list: Sequence[Values], specification: Values
    ) -> list[Values]:
        for record, values in zip(ids, vals_list, strict=True):
            self._check(model, values)
            self._records[model][record].update(self._stored(model, values))
        return [{"id": record} for record in ids]

    def _load(self, model: str, fields: Sequence[str], data: Sequence[Sequence[str]]) -> dict[str, Any]:
        assert all(isinstance(cell, str) for row in data for cell in row)
        rows = [dict(zip(fields, row, strict=True)) for row in data]
        faults = [
            (index, self._refused[row["id"]]) for index, row in enumerate(rows) if row["id"] in self._refused
        ]
        messages = [
            {"rows": {"from": row, "to": row}, "record": row, "type": "error", "message": text}
            for row, text in faults
        ]
        if messages:
            return {"ids": False, "messages": messages, "nextrow": 0}
        return {"ids": [self._loaded(model, row) for row in rows], "messages": [], "nextrow": 0}

    def _loaded(self, model: str, row: Mapping[str, str]) -> int:
        values = {
            column.removesuffix("/.id"): self._cell(model, column, cell)
            for column, cell in row.items()
            if column != "id"
        }
        record = self._external.get(row["id"])
        if record in self._records[model]:
            self._web_save_multi(model, [record], [values], {})
            return record
        self._external[row["id"]] = self.add(model, **values)
        return self._external[row["id"]]

    def _cell(self, model: str, column: str, cell: str) -> Any:
        kind = self.fields[model][column.removesuffix("/.id")]["type"]
        if kind == "boolean":
            return cell == "1"
        if not cell:
            return False
        if kind in {"integer", "many2one", "many2one_reference"}:
            return int(cell)
        return float(cell) if kind == "float" else cell

    def _stored(self, model: str, values: Mapping[str, Any]) -> Values:
        if "datas" not in values:
            return dict(values)
        content = b64decode(values["datas"] or "")
        # Odoo keeps no checksum of an empty file.
        checksum = hashlib.sha1(content, usedforsecurity=False).hexdigest() if content else False
        return {**values, "checksum": checksum}

    def _check(self, model: str, names: Sequence[str] | Mapping[str, Any]) -> None:
        for name in names:
            if name != "id" and name not in self.fields[model]:
                raise MisconfiguredError(f"Invalid field {name!r} on {model!r}")


def _matches(record: Mapping[str, Any], term: Sequence[Any]) -> bool:
    name, operator, value = term
    held = record.get(name, False)
    if operator == "in":
        return held in value
    if operator == ">":
        return bool(held > value)
    assert operator == "=", f"the fake knows no operator {operator!r}"
    return bool(held == value)
