"""What Odoo holds of one part number now: products, BOMs and documents, archived ones too.

Calls: 4, two for products and one per other model; and one for the version.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.odoo.capabilities import capabilities
from consumers.odoo.client import Odoo, Values
from consumers.odoo.own_fields import DIGEST, KEY, REVISION, SEQUENCE
from ops.history.traces import Question
from schemas.facts import BOM, DOCUMENT, PRODUCT
from schemas.keys import encode_part
from schemas.kinds import Consumer

_MOST = 200


@dataclass(frozen=True)
class Held:
    """One record."""

    kind: str
    """The consumer whose record it is."""
    model: str
    id: int
    name: str
    active: bool
    key: str
    """Empty when it is none of the vault's."""
    sequence: str
    revision: str
    digest: str


def held(odoo: Odoo, question: Question, keys: Collection[str], field: str) -> list[Held]:
    """Return the records of the number, and of `keys`; `field` is where products have their number.

    Raises:
        PipelineError, UnavailableError: Odoo refuses or does not answer.
    """
    documents = capabilities(odoo.version()).documents
    by_key = _rows(odoo, PRODUCT, _of_keys(question, keys), ("name", "active"))
    by_number = _rows(
        odoo, PRODUCT, [[f"product_variant_ids.{field}", "=", question.number]], ("name", "active")
    )
    known = {row["id"]: row for row in by_key if _is_exact(row[KEY], question, keys)}
    products = [row for _, row in sorted((known | {row["id"]: row for row in by_number}).items())]
    templates = [row["id"] for row in products]
    of_products = ["product_tmpl_id", "in", templates]
    boms = _rows(odoo, BOM, ["|", [KEY, "in", list(keys)], of_products], ("display_name", "active"))
    files: list[Any] = ["|", [KEY, "in", list(keys)], "&", "&", [KEY, "!=", False]]
    files += [["res_model", "=", PRODUCT], ["res_id", "in", templates]]
    shown = ("name", "active") if documents == DOCUMENT else ("name",)
    found = [
        *(_held(Consumer.PRODUCT, PRODUCT, row) for row in products),
        *(_held(Consumer.BOM, BOM, row) for row in boms),
        *(_held(Consumer.ATTACHMENT, documents, row) for row in _rows(odoo, documents, files, shown)),
    ]
    return [
        one for one in found if one.kind in question.kinds and (not one.key or question.is_of_source(one.key))
    ]


def _of_keys(question: Question, keys: Collection[str]) -> list[Any]:
    """Return the domain of the keys that events had, and of those that the number has in any vault."""
    ending = encode_part(question.number).replace("_", "\\_")
    return ["|", "|", [KEY, "in", list(keys)], [KEY, "=like", f"%.{ending}"], [KEY, "=like", f"%.{ending}.%"]]


def _is_exact(key: str, question: Question, keys: Collection[str]) -> bool:
    """Tell a key of the number from one that only ends alike, and from one of another vault."""
    _, number, *_ = [*key.split("."), "", ""]
    return (key in keys or number == encode_part(question.number)) and question.is_of_source(key)


def _rows(odoo: Odoo, model: str, domain: Sequence[Any], fields: Sequence[str]) -> list[Values]:
    ours = (KEY, SEQUENCE, REVISION, DIGEST)
    rows: list[Values] = odoo.call(
        model, "search_read", domain=list(domain), fields=[*fields, *ours], order="id", limit=_MOST, load=None
    )
    return rows


def _held(kind: Consumer, model: str, row: Values) -> Held:
    return Held(
        kind=kind.value,
        model=model,
        id=int(row["id"]),
        name=str(row.get("name") or row.get("display_name") or ""),
        active=bool(row.get("active", True)),
        key=row[KEY] or "",
        sequence=row[SEQUENCE] or "",
        revision=row[REVISION] or "",
        digest=row[DIGEST] or "",
    )
