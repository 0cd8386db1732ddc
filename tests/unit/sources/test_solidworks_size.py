"""The largest export of a real vault (4,764 documents, 4.2 MB) takes less than a second and 100 MiB."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from producers.sources.solidworks import parse
from schemas.profile import Profile
from tests.factories import ids, profile
from tests.unit.sources.exports import RELEASED, Conf, assembly, document, export, shape

COLUMNS = {f"Column {n} / колона": f"value {n}" for n in range(12)}


def large() -> bytes:
    def leaf(number: str) -> str:
        attributes = RELEASED | COLUMNS | {"Serial": number}
        return document(number, Conf(quantity="5.2999999999999999E-2", attributes=attributes))

    return export(
        assembly(
            "ROOT",
            *(assembly(f"A-{a}", *(leaf(f"P-{a}-{n}") for n in range(46)), **COLUMNS) for a in range(100)),
        )
    )


PLAIN = profile()
RESHAPED = shape(
    exclude=["hidden*"], dissolve=["phantom", "^skeleton"], promote=["up"], virtual=[{"number": "Paint"}],
    group_siblings=True,
)  # fmt: skip


@pytest.mark.parametrize("profile", [PLAIN, RESHAPED], ids=["plain", "reshaped"])
def test_the_largest_export_is_read_quickly(profile: Profile) -> None:
    body = large()
    assert body.count(b"<document ") > 4700
    assert len(body) > 4_200_000

    start = time.thread_time()
    events = parse(body, "big.xml", profile, new_id=ids())
    seconds = time.thread_time() - start

    assert len(events) == 1 + 100 + 1
    # Processor time of this thread: neither a busy machine nor what other tests left running can fail it.
    assert seconds < 1


@pytest.mark.parametrize("profile", [PLAIN, RESHAPED], ids=["plain", "reshaped"])
def test_the_largest_export_is_read_in_little_memory(profile: Profile) -> None:
    body = large()

    tracemalloc.start()
    try:
        parse(body, "big.xml", profile, new_id=ids())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 100 * 2**20
