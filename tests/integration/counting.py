"""An Odoo that notes its calls."""

from __future__ import annotations

from typing import Any

from consumers.odoo.client import Odoo


class Counting:
    """Passes calls on and counts them."""

    def __init__(self, odoo: Odoo) -> None:
        self.calls: list[str] = []
        self._odoo = odoo

    def version(self) -> str:
        return self._odoo.version()

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        self.calls.append(f"{model}.{method}")
        return self._odoo.call(model, method, **arguments)
