"""The fields of ours that records in Odoo carry: who they are, and which event they hold."""

from __future__ import annotations

from collections.abc import Mapping

from consumers.odoo.capabilities import Capabilities
from schemas.facts import BYPRODUCT, DOCUMENT, PRODUCT

KEY = "x_pdm_key"
SEQUENCE = "x_pdm_sequence"
REVISION = "x_pdm_revision"
DIGEST = "x_pdm_digest"
PREVIEW = "x_pdm_preview"
POSITION = "x_pdm_position"

OF_VARIANT: Mapping[str, str] = {
    KEY: "x_pdm_variant_key",
    SEQUENCE: "x_pdm_variant_sequence",
    REVISION: "x_pdm_variant_revision",
    DIGEST: "x_pdm_variant_digest",
}
"""Field of ours → what it is called at a variant that is an item itself.

Other names, for a variant has those of its template too.
"""
VARIANT_KEY = OF_VARIANT[KEY]

ADOPTED = "-"
"""Digest of no event: that of a product which was Odoo's own, and has had no event of its item since.

It stands there and not in the fence: who adopts may be late, and must never lower the fence of a product to
which a consumer applied an event meanwhile. Beside a fence it says nothing.
"""

OwnFields = Mapping[str, Mapping[str, tuple[str, str]]]
"""Model → our fields → (type, label)."""

OWN_FIELDS: OwnFields = {
    model: {
        KEY: ("char", "PDM key"),
        SEQUENCE: ("char", "PDM sequence"),
        REVISION: ("char", "PDM revision"),
        DIGEST: ("char", "PDM digest"),
        **({PREVIEW: ("char", "PDM preview")} if model == PRODUCT else {}),
    }
    for model in ("product.template", "mrp.bom", DOCUMENT)
} | {
    "product.product": {
        VARIANT_KEY: ("char", "PDM variant key"),
        OF_VARIANT[SEQUENCE]: ("char", "PDM variant sequence"),
        OF_VARIANT[REVISION]: ("char", "PDM variant revision"),
        OF_VARIANT[DIGEST]: ("char", "PDM variant digest"),
    },
    **{model: {POSITION: ("integer", "PDM position")} for model in ("mrp.bom.line", BYPRODUCT)},
}
"""Our fields; `pdm-odoo odoo setup` creates them.

The key is the record's identity, the sequence its fence, and the digest tells a redelivery from another
event of that sequence. A BOM line or a by-product with a position is owned by the PDM; one without was added
by manufacturing and stays. The preview is the fence of a product's picture.
"""


def own_fields(able: Capabilities) -> OwnFields:
    """Return OWN_FIELDS as this series of Odoo has them: where it keeps no documents, in the attachments."""
    return {able.documents if model == DOCUMENT else model: own for model, own in OWN_FIELDS.items()}
