"""Records that one of two fields tells: an item is a product by its number, or a variant by its key.

A newcomer would get wrong to ask twice: both questions are about the same records, and each call costs
the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from consumers.odoo.client import Odoo, Values

FIND_VALUES = 1000


def find_either(
    odoo: Odoo,
    model: str,
    wanted: Mapping[str, Iterable[Any]],
    fields: Sequence[str],
    context: Mapping[str, Any] | None = None,
) -> list[Values]:
    """Return the records of `model`, archived or not, that have in one field of `wanted` one of its values.

    One call per thousand values of the field that has the most; none without values. many2one fields are ids.
    """
    found: dict[int, Values] = {}
    terms = [_terms(name, list(dict.fromkeys(values))) for name, values in wanted.items()]
    for chunk in zip_longest(*terms):
        asked = [term for term in chunk if term]
        rows = odoo.call(
            model,
            "search_read",
            domain=["|"] * (len(asked) - 1) + asked,
            fields=list(fields),
            order="id",
            load=None,
            context=context,
        )
        found |= {row["id"]: row for row in rows}
    return list(found.values())


def _terms(name: str, values: Sequence[Any]) -> list[list[Any]]:
    """Return the parts of a domain that ask for `values`, each for as many as one call takes."""
    return [[name, "in", values[at : at + FIND_VALUES]] for at in range(0, len(values), FIND_VALUES)]
