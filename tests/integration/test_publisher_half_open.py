"""A connection that looks open while nothing passes any more: a firewall that forgot it, a pulled cable."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from producers import publisher as publishing
from producers.broker import connection
from producers.errors import ConfirmTimeoutError
from schemas.message import Message
from schemas.settings import BrokerSettings

pytestmark = pytest.mark.servers


class Cable:
    """Forwards connections to `port`. A cut swallows all bytes of the connections open until then."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: list[socket.socket] = []
        self._cut: set[socket.socket] = set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._cut.update(self._ends)

    def close(self) -> None:
        for each in (self._server, *self._ends):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                self._ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if source not in self._cut:
                    sink.sendall(data)


@pytest.fixture
def cable(broker: BrokerSettings) -> Iterator[Cable]:
    port = urlsplit(broker.url.get_secret_value()).port
    assert port is not None
    cable = Cable(port)
    yield cable
    cable.close()


def test_a_connection_that_went_silent_is_replaced_and_the_next_publish_works(
    broker: BrokerSettings, cable: Cable
) -> None:
    with connection(broker, "setup") as opened:
        channel = opened.channel()
        channel.queue_declare("silent", durable=True, arguments={"x-queue-type": "quorum"})
        channel.exchange_declare("silent", "fanout", durable=True)
        channel.queue_bind("silent", "silent")
    url = broker.url.get_secret_value()
    through = SecretStr(url.replace(f":{urlsplit(url).port}/", f":{cable.port}/"))
    message = Message("silent", "", b"", message_id="m1")

    with publishing.connect(
        broker.model_copy(update={"url": through, "confirm_timeout_seconds": 1.0})
    ) as publisher:
        publisher.publish([message])
        cable.cut()

        with pytest.raises(
            ConfirmTimeoutError, match=r"no answer .* for 1\.0 s; whether it arrived is unknown"
        ):
            publisher.publish([message])

        publisher.publish([message], timeout=10)
