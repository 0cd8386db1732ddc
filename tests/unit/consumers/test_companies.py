"""An item that another company has than the one its event is for: refused by name, never waited for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from consumers.attachment import AttachmentHandler
from consumers.odoo.client import Values
from consumers.odoo.own_fields import KEY, VARIANT_KEY
from consumers.results import Verdict
from schemas.attachment import File
from schemas.dead_letter import Reason
from schemas.event import Event
from schemas.message import Message
from schemas.profile import Profile
from tests import factories
from tests.unit.consumers import structures
from tests.unit.consumers.deliveries import consumer_settings, sighting
from tests.unit.consumers.plm import BOM, TEMPLATE, VARIANT, Plm
from tests.unit.consumers.products import CREATED, UNCHANGED, apply, refused, told
from tests.unit.consumers.profiles import ruled

RULES = '[company]\nfrom = "Plant"\nmap = { P1 = "North", P2 = "South" }\n'
COMPANY = "res.company"


class Plants(Plm):
    """Shows each company its own products and those of all, and no other company."""

    def __init__(self) -> None:
        super().__init__()
        self.north, self.south = (self.add(COMPANY, name=name) for name in ("North", "South"))

    def _search_read(self, model: str, *arguments: Any, **more: Any) -> list[Values]:
        rows = super()._search_read(model, *arguments, **more)
        allowed = self._context.get("allowed_company_ids")
        if not allowed or model not in {TEMPLATE, VARIANT, COMPANY}:
            return rows
        name = "id" if model == COMPANY else "company_id"
        companies = {record["id"]: record.get(name) for record in self.records(model)}
        return [row for row in rows if companies[row["id"]] in {*allowed, False, None}]


@pytest.fixture
def odoo() -> Plants:
    found = Plants()
    found.warm()
    return found


def structure(lines: Sequence[str], plant: str = "P2", **fields: Any) -> Event:
    return structures.structure(
        lines=tuple((number, 1) for number in lines), attributes={"Plant": plant}, **fields
    )


def build(odoo: Plants, event: Event, rules: Profile, sent: list[Message] | None = None) -> Verdict:
    [verdict] = structures.apply(odoo, event, rules=rules, sent=sent)
    return verdict


@pytest.mark.parametrize("missing", ["wait", "stub"])
def test_a_component_of_another_company_is_refused_and_no_stub_is_asked_for(
    odoo: Plants, missing: str
) -> None:
    odoo.add_product("A", company_id=odoo.south)
    odoo.add_product("P", company_id=odoo.north)
    sent: list[Message] = []

    verdict = build(odoo, structure("PQ"), ruled(f'{RULES}[bom]\nmissing = "{missing}"'), sent)

    text = refused(verdict, Reason.COMPANY_MISMATCH)
    assert all(word in text for word in ("'P'", "'North'", "'South'", "empty the company", "[company]"))
    assert sent == []
    assert odoo.records(BOM) == []


def test_an_assembly_of_another_company_is_refused(odoo: Plants) -> None:
    odoo.add_product("A", company_id=odoo.north)
    odoo.add_product("P")

    text = refused(build(odoo, structure("P"), ruled(RULES)), Reason.COMPANY_MISMATCH)

    assert all(word in text for word in ("'A'", "'North'", "'South'"))


def test_a_component_that_no_company_has_is_waited_for(odoo: Plants) -> None:
    odoo.add_product("A", company_id=odoo.south)

    assert "not in Odoo yet: 'P'" in str(build(odoo, structure("P"), ruled(RULES)))


def test_components_of_the_company_and_of_all_are_used_without_a_further_call(odoo: Plants) -> None:
    odoo.add_product("A", company_id=odoo.south)
    odoo.add_product("P", company_id=odoo.south)
    odoo.add_product("Q")

    assert build(odoo, structure("PQ"), ruled(RULES)) == CREATED

    assert odoo.methods().count(f"{VARIANT}.search_read") == 1


def test_a_product_that_moves_to_another_company_is_refused_and_harms_no_other(odoo: Plants) -> None:
    odoo.add_product("A", company_id=odoo.north)
    before = odoo.by_number("A")

    bad, good = apply(odoo, told("A", 2, Plant="P2"), told("B", 2, Plant="P2"), rules=ruled(RULES))

    text = refused(bad, Reason.COMPANY_MISMATCH)
    assert all(word in text for word in ("'A'", "'North'", "'South'", "[company]"))
    assert good == CREATED
    assert odoo.by_number("A") == before


def test_a_sighting_for_another_company_makes_no_second_product(odoo: Plants) -> None:
    odoo.add_product("A", company_id=odoo.north)

    [verdict] = apply(odoo, sighting("A", attributes={"Plant": "P2"}), rules=ruled(RULES))

    refused(verdict, Reason.COMPANY_MISMATCH)
    assert len(odoo.records(TEMPLATE)) == 1


def test_a_product_of_another_company_is_no_second_one_where_the_number_is_there_too(odoo: Plants) -> None:
    odoo.add_product("A", company_id=odoo.north)
    theirs = odoo.add(TEMPLATE, default_code="A", company_id=odoo.south)

    [verdict] = apply(odoo, told("A", 2, Plant="P2"), rules=ruled(RULES))

    refused(verdict, Reason.COMPANY_MISMATCH)
    assert [record.get(KEY) for record in odoo.records(TEMPLATE) if record["id"] == theirs] == [None]


def test_a_variant_of_another_company_is_refused_too(odoo: Plants) -> None:
    template = odoo.add(TEMPLATE, name="Several", company_id=odoo.north)
    odoo.add_variant(template, **{VARIANT_KEY: "Works.A", "default_code": "A"})

    [verdict] = apply(odoo, told("A", 2, Plant="P2"), rules=ruled(RULES))

    refused(verdict, Reason.COMPANY_MISMATCH)


def test_after_a_person_has_moved_it_the_product_is_the_items_own(odoo: Plants) -> None:
    odoo.add_product("A", company_id=odoo.north)
    event = told("A", 2, Plant="P2")
    apply(odoo, event, rules=ruled(RULES))
    odoo._records[TEMPLATE][odoo.by_number("A")["id"]]["company_id"] = odoo.south

    apply(odoo, event, rules=ruled(RULES))

    assert apply(odoo, event, rules=ruled(RULES)) == [UNCHANGED]


def test_new_items_of_a_company_cost_one_look_beyond_it_and_known_ones_none(odoo: Plants) -> None:
    events = [told(number, 1, Plant="P1") for number in "ABC"]

    def looks() -> int:
        found = [call for call in odoo.calls if call.context.get("allowed_company_ids") == []]
        odoo.calls.clear()
        return len(found)

    assert apply(odoo, *events, rules=ruled(RULES)) == [CREATED] * 3
    assert looks() == 1
    assert apply(odoo, *events, rules=ruled(RULES)) == [UNCHANGED] * 3
    assert looks() == 0


def test_without_a_company_rule_nothing_is_looked_up_beyond(odoo: Plants) -> None:
    apply(odoo, told("A"))
    structures.apply(odoo, structures.structure())

    assert all("allowed_company_ids" not in call.context for call in odoo.calls)


@pytest.mark.parametrize("role", ["PDF File", "Preview File"])
def test_a_file_of_a_product_of_another_company_is_refused_and_not_waited_for(
    odoo: Plants, tmp_path: Path, role: str
) -> None:
    odoo.add_product("A", company_id=odoo.north)
    (tmp_path / "a.pdf").write_bytes(b"first")
    settings = consumer_settings(attachment_roots=(tmp_path,))
    handler = AttachmentHandler(odoo, odoo.schema, ruled(RULES), settings, factories.later)

    def verdict(number: str) -> Verdict:
        data = factories.attachment(
            item=factories.item(number=number),
            role=role,
            file=File(path="a.pdf"),
            attributes={"Plant": "P2"},
        )
        [found] = handler.apply([factories.event(data)])
        return found

    assert "'North'" in refused(verdict("A"), Reason.COMPANY_MISMATCH)
    assert "not in Odoo yet" in str(verdict("B"))
