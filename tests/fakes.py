"""An Odoo in memory: the methods that the handlers call, and what goes wrong with them in life.

Tests assert on what it holds (`records`), and on how many calls it took where that is the promise.
It knows no rule of Odoo's own: those are tested against the real one.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.errors import (
    AbsentModelError,
    AmbiguousError,
    MisconfiguredError,
    PermanentError,
    UnknownFieldError,
)
from consumers.odoo.client import Values
from schemas.dead_letter import Reason
from tests.fake_fields import DEFAULTS, Field, fields


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
        self.fields = fields()
        """Model → its fields; take one away, or a whole model, to see what happens."""
        self.defaults: dict[str, Values] = {model: dict(values) for model, values in DEFAULTS.items()}
        """Model → what `default_get` says of its fields."""
        self.may_create = True
        self.may_write = True
        self.series = "19.0"
        """What it says its version is; `tests/series.py` makes another Odoo of it."""
        self.unknown_methods: frozenset[str] = frozenset()
        """Methods that this Odoo does not have."""
        self._records: dict[str, dict[int, Values]] = defaultdict(dict)
        self._external: dict[str, int] = {}
        self._failures: list[Exception] = []
        self._lost: list[str] = []
        self._refused: dict[str, str] = {}
        self._context: Mapping[str, Any] = {}
        self.texts: dict[tuple[str, int, str], Values] = defaultdict(dict)
        """(model, record, language) → texts that differ from the English ones."""

    def version(self) -> str:
        """Say what Odoo says."""
        return self.series

    def add(self, model: str, /, **values: Any) -> int:
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
        self._context = context or {}
        if self._failures:
            raise self._failures.pop(0)
        if model not in {*self.fields, "ir.model.data"}:
            raise AbsentModelError(f"Object {model} doesn't exist; is the module installed?")
        if method in self.unknown_methods:
            raise MisconfiguredError(f"Odoo does not take this call: {model}.{method} does not exist")
        target = [] if ids is None else [ids]
        result = getattr(self, f"_{method}")(model, *target, **arguments)
        if method in self._lost:
            self._lost.remove(method)
            raise AmbiguousError("Odoo's reply was lost")
        return result

    def _fields_get(
        self, model: str, attributes: Sequence[str], allfields: Sequence[str] = ()
    ) -> Mapping[str, Field]:
        found = {
            name: {key: value for key, value in field.items() if key in attributes}
            for name, field in self.fields[model].items()
        } | {"id": {"type": "integer"}}
        return {name: field for name, field in found.items() if not allfields or name in allfields}

    def _default_get(self, model: str, fields: Sequence[str]) -> Values:
        self._check(model, fields)
        return {name: value for name, value in self._given(model).items() if name in fields}

    def _given(self, model: str) -> Values:
        return {
            name: value for name, value in self.defaults.get(model, {}).items() if name in self.fields[model]
        }

    def _context_get(self, _model: str) -> Values:
        return {"lang": "en_US", "tz": False}

    def _check_object_reference(
        self, _model: str, module: str, xml_id: str, *, raise_on_access_error: bool
    ) -> list[Any]:
        assert not raise_on_access_error
        if f"{module}.{xml_id}" not in self._external:
            raise PermanentError(Reason.REFUSED_BY_ODOO, f"External ID not found in the system: {xml_id}")
        return ["", self._external[f"{module}.{xml_id}"]]

    def _has_access(self, _model: str, _ids: Sequence[int], operation: str) -> bool:
        return {"create": self.may_create, "write": self.may_write}[operation]

    def _check_access_rights(self, _model: str, operation: str, *, raise_exception: bool) -> bool:
        assert not raise_exception
        return {"create": self.may_create, "write": self.may_write}[operation]

    def _search_read(
        self,
        model: str,
        domain: Sequence[Sequence[Any]],
        fields: Sequence[str],
        order: str = "id",
        limit: int | None = None,
        load: str | None = None,
    ) -> list[Values]:
        assert (order in {"id", "id desc"}, load) == (True, None)
        self._check(model, [*fields, *(term[0] for term in domain if term != "|")])
        found = [record for record in self.records(model) if matches(record, domain)]
        if self._context.get("active_test") and not any(term[0] == "active" for term in domain):
            found = [record for record in found if record["active"]]
        if order == "id desc":
            found.reverse()
        return [
            {name: self._text(model, record, name) for name in ["id", *fields]} for record in found[:limit]
        ]

    def _text(self, model: str, record: Values, name: str) -> Any:
        texts = self.texts.get((model, record["id"], self._context.get("lang", "")), {})
        if name == "display_name":
            return self._text(model, record, "name")
        return texts.get(name, record.get(name, False))

    def _create(self, model: str, vals_list: Sequence[Values]) -> list[int]:
        return [self.add(model, **self._given(model) | values) for values in vals_list]

    def _write(self, model: str, ids: Sequence[int], vals: Values) -> bool:
        self._web_save_multi(model, ids, [vals] * len(ids), {})
        return True

    def _web_save_multi(
        self, model: str, ids: Sequence[int], vals_list: Sequence[Values], specification: Values
    ) -> list[Values]:
        language = self._context.get("lang", "en_US")
        for record, values in zip(ids, vals_list, strict=True):
            self._check(model, values)
            known = self.fields[model]
            texts = {name for name in values if language != "en_US" and known[name].get("translate")}
            if texts:
                self.texts[model, record, language] |= {name: values[name] for name in texts}
            rest = {name: value for name, value in values.items() if name not in texts}
            self._records[model][record].update(self._stored(model, rest))
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
            assert self._context.get("mode") == "update", "an external id that is there would be written to"
            assert self._context.get("noupdate") is True
            return record
        self._external[row["id"]] = self.add(model, **self._given(model) | values)
        return self._external[row["id"]]

    def _cell(self, model: str, column: str, cell: str) -> Any:
        kind = self.fields[model][column.removesuffix("/.id")]["type"]
        assert column.endswith("/.id") == (kind in {"many2one", "many2many"}), column
        if kind == "boolean":
            return cell == "1"
        if not cell:
            return [] if kind == "many2many" else False
        if kind == "many2many":
            return [int(one) for one in cell.split(",")]
        if kind in {"integer", "many2one", "many2one_reference"}:
            return int(cell)
        return float(cell) if kind in {"float", "monetary"} else cell

    def _stored(self, model: str, values: Mapping[str, Any]) -> Values:
        values = {name: _ids(value) for name, value in values.items()}
        if "datas" not in values:
            return values
        content = b64decode(values["datas"] or "")
        # Odoo keeps no checksum of an empty file.
        checksum = hashlib.sha1(content, usedforsecurity=False).hexdigest() if content else False
        return {**values, "checksum": checksum}

    def _check(self, model: str, names: Sequence[str] | Mapping[str, Any]) -> None:
        for name in names:
            if name != "id" and name not in self.fields[model]:
                raise UnknownFieldError(f"Invalid field {name!r} on {model!r}")


def _ids(value: Any) -> Any:
    """Return the ids that the command `[[6, 0, ids]]` puts in a many2many field; any other value as it is."""
    match value:
        case [[6, 0, [*ids]]]:
            return ids
    return value


def matches(record: Mapping[str, Any], domain: Sequence[Any]) -> bool:
    """Return whether `record` matches `domain`: terms that all hold, or "|" before two of them."""
    rest = list(domain)

    def holds() -> bool:
        term = rest.pop(0)
        if term == "|":
            one, other = holds(), holds()
            return one or other
        return _holds(record, term)

    found = True
    while rest:
        found = holds() and found
    return found


def _holds(record: Mapping[str, Any], term: Sequence[Any]) -> bool:
    name, operator, value = term
    held = record.get(name, False)
    if operator == "in":
        return held in value
    if operator == "not in":
        return held not in value
    if operator == ">":
        return bool(held > value)
    if operator == "!=":
        return bool(held != value)
    if operator == "=ilike":
        assert "%" not in value.replace(r"\%", ""), "the fake knows no wildcards"
        return str(held).casefold() == re.sub(r"\\(.)", r"\1", value).casefold()
    assert operator == "=", f"the fake knows no operator {operator!r}"
    return bool(held == value)
