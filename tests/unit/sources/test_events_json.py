"""Files of finished events."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.sources.errors import SourceError
from producers.sources.events_json import parse
from schemas.event import Event, encode
from tests.factories import attachment, bom, event, lookup_request

EVENTS = [event(), event(bom()), event(attachment()), event(lookup_request())]
ONE = encode(EVENTS[0])


def pretty(content: bytes) -> bytes:
    return json.dumps(json.loads(content), indent=2, ensure_ascii=False).encode()


def joined(events: list[Event], separator: bytes) -> bytes:
    return separator.join(encode(e) for e in events)


FORMS = {
    "one per line": joined(EVENTS, b"\n"),
    "one per line, ended, with blank lines": joined(EVENTS, b"\r\n\r\n") + b"\n",
    "array": b"[" + joined(EVENTS, b",") + b"]",
    "array over several lines": b" [\n" + joined(EVENTS, b",\n") + b"\n]\n",
    "pretty array": pretty(b"[" + joined(EVENTS, b",") + b"]"),
    "pretty ones after another": b"\n".join(pretty(encode(e)) for e in EVENTS),
    "byte order mark": b"\xef\xbb\xbf" + joined(EVENTS, b"\n"),
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
def test_every_form_gives_the_same_events(body: bytes) -> None:
    assert [encode(e) for e in parse(body, "a.json")] == [encode(e) for e in EVENTS]


def test_one_object_is_one_event() -> None:
    assert [encode(e) for e in parse(pretty(ONE), "a.json")] == [ONE]


def changed(**values: object) -> bytes:
    return orjson.dumps(orjson.loads(ONE) | values)


REFUSED = {
    "empty": (b"", 1, "empty"),
    "empty array": (b"[ ]", 1, "no event"),
    "not JSON": (ONE + b"\nnonsense", 2, "is not JSON"),
    "cut off": (ONE + b"\n" + ONE[:-30], 2, "cut off"),
    "array not closed": (b"[\n" + ONE + b",\n", 3, "is not JSON"),
    "array not closed after a value": (b"[\n" + ONE + b"\n", 3, "not closed|comma"),
    "comma missing": (b"[" + ONE + b"\n" + ONE + b"]", 2, "comma"),
    "something after the array": (b"[" + ONE + b"]\n{}", 2, "follows"),
    "second of an array": (
        b"[" + ONE + b",\n" + changed(type="pdm.moon.landed.v1") + b"]",
        2,
        "unknown_type",
    ),
    "unknown version": (changed(type="pdm.product.state_changed.v9"), 1, "unknown_version"),
    "no envelope": (b"{}", 1, "invalid_envelope"),
    "not an object": (b"[1]", 1, "invalid_envelope"),
    "wrong data": (changed(data={}), 1, "invalid_data"),
    "foreign subject": (changed(subject="other"), 1, "is not the item of the data"),
    "not a number": (ONE.replace(b'"name":"Drive unit"', b'"name":NaN'), 1, "not_json"),
    "too deep": (b"[" * 100_000, 1, "nested too deep"),
    "a number too long": (ONE + b"\n" + b'{"a":' + b"1" * 4_301 + b"}", 2, "digits"),
    "Latin-1": (b'{"a":\n"\xe4"}', 2, "not UTF-8"),
}


@pytest.mark.parametrize(("body", "line", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(body: bytes, line: int, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse(body, "a.json")

    assert any(part in str(caught.value) for part in reason.split("|")), str(caught.value)
    assert caught.value.line == line
    assert "\n" not in str(caught.value)


@given(st.integers(0, len(ONE) - 1))
def test_a_file_cut_off_anywhere_is_refused(length: int) -> None:
    with pytest.raises(SourceError):
        parse(ONE[:length], "a.json")
