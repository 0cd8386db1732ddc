"""Connection parameters, pika's errors in our words, and what AMQP cannot carry."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path
from typing import Any

import pytest
from pika import exceptions as pika_errors
from pika.adapters.utils.connection_workflow import (
    AMQPConnectionWorkflowFailed,
    AMQPConnectorSocketConnectError,
)
from pydantic import SecretStr

from producers import broker
from producers.errors import AccessRefusedError, BrokerError, BrokerUnavailableError, RefusedError
from schemas.message import Message
from schemas.settings import BrokerSettings


def settings(url: str = "amqp://user:s3cret@host/plm", **fields: Any) -> BrokerSettings:
    return BrokerSettings(_env_file=None, url=SecretStr(url), **fields)


@pytest.mark.parametrize(
    ("url", "address", "vhost"),
    [
        ("amqp://u:p@host", "host:5672/", "/"),
        ("amqp://u:p@host:28001/plm", "host:28001/plm", "plm"),
        ("amqp://u:p@host/%2F", "host:5672/", "/"),
        ("amqps://u:p%40%2F@host/plm", "host:5671/plm", "plm"),
    ],
)
def test_an_address_names_host_port_and_virtual_host_only(url: str, address: str, vhost: str) -> None:
    assert broker.address(settings(url)) == address
    assert broker.virtual_host(settings(url)) == vhost


@pytest.mark.parametrize(
    "url",
    ["", "http://u:s3cret@host", "amqp://u:s3/cret@host", "amqp://u:s3cret@host:port", "amqp://u@host"],
)
def test_a_wrong_url_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(BrokerError, match=r"AMQP_URL is not of the form .* percent-encode") as caught:
        broker.address(settings(url))

    assert "s3" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_parameters_follow_the_settings_and_name_the_role() -> None:
    wanted = broker.parameters(settings(heartbeat_seconds=7, blocked_timeout_seconds=9), "consumer bom")

    assert wanted.heartbeat == 7
    assert wanted.blocked_connection_timeout == 9
    assert wanted.client_properties == {"connection_name": "pdm-odoo consumer bom"}
    assert wanted.ssl_options is None


def test_tls_checks_certificate_and_host_name() -> None:
    options = broker.parameters(settings("amqps://u:p@rabbit.example/plm"), "test").ssl_options

    assert options
    assert options.server_hostname == "rabbit.example"
    assert options.context.check_hostname
    assert options.context.verify_mode is ssl.CERT_REQUIRED


def test_a_file_that_holds_no_certificates_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificates", encoding="utf-8")

    with pytest.raises(BrokerError, match=r"AMQP_CA_FILE .*/ca\.pem"):
        broker.parameters(settings("amqps://u:p@host", ca_file=file), "test")


def test_a_file_of_certificates_that_went_away_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.touch()
    wanted = settings("amqps://u:p@host", ca_file=file)
    file.unlink()

    with pytest.raises(BrokerError, match=r"AMQP_CA_FILE .*/ca\.pem"):
        broker.parameters(wanted, "test")


REFUSED_SOCKET = AMQPConnectorSocketConnectError(ConnectionRefusedError(111, "Connection refused"))
UNTRUSTED = ssl.SSLCertVerificationError(1, "certificate verify failed")
UNTRUSTED.verify_message = "self-signed certificate"


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (
            ConnectionRefusedError(111, "Connection refused"),
            BrokerUnavailableError,
            "Connection refused; is it",
        ),
        (
            pika_errors.AMQPConnectionError(REFUSED_SOCKET),
            BrokerUnavailableError,
            "Connection refused; is it",
        ),
        (AMQPConnectionWorkflowFailed([REFUSED_SOCKET]), BrokerUnavailableError, "Connection refused; is it"),
        (
            AMQPConnectionWorkflowFailed([UNTRUSTED]),
            BrokerUnavailableError,
            "not trusted: self-signed certificate",
        ),
        (pika_errors.StreamLostError("reset"), BrokerUnavailableError, "was lost: reset"),
        (pika_errors.AMQPHeartbeatTimeout("no heartbeat"), BrokerUnavailableError, "was lost: no heartbeat"),
        (pika_errors.ConnectionBlockedTimeout("x"), BrokerUnavailableError, "memory or disk alarm"),
        (
            pika_errors.ConnectionClosedByBroker(320, "CONNECTION_FORCED"),
            BrokerUnavailableError,
            "closed the connection: 320",
        ),
        (pika_errors.ConnectionWrongStateError(), BrokerUnavailableError, "ConnectionWrongStateError"),
        (pika_errors.ChannelWrongStateError(), BrokerUnavailableError, "ChannelWrongStateError"),
        (
            pika_errors.ProbableAuthenticationError("403"),
            AccessRefusedError,
            "user or the password; correct AMQP_URL",
        ),
        (pika_errors.ProbableAccessDeniedError("530 vhost x not found"), AccessRefusedError, "virtual host"),
        (pika_errors.ProbableAccessDeniedError("541 vhost x is down"), BrokerUnavailableError, "is down"),
        (pika_errors.ChannelClosedByBroker(404, "no queue"), RefusedError, "refused: 404 no queue"),
    ],
)
def test_an_error_of_pika_becomes_one_of_ours(error: Exception, kind: type[BrokerError], text: str) -> None:
    with pytest.raises(BrokerError, match=text) as caught, broker.translated("host:5672/plm"):
        raise error

    assert type(caught.value) is kind
    assert "host:5672/plm" in str(caught.value)
    assert caught.value.__cause__ is error


def test_a_refusal_keeps_its_code() -> None:
    with pytest.raises(RefusedError) as caught, broker.translated("here"):
        raise pika_errors.ChannelClosedByBroker(406, "PRECONDITION_FAILED")

    assert (caught.value.code, caught.value.reply) == (406, "PRECONDITION_FAILED")


@pytest.mark.parametrize(("code", "hinted"), [(404, True), (403, False), (405, False), (406, False)])
def test_only_what_is_not_there_is_to_be_declared_first(code: int, *, hinted: bool) -> None:
    error = broker.translate(
        pika_errors.ChannelClosedByBroker(code, "NOT_FOUND - no queue 'pdm.bom'"), "here"
    )

    assert ("; run `pdm-odoo topology declare` first" in str(error)) is hinted
    assert isinstance(error, RefusedError)
    assert (error.code, error.reply) == (code, "NOT_FOUND - no queue 'pdm.bom'")


def test_an_error_without_a_text_says_its_docstring() -> None:
    assert str(BrokerUnavailableError()) == "There is no connection to RabbitMQ."


def test_connecting_gives_up_after_so_many_attempts() -> None:
    with pytest.raises(BrokerUnavailableError, match="Connection refused"):
        broker.connect(settings("amqp://u:s3cret@127.0.0.1:1/"), "test", attempts=1)


def test_connecting_without_end_is_ended_by_the_event() -> None:
    stop = threading.Event()
    stop.set()

    with pytest.raises(BrokerUnavailableError):
        broker.connect(settings("amqp://u:s3cret@127.0.0.1:1/"), "test", attempts=None, stop=stop)


def message(**fields: Any) -> Message:
    return Message(**({"exchange": "x", "routing_key": "k", "body": b"", "message_id": "m1"} | fields))


def test_a_message_that_amqp_can_carry_passes() -> None:
    broker.check(message(headers={"pdm-attempt": 2**40, "text": "ä" * 10_000}, timestamp=0))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"headers": {"a": "x" * 33_000}}, r"properties of 33\d\d\d bytes; at most 32768"),
        ({"headers": {"a": "ä" * 17_000}}, "properties of 34"),
        ({"headers": {f"h{n}": "x" * 100 for n in range(400)}}, "properties of"),
        ({"headers": {"a": None}}, "header a is neither text nor int"),
        ({"headers": {"a": True}}, "header a is neither text nor int"),
        ({"headers": {"a": 2**70}}, "cannot be written as AMQP"),
        ({"headers": {"a": "\ud800"}}, "cannot be written as AMQP"),
        ({"headers": {"n" * 300: "x"}}, "cannot be written as AMQP"),
        ({"routing_key": "k" * 256}, "cannot be written as AMQP"),
        ({"message_id": "m" * 256}, "cannot be written as AMQP"),
        ({"timestamp": -1}, "cannot be written as AMQP"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_message_that_amqp_cannot_carry_is_refused(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        broker.check(message(**fields))
