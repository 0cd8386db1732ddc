"""When the I/O thread hands a batch over, and how large it is."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from consumers.results import Verdict
from schemas.event import Event
from schemas.kinds import Consumer
from tests.unit.consumers.connections import Connection, Scene, deliver
from tests.unit.consumers.deliveries import ScriptedHandler, seen

_LONGEST = 10.0


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


class Telling(ScriptedHandler):
    """Tells when it is asked first."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()

    def apply(self, events: Sequence[Event]) -> list[Verdict]:
        self.begun.set()
        return super().apply(events)


def test_what_may_be_large_comes_in_batches_of_its_own_size(scene: Scene) -> None:
    scene.until = lambda: True

    scene.run((), consumer=Consumer.BOM, batch_size=10, product_batch_size=500, shards=2)

    channel = scene.connections[0].only_channel
    assert (channel.queue, channel.prefetch) == ("pdm.bom", 40)


def test_a_full_batch_is_worked_on_while_more_is_being_read(scene: Scene) -> None:
    scene.handler = handler = Telling()
    begun_in_time: list[bool] = []

    def all_at_once(connection: Connection) -> None:
        for tag in range(1, 4):
            deliver(tag, seen(f"P-{tag}"))(connection)
        begun_in_time.append(handler.begun.wait(_LONGEST))
        deliver(4, seen("P-4"))(connection)

    scene.until = lambda: scene.acked[-1][-1:] == [4]

    scene.run((all_at_once,), product_batch_size=3, shards=1)

    assert begun_in_time == [True]
    assert [len(asked) for asked in handler.asked] == [3, 1]


def test_nothing_is_begun_after_the_stop(scene: Scene) -> None:
    def stop_then_deliver(connection: Connection) -> None:
        scene.stop.set()
        for tag in (1, 2):
            deliver(tag, seen(f"P-{tag}"))(connection)

    scene.run((stop_then_deliver,), product_batch_size=2, shards=1)

    assert scene.handler.asked == []
    assert scene.acked == [[]]
