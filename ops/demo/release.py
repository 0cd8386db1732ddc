"""The demo's release: where its files are, and what the pipeline must make of them.

What is expected is read from the files themselves, so that a changed file needs no changed code.
A newcomer would get wrong that one of the files is cut off and another dead-letters: both on purpose.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from consumers.states import action
from producers.sources.errors import SourceError
from producers.sources.read import read
from schemas.attachment import Attachment
from schemas.bom import Bom
from schemas.event import Event
from schemas.product import Product
from schemas.profile import Action, Profile


@dataclass(frozen=True)
class Expected:
    """What becomes of the release once everything has come to rest."""

    events: tuple[Event, ...]
    """All that is published, in the order of the files."""
    refused: tuple[SourceError, ...]
    """Files of which nothing is published."""
    dead: tuple[Event, ...]
    """Events that dead-letter, for their state is unknown."""
    products: dict[str, Product]
    """By number: what Odoo's product says in the end."""
    boms: dict[str, Bom]
    """By number of the assembly."""
    attachments: dict[tuple[str, str], Attachment]
    """By number and role: what becomes a document."""
    pictures: dict[str, Attachment]
    """By number: what becomes the picture of the product."""


def folder() -> Path:
    """Return the folder of the release: its exports, and `drawings/` (so it is an attachment root too)."""
    return Path(str(files("schemas"))) / "samples" / "release"


def exports() -> list[Path]:
    """Return the export files, sorted by name, the bad one included."""
    return sorted(folder().glob("*.XML"))


def expected(profile: Profile) -> Expected:
    """Return what the pipeline makes of the release under `profile`.

    Events of a state that means `ignore` are published and leave no trace.
    """
    events, refused = _parsed(profile)
    dead = tuple(event for event in events if event.data.transition.to_state not in profile.states)
    newest = _newest(
        event for event in events if event not in dead and action(event, profile) is Action.UPSERT
    )
    files = [data for data in newest if isinstance(data, Attachment)]
    preview = profile.source.preview
    return Expected(
        events=tuple(events),
        refused=tuple(refused),
        dead=dead,
        products={data.item.number: data for data in newest if isinstance(data, Product)},
        boms={data.item.number: data for data in newest if isinstance(data, Bom)},
        attachments={(data.item.number, data.role): data for data in files if data.role != preview},
        pictures={data.item.number: data for data in files if data.role == preview},
    )


def _parsed(profile: Profile) -> tuple[list[Event], list[SourceError]]:
    events: list[Event] = []
    refused: list[SourceError] = []
    counter = itertools.count(1)
    for path in exports():
        try:
            found = read(path.name, path.read_bytes(), profile, new_id=lambda: f"demo-{next(counter)}")
        except SourceError as error:
            refused.append(error)
        else:
            events.extend(found)
    return events, refused


def _newest(events: Iterable[Event]) -> list[Product | Bom | Attachment]:
    """Return the data that wins, per kind and key."""
    newest: dict[tuple[str, str], Event] = {}
    for event in events:
        place = (event.type, event.key)
        if place not in newest or event.precedence > newest[place].precedence:
            newest[place] = event
    return [event.data for event in newest.values()]
