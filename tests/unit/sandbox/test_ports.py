"""Ports are private, remembered, and never another server's."""

import socket

import pytest

from ops.sandbox import ports
from ops.sandbox.errors import SandboxError


def test_every_name_gets_its_own_port_below_the_range_of_outgoing_connections() -> None:
    chosen = ports.choose({}, set(), free=lambda _port: True)
    assert set(chosen) == set(ports.NAMES)
    assert len(set(chosen.values())) == len(ports.NAMES)
    assert max(chosen.values()) < 32768


def test_a_taken_port_is_passed_over() -> None:
    taken = {ports.FIRST, ports.FIRST + 1}
    chosen = ports.choose({}, set(), free=lambda port: port not in taken)
    assert not taken & set(chosen.values())
    assert len(set(chosen.values())) == len(ports.NAMES)


def test_a_remembered_port_is_kept_while_it_is_free_or_ours() -> None:
    remembered = {name: 29000 + place for place, name in enumerate(ports.NAMES)}
    ours = set(ports.OF_SERVER["rabbitmq"])
    chosen = ports.choose(remembered, ours, free=lambda port: port < 29000 or port > 29007)
    assert {name: chosen[name] for name in ours} == {name: remembered[name] for name in ours}
    assert all(chosen[name] > 29007 for name in ports.NAMES if name not in ours)
    assert ports.choose(remembered, set(), free=lambda _port: True) == remembered


def test_a_full_machine_is_reported() -> None:
    with pytest.raises(SandboxError, match="no free port"):
        ports.choose({}, set(), free=lambda _port: False)


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not ports.is_free(server.getsockname()[1])
        port = server.getsockname()[1]
    assert ports.is_free(port)
