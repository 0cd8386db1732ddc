"""Which parser a file needs, told by its content: names and endings of exports mean nothing."""

from __future__ import annotations

from collections.abc import Callable

from producers.sources import events_json, solidworks, text
from producers.sources.errors import SourceError, shown
from schemas.event import Event
from schemas.profile import Profile


def read(
    name: str,
    body: bytes,
    profile: Profile,
    *,
    new_id: Callable[[], str],
    depth: int = 1,
    correlationid: str | None = None,
) -> list[Event]:
    """Return the events of the file `name`, an export of SOLIDWORKS PDM or event JSON.

    `new_id`, `depth` and `correlationid` are for exports only; finished events keep what they have.

    Raises:
        SourceError: the file is neither, or is refused by its parser.
    """
    text.check(body, name)
    start = body.removeprefix(text.BOM).lstrip()[:20]
    if start.startswith(b"<"):
        return solidworks.parse(body, name, profile, new_id=new_id, depth=depth, correlationid=correlationid)
    if start.startswith((b"{", b"[")):
        return events_json.parse(body, name)
    raise SourceError(
        name,
        1,
        f"begins with {shown(start.decode(errors='replace'))}: expected is the XML of a SOLIDWORKS PDM "
        "export rule (begins with <) or CloudEvents as JSON (begins with { or [)",
    )
