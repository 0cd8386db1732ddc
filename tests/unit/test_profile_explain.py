"""`pdm-odoo profile explain`: its events have the keys that the consumer will give them."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from ops.profile_explain import _events
from producers.ids import new_id
from producers.sources.read import read
from schemas.event import Event, decode, encode
from schemas.keys import KeyParts
from tests.factories import bom, bom_line, event, item, product, profile


def events(path: Path, parts: KeyParts, one: Event) -> list[Event]:
    file = path / "event.json"
    file.write_bytes(encode(one))
    mapping = profile(key={"parts": parts})
    found = read(str(file), file.read_bytes(), mapping, new_id=new_id)
    return _events(found, str(file), mapping, None, sightings=False)


@pytest.mark.parametrize("parts", KeyParts)
def test_a_key_is_made_of_what_the_profile_says(tmp_path: Path, parts: KeyParts) -> None:
    one = event(product())

    [found] = events(tmp_path, parts, one)

    assert (found.key_parts, found.key) == (parts, decode(encode(one), parts).key)


@pytest.mark.parametrize(
    "data", [product(item=item(vault_object_id=None)), bom(lines=(bom_line(vault_object_id=None),))]
)
def test_what_has_no_such_part_is_refused_by_name(tmp_path: Path, data: object) -> None:
    with pytest.raises(click.ClickException, match="has no vault_object_id"):
        events(tmp_path, KeyParts.VAULT_OBJECT, event(data))  # type: ignore[arg-type]
