"""What Odoo says of a model's fields: the shape of `fields_get`, as far as we use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

ATTRIBUTES = (
    "type",
    "string",
    "required",
    "readonly",
    "store",
    "searchable",
    "relation",
    "relation_field",
    "selection",
    "digits",
    "translate",
    "company_dependent",
    "domain",
    "size",
    "depends",
    "related",
)
"""Attributes of `fields_get` that are read and kept."""

Default = bool | int | float | str | None
"""Default of a field; None when it has one whose value is not kept: a record, or a moment."""


@dataclass(frozen=True)
class FieldInfo:
    """One field of a model."""

    name: str
    type: str
    """Odoo's name of the type: char, text, html, float, many2one, …"""
    label: str = ""
    required: bool = False
    readonly: bool = False
    stored: bool = True
    searchable: bool = True
    relation: str = ""
    """Related model of a many2one, one2many or many2many field."""
    relation_field: str = ""
    selection: tuple[tuple[str, str], ...] = ()
    """(value, label) of a selection field."""
    digits: int | None = None
    """Decimals that Odoo stores of a float; None when it stores all."""
    translated: bool = False
    company_dependent: bool = False
    domain: tuple[Any, ...] = ()
    """Domain of a relation, when it is a plain list: Odoo accepts only records that match it."""
    size: int | None = None
    """Characters that a char field holds at most; None when any number."""
    related: str = ""
    """Path to another record's field that it shows: `product_tmpl_id.name` at a variant is its template's."""
    computed: bool = False
    """Whether Odoo computes it, stored or not; a field of a record that comes along is none of these."""

    @classmethod
    def read(cls, name: str, said: Mapping[str, Any]) -> Self:
        """Return what `fields_get` said of the field `name`, which leaves out what its type does not have."""
        domain = said.get("domain")
        digits = said.get("digits")
        return cls(
            name=name,
            type=said["type"],
            label=said.get("string", ""),
            required=bool(said.get("required")),
            readonly=bool(said.get("readonly")),
            stored=bool(said.get("store", True)),
            searchable=bool(said.get("searchable", True)),
            relation=said.get("relation") or "",
            relation_field=said.get("relation_field") or "",
            selection=tuple((str(value), str(label)) for value, label in said.get("selection") or ()),
            digits=digits[1] if digits else None,
            translated=bool(said.get("translate")),
            company_dependent=bool(said.get("company_dependent")),
            # As text it refers to other fields of the record, which only Odoo's pages can look at.
            domain=tuple(domain) if isinstance(domain, list) else (),
            size=said.get("size") or None,
            related=said.get("related") or "",
            computed=bool(said.get("depends")) and not said.get("related"),
        )

    @property
    def expected(self) -> bool:
        """Return whether Odoo requires it of whoever makes a record: it computes no value itself."""
        return self.required and not (self.readonly or self.computed) and self.type != "one2many"

    @property
    def relational(self) -> bool:
        """Return whether the value is one or more records of another model."""
        return bool(self.relation)


@dataclass(frozen=True)
class ModelInfo:
    """The fields of one model, and what Odoo gives a new record of which nobody says more."""

    name: str
    fields: Mapping[str, FieldInfo]
    defaults: Mapping[str, Default] = field(default_factory=dict)
    """Field → default value; only fields that have one. Text fields are not asked: see `inquiry`."""
