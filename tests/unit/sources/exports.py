"""Export files for tests, written the way PDM writes them: one tag per line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import quoteattr

from producers.sources.solidworks import parse
from schemas.bom import Bom, BomLine
from schemas.event import Event
from schemas.product import Product
from schemas.profile import Profile
from tests import factories

RELEASED = {"State": "Released"}


@dataclass(frozen=True)
class Conf:
    """One configuration; `quantity` None leaves the attribute out."""

    name: str = "Default"
    quantity: str | None = "1"
    attributes: Mapping[str, str] = field(default_factory=lambda: RELEASED)
    below: Sequence[str] = ()

    def xml(self) -> str:
        rows = [f"<configuration {tags(name=self.name, quantity=self.quantity)}>"]
        rows += [f"<attribute {tags(name=k, value=v)}/>" for k, v in self.attributes.items()]
        rows += ["<references>", *self.below, "</references>"] if self.below else []
        return "\n".join([*rows, "</configuration>"])


def tags(**values: str | None) -> str:
    entities = {"\n": "&#xA;", "\t": "&#x9;"}
    return " ".join(f"{k}={quoteattr(v, entities)}" for k, v in values.items() if v is not None)


def document(number: str | None, *confs: Conf, vault_object_id: str = "1", **more: str | None) -> str:
    """Return a document; number None writes the older variant, which has no id."""
    named: dict[str, str | None] = (
        {"idattribute": "Number", "idcfgname": "Default"} if number is not None else {}
    )
    head = tags(**({"aliasset": "", "id": number, "pdmweid": vault_object_id} | named | more))
    return "\n".join([f"<document {head}>", *(conf.xml() for conf in confs or (Conf(),)), "</document>"])


def assembly(number: str, *below: str, **attributes: str) -> str:
    """Return a released document with components."""
    return document(number, Conf(attributes=RELEASED | attributes, below=below))


def component(number: str, quantity: str | None = "1", **attributes: str) -> str:
    """Return a document as it stands below another."""
    return document(number, Conf(quantity=quantity, attributes=RELEASED | attributes))


def node(number: str, quantity: str, *below: str, **attributes: str) -> str:
    """Return a document as it stands below another, with components of its own."""
    return document(number, Conf(quantity=quantity, attributes=RELEASED | attributes, below=below))


def export(*documents: str, **more: str | None) -> bytes:
    """Return a whole file with one transaction."""
    head = tags(
        **({"date": "1700000000", "type": "wf_export_document_attributes", "vaultname": "Works"} | more)
    )
    rows = [
        "<xml>",
        "<transactions>",
        f"<transaction {head}>",
        *documents,
        "</transaction>",
        "</transactions>",
    ]
    return "\n".join([*rows, "</xml>", ""]).encode()


def events(*documents: str, profile: Profile | None = None, depth: int = 1) -> list[Event]:
    """Return what the file of these documents becomes."""
    return parse(
        export(*documents), "a.xml", profile or factories.profile(), new_id=factories.ids(), depth=depth
    )


def products(found: list[Event]) -> list[Product]:
    return [event.data for event in found if isinstance(event.data, Product)]


def lines(found: list[Event]) -> tuple[BomLine, ...]:
    """Return the lines of the only BOM."""
    (bom,) = [event.data for event in found if isinstance(event.data, Bom)]
    return tuple(bom.lines)


def quantities(found: list[Event]) -> list[tuple[str, Decimal]]:
    return [(line.number, line.quantity) for line in lines(found)]


def tree(found: list[Event]) -> list[tuple[str, str]]:
    """Return the lines of the only BOM as texts."""
    return [(number, f"{quantity:f}") for number, quantity in quantities(found)]


def shape(**structure: Any) -> Profile:
    """Return a profile whose rules test the attribute `BOM`; a rule stands as its text."""
    conditions = ("exclude", "dissolve", "promote")
    rules = {
        name: [{"from": "BOM", "when": rule} for rule in value] if name in conditions else value
        for name, value in structure.items()
    }
    return factories.profile(structure=rules)
