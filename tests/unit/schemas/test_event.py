"""The envelope: what is written can be read, and what cannot be read is refused with its first fault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letter import MAX_MESSAGE, Reason
from schemas.event import Event, EventData, UndecodableError, decode, encode, to_message
from schemas.message import MAX_BODY
from schemas.product import Authority
from tests.factories import AT, attachment, bom, bom_line, event, item, lookup_request, product, transition

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
NUMBER = TEXT.filter(lambda text: bool(text.strip()))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=OFFSETS | st.just(UTC))  # noqa: DTZ001
ITEMS = st.builds(item, number=NUMBER, revision=TEXT, configuration=TEXT)
TRANSITIONS = st.builds(transition, to_state=NUMBER, at=MOMENTS, actor=st.none() | TEXT)
QUANTITIES = st.decimals(Decimal("0.000001"), Decimal("1e9"), allow_nan=False, places=6)
PRODUCTS = st.builds(
    product,
    transition=TRANSITIONS,
    item=ITEMS,
    authority=st.sampled_from(Authority),
    name=TEXT,
    unit=st.none() | TEXT,
    weight=st.none() | QUANTITIES,
    has_components=st.booleans(),
    attributes=st.dictionaries(TEXT, TEXT, max_size=5),
)
LINES = st.builds(lambda number, quantity: {"number": number, "quantity": quantity}, NUMBER, QUANTITIES)
BOMS = st.builds(
    lambda lines, one: bom(
        item=one, lines=tuple(bom_line(position, **line) for position, line in enumerate(lines, 1))
    ),
    st.lists(LINES, min_size=1, max_size=5),
    ITEMS,
)
DATA: st.SearchStrategy[Any] = PRODUCTS | BOMS


def raw(of: EventData | None = None, /, **changes: Any) -> dict[str, Any]:
    """Return a valid event as JSON with `changes` to its attributes; None takes one away."""
    found: dict[str, Any] = orjson.loads(encode(event(of))) | changes
    return {name: value for name, value in found.items() if value is not None}


def refusal(body: bytes | dict[str, Any]) -> UndecodableError:
    with pytest.raises(UndecodableError) as caught:
        decode(body if isinstance(body, bytes) else orjson.dumps(body))
    return caught.value


@given(DATA, MOMENTS)
def test_what_was_encoded_decodes_to_the_same(data: EventData, moment: datetime) -> None:
    written = event(data, time=moment)

    read = decode(encode(written))

    assert read == written
    assert (read.key, read.precedence, read.kind) == (written.key, written.precedence, written.kind)


@given(DATA)
def test_encoding_is_stable(data: EventData) -> None:
    body = encode(event(data))

    assert encode(decode(body)) == body


@pytest.mark.parametrize(
    "data", [product(), bom(), attachment(), lookup_request()], ids=lambda data: type(data).__name__
)
def test_every_kind_is_decoded_into_its_own_model(data: EventData) -> None:
    assert type(decode(encode(event(data))).data) is type(data)


def test_a_decimal_keeps_its_digits() -> None:
    fine = bom(
        lines=(bom_line(1, quantity=Decimal("0.1")), bom_line(2, quantity=Decimal("1234567890.123456789")))
    )

    assert [line.quantity for line in decode(encode(event(fine))).data.lines] == [
        Decimal("0.1"),
        Decimal("1234567890.123456789"),
    ]


def test_a_quantity_may_be_written_as_a_json_number() -> None:
    found = raw(bom())
    found["data"]["lines"][0]["quantity"] = 0.1

    assert decode(orjson.dumps(found)).data.lines[0].quantity == Decimal("0.1")


TOO_LARGE = b" " * (MAX_BODY + 1)


@pytest.mark.parametrize(
    ("body", "reason", "says"),
    [
        (TOO_LARGE, Reason.TOO_LARGE, f"body of {MAX_BODY + 1} bytes"),
        (b"", Reason.NOT_JSON, "not JSON"),
        (b"{", Reason.NOT_JSON, "not JSON"),
        (b"\xff\xfe", Reason.NOT_JSON, "not JSON"),
        (b'{"a": NaN}', Reason.NOT_JSON, "not JSON"),
        (b'{"a": "\\ud800"}', Reason.NOT_JSON, "not JSON"),
        (b"[" * 5000, Reason.NOT_JSON, "not JSON"),
        (b"null", Reason.INVALID_ENVELOPE, "message: "),
        (b"[]", Reason.INVALID_ENVELOPE, "message: "),
        (b'"text"', Reason.INVALID_ENVELOPE, "message: "),
        (b"{}", Reason.INVALID_ENVELOPE, "id: Field required"),
        (raw(specversion="0.3"), Reason.INVALID_ENVELOPE, "specversion"),
        (raw(id=""), Reason.INVALID_ENVELOPE, "id: "),
        (raw(id="with blank"), Reason.INVALID_ENVELOPE, "id: "),
        (raw(id="x" * 129), Reason.INVALID_ENVELOPE, "id: "),
        (raw(source="/erp/Works"), Reason.INVALID_ENVELOPE, "source: "),
        (raw(source="/pdm/"), Reason.INVALID_ENVELOPE, "source: "),
        (raw(source="/pdm/a/b"), Reason.INVALID_ENVELOPE, "source: "),
        (raw(time="2026-03-02T09:30:00"), Reason.INVALID_ENVELOPE, "time: "),
        (raw(time="yesterday"), Reason.INVALID_ENVELOPE, "time: "),
        (raw(sequence=None), Reason.INVALID_ENVELOPE, "sequence: Field required"),
        (raw(sequence="1 2"), Reason.INVALID_ENVELOPE, "sequence: "),
        (raw(sequence=7), Reason.INVALID_ENVELOPE, "sequence: "),
        (raw(datacontenttype="text/xml"), Reason.INVALID_ENVELOPE, "datacontenttype: "),
        (raw(correlationid=None), Reason.INVALID_ENVELOPE, "correlationid: Field required"),
        (raw(type="com.example.thing.v1"), Reason.UNKNOWN_TYPE, "is unknown; known: pdm."),
        (raw(type="pdm.product.state_changed"), Reason.UNKNOWN_TYPE, "is unknown"),
        (raw(type="pdm.product.state_changed.vX"), Reason.UNKNOWN_TYPE, "is unknown"),
        (raw(type="pdm.product.renamed.v1"), Reason.UNKNOWN_TYPE, "is unknown"),
        (raw(type="pdm.product.state_changed.v2"), Reason.UNKNOWN_VERSION, "known: pdm.product."),
        (raw(type="pdm.product.state_changed.v0"), Reason.UNKNOWN_VERSION, "version 0 of"),
        (raw(data=None), Reason.INVALID_DATA, "message: "),
        (raw(data={}), Reason.INVALID_DATA, "transition: Field required"),
        (raw(subject="BD-2000"), Reason.INVALID_DATA, "subject 'BD-2000' is not the item of"),
    ],
)  # fmt: skip
def test_a_message_is_refused_for_its_first_fault(
    body: bytes | dict[str, Any], reason: Reason, says: str
) -> None:
    error = refusal(body)

    assert error.reason is reason
    assert says in str(error)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{" + TOO_LARGE, Reason.TOO_LARGE),
        (raw(id="", type="com.example.v1", data={}), Reason.INVALID_ENVELOPE),
        (raw(type="com.example.v1", data={}, subject="other"), Reason.UNKNOWN_TYPE),
        (raw(type="pdm.bom.state_changed.v9", data={}, subject="other"), Reason.UNKNOWN_VERSION),
        (raw(data={}, subject="other"), Reason.INVALID_DATA),
    ],
    ids=["size before JSON", "envelope before type", "type before data", "version before data", "data last"],
)
def test_of_several_faults_the_outermost_is_named(body: bytes | dict[str, Any], reason: Reason) -> None:
    assert refusal(body).reason is reason


def test_a_body_of_the_largest_size_is_read() -> None:
    body = encode(event())

    assert decode(body + b" " * (MAX_BODY - len(body))).id == event().id


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"quantity": 0}, "lines.0.quantity: "),
        ({"quantity": "-1"}, "lines.0.quantity: "),
        ({"quantity": "NaN"}, "lines.0.quantity: "),
        ({"quantity": "1E+1000000"}, "lines.0.quantity: "),
        ({"quantity": "1E-1000000"}, "lines.0.quantity: "),
        ({"position": 0}, "lines.0.position: "),
        ({"position": 2}, "position 2 occurs twice"),
        ({"number": " "}, "lines.0.number: "),
        ({"number": "x" * 101}, "lines.0.number: "),
    ],
)
def test_a_bom_line_that_makes_no_sense_is_refused_by_its_place(line: dict[str, Any], says: str) -> None:
    found = raw(bom())
    found["data"]["lines"][0] |= line

    error = refusal(found)

    assert error.reason is Reason.INVALID_DATA
    assert says in str(error)


def test_only_the_first_three_faults_are_named_and_values_are_cut() -> None:
    error = refusal(
        raw(data={"transition": {}, "item": {"number": 5, "revision": ["x" * 5000]}, "weight": "?"})
    )

    assert str(error).count("; ") == 3
    assert str(error).endswith("and 2 more")
    assert len(str(error)) < 600


@pytest.mark.parametrize("name", ["x" * 50_000, "€" * 50_000])
def test_a_fault_in_a_place_of_any_name_is_told_in_one_kibibyte(name: str) -> None:
    found = raw()
    found["data"]["attributes"] = {name: 5}

    text = str(refusal(found))

    assert text.startswith("attributes")
    assert len(text.encode()) <= MAX_MESSAGE


@pytest.mark.parametrize(("role", "good"), [("x" * 48, True), ("x" * 49, False), ("", False), (" ", False)])
def test_a_role_has_at_most_48_characters(role: str, *, good: bool) -> None:
    found = raw(attachment())
    found["data"]["role"] = role

    if good:
        assert decode(orjson.dumps(found)).data.role == role
    else:
        assert "role: " in str(refusal(found))


def test_blanks_around_a_number_do_not_make_another_item() -> None:
    found = raw()
    found["data"]["item"]["number"] = "  BD-1000 "

    assert decode(orjson.dumps(found)).key == event().key


def test_a_key_is_computed_and_never_taken_from_the_message() -> None:
    assert decode(orjson.dumps(raw(partitionkey="Works.Somebody-Else"))).key == "Works.BD-1000"


def test_a_root_event_precedes_every_sighting() -> None:
    root, late = event(sequence="1"), event(product(authority=Authority.SIGHTING), sequence="9")

    assert root.precedence > late.precedence


def test_the_amqp_properties_mirror_the_envelope() -> None:
    one = event()
    message = to_message(one, "pdm.events")

    assert decode(message.body) == one
    assert (message.exchange, message.routing_key, message.type) == ("pdm.events", one.type, one.type)
    assert (message.message_id, message.correlation_id) == (one.id, one.correlationid)
    assert message.timestamp == int(AT.timestamp())
    assert message.content_type == "application/cloudevents+json"


def test_an_event_cannot_be_changed() -> None:
    one: Event = event()
    with pytest.raises(ValueError, match="frozen"):
        one.id = "other"  # type: ignore[misc]
