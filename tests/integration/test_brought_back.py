"""What a product brings along when it comes out of Odoo's archive: the current BOM, and no other."""

from __future__ import annotations

import pytest

from consumers.errors import AmbiguousError
from consumers.odoo.client import Odoo
from consumers.odoo.connection import Connection
from consumers.odoo.schema import Schema
from consumers.results import Result
from tests.integration.assemblies import Assemblies, standing

pytestmark = pytest.mark.both_protocols

FIRST, SECOND = {"P": 2.0}, {"P": 3.0}


@pytest.fixture
def works(odoo: Connection, schema: Schema) -> Assemblies:
    return standing(odoo, schema, "A", "P")


def in_use(works: Assemblies) -> list[str]:
    return [bom["code"] for bom in works.boms("A") if bom["active"]]


def taken(administrator: Odoo, works: Assemblies) -> str:
    """Return the code of the BOM that Odoo takes for a new manufacturing order."""
    vals = {"product_id": works.variant("A")["id"]}
    [draft] = administrator.call("mrp.production", "create", vals_list=[vals])
    [order] = administrator.call("mrp.production", "read", ids=[draft], fields=["bom_id"], load=None)
    [code] = [bom["code"] for bom in works.boms("A") if bom["id"] == order["bom_id"]]
    return str(code)


def test_of_the_versions_of_its_bom_only_the_last_comes_back(
    works: Assemblies, administrator: Connection
) -> None:
    works.policy = {"revisions": "new_version"}
    works.done("A", 1, FIRST)
    works.done("A", 2, SECOND, revision="B")
    works.products("A", sequence=3, state="Obsolete")
    assert in_use(works) == []
    works.telling.lose = "web_save_multi"

    with pytest.raises(AmbiguousError):
        works.products("A", sequence=4)

    assert in_use(works) == ["B"]
    works.products("A", sequence=4)
    assert in_use(works) == ["B"]
    assert taken(administrator, works) == "B"


def test_the_bom_that_came_back_before_its_product_stays_in_use(works: Assemblies) -> None:
    works.policy = {"revisions": "new_version"}
    works.done("A", 1, FIRST)
    works.done("A", 2, SECOND, revision="B")
    works.products("A", sequence=3, state="Obsolete")
    works.one("A", 3, SECOND, revision="B", state="Obsolete")
    assert works.done("A", 4, SECOND, revision="B") is Result.UPDATED

    works.products("A", sequence=4)

    assert in_use(works) == ["B"]


def test_a_half_built_bom_stays_out_of_use(works: Assemblies) -> None:
    works.telling.die_before = "web_save_multi"
    with pytest.raises(AmbiguousError):
        works.one("A", 1, FIRST)
    works.products("A", sequence=3, state="Obsolete")

    works.products("A", sequence=4)

    assert in_use(works) == []
    assert works.done("A", 4, FIRST) is Result.CREATED
    assert len(in_use(works)) == 1
