"""The keys of an event: made of what the profile says, and of nothing that a message claims."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from schemas.dead_letter import Reason
from schemas.event import EventData, UndecodableError, decode, encode
from schemas.keys import KeyParts
from tests.factories import attachment, bom, bom_line, event, item, lookup_request, product


@pytest.mark.parametrize(
    ("parts", "item_key", "components"),
    [
        (KeyParts.NUMBER, "Works.BD-1000", ["Works.PU-0001", "Works.PU-0002"]),
        (
            KeyParts.NUMBER_AND_CONFIGURATION,
            "Works.BD-1000.Default",
            ["Works.PU-0001.Long", "Works.PU-0002."],
        ),
        (KeyParts.VAULT_OBJECT, "Works.36368", ["Works.7", "Works.8"]),
    ],
)
def test_a_key_is_made_of_the_parts_that_it_is_decoded_with(
    parts: KeyParts, item_key: str, components: list[str]
) -> None:
    lines = (bom_line(1, configuration="Long", vault_object_id="7"), bom_line(2, vault_object_id="8"))
    one, structure, file = (
        decode(encode(event(data)), parts) for data in (product(), bom(lines=lines), attachment())
    )

    assert {one.key, one.item_key, structure.key, structure.item_key, file.item_key} == {item_key}
    assert file.key == f"{item_key}.PDF_20File"
    assert [structure.component_key(line) for line in structure.data.lines] == components
    assert {one.subject, structure.subject, file.subject} == {"BD-1000"}


@pytest.mark.parametrize("parts", KeyParts)
def test_a_lookup_list_has_one_key_whatever_items_are_known_by(parts: KeyParts) -> None:
    found = decode(encode(event(lookup_request())), parts)

    assert found.key == found.item_key == "Works.units"


@pytest.mark.parametrize("parts", KeyParts)
@pytest.mark.parametrize(
    "data",
    [product(), bom(lines=(bom_line(vault_object_id="7"),)), attachment(), lookup_request()],
    ids=lambda data: type(data).__name__,
)
def test_what_keys_are_made_of_is_never_in_a_message(data: EventData, parts: KeyParts) -> None:
    body = encode(event(data))

    assert encode(decode(body, parts)) == body
    assert decode(orjson.dumps(orjson.loads(body) | {"key_parts": "vault_object"})).key == event(data).key


@pytest.mark.parametrize("data", [product, bom, attachment], ids=["product", "bom", "attachment"])
def test_an_item_without_the_id_that_its_key_is_made_of_is_refused(data: Callable[..., EventData]) -> None:
    body = encode(event(data(item=item(vault_object_id=None))))

    with pytest.raises(
        UndecodableError, match=r"^item: 'BD-1000' has no vault_object_id, .*\[key\]"
    ) as caught:
        decode(body, KeyParts.VAULT_OBJECT)
    assert caught.value.reason is Reason.INVALID_DATA


def test_a_line_without_the_id_that_its_key_is_made_of_is_refused_by_its_place() -> None:
    body = encode(event(bom(lines=(bom_line(1, vault_object_id="7"), bom_line(20)))))

    with pytest.raises(UndecodableError, match=r"^line 20: 'PU-0020' has no vault_object_id") as caught:
        decode(body, KeyParts.VAULT_OBJECT)
    assert caught.value.reason is Reason.INVALID_DATA


def test_a_key_that_no_index_of_odoo_takes_is_refused() -> None:
    body = encode(event(product(item=item(configuration="\N{GRINNING FACE}" * 250))))

    assert decode(body).key == "Works.BD-1000"
    with pytest.raises(UndecodableError, match="its key would have 3014 bytes; at most 2600"):
        decode(body, KeyParts.NUMBER_AND_CONFIGURATION)


def test_a_copy_of_an_event_remembers_nothing_of_the_event() -> None:
    one = event(product(item=item(number="BD-1000")))
    before = (one.key, one.item_key, one.digest)

    other = one.model_copy(update={"source": "/pdm/Other", "data": product(item=item(number="BD-2000"))})

    assert other.key == "Other.BD-2000" == other.item_key
    assert other.digest != before[2]
    assert (one.key, one.item_key, one.digest) == before


def test_what_an_event_remembers_is_neither_compared_nor_sent() -> None:
    asked, fresh = event(), event()
    assert asked.key
    assert asked.digest

    assert asked == fresh
    assert encode(asked) == encode(fresh)
