"""The largest export of a real vault (4,764 documents, 4.2 MB) takes less than a second and 100 MiB."""

from __future__ import annotations

import time
import tracemalloc

from producers.sources.solidworks import parse
from schemas.event import Event
from tests.factories import ids, source_settings
from tests.unit.sources.exports import RELEASED, Conf, assembly, document, export

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


def read(body: bytes) -> list[Event]:
    return parse(body, "big.xml", source_settings(), new_id=ids())


def test_the_largest_export_is_read_quickly() -> None:
    body = large()
    assert body.count(b"<document ") > 4700
    assert len(body) > 4_200_000

    start = time.process_time()
    events = read(body)
    seconds = time.process_time() - start

    assert len(events) == 1 + 100 + 1
    # Processor time: a busy machine cannot fail it.
    assert seconds < 1


def test_the_largest_export_is_read_in_little_memory() -> None:
    body = large()

    tracemalloc.start()
    try:
        read(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 100 * 2**20
