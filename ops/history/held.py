"""What Odoo holds of one part number now: products, variants, BOMs, files, pictures; archived ones too.

A newcomer would get wrong that a product is always a template: an item may be one variant of several, which
has fields of ours under other names. Its template is then no record of the item.
Calls: 5, three for products and one per other model; and one for the version.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.mapping.preview import Fence
from consumers.odoo.capabilities import capabilities
from consumers.odoo.client import Odoo, Values
from consumers.odoo.own_fields import DIGEST, KEY, OF_VARIANT, PREVIEW, REVISION, SEQUENCE, VARIANT_KEY
from ops.history.traces import Question
from schemas.facts import BOM, DOCUMENT, PRODUCT, VARIANT
from schemas.keys import encode_part
from schemas.kinds import Consumer
from schemas.profile import Profile

_MOST = 200
_OURS = {name: name for name in (KEY, SEQUENCE, REVISION, DIGEST)}


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
    picture: bool = False
    """Whether it is only the picture of the record."""

    @property
    def where(self) -> str:
        """Return what people call the place."""
        return f"{'picture of ' if self.picture else ''}{self.model} {self.id}"


def held(odoo: Odoo, question: Question, keys: Collection[str], profile: Profile) -> list[Held]:
    """Return the records of the number, and of `keys`.

    Raises:
        PipelineError, UnavailableError: Odoo refuses or does not answer.
    """
    documents, field = capabilities(odoo.version()).documents, profile.key.identify
    shown = ("name", "active", PREVIEW)
    by_key = _rows(odoo, PRODUCT, _of_keys(KEY, question, keys), shown)
    by_number = _rows(odoo, PRODUCT, [[f"product_variant_ids.{field}", "=", question.number]], shown)
    of_variants = _rows(
        odoo,
        VARIANT,
        _of_keys(VARIANT_KEY, question, keys),
        ("display_name", "active", "product_tmpl_id"),
        OF_VARIANT,
    )
    variants = [row for row in of_variants if _is_exact(row[VARIANT_KEY], question, keys)]
    known = {row["id"]: row for row in by_key if _is_exact(row[KEY], question, keys)}
    others = {row["product_tmpl_id"] for row in variants} - known.keys()
    found = known | {row["id"]: row for row in by_number if row["id"] not in others}
    products = [row for _, row in sorted(found.items())]
    templates, alone = [row["id"] for row in products], [row["id"] for row in variants]
    # Their BOMs and files are found also where no event of theirs is looked at.
    named = list({*keys, *_keys(known.values(), KEY), *_keys(variants, VARIANT_KEY)})
    of_item: list[Any] = ["|", [KEY, "in", named], "|", ["product_tmpl_id", "in", templates]]
    boms = _rows(odoo, BOM, [*of_item, ["product_id", "in", alone]], ("display_name", "active"))
    files: list[Any] = ["|", [KEY, "in", named], "&", [KEY, "!=", False], "|"]
    files += ["&", ["res_model", "=", PRODUCT], ["res_id", "in", templates]]
    files += ["&", ["res_model", "=", VARIANT], ["res_id", "in", alone]]
    fields = ("name", "active") if documents == DOCUMENT else ("name",)
    records = [
        *(_held(Consumer.PRODUCT, PRODUCT, row) for row in products),
        *(_held(Consumer.PRODUCT, VARIANT, row, OF_VARIANT) for row in variants),
        *(_held(Consumer.BOM, BOM, row) for row in boms),
        *(_held(Consumer.ATTACHMENT, documents, row) for row in _rows(odoo, documents, files, fields)),
        *_pictures(products, profile.source.preview),
    ]
    return [
        one
        for one in records
        if one.kind in question.kinds and (not one.key or question.is_of_source(one.key))
    ]


def _keys(rows: Collection[Values], name: str) -> set[str]:
    return {row[name] for row in rows if row[name]}


def _pictures(products: Sequence[Values], role: str) -> Iterator[Held]:
    """Yield the pictures: what is applied of one is kept at its product, beside the product's own fence."""
    for row in products:
        if row[KEY] and row[PREVIEW]:
            yield Held(
                kind=Consumer.ATTACHMENT.value,
                model=PRODUCT,
                id=int(row["id"]),
                name=str(row["name"]),
                active=bool(row["active"]),
                key=f"{row[KEY]}.{encode_part(role)}",
                sequence=Fence.read(row[PREVIEW]).sequence,
                revision="",
                digest="",
                picture=True,
            )


def _of_keys(field: str, question: Question, keys: Collection[str]) -> list[Any]:
    """Return the domain of the keys that events had, and of those that the number has in any vault."""
    ending = encode_part(question.number).replace("_", "\\_")
    alike = [[field, "=like", f"%.{ending}"], [field, "=like", f"%.{ending}.%"]]
    return ["|", "|", [field, "in", list(keys)], *alike]


def _is_exact(key: str, question: Question, keys: Collection[str]) -> bool:
    """Tell a key of the number from one that only ends alike, and from one of another vault."""
    _, number, *_ = [*key.split("."), "", ""]
    return (key in keys or number == encode_part(question.number)) and question.is_of_source(key)


def _rows(
    odoo: Odoo, model: str, domain: Sequence[Any], fields: Sequence[str], ours: Mapping[str, str] = _OURS
) -> list[Values]:
    rows: list[Values] = odoo.call(
        model,
        "search_read",
        domain=list(domain),
        fields=[*fields, *ours.values()],
        order="id",
        limit=_MOST,
        load=None,
    )
    return rows


def _held(kind: Consumer, model: str, row: Values, ours: Mapping[str, str] = _OURS) -> Held:
    return Held(
        kind=kind.value,
        model=model,
        id=int(row["id"]),
        name=str(row.get("name") or row.get("display_name") or ""),
        active=bool(row.get("active", True)),
        key=row[ours[KEY]] or "",
        sequence=row[ours[SEQUENCE]] or "",
        revision=row[ours[REVISION]] or "",
        digest=row[ours[DIGEST]] or "",
    )
