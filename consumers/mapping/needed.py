"""What Odoo is sure to refuse of the values of one record: an empty field that it requires. Pure.

A newcomer would get wrong which fields need a value: not those that Odoo requires, but those that it
neither computes nor has a default for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consumers.errors import PermanentError
from consumers.odoo.fields import FieldInfo, ModelInfo
from consumers.odoo.own_fields import OWN_FIELDS
from schemas.dead_letter import Reason

_NEVER_EMPTY = frozenset({"boolean", "integer", "float", "monetary"})
"""Types that have a value when nobody gives one."""


def check_new(values: Mapping[str, Any], info: ModelInfo) -> None:
    """Raise PermanentError when a new record with `values` would lack what Odoo requires."""
    for field in info.fields.values():
        if field.expected and field.name not in info.defaults and field.name not in _ours(info):
            _check(field, values.get(field.name), info)
    if values.get("type") == "combo" and not values.get("combo_ids"):
        raise PermanentError(
            Reason.REFUSED_BY_ODOO,
            f"{info.name}.type: a product of type 'combo' needs combo choices in Odoo, and the event brings "
            "none; make the product in Odoo, or map the value to another type",
        )


def check_changed(values: Mapping[str, Any], info: ModelInfo) -> None:
    """Raise PermanentError when `values`, written to a record that is there, would empty a required field."""
    for name, value in values.items():
        if (field := info.fields.get(name)) and field.required:
            _check(field, value, info)


def _ours(info: ModelInfo) -> Mapping[str, Any]:
    return OWN_FIELDS.get(info.name, {})


def _check(field: FieldInfo, value: Any, info: ModelInfo) -> None:
    if field.type not in _NEVER_EMPTY and value in (None, False, "", []):
        raise PermanentError(
            Reason.MISSING_VALUE,
            f"{info.name}.{field.name}: Odoo requires {field.label!r}, and the event has no value for it; "
            "fill it in the vault, or give the rule a default",
        )
