"""Components that are missing, not released, archived or of another company, in the real Odoo."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import PermanentError, TransientError
from consumers.odoo.client import Odoo
from consumers.odoo.connection import Connection
from consumers.odoo.schema import Schema
from consumers.results import Applied, Result, Verdict
from schemas.dead_letter import Reason
from schemas.sequence import from_version
from tests.integration.assemblies import Assemblies, standing
from tests.integration.records import add, unique

pytestmark = pytest.mark.both_protocols

CREATED = Applied(Result.CREATED)
Line = tuple[str, float, dict[str, Any]]


@pytest.fixture
def works(odoo: Connection, schema: Schema) -> Assemblies:
    return standing(odoo, schema, "A", "P", "Q", "R")


def refused(works: Assemblies, verdict: Verdict, kind: type[Exception], reason: Reason) -> str:
    assert isinstance(verdict, kind), verdict
    assert isinstance(verdict, PermanentError | TransientError)
    assert verdict.reason is reason
    return str(verdict).replace(f"{works.prefix}-", "")


def note(works: Assemblies, verdict: Verdict) -> str:
    assert isinstance(verdict, Applied), verdict
    return verdict.note.replace(f"{works.prefix}-", "")


def in_work(component: str) -> Line:
    return (component, 1, {"state": "In Work"})


def test_a_component_that_is_not_released_is_accepted_with_a_note(works: Assemblies) -> None:
    lines = [in_work("P"), ("Q", 1, {"state": "Released"}), ("R", 1, {"state": "Nobody knows"})]

    verdict = works.one("A", 1, lines)

    assert note(works, verdict) == "not released: 'P' (In Work), 'R' (Nobody knows)"


def test_or_refused(works: Assemblies) -> None:
    works.policy = {"unreleased": "reject"}

    verdict = works.one("A", 1, [in_work("P"), in_work("Q")])

    text = refused(works, verdict, PermanentError, Reason.UNRELEASED_COMPONENT)
    assert text.startswith("components are not released: 'P' (In Work), 'Q' (In Work)")
    assert works.boms("A") == []
    # Nothing is built of what goes to the archive.
    assert works.done("A", 2, [in_work("P")], state="Obsolete") is Result.CREATED


def test_or_waited_for_until_its_own_event_comes(works: Assemblies) -> None:
    works.policy = {"unreleased": "wait", "missing": "stub"}

    waiting = works.one("A", 1, [in_work("STUB"), in_work("P")])

    text = refused(works, waiting, TransientError, Reason.UNRELEASED_COMPONENT)
    assert text.startswith("components are not released: 'STUB' (In Work); ")
    # Its own event has to come anyway.
    assert works.sent == []

    works.products("STUB", sequence=2)
    assert works.one("A", 1, [in_work("STUB"), in_work("P")]) == CREATED
    works.products("P", sequence=2, state="Obsolete")
    assert isinstance(works.one("A", 2, [in_work("STUB"), in_work("P")]), TransientError)


def test_a_component_that_is_archived_in_odoo_is_told(works: Assemblies) -> None:
    works.products("Q", sequence=2, state="Obsolete")

    assert note(works, works.one("A", 1, {"P": 1, "Q": 1})) == "archived in Odoo: 'Q'"
    assert note(works, works.one("A", 1, {"P": 1, "Q": 1})) == "archived in Odoo: 'Q'"


def test_what_is_missing_is_waited_for(works: Assemblies) -> None:
    verdict = works.one("A", 1, {"P": 1, "X": 1, "Y": 1})

    assert refused(works, verdict, TransientError, Reason.MISSING_PRODUCT) == "not in Odoo yet: 'X', 'Y'"


def test_or_made_a_stub_that_its_own_event_completes(works: Assemblies) -> None:
    works.policy = {"missing": "stub"}
    lines = [("P", 1, {}), ("X", 2, {"attributes": {"Description": "Bracket"}}), ("X", 1, {})]

    text = refused(works, works.one("A", 1, lines), TransientError, Reason.MISSING_PRODUCT)

    assert text.startswith("not in Odoo yet: 'X'; stubs were asked for; ")
    assert works.telling.calls == ["mrp.bom.web_search_read", "product.product.search_read"]
    assert works.arrive() == [CREATED]
    assert works.one("A", 1, lines) == CREATED
    assert works.lines(works.bom("A")["id"]) == [("P", 1.0), ("X", 2.0), ("X", 1.0)]
    stub = works.variant("X")
    assert (stub["x_pdm_sequence"], stub["active"]) == (False, True)
    works.products("X")
    assert works.variant("X")["id"] == stub["id"]


def test_a_product_that_people_made_is_adopted_instead_and_the_parent_is_waited_for(
    works: Assemblies, administrator: Connection
) -> None:
    works.policy = {"missing": "stub"}
    made = add(administrator, "product.template", name="By hand", default_code=works.number("X"))

    works.one("A", 1, {"X": 1})
    works.arrive()
    assert works.one("A", 1, {"X": 1}) == CREATED
    assert works.variant("X")["product_tmpl_id"] == made
    assert isinstance(works.one("NEW", 1, {"X": 1}), TransientError)


def test_a_stub_that_its_own_event_overtakes_is_left_as_that_event_made_it(works: Assemblies) -> None:
    works.policy = {"missing": "stub"}
    works.one("A", 1, [("X", 1, {"attributes": {"Description": "Of the line"}})])
    works.products("X", sequence=5)
    before = works.variant("X")

    assert works.arrive() == [Applied(Result.UNCHANGED)]

    assert works.variant("X") == before
    assert before["x_pdm_sequence"] == from_version(5)


def test_a_stub_that_is_refused_keeps_its_boms_waiting_alone(
    works: Assemblies, administrator: Connection
) -> None:
    works.policy = {"missing": "stub"}
    works.products("B")
    for name in ("one", "two"):
        add(administrator, "product.template", name=name, default_code=works.number("X"))

    events = (works.structure("A", 1, {"X": 1, "Y": 1}), works.structure("B", 1, {"Y": 1}))

    works.apply(*events)
    refusal, made = works.arrive()
    bad, good = works.apply(*events)

    refused(works, refusal, PermanentError, Reason.AMBIGUOUS_MATCH)
    text = refused(works, bad, TransientError, Reason.MISSING_PRODUCT)
    assert text.startswith("not in Odoo yet: 'X'; ")
    assert (made, good) == (CREATED, CREATED)


def test_products_of_another_company_are_refused_and_both_are_named(
    works: Assemblies, administrator: Connection, odoo: Connection
) -> None:
    plant = unique("Plant")
    company = add(administrator, "res.company", name=plant)
    user = odoo.call("res.users", "context_get")["uid"]
    administrator.call("res.users", "write", ids=[user], vals={"company_ids": [[4, company]]})
    [own] = odoo.call("mrp.bom", "default_get", fields=["company_id"]).values()
    [name] = odoo.call("res.company", "search_read", domain=[["id", "=", own]], fields=["name"])
    works.products("B", "C")
    for number, its in (("Q", company), ("P", own), ("C", company)):
        template = works.variant(number)["product_tmpl_id"]
        both = {"allowed_company_ids": [own, company]}
        odoo.call("product.template", "write", ids=[template], vals={"company_id": its}, context=both)

    # Odoo shows the user the records of its first company alone, unless the connection names more.
    both = {"allowed_company_ids": [own, company]}
    works.telling = _Everywhere(works.telling, both)  # type: ignore[assignment]
    bad, good, parent = works.apply(
        works.structure("A", 1, {"Q": 1}),
        works.structure("B", 1, {"P": 1}),
        works.structure("C", 1, {"P": 1}),
    )

    text = refused(works, bad, PermanentError, Reason.COMPANY_MISMATCH)
    assert text.startswith(f"'Q' is of the company {plant!r} in Odoo, the BOM of {name['name']!r}; ")
    assert good == CREATED
    assert "'C' is of the company" in refused(works, parent, PermanentError, Reason.COMPANY_MISMATCH)


class _Everywhere:
    """The connection of a user who works in several companies."""

    def __init__(self, inner: Any, context: dict[str, Any]) -> None:
        self._inner = inner
        self._context = context
        self.calls = inner.calls

    def version(self) -> str:
        return str(self._inner.version())

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        context = self._context | (arguments.pop("context", None) or {})
        return self._inner.call(model, method, context=context, **arguments)


def coloured(works: Assemblies, administrator: Odoo, number: str) -> list[int]:
    """Let a person give a product two variants; return both."""
    template = works.variant(number)["product_tmpl_id"]
    attribute = add(administrator, "product.attribute", name=unique("Colour"), create_variant="always")
    values = [
        add(administrator, "product.attribute.value", name=name, attribute_id=attribute)
        for name in ("red", "blue")
    ]
    line = {"attribute_id": attribute, "value_ids": [[6, 0, values]]}
    vals = {"attribute_line_ids": [[0, 0, line]]}
    administrator.call("product.template", "write", ids=[template], vals=vals)
    # Odoo archives the variant that stands on lines until a person chooses.
    new = [["product_tmpl_id", "=", template], ["active", "=", True]]
    found: list[int] = works.odoo.call("product.product", "search", domain=new, order="id")
    assert len(found) == 2
    return found


def held_lines(works: Assemblies, number: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = works.odoo.call(
        "mrp.bom.line",
        "search_read",
        domain=[["bom_id", "=", works.bom(number)["id"]]],
        fields=["product_id", "product_qty", "write_date"],
        order="id",
        load=None,
    )
    return rows


def test_the_variant_that_a_person_chose_for_one_bom_stands_and_is_no_answer_for_others(
    works: Assemblies, administrator: Odoo
) -> None:
    works.products("B", "C")
    both = works.structure("A", 1, {"P": 2}), works.structure("B", 1, {"P": 3})
    assert works.apply(*both) == [CREATED, CREATED]
    variants = coloured(works, administrator, "P")
    for number, variant in zip("AB", variants, strict=True):
        [line] = held_lines(works, number)
        administrator.call("mrp.bom.line", "write", ids=[line["id"]], vals={"product_id": variant})
    before = held_lines(works, "A"), held_lines(works, "B")
    assert [line["product_id"] for lines in before for line in lines] == variants

    assert works.apply(*both) == [Applied(Result.UNCHANGED)] * 2

    assert works.telling.calls == ["mrp.bom.web_search_read"]
    assert (held_lines(works, "A"), held_lines(works, "B")) == before

    *known, new = works.apply(*both, works.structure("C", 1, {"P": 1}))

    assert known == [Applied(Result.UNCHANGED)] * 2
    assert refused(works, new, PermanentError, Reason.AMBIGUOUS_MATCH).startswith("'P' has ")
    assert works.boms("C") == []

    more = works.structure("A", 2, {"P": 5}), works.structure("B", 2, {"P": 7})
    assert works.apply(*more) == [Applied(Result.UPDATED)] * 2

    found = [(line["product_id"], line["product_qty"]) for one in "AB" for line in held_lines(works, one)]
    assert found == list(zip(variants, (5.0, 7.0), strict=True))
