"""HTTP to Odoo: TLS, proxy, time-outs, and whether a request that failed may have arrived.

A newcomer would get wrong that Odoo hands out session cookies, and that a cookie that is sent back
decides who we are: this client keeps none.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
import orjson

from consumers.errors import AmbiguousError, MisconfiguredError, PipelineError, UnavailableError
from consumers.odoo.budget import Budget
from consumers.odoo.statuses import from_status
from schemas.environment import SettingsError
from schemas.odoo_settings import OdooServerSettings

PROBE_SECONDS = 10.0
"""How long the question whether Odoo answers at all may take."""
_CONNECT_SECONDS = 10.0
_LONGEST_PAUSE = 600.0

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_OF_CERTIFICATE = re.compile(r"\[SSL: \w*(CERTIFICATE|UNKNOWN_CA)")
"""What OpenSSL says of a certificate that it does not trust, or that the server misses."""


@dataclass(frozen=True)
class Reply:
    """What came back, read as JSON."""

    status: int
    content_type: str
    body: Any
    retry_after: float = 0.0
    """Seconds."""

    def foreign(self) -> Exception:
        """Return the error for JSON that is not Odoo's: a proxy, or another program."""
        return from_status(self.status, self.content_type, self.retry_after)


class Http:
    """Requests to one Odoo server, each within the budget. Safe to share between threads."""

    def __init__(
        self, settings: OdooServerSettings, budget: Budget, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Prepare; no network activity.

        Raises:
            SettingsError: a file of certificates cannot be read, or a proxy's address is of no use.
        """
        self._base = str(settings.url).rstrip("/")
        self._timeout = settings.timeout_seconds
        self._budget = budget
        trust = _trust(settings)
        try:
            self._client = httpx.Client(
                verify=trust,
                proxy=settings.proxy.get_secret_value() if settings.proxy else None,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                transport=transport,
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            # Their texts quote the address, with its password.
            names = "ODOO_PROXY" if settings.proxy else "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY or NO_PROXY"
            raise SettingsError(
                f"{names} in the environment cannot be used as a way to Odoo: a proxy is written as "
                "http(s)://user:password@host:port"
            ) from None

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def get(self, path: str, timeout: float) -> Reply:
        """Return what `path` says; raises as `post`."""
        return self._sent("GET", path, None, {}, timeout)

    def post(
        self, path: str, body: Any, headers: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> Reply:
        """Return the reply to `body`, sent as JSON.

        Raises:
            UnavailableError: not sent, or something that is not Odoo answered.
            AmbiguousError: sent, at least in part, and no reply came: Odoo may have committed.
            PermanentError: a proxy refuses the request as too large.
        """
        content = orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self._sent("POST", path, content, sent, timeout or self._timeout)

    def _sent(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str], timeout: float
    ) -> Reply:
        try:
            with self._budget.turn():
                reply = self._client.request(
                    method,
                    self._base + path,
                    content=content,
                    headers=headers,
                    timeout=httpx.Timeout(timeout, connect=_CONNECT_SECONDS),
                )
        except httpx.LocalProtocolError:
            # Its text quotes the header, which may be the key's.
            raise MisconfiguredError("this request cannot be written as HTTP") from None
        except httpx.RequestError as error:
            raise self._lost(error) from error
        content_type = reply.headers.get("content-type", "")
        retry_after = _retry_after(reply.headers)
        if "json" not in content_type:
            raise from_status(reply.status_code, content_type, retry_after)
        try:
            return Reply(reply.status_code, content_type, orjson.loads(reply.content), retry_after)
        except orjson.JSONDecodeError as error:
            raise AmbiguousError(f"Odoo's reply broke off: {error}") from error

    def _lost(self, error: httpx.RequestError) -> PipelineError | UnavailableError:
        if _OF_CERTIFICATE.search(str(error)):
            # The server's or ours: TLS failed, and nothing was worked on.
            return MisconfiguredError(
                f"the certificates of {self._base} and ours do not fit: {error}; check ODOO_CA_FILE and "
                "ODOO_CLIENT_CERT_FILE"
            )
        if isinstance(error, _NOT_SENT):
            return UnavailableError(f"Odoo does not answer at {self._base}: {error}")
        # Odoo does not notice a closed connection and commits.
        return AmbiguousError(f"Odoo's reply was lost: {type(error).__name__}: {error}")


def _retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds of `Retry-After`, a number or a date, 0 without; never more than ten minutes."""
    said = headers.get("retry-after")
    if not said:
        return 0.0
    try:
        if said.isdecimal():
            seconds = float(said)
        else:
            # By the clock of the server: ours may be wrong.
            wanted, now = (parsedate_to_datetime(text) for text in (said, headers.get("date", "")))
            seconds = (wanted - now).total_seconds()
    except (TypeError, ValueError):
        return 0.0
    return min(max(seconds, 0.0), _LONGEST_PAUSE)


def _trust(settings: OdooServerSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"ODOO_CA_FILE {settings.ca_file} cannot be read as certificates: {error}"
        ) from error
    if settings.client_cert_file:
        try:
            # Without a password of ours OpenSSL would ask for that of an encrypted key at the terminal.
            context.load_cert_chain(settings.client_cert_file, settings.client_key_file, password="")
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(
                "ODOO_CLIENT_CERT_FILE and ODOO_CLIENT_KEY_FILE cannot be read as a certificate and its key "
                f"without a password: {error}"
            ) from error
    return context
