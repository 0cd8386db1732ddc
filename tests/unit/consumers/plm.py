"""A FakeOdoo with variants and structures: what products and BOMs need beyond single records."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from consumers.odoo.client import Values
from consumers.odoo.own_fields import KEY, OF_VARIANT, POSITION, SEQUENCE
from consumers.odoo.schema import Schema
from consumers.odoo.units import UnitCache
from schemas.facts import BYPRODUCT, MODELS
from tests.fakes import FakeOdoo, matches
from tests.unit.odoo.known import Clock

TEMPLATE, VARIANT, BOM, LINE, UNIT = (
    "product.template",
    "product.product",
    "mrp.bom",
    "mrp.bom.line",
    "uom.uom",
)
OF_VARIANTS = {
    *("default_code", "barcode", "standard_price", "weight", "active", "product_tmpl_id"),
    *OF_VARIANT.values(),
}
"""What Odoo keeps at the variant; all else is its template's."""


class Plm(FakeOdoo):
    """Every template has a variant of another id, every BOM its lines; ids are unique over all models."""

    def __init__(self) -> None:
        super().__init__()
        theirs = {
            name: {**field, "related": f"product_tmpl_id.{name}"}
            for name, field in self.fields[TEMPLATE].items()
        }
        self.fields[VARIANT] = theirs | self.fields[VARIANT]
        template = {"type": "many2one", "relation": TEMPLATE}
        for name in ("product_tmpl_id", "parent_product_tmpl_id"):
            self.fields[LINE][name] = {**template, "store": False, "readonly": True}
        for name in ("bom_id.active", "bom_id.product_tmpl_id.active"):
            self.fields[LINE][name] = {"type": "boolean", "store": False, "readonly": True}
        self._ids = itertools.count(1)
        self._minutes = 0
        self.units = {name: self.add(UNIT, name=name) for name in ("Units", "kg", "g", "m")}
        self.defaults[TEMPLATE] = {"uom_id": self.units["Units"]}
        self._records[UNIT][self.units["kg"]]["relative_uom_id"] = self.units["g"]
        self.clock = Clock()
        self.schema, self.cache = Schema(self, clock=self.clock), UnitCache(self)

    def warm(self) -> None:
        """Let fields and units be known, as they are after the first batch; forget the calls."""
        self.schema.prepare(*self.schema.tables, *MODELS, UNIT)
        self.cache.get()
        self.calls.clear()

    def add(self, model: str, /, **values: Any) -> int:
        """Put a record in; a template gets its variant."""
        if model == TEMPLATE:
            values = self.defaults[TEMPLATE] | values
        record = next(self._ids)
        self._records[model][record] = self._stored(model, {"active": True, **values})
        if model == TEMPLATE:
            self.add_variant(record)
        return record

    def add_variant(self, template: int, **values: Any) -> int:
        return self.add(VARIANT, product_tmpl_id=template, **values)

    def add_product(self, number: str, **values: Any) -> int:
        """Put in the template that a root event of `number` would have made."""
        known: Values = {"default_code": number, "name": number, KEY: f"Works.{number}", SEQUENCE: "0" * 20}
        return self.add(TEMPLATE, **known | values)

    def records(self, model: str) -> list[Values]:
        found = super().records(model)
        if model == LINE:
            return [line | self._above(line) for line in found]
        if model not in {TEMPLATE, VARIANT}:
            return found
        variants = Counter(one["product_tmpl_id"] for one in self._records[VARIANT].values())
        if model == TEMPLATE:
            boms = self._boms()
            return [
                {
                    **record,
                    "bom_ids": boms.get(record["id"], []),
                    "product_variant_count": variants[record["id"]],
                }
                for record in found
            ]
        templates = {record["id"]: record for record in self.records(TEMPLATE)}
        return [
            {
                **templates[record["product_tmpl_id"]],
                "product_variant_count": variants[record["product_tmpl_id"]],
                **record,
            }
            for record in found
        ]

    def _above(self, line: Values) -> Values:
        """Return what Odoo shows of the BOM at a line."""
        bom = self._records[BOM].get(line["bom_id"], {})
        parent = bom.get("product_tmpl_id", False)
        product = self._records[VARIANT].get(line["product_id"], {})
        return {
            "product_tmpl_id": product.get("product_tmpl_id", False),
            "parent_product_tmpl_id": parent,
            "bom_id.active": bom.get("active", False),
            "bom_id.product_tmpl_id.active": self._records[TEMPLATE].get(parent, {}).get("active", False),
        }

    def by_number(self, number: str) -> Values:
        [found] = [record for record in self.records(TEMPLATE) if record.get("default_code") == number]
        return found

    def lines(self, bom: int, model: str = LINE) -> list[Values]:
        return [line for line in self.records(model) if line["bom_id"] == bom]

    def _boms(self) -> dict[int, list[int]]:
        """Return the BOMs by template; as Odoo does, those in use alone where the context asks for it."""
        found: dict[int, list[int]] = {}
        for bom in super().records(BOM):
            if bom["active"] or not self._context.get("active_test"):
                found.setdefault(bom.get("product_tmpl_id", 0), []).append(bom["id"])
        return found

    def components(self, bom: int) -> list[tuple[int, str, float]]:
        """Return position, part number and quantity of each line, in order."""
        numbers = {record["id"]: record["default_code"] for record in self.records(VARIANT)}
        return sorted(
            (line.get(POSITION) or 0, numbers[line["product_id"]], line["product_qty"])
            for line in self.lines(bom)
        )

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        self._minutes += 1
        return super().call(model, method, **arguments)

    def _get_external_id(self, model: str, ids: Sequence[int]) -> dict[str, str]:
        names = {record: name for name, record in self._external.items() if record in self._records[model]}
        return {str(record): names.get(record, "") for record in ids}

    def _stored(self, model: str, values: Mapping[str, Any]) -> Values:
        """Note when a BOM or a line is written: each call is a transaction, a minute after the last."""
        found = super()._stored(model, values)
        if model not in {BOM, LINE}:
            return found
        return {"write_date": f"2026-03-02 {self._minutes // 60:02}:{self._minutes % 60:02}:00", **found}

    def _search_read(
        self,
        model: str,
        domain: Sequence[Sequence[Any]],
        fields: Sequence[str],
        order: str = "id",
        limit: int | None = None,
        load: str | None = "_classic_read",
    ) -> list[Values]:
        rows = super()._search_read(model, domain, fields, order, limit)
        if load is None:
            return rows
        return [{name: self._shown(model, name, value) for name, value in row.items()} for row in rows]

    def _shown(self, model: str, name: str, value: Any) -> Any:
        """Return a many2one as [id, name]."""
        field = self.fields[model].get(name, {})
        if field.get("type") != "many2one" or not value:
            return value
        return [value, self._records[field["relation"]].get(value, {}).get("name", "")]

    def _web_search_read(
        self, model: str, domain: Sequence[Sequence[Any]], specification: Values, order: str
    ) -> dict[str, Any]:
        assert (model, order) in {(BOM, "id desc"), (TEMPLATE, "id")}
        found = [one for one in self.records(model) if matches(one, domain)]
        if model == BOM:
            found.reverse()
        by_id = cache(lambda related: {one["id"]: one for one in self.records(related)})
        return {
            "length": len(found),
            "records": [self._shaped(model, one, specification, by_id) for one in found],
        }

    def _shaped(
        self, model: str, held: Values, specification: Values, by_id: Callable[[str], Mapping[int, Values]]
    ) -> Values:
        """Return `held` with what `specification` asks for inside; `by_id` gives all records of a model."""
        self._check(model, specification)
        values: Values = {"id": held["id"]}
        for name, inner in specification.items():
            related = self.fields[model][name].get("relation", "")
            if name in {"bom_line_ids", "byproduct_ids"}:
                rows = self.lines(held["id"], related) if model == BOM else self._uses(held["id"])
                values[name] = [self._shaped(related, row, inner["fields"], by_id) for row in rows]
            elif inner:
                values[name] = self._shaped(related, by_id(related)[held[name]], inner["fields"], by_id)
            else:
                values[name] = held.get(name, False)
        return values

    def _uses(self, template: int) -> list[Values]:
        return [line for line in self.records(LINE) if line["product_tmpl_id"] == template]

    def _web_save_multi(
        self, model: str, ids: Sequence[int], vals_list: Sequence[Values], specification: Values
    ) -> list[Values]:
        for record, values in zip(ids, vals_list, strict=True):
            for name, lines in {"bom_line_ids": LINE, "byproduct_ids": BYPRODUCT}.items():
                for command in values.get(name, ()):
                    self._command(record, command, lines)
            if model == VARIANT:
                shared = {name: value for name, value in values.items() if name not in OF_VARIANTS}
                template = self._records[VARIANT][record]["product_tmpl_id"]
                super()._web_save_multi(TEMPLATE, [template], [shared], specification)
        if model == VARIANT:
            vals_list = [
                {name: value for name, value in one.items() if name in OF_VARIANTS} for one in vals_list
            ]
        inner = {"bom_line_ids", "byproduct_ids"}
        plain = [{name: value for name, value in one.items() if name not in inner} for one in vals_list]
        return super()._web_save_multi(model, ids, plain, specification)

    def _command(self, bom: int, command: Sequence[Any], model: str) -> None:
        kind, line, *rest = command
        values: Mapping[str, Any] = rest[0] if rest and rest[0] else {}
        self._check(model, values)
        if kind == 0:
            self.add(model, bom_id=bom, **{**self.defaults.get(model, {}), **values})
        elif kind == 1:
            assert self._records[model][line]["bom_id"] == bom
            self._records[model][line].update(self._stored(model, values))
        else:
            gone = [line] if kind == 2 else [one["id"] for one in self.lines(bom, model)]
            for one in gone:
                del self._records[model][one]
