"""Connections to RabbitMQ: parameters, TLS, patience, and pika's errors in our words.

A newcomer would get wrong that a connection belongs to the thread that made it: only
`add_callback_threadsafe` may be called from another one. And that a password never stands in a
text of ours: texts name `address()`, which has none.
"""

from __future__ import annotations

import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pika
import structlog
import tenacity
from pika.adapters.utils.connection_workflow import (
    AMQPConnectionWorkflowFailed,
    AMQPConnectorException,
    AMQPConnectorPhaseErrorBase,
)
from pika.exceptions import (
    AMQPConnectionError,
    AMQPError,
    AMQPHeartbeatTimeout,
    AuthenticationError,
    ChannelClosed,
    ConnectionBlockedTimeout,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
    StreamLostError,
)
from pika.spec import Basic

from producers.errors import AccessRefusedError, BrokerError, BrokerUnavailableError, RefusedError
from producers.patience import LONGEST_PAUSE
from schemas.message import Message
from schemas.settings import BrokerSettings

log = structlog.get_logger()

MAX_PROPERTIES = 32 * 1024
"""Bytes of a message's properties. Above a frame (128 KiB) they close the whole connection with 501."""
_NOT_FOUND = 404
_SOCKET_TIMEOUT = 5.0
_STACK_TIMEOUT = 10.0
_TEXT = 300


def address(settings: BrokerSettings) -> str:
    """Return host, port and virtual host for people: `host:5672/vhost`, never the login."""
    wanted = _from_url(settings)
    return f"{wanted.host}:{wanted.port}/{wanted.virtual_host.removeprefix('/')}"


def virtual_host(settings: BrokerSettings) -> str:
    """Return the virtual host of the URL, `/` when it names none."""
    return str(_from_url(settings).virtual_host)


def parameters(settings: BrokerSettings, role: str) -> pika.URLParameters:
    """Return how to connect; `role` names the connection in the broker's own pages.

    Raises:
        BrokerError: the URL is no AMQP URL, or the file of certificates cannot be read.
    """
    wanted = _from_url(settings)
    if wanted.ssl_options is not None:
        wanted.ssl_options = pika.SSLOptions(_tls(settings), server_hostname=wanted.host)
    wanted.heartbeat = settings.heartbeat_seconds
    wanted.blocked_connection_timeout = settings.blocked_timeout_seconds
    wanted.socket_timeout = _SOCKET_TIMEOUT
    wanted.stack_timeout = _STACK_TIMEOUT
    wanted.connection_attempts = 1
    wanted.client_properties = {"connection_name": f"pdm-odoo {role}"}
    return wanted


def connect(
    settings: BrokerSettings, role: str, *, attempts: int | None = 3, stop: threading.Event | None = None
) -> pika.BlockingConnection:
    """Return an open connection; pause 1 to 30 seconds, with full jitter, between attempts.

    Args:
        settings: where to connect.
        role: what the connection is for, e.g. `consumer bom`.
        attempts: how often to try; None for as long as it takes.
        stop: give up when it is set, also in the middle of a pause.

    Raises:
        AccessRefusedError: login or virtual host is wrong; that is not tried again.
        BrokerUnavailableError: every attempt failed.
    """
    wanted = parameters(settings, role)
    where = address(settings)
    stop = stop or threading.Event()
    patience = tenacity.stop_never if attempts is None else tenacity.stop_after_attempt(attempts)
    for attempt in tenacity.Retrying(
        retry=tenacity.retry_if_exception(_may_pass),
        wait=tenacity.wait_random_exponential(multiplier=1, max=LONGEST_PAUSE),
        stop=tenacity.stop_any(patience, tenacity.stop_when_event_set(stop)),
        sleep=tenacity.sleep_using_event(stop),
        before_sleep=_warn_at_first(where, role),
        reraise=True,
    ):
        with attempt, translated(where):
            return pika.BlockingConnection(wanted)
    raise BrokerUnavailableError(f"gave up connecting to RabbitMQ at {where}")  # pragma: no cover


@contextmanager
def connection(
    settings: BrokerSettings, role: str, *, attempts: int = 3
) -> Iterator[pika.BlockingConnection]:
    """Lend a connection that is closed at the end; errors inside arrive translated.

    Raises:
        BrokerError: from connecting, or from what was done with the connection.
    """
    opened = connect(settings, role, attempts=attempts)
    try:
        with translated(address(settings)):
            yield opened
    finally:
        if opened.is_open:
            opened.close()


def send(channel: Any, message: Message) -> None:
    """Publish `message`, persistent and mandatory: an unroutable one comes back instead of vanishing."""
    channel.basic_publish(
        message.exchange, message.routing_key, message.body, _properties(message), mandatory=True
    )


def check(message: Message) -> None:
    """Refuse what AMQP cannot carry, before it could close a connection that others use.

    Raises:
        ValueError: names the message and the rule.
    """
    name = f"message {message.message_id or 'without id'}"
    for header, value in message.headers.items():
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError(f"{name}: header {header} is neither text nor int")  # noqa: TRY004 - one error for all
    try:
        Basic.Publish(exchange=message.exchange, routing_key=message.routing_key).encode()
        size = sum(len(piece) for piece in _properties(message).encode())
    except (AMQPError, AssertionError, UnicodeError, struct.error) as error:
        raise ValueError(f"{name} cannot be written as AMQP: {error}") from error
    if size > MAX_PROPERTIES:
        raise ValueError(f"{name}: properties of {size} bytes; at most {MAX_PROPERTIES} are allowed")


def _properties(message: Message) -> pika.BasicProperties:
    return pika.BasicProperties(
        content_type=message.content_type,
        delivery_mode=pika.DeliveryMode.Persistent.value,
        message_id=message.message_id,
        correlation_id=message.correlation_id,
        type=message.type,
        timestamp=message.timestamp,
        expiration=None if message.expiration is None else str(message.expiration),
        headers=dict(message.headers),
    )


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn an error of pika's into one of ours; `where` is what `address()` returned."""
    try:
        yield
    except (AMQPError, AMQPConnectorException, OSError) as error:
        raise translate(error, where) from error


def translate(error: BaseException, where: str) -> BrokerError:
    """Return our error for `error` of pika or the network."""
    error = _innermost(error)
    if isinstance(error, ChannelClosed):
        code, reply = error.reply_code, error.reply_text
        hint = "; run `pdm-odoo topology declare` first" if code == _NOT_FOUND else ""
        return RefusedError(f"RabbitMQ at {where} refused: {code} {reply}{hint}", code=code, reply=reply)
    if isinstance(error, AuthenticationError | ProbableAuthenticationError):
        return AccessRefusedError(
            f"RabbitMQ at {where} refused the user or the password; correct AMQP_URL ({_words(error)})"
        )
    if isinstance(error, ProbableAccessDeniedError) and "is down" not in _words(error):
        return AccessRefusedError(
            f"RabbitMQ at {where} refused the virtual host: it does not exist, or the user has no right to "
            f"it; create it or correct AMQP_URL ({_words(error)})"
        )
    return BrokerUnavailableError(_why_unavailable(error, where))


def _why_unavailable(error: BaseException, where: str) -> str:
    if isinstance(error, ConnectionBlockedTimeout):
        return (
            f"RabbitMQ at {where} accepted nothing for too long because of its memory or disk alarm; "
            "free memory or disk on its host"
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate of RabbitMQ at {where} is not trusted: {error.verify_message}; "
            "correct AMQP_CA_FILE or the host name in AMQP_URL"
        )
    if isinstance(error, StreamLostError | AMQPHeartbeatTimeout):
        return f"the connection to RabbitMQ at {where} was lost: {_words(error)}"
    if isinstance(error, ConnectionClosedByBroker):
        return f"RabbitMQ at {where} closed the connection: {_words(error)}"
    return f"no connection to RabbitMQ at {where}: {_words(error)}; is it running, and is AMQP_URL right?"


def _innermost(error: BaseException) -> BaseException:
    """Return the cause that pika wrapped, e.g. the refused socket inside a failed workflow."""
    if isinstance(error, AMQPConnectionWorkflowFailed):
        return _innermost(error.exceptions[-1])
    if isinstance(error, AMQPConnectorPhaseErrorBase):
        return _innermost(error.exception)
    if isinstance(error, AMQPConnectionError) and error.args and isinstance(error.args[0], BaseException):
        return _innermost(error.args[0])
    return error


def _words(error: BaseException) -> str:
    return " ".join(str(part) for part in error.args)[:_TEXT] or type(error).__name__


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, BrokerUnavailableError) and not isinstance(error, AccessRefusedError)


def _warn_at_first(where: str, role: str) -> Callable[[tenacity.RetryCallState], None]:
    def warn(state: tenacity.RetryCallState) -> None:
        if state.attempt_number == 1 and state.outcome is not None:
            log.warning("broker not reachable", broker=where, role=role, error=str(state.outcome.exception()))

    return warn


def _from_url(settings: BrokerSettings) -> pika.URLParameters:
    url = settings.url.get_secret_value()
    try:
        if urlsplit(url).scheme not in {"amqp", "amqps"}:
            raise ValueError(url)
        return pika.URLParameters(url)
    except (ValueError, TypeError):
        # pika's own text would quote a piece of the URL, which may be the password.
        raise BrokerError(
            "AMQP_URL is not of the form amqp(s)://user:password@host:port/vhost; "
            "percent-encode what is special in the password (/ as %2F, # as %23, @ as %40)"
        ) from None


def _tls(settings: BrokerSettings) -> ssl.SSLContext:
    """Return a context that checks the certificate and its host name."""
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise BrokerError(
            f"cannot read certificates from AMQP_CA_FILE {settings.ca_file}: {error}"
        ) from error
