"""An Odoo for the handlers."""

from __future__ import annotations

import pytest

from tests.unit.consumers.plm import Plm


@pytest.fixture
def odoo() -> Plm:
    found = Plm()
    found.warm()
    return found


@pytest.fixture
def partners(odoo: Plm) -> dict[str, int]:
    return {ref: odoo.add("res.partner", name=f"{ref} Inc.", ref=ref) for ref in ("V1", "V2")}
