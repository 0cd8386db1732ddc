"""An Odoo with modules, a schema of it, and a clock that goes when it is told to."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fakes import FakeOdoo

TEMPLATE, BOM = "product.template", "mrp.bom"
CHECK = "ir.module.module.search_read"
READ = [f"{TEMPLATE}.fields_get", f"{TEMPLATE}.default_get"]


@dataclass
class Clock:
    """A clock that goes when it is told to."""

    moment: float = 1_772_400_000.0

    def __call__(self) -> float:
        return self.moment

    def pass_by(self, seconds: float) -> None:
        self.moment += seconds


def with_modules() -> FakeOdoo:
    """Return an Odoo with Manufacturing."""
    odoo = FakeOdoo()
    odoo.add("ir.module.module", name="mrp", latest_version="19.0.2.0", state="installed")
    return odoo


def upgrade(odoo: FakeOdoo) -> None:
    """Install one more module."""
    odoo.add("ir.module.module", name="purchase", latest_version="19.0.1.0", state="installed")
