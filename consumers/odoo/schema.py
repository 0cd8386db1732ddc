"""What the database's fields are: digits to round to, and whether our own fields are there."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from consumers.errors import MisconfiguredError
from consumers.odoo.client import Odoo

KEY = "x_pdm_key"
SEQUENCE = "x_pdm_sequence"
REVISION = "x_pdm_revision"
POSITION = "x_pdm_position"

OWN_FIELDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    model: {
        KEY: ("char", "PDM key"),
        SEQUENCE: ("char", "PDM sequence"),
        REVISION: ("char", "PDM revision"),
    }
    for model in ("product.template", "mrp.bom", "product.document")
} | {"mrp.bom.line": {POSITION: ("integer", "PDM position")}}
"""Model → our fields → (type, label). `pdm-odoo odoo setup` creates them.

The key is the record's identity and the sequence its fence. A BOM line with a position is owned by
the PDM; one without was added by manufacturing and stays.
"""

_FALLBACK_DIGITS = 2


class Schema:
    """The fields of the models we write, read once per model. Safe to share between threads."""

    def __init__(self, odoo: Odoo) -> None:
        self._odoo = odoo
        self._lock = threading.Lock()
        self._models: dict[str, Mapping[str, Any]] = {}

    def refresh(self, *models: str) -> None:
        """Read the fields of `models` anew; raises as `fields`, and whatever the call raises."""
        with self._lock:
            for model in models:
                self._models.pop(model, None)
        for model in models:
            self.fields(model)

    def fields(self, model: str) -> Mapping[str, Any]:
        """Return the fields of `model`; one call to Odoo the first time.

        Raises:
            MisconfiguredError: our own fields are not there yet.
        """
        with self._lock:
            if model not in self._models:
                found = self._odoo.call(model, "fields_get", attributes=["type", "digits", "required"])
                missing = [name for name in OWN_FIELDS.get(model, {}) if name not in found]
                if missing:
                    raise MisconfiguredError(
                        f"{model} has no {', '.join(missing)} in this database; "
                        "run `pdm-odoo odoo setup` with an administrator's login"
                    )
                self._models[model] = found
            return self._models[model]

    def rounded(self, model: str, field: str, value: Decimal) -> float:
        """Return `value` as Odoo will store it in `field`, so that a comparison converges."""
        digits = self.fields(model).get(field, {}).get("digits") or (16, _FALLBACK_DIGITS)
        with localcontext(prec=60):  # the default of 28 is too few for the largest quantity allowed
            return float(value.quantize(Decimal(1).scaleb(-digits[1]), rounding=ROUND_HALF_UP))
