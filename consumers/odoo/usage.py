"""What still uses parts: BOMs, stock, open orders. Only reads; one call per model for all parts together.

A newcomer would get wrong to look only at the part: an order or a BOM holds one of its variants.
Calls: 1 for the variants, and for all parts together 1 per question: BOM lines (and 1 for the numbers of
the first parents), stock, components of manufacturing orders, manufacturing orders, purchase orders,
sale orders. 8 at most for up to a thousand variants; 1 more per kind of order where Odoo's stock does not
follow these orders. A question reads a thousand lines at most, the newest, and says so when there are more:
standard parts stand in every order of many years.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from consumers.odoo.client import Odoo
from consumers.odoo.questions import Questions
from schemas.dead_letter import cut
from schemas.facts import LINE, PRODUCT, VARIANT

NAMED = 3
"""How many BOMs or orders are named in a sentence; of the others it says how many."""
OPEN = ["state", "not in", ["done", "cancel"]]
"""A manufacturing order, or a move of one, that is not finished."""
ORDERED = ["state", "!=", "cancel"]
"""An order of a vendor or a customer; a line that came in full is left out afterwards."""
SERVICE = ["product_id.type", "=", "service"]
"""Transfers say nothing of a service: its order may be complete as far as they go."""
USED_BOM = (["bom_id.active", "=", True], ["bom_id.product_tmpl_id.active", "=", True])
"""A line of a BOM that is in use: neither it nor its product is archived."""
_TEXT = 300


@dataclass(frozen=True)
class _Lines:
    """Where the lines of one kind of order stand."""

    label: str
    model: str
    ordered: str
    done: str
    status: str
    """Stored field of the order that is `full` once nothing more is to be moved; only with stock."""


_BOUGHT = _Lines("purchase orders", "purchase.order.line", "product_qty", "qty_received", "receipt_status")
_SOLD = _Lines("sale orders", "sale.order.line", "product_uom_qty", "qty_delivered", "delivery_status")

Part = TypeVar("Part", bound=Hashable)
Product = tuple[str, int]
"""Model and id of a template or of a variant."""


@dataclass(frozen=True)
class Order:
    """An open order."""

    name: str
    state: str
    quantity: float
    """What is still open; of manufacturing and purchase orders in the part's own unit."""


@dataclass
class Usage:
    """What uses one part."""

    unit: str = ""
    boms: int = 0
    """BOMs in use that have it as a component."""
    parents: Sequence[str] = ()
    """Numbers of the first products of these BOMs."""
    stock: float = 0.0
    """On hand in internal locations, in the part's unit."""
    made: list[Order] = field(default_factory=list)
    """Manufacturing orders that make it."""
    consumed: list[Order] = field(default_factory=list)
    """Manufacturing orders that need it as a component."""
    bought: list[Order] = field(default_factory=list)
    sold: list[Order] = field(default_factory=list)
    least: bool = False
    """Whether there may be more BOMs and orders than were read."""

    @property
    def sentence(self) -> str:
        """Return what uses the part, cut to a line: "in 3 BOMs (A, B, C), 12 Units in stock, MO WH/MO/1"."""
        said = []
        if self.boms:
            parents = _few(self.parents, self.boms)
            said.append(f"in {self.boms} BOM{'s'[: self.boms > 1]} ({parents})")
        if self.stock:
            said.append(f"{amount(self.stock)} {self.unit} in stock")
        for kind, orders in (("MO", self.made + self.consumed), ("PO", self.bought), ("SO", self.sold)):
            if names := list(dict.fromkeys(order.name for order in orders)):
                said.append(f"{kind} {_few(names[:NAMED], len(names))}")
        return cut("at least " * (self.least and bool(said)) + ", ".join(said), _TEXT)


@dataclass(frozen=True)
class Uses(Generic[Part]):
    """What uses some parts."""

    of: Mapping[Part, Usage]
    unknown: Sequence[str] = ()
    """What Odoo refused to say, each with its reason: "purchase orders (the user lacks a right …)"."""


def amount(quantity: float) -> str:
    """Return `quantity` as people write it: 12, 0.25."""
    return f"{quantity:.10f}".rstrip("0").rstrip(".")


def of_products(odoo: Odoo, templates: Iterable[int], variants: Iterable[int] = ()) -> Uses[Product]:
    """Return what uses each of `templates`, all its variants together, and each of `variants` by itself.

    Raises:
        UnavailableError: Odoo cannot work, or denies the login. All else is noted in `unknown`.
    """
    asked = Questions(odoo)
    wanted, alone = list(dict.fromkeys(templates)), list(dict.fromkeys(variants))
    domain: list[object] = [["product_tmpl_id", "in", wanted]]
    if alone:
        domain = ["|", ["id", "in", alone], *domain]
    rows = asked.rows("products", VARIANT, domain, "product_tmpl_id", "uom_id")
    parts = {
        row["id"]: (VARIANT, row["id"]) if row["id"] in alone else (PRODUCT, row["product_tmpl_id"][0])
        for row in rows
    }
    return of_variants(asked, parts, {parts[row["id"]]: row["uom_id"][1] for row in rows})


def of_variants(asked: Questions, parts: Mapping[int, Part], units: Mapping[Part, str]) -> Uses[Part]:
    """Return what uses each part; `parts` are the variants that belong to it, `units` the unit of each.

    Raises: as `of_products`.
    """
    found = {part: Usage(unit=units.get(part, "")) for part in parts.values()}
    if parts:
        _lines(asked, parts, found)
        _stock(asked, parts, found)
        _manufacturing(asked, parts, found)
        for part, order in _open(asked, parts, _BOUGHT):
            found[part].bought.append(order)
        for part, order in _open(asked, parts, _SOLD):
            found[part].sold.append(order)
        for usage in found.values():
            usage.least = asked.cut
    return Uses(found, asked.unknown)


def _lines(asked: Questions, parts: Mapping[int, Part], found: Mapping[Part, Usage]) -> None:
    domain = [["product_id", "in", list(parts)], *USED_BOM]
    boms: dict[Part, dict[int, int]] = {}
    parent = "parent_product_tmpl_id"
    for line in asked.newest("BOMs", LINE, domain, fields=("product_id", "bom_id", parent)):
        boms.setdefault(parts[line["product_id"][0]], {})[line["bom_id"][0]] = line[parent][0]
    first = {part: list(dict.fromkeys(parents.values()))[:NAMED] for part, parents in boms.items()}
    named = sorted({parent for parents in first.values() for parent in parents})
    numbers = {}
    if named:
        rows = asked.rows("numbers of BOMs", PRODUCT, [["id", "in", named]], "default_code", "name")
        numbers = {row["id"]: row["default_code"] or row["name"] for row in rows}
    for part, parents in boms.items():
        found[part].boms = len(parents)
        found[part].parents = [numbers.get(one, f"id {one}") for one in first[part]]


def _stock(asked: Questions, parts: Mapping[int, Part], found: Mapping[Part, Usage]) -> None:
    domain = [["product_id", "in", list(parts)], ["location_id.usage", "=", "internal"]]
    for product, quantity in asked.sums("stock", "stock.quant", domain, "product_id", "quantity").items():
        found[parts[product]].stock += quantity


def _manufacturing(asked: Questions, parts: Mapping[int, Part], found: Mapping[Part, Usage]) -> None:
    """Look up the components of orders first: the orders themselves are then one question."""
    products = ["product_id", "in", list(parts)]
    raw, label = "raw_material_production_id", "manufacturing orders"
    domain = [products, [raw, "!=", False], OPEN]
    needed = ("product_id", raw, "product_qty")
    moves = asked.newest(f"components of {label}", "stock.move", domain, fields=needed)
    orders = sorted({move[raw][0] for move in moves})
    domain = ["|", ["id", "in", orders], products, OPEN]
    fields = ("name", "state", "product_id", "product_uom_qty")
    rows = asked.newest(label, "mrp.production", domain, fields=fields)
    states = {row["id"]: row["state"] for row in rows}
    for row in rows:
        if (part := parts.get(row["product_id"][0])) is not None:
            found[part].made.append(Order(row["name"], row["state"], row["product_uom_qty"]))
    for move in moves:
        order, name = move[raw]
        if order in states:
            used = Order(name, states[order], move["product_qty"])
            found[parts[move["product_id"][0]]].consumed.append(used)


def _open(asked: Questions, parts: Mapping[int, Part], kind: _Lines) -> Iterator[tuple[Part, Order]]:
    """Yield the lines of orders of this `kind` that are not done in full, each with its part."""
    domain = [["product_id", "in", list(parts)], ORDERED]
    moving = [*domain, "|", [f"order_id.{kind.status}", "!=", "full"], SERVICE]
    fields = dict.fromkeys(("product_id", "order_id", "state", kind.ordered, kind.done, "product_uom_qty"))
    for line in asked.newest(kind.label, kind.model, moving, domain, fields=tuple(fields)):
        ordered, done = line[kind.ordered], line[kind.done]
        if done < ordered:
            # In the part's own unit, where Odoo keeps the whole quantity in it too.
            quantity = (ordered - done) / ordered * line["product_uom_qty"]
            yield parts[line["product_id"][0]], Order(line["order_id"][1], line["state"], quantity)


def _few(names: Sequence[str], total: int) -> str:
    more = [f"and {total - len(names)} more"] if total > len(names) else []
    return ", ".join([*names, *more])
