"""What differs between the series of Odoo, in one table: nobody else knows a version number.

Odoo 19 is measured (`facts/odoo-19-lab.md`); 16 to 18 are read in public sources (OpenUpgrade's
`upgrade_analysis`, Odoo's own) and tried on recorded shapes. What moves *within* a series, as Odoo
Online has it, is not a matter of the version: `bom_unit` and `SHOWN_ON_BOMS` are looked for among the fields.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from functools import cache

import structlog

from consumers.errors import MisconfiguredError

log = structlog.get_logger()

SHOWN_ON_BOMS = "attached_on_mrp"
"""Field of a document: `bom` shows it in manufacturing. From 17.3 on; Odoo means to drop it after 19.3."""
_BOM_UNITS = ("product_uom_id", "uom_id")
"""Names of the unit of a BOM and of its lines: the second one from 19.2 on."""


@dataclass(frozen=True)
class Capabilities:
    """How one series of Odoo wants the things that not all want alike."""

    series: int
    storable: Mapping[str, str | bool]
    """Values that make a new product one that is kept in stock."""
    documents: str
    """Model of a product's files."""
    saves_many: bool = False
    """`web_save_multi` writes other values to each record in one call; else one `write` per equal values."""
    nested_reads: bool = True
    """`web_search_read` takes a specification and returns lines inside their BOM."""
    unit_categories: bool = True
    """Units of one category can be converted; else those that descend from one reference unit."""
    has_access: bool = True
    """`has_access` says what the user may do; else `check_access_rights`."""
    formatted_groups: bool = False
    """`formatted_read_group` sums by group; else `read_group`."""
    json2: bool = False
    """Odoo answers on /json/2 too."""


_DETAILED: Mapping[str, str | bool] = {"detailed_type": "product"}
_STORABLE: Mapping[str, str | bool] = {"type": "consu", "is_storable": True}
_ATTACHMENT, _DOCUMENT = "ir.attachment", "product.document"

TABLE: Mapping[int, Capabilities] = {
    row.series: row
    for row in (
        Capabilities(16, _DETAILED, _ATTACHMENT, nested_reads=False, has_access=False),
        Capabilities(17, _DETAILED, _DOCUMENT, has_access=False),
        Capabilities(18, _STORABLE, _DOCUMENT),
        Capabilities(
            19,
            _STORABLE,
            _DOCUMENT,
            saves_many=True,
            unit_categories=False,
            formatted_groups=True,
            json2=True,
        ),
    )
}
"""Series → what it can."""


@cache
def capabilities(version: str) -> Capabilities:
    """Return what an Odoo of this `version` ("19.0", "saas~18.4") can.

    A series that is newer than the table is taken for its newest row, with a warning: what is known to
    change there is found among the fields, and what is not known Odoo refuses by name.

    Raises:
        MisconfiguredError: the version is older than the table, or no version.
    """
    found = re.search(r"\d+", version)
    series = int(found[0]) if found else 0
    oldest, newest = min(TABLE), max(TABLE)
    if series < oldest:
        raise MisconfiguredError(f"Odoo {version!r} is not supported; {oldest} to {newest} are")
    if series > newest:
        log.warning("untested Odoo", version=version, taken_for=newest)
        return replace(TABLE[newest], series=series)
    return TABLE[series]


def bom_unit(fields: Container[str]) -> str:
    """Return the name of the unit among the `fields` of a BOM or of its lines."""
    return next((name for name in _BOM_UNITS if name in fields), _BOM_UNITS[0])
