"""The settings of the Odoo server, and who we are there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import (
    AnyHttpUrl,
    FilePath,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    TypeAdapter,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import SettingsConfigDict

from schemas.environment import Section

NO_USER = (
    "JSON-RPC needs a user beside the key: set ODOO_LOGIN, or write the user's id before the key "
    "(ODOO_API_KEY=7:key)"
)
_UID_AND_KEY = re.compile(r"([1-9]\d*):(.+)")
_SURELY_UID_AND_KEY = re.compile(r"[1-9]\d*:[0-9a-f]{40}")
"""Odoo's keys are 40 hexadecimal digits; a password does not look like this."""
_HTTP_URL: TypeAdapter[AnyHttpUrl] = TypeAdapter(AnyHttpUrl)


class OdooProtocol(StrEnum):
    """How Odoo is spoken to."""

    AUTO = "auto"
    """JSON-2 where Odoo has it and takes our key, else JSON-RPC."""
    JSONRPC = "jsonrpc"
    JSON2 = "json2"


@dataclass(frozen=True)
class Account:
    """Who we are to Odoo. `variables` are the settings to check when Odoo refuses us.

    JSON-RPC needs `login` or `uid`, with a password or an API key; JSON-2 needs an API key alone.
    """

    login: str | None
    secret: SecretStr
    variables: str
    company_ids: tuple[int, ...] = ()
    uid: int | None = None

    @property
    def names_user(self) -> bool:
        """Return whether JSON-RPC is possible."""
        return self.login is not None or self.uid is not None


class OdooServerSettings(Section):
    """The Odoo server and the database on it, whoever we are there."""

    model_config = SettingsConfigDict(env_prefix="ODOO_")

    url: AnyHttpUrl
    """`http(s)://host:port`, without a login: the URL stands in logs."""
    protocol: OdooProtocol = OdooProtocol.AUTO
    db: str
    """Validated after `protocol`: JSON-2 sends it as a header."""
    timeout_seconds: PositiveFloat = 150.0
    """Longer than Odoo's own limit_time_real (120 s): a shorter one makes outcomes ambiguous."""
    calls_per_second: PositiveFloat | None = None
    """Unlimited when absent; 1 for *.odoo.com, as Odoo's acceptable use policy has it."""
    parallel_calls: PositiveInt | None = None
    """Unlimited when absent; 1 for *.odoo.com."""
    lang: str = "en_US"
    tz: str = "UTC"
    """Time zone of each call's context."""
    ca_file: FilePath | None = None
    """Certificates to trust for `https://`; the system's own when absent. Nothing turns the check off."""
    client_cert_file: FilePath | None = None
    """Our certificate (PEM), for a proxy in front of Odoo that asks for one; it may hold the key too."""
    client_key_file: FilePath | None = None
    proxy: SecretStr | None = None
    """`http(s)://user:password@host:port` of the way out; HTTPS_PROXY and NO_PROXY count when absent."""
    log_calls: bool = False
    """Log each call with arguments and reply, cut."""

    @property
    def database(self) -> str:
        """Return the database among all servers' databases, without who we are there."""
        return f"{self.url}{self.db}"

    @field_validator("url", mode="before")
    @classmethod
    def _with_scheme(cls, url: Any) -> Any:
        if isinstance(url, str) and not re.match(r"\s*https?://", url, re.IGNORECASE):
            raise ValueError("does not begin with http:// or https://")
        return url

    @field_validator("db")
    @classmethod
    def _can_be_sent(cls, db: str, others: ValidationInfo) -> str:
        if not db:
            raise ValueError("is empty")
        if others.data.get("protocol") is not OdooProtocol.JSONRPC and not (
            db.isascii() and db.isprintable()
        ):
            raise ValueError(
                "has characters beyond printable ASCII, which JSON-2 cannot send; set ODOO_PROTOCOL=jsonrpc, "
                "or rename the database"
            )
        return db

    @field_validator("url")
    @classmethod
    def _without_login(cls, url: AnyHttpUrl) -> AnyHttpUrl:
        if url.username or url.password:
            raise ValueError(
                "contains a login, and the URL stands in logs; the login has settings of its own"
            )
        return url

    @field_validator("client_key_file")
    @classmethod
    def _with_certificate(cls, key: FilePath | None, others: ValidationInfo) -> FilePath | None:
        if key and not others.data.get("client_cert_file"):
            raise ValueError("is of no use without ODOO_CLIENT_CERT_FILE")
        return key

    @field_validator("proxy")
    @classmethod
    def _an_address(cls, proxy: SecretStr | None) -> SecretStr | None:
        if proxy:
            _HTTP_URL.validate_python(proxy.get_secret_value())
        return proxy


class OdooSettings(OdooServerSettings):
    """The Odoo server, and the least-privilege user that the consumers are."""

    login: str | None = None
    """The user's login; empty when the key says who we are."""
    api_key: SecretStr
    """An API key or, with a login, the user's password; without a login also `uid:key`."""
    company_ids: tuple[int, ...] = ()
    """Companies in the context of each call; the user's own when empty."""

    @field_validator("api_key")
    @classmethod
    def _of_a_user(cls, key: SecretStr, others: ValidationInfo) -> SecretStr:
        secret, login = key.get_secret_value(), others.data.get("login")
        if not secret:
            raise ValueError("is empty")
        if login and _SURELY_UID_AND_KEY.fullmatch(secret):
            raise ValueError(
                "begins with a user's id, and ODOO_LOGIN names a user too; leave one of them out"
            )
        needed = others.data.get("protocol") is OdooProtocol.JSONRPC
        if needed and not login and not _UID_AND_KEY.fullmatch(secret):
            raise ValueError(f"{NO_USER}; or leave ODOO_PROTOCOL at auto")
        return key

    @property
    def account(self) -> Account:
        """Return the consumers' account."""
        if self.login:
            return Account(self.login, self.api_key, "ODOO_LOGIN and ODOO_API_KEY", self.company_ids)
        if found := _UID_AND_KEY.fullmatch(self.api_key.get_secret_value()):
            return Account(None, SecretStr(found[2]), "ODOO_API_KEY", self.company_ids, int(found[1]))
        return Account(None, self.api_key, "ODOO_API_KEY", self.company_ids)


class AdministratorSettings(OdooServerSettings):
    """The Odoo server, and the administrator's login, which only `pdm-odoo odoo setup` uses."""

    admin_login: str
    admin_password: SecretStr

    @field_validator("admin_password")
    @classmethod
    def _not_empty(cls, password: SecretStr) -> SecretStr:
        if not password.get_secret_value():
            raise ValueError("is empty")
        return password

    @property
    def account(self) -> Account:
        """Return the administrator's account, in that user's own companies."""
        return Account(self.admin_login, self.admin_password, "ODOO_ADMIN_LOGIN and ODOO_ADMIN_PASSWORD")
