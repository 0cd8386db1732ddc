"""Components that are missing and become stubs: asked for at the product consumer, and waited for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from consumers.bom import BomHandler
from consumers.errors import PermanentError, TransientError
from consumers.odoo.own_fields import SEQUENCE
from consumers.product import ProductHandler
from consumers.results import Applied, Result, Verdict
from producers.errors import BrokerUnavailableError
from schemas.dead_letter import Reason
from schemas.event import Event, decode
from schemas.message import Message
from schemas.profile import Profile
from schemas.sequence import from_version
from tests.factories import bom, bom_line, event, item, transition
from tests.unit.consumers.deliveries import seen
from tests.unit.consumers.plm import Plm
from tests.unit.consumers.profiles import ruled
from tests.unit.consumers.structures import apply, only_bom, structure, works

CREATED, UPDATED = Applied(Result.CREATED), Applied(Result.UPDATED)


@pytest.fixture
def odoo() -> Plm:
    return works()


def error(verdict: Verdict) -> PermanentError | TransientError:
    assert isinstance(verdict, PermanentError | TransientError), verdict
    return verdict


STUBS = ruled('[bom]\nmissing = "stub"')


def asked_for(sent: list[Message]) -> list[Event]:
    """Return the events that were sent to the product consumer."""
    assert {(one.exchange, one.routing_key) for one in sent} <= {("pdm.work", "product")}
    return [decode(one.body) for one in sent]


def come(odoo: Plm, sent: list[Message], rules: Profile = STUBS) -> None:
    """Let the product consumer take what was sent to it."""
    verdicts = ProductHandler(odoo, odoo.schema, rules).apply(asked_for(sent))
    assert all(isinstance(one, Applied) for one in verdicts), verdicts


def test_stubs_are_asked_for_once_for_the_batch_and_waited_for(odoo: Plm) -> None:
    sent: list[Message] = []
    events = (
        structure("A", lines=(("X", 1), ("Y", 1))),
        structure("R", lines=(("Y", 2), ("X", 1))),
    )

    first, second = apply(odoo, *events, rules=STUBS, sent=sent)

    assert error(first).reason is error(second).reason is Reason.MISSING_PRODUCT
    assert str(first).startswith("not in Odoo yet: 'X', 'Y'; stubs were asked for")
    made = asked_for(sent)
    assert [(one.key, one.data.authority) for one in made] == [
        ("Works.X", "sighting"),
        ("Works.Y", "sighting"),
    ]
    assert {(one.causationid, one.sequence, one.time) for one in made} == {
        (events[0].id, events[0].sequence, events[0].time)
    }
    come(odoo, sent)
    assert apply(odoo, *events, rules=STUBS, sent=sent) == [CREATED, CREATED]
    assert len(sent) == 2


def test_who_asks_again_asks_by_the_same_id(odoo: Plm) -> None:
    sent: list[Message] = []
    one = structure(lines=(("X", 1), ("Y", 1)))

    apply(odoo, one, rules=STUBS, sent=sent)
    apply(odoo, one, rules=STUBS, sent=sent)

    ids = [message.message_id for message in sent]
    assert ids[:2] == ids[2:]
    assert len(set(ids)) == 2


def test_a_component_that_came_meanwhile_is_left_as_its_own_event_made_it(odoo: Plm) -> None:
    sent: list[Message] = []
    apply(odoo, structure(lines=(("X", 1),)), rules=STUBS, sent=sent)
    ProductHandler(odoo, odoo.schema, STUBS).apply([seen("X", 5, name="Bracket")])
    before = odoo.by_number("X")

    come(odoo, sent)

    assert odoo.by_number("X") == before
    assert (before["name"], before[SEQUENCE]) == ("Bracket", from_version(5))


def test_stubs_that_cannot_be_published_hold_the_batch(odoo: Plm) -> None:
    def publish(_: object) -> None:
        raise BrokerUnavailableError("connection lost")

    handler = BomHandler(odoo, odoo.schema, odoo.cache, STUBS, publish)

    with pytest.raises(BrokerUnavailableError):
        handler.apply([structure(lines=(("X", 1),))])


def test_who_wants_stubs_needs_something_that_publishes(odoo: Plm) -> None:
    with pytest.raises(ValueError, match="publishes"):
        BomHandler(odoo, odoo.schema, odoo.cache, STUBS)


def test_a_state_that_products_ignore_makes_no_stub_and_says_so(odoo: Plm) -> None:
    states = '[states]\nReleased = { product = "ignore", bom = "upsert", attachment = "upsert" }\n'
    sent: list[Message] = []

    [verdict] = apply(
        odoo, structure(lines=(("X", 1),)), rules=ruled(states + '[bom]\nmissing = "stub"'), sent=sent
    )

    assert sent == []
    assert error(verdict).reason is Reason.MISSING_PRODUCT
    assert str(verdict).startswith(
        "not in Odoo yet: 'X'; no stubs can be made, for state 'Released' is no upsert"
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"quantity": Decimal("0.0001")}, Reason.QUANTITY_TOO_SMALL),
        ({"unit": "furlong"}, Reason.UNKNOWN_UNIT),
        ({"state": "In Work"}, Reason.UNRELEASED_COMPONENT),
    ],
)
def test_a_bom_that_is_refused_anyway_leaves_no_stub(odoo: Plm, line: dict[str, Any], reason: Reason) -> None:
    rules = ruled('[bom]\nmissing = "stub"\nunreleased = "reject"')
    lines = (bom_line(1, **{"number": "X", "quantity": Decimal(1)} | line),)
    sent: list[Message] = []

    [verdict] = apply(odoo, event(bom(item=item(number="A"), lines=lines)), rules=rules, sent=sent)

    assert isinstance(verdict, PermanentError)
    assert (verdict.reason, sent) == (reason, [])


def test_a_bom_that_goes_to_the_archive_asks_for_no_stub_and_goes(odoo: Plm) -> None:
    rules = ruled('[states]\nObsolete = "archive"\n[bom]\nmissing = "stub"')
    gone = structure("A", 2, (("P", 3), ("X", 1)), transition=transition(to_state="Obsolete"))
    sent: list[Message] = []
    apply(odoo, structure("A", 1, (("P", 2),)), rules=rules)

    [verdict] = apply(odoo, gone, rules=rules, sent=sent)

    note = "archived; its lines were left as they are: not in Odoo yet: 'X'"
    assert (verdict, sent) == (Applied(Result.UPDATED, note), [])
    held = only_bom(odoo)
    assert (held["active"], held[SEQUENCE]) == (False, from_version(2))
    assert odoo.components(held["id"]) == [(1, "P", 2.0)]
    [again] = apply(odoo, gone, rules=rules)
    assert isinstance(again, Applied)
    assert again.result is Result.UNCHANGED
    assert only_bom(odoo) == held
    odoo.add_product("X")
    assert apply(odoo, gone, rules=rules) == [UPDATED]
    assert odoo.components(held["id"]) == [(1, "P", 3.0), (2, "X", 1.0)]


def test_stubs_are_for_the_company_of_their_bom(odoo: Plm) -> None:
    odoo.add("res.company", name="North")
    line = bom_line(1, number="X", quantity=Decimal(1))
    data = bom(item=item(number="A"), lines=(line,), attributes={"Plant": "North"})
    rules = ruled('[bom]\nmissing = "stub"\n[company]\nfrom = "Plant"')
    sent: list[Message] = []

    apply(odoo, event(data), rules=rules, sent=sent)

    assert [one.data.attributes["Plant"] for one in asked_for(sent)] == ["North"]
