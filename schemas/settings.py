"""Settings: the only reader of the environment.

Each value comes from an environment variable, from a `.env` file in the working directory, or from
a file of that name in the folder that `PDM_ODOO_SECRETS_DIR` names, in that order. Lists and tables
are written as JSON. Secrets are `SecretStr` and never appear in `repr` or logs. `.env.example` lists
every variable.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import pydantic_settings
from dotenv import dotenv_values
from pydantic import (
    AnyHttpUrl,
    Field,
    FilePath,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS_DIR = "PDM_ODOO_SECRETS_DIR"

_NOT_UTF_8 = f".env, or a file in the folder of {SECRETS_DIR}, is not UTF-8; save it as UTF-8"
_NEAR = 0.88
"""Nearer than ODOO_USER is to ODOO_URL, which are two things."""
_PREFIXES = ("AMQP_", "ODOO_", "PDM_ODOO_")
_QUOTED = re.compile(r'"(\w+)"')


class StateAction(StrEnum):
    """What a destination state means for Odoo."""

    UPSERT = "upsert"
    IGNORE = "ignore"


class LogLevel(StrEnum):
    """From which level on log lines are written."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"

    @classmethod
    def _missing_(cls, value: object) -> LogLevel | None:
        return cls.__members__.get(str(value).upper())


class LogFormat(StrEnum):
    """How log lines are written."""

    JSON = "json"
    TEXT = "text"


class SettingsError(Exception):
    """A setting is missing or wrong; the text names each variable and its rule, never a value."""


class Section(BaseSettings):
    """A group of settings that one part of the pipeline needs."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    @classmethod
    def variables(cls) -> dict[str, str]:
        """Return this section's environment variables and the fields they fill."""
        prefix = cls.model_config.get("env_prefix", "")
        return {f"{prefix}{field}".upper(): field for field in cls.model_fields}


class BrokerSettings(Section):
    """The RabbitMQ server."""

    model_config = SettingsConfigDict(env_prefix="AMQP_")

    url: SecretStr
    """`amqp://` or `amqps://user:password@host:port/vhost`."""
    management_url: SecretStr | None = None
    """`http(s)://user:password@host:port` of the management plugin; `topology verify` needs it."""
    heartbeat_seconds: PositiveInt = 30
    blocked_timeout_seconds: PositiveInt = 300
    confirm_timeout_seconds: PositiveFloat = 10.0
    ca_file: FilePath | None = None
    """Certificates to trust for `amqps://`; the system's own when absent."""


@dataclass(frozen=True)
class Account:
    """Who we are to Odoo. `variables` are the settings to check when Odoo refuses us."""

    login: str
    secret: SecretStr
    variables: str
    company_ids: tuple[int, ...] = ()


class OdooServerSettings(Section):
    """The Odoo server and the database on it, whoever we are there."""

    model_config = SettingsConfigDict(env_prefix="ODOO_")

    url: AnyHttpUrl
    """`http(s)://host:port`, without a login: the URL stands in logs."""
    db: str
    timeout_seconds: PositiveFloat = 150.0
    """Longer than Odoo's own limit_time_real (120 s): a shorter one makes outcomes ambiguous."""
    lang: str = "en_US"
    ca_file: FilePath | None = None

    @field_validator("url")
    @classmethod
    def _without_login(cls, url: AnyHttpUrl) -> AnyHttpUrl:
        if url.username or url.password:
            raise ValueError(
                "contains a login, and the URL stands in logs; the login has settings of its own"
            )
        return url


class OdooSettings(OdooServerSettings):
    """The Odoo server, and the least-privilege user that the consumers are."""

    login: str
    api_key: SecretStr
    """An API key, or the user's password."""
    company_ids: tuple[int, ...] = ()
    """Companies in the context of each call; the user's own when empty."""

    @property
    def account(self) -> Account:
        """Return the consumers' account."""
        return Account(self.login, self.api_key, "ODOO_LOGIN and ODOO_API_KEY", self.company_ids)


class AdministratorSettings(OdooServerSettings):
    """The Odoo server, and the administrator's login, which only `pdm-odoo odoo setup` uses."""

    admin_login: str
    admin_password: SecretStr

    @property
    def account(self) -> Account:
        """Return the administrator's account, in that user's own companies."""
        return Account(self.admin_login, self.admin_password, "ODOO_ADMIN_LOGIN and ODOO_ADMIN_PASSWORD")


class SourceSettings(Section):
    """How an export of the vault is read, until the mapping profile says it."""

    model_config = SettingsConfigDict(env_prefix="PDM_ODOO_")

    revision_attribute: str = "Revision"
    state_attribute: str = "State"
    name_attribute: str = "Description"
    unit_attribute: str = "Unit"
    weight_attribute: str = "Weight"
    file_attributes: tuple[str, ...] = ("PDF File", "Drawing File", "STEP File", "DXF File")
    """Attributes whose value is the path of a file below an attachment root; the name becomes the role."""
    ignored_configurations: tuple[str, ...] = ("*SM-FLAT-PATTERN*", "*<As Welded>*")
    """Configurations that are no items, as file-name patterns (`*`, `?`), upper and lower case alike."""


class ConsumerSettings(Section):
    """How the consumers work."""

    model_config = SettingsConfigDict(env_prefix="PDM_ODOO_")

    states: dict[str, StateAction] = {"Released": StateAction.UPSERT, "In Work": StateAction.IGNORE}
    """What each destination state means. A state that is not listed dead-letters, never guesses."""
    units: dict[str, str] = {"pcs": "Units", "pc": "Units", "ea": "Units", "each": "Units"}
    """The vault's name of a unit → its name in Odoo, upper and lower case alike. Others keep their name."""
    batch_size: Annotated[int, Field(ge=1, le=100)] = 100
    """Events in one batch. Above 100 one bad row costs `load()` half a minute."""
    linger_seconds: NonNegativeFloat = 0.05
    """How long an incomplete batch waits for more."""
    shards: Annotated[int, Field(ge=1, le=32)] = 2
    """Batches in work at once per consumer; events of one key always share a shard."""
    stop_grace_seconds: PositiveFloat = 25.0
    attachment_roots: tuple[Path, ...] = ()
    """Folders below which attached files may lie. None allowed when empty."""
    attachment_max_bytes: PositiveInt = 90 * 1024 * 1024
    """Largest file. Base64 of more does not fit Odoo's 128 MiB request."""
    lookup_dir: Path = Path("lookups")
    lookup_models: tuple[str, ...] = (
        "uom.uom",
        "product.category",
        "stock.route",
        "mrp.workcenter",
        "res.company",
        "res.lang",
        "res.currency",
        "res.country",
        "product.template",
        "mrp.bom",
    )
    """Models whose rows a lookup request may read."""


class LogSettings(Section):
    """Where logs and metrics go."""

    model_config = SettingsConfigDict(env_prefix="PDM_ODOO_")

    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.JSON
    """`json` for machines, `text` for people."""
    health_host: str = "127.0.0.1"
    health_port: Annotated[int, Field(ge=0, le=65535)] = 9108
    """Port of /metrics, /healthz and /readyz; 0 turns them off."""


S = TypeVar("S", bound=Section)


def load(section: type[S]) -> S:
    """Return `section` read from the environment.

    Raises:
        SettingsError: a variable is missing or breaks its rule; all of them are named.
    """
    secrets = os.environ.get(SECRETS_DIR)
    if secrets and not Path(secrets).is_dir():
        raise SettingsError(f"{SECRETS_DIR} {secrets} is no folder; unset it, or mount the secrets there")
    prefix = section.model_config.get("env_prefix", "")
    try:
        return section(_secrets_dir=secrets)
    except ValidationError as error:
        faults = [
            f"{_variable(prefix, fault['loc'])}: {_rule(fault['type'], fault['msg'])}"
            for fault in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise SettingsError("settings are missing or wrong:\n  " + "\n  ".join(faults)) from None
    except pydantic_settings.SettingsError as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            raise SettingsError(_NOT_UTF_8) from None
        # Its text names the field in quotes; its cause may quote the value and is left behind.
        field = _QUOTED.search(str(error))
        name = f"{prefix}{field[1]}".upper() if field else "a list or table"
        rule = "lists and tables are written as JSON (see .env.example)"
        raise SettingsError(f"{name} is not JSON; {rule}") from None
    except UnicodeDecodeError:
        raise SettingsError(_NOT_UTF_8) from None


def of(section: type[S], environment: Mapping[str, str]) -> S:
    """Return `section` with the values of its variables in `environment`, a process's to be or a server's."""
    fields = section.variables()
    return section.model_validate(
        {fields[name]: value for name, value in environment.items() if name in fields}
    )


def misspelt() -> dict[str, str]:
    """Return variables of the environment and of .env that look like settings and are none → the near one."""
    known = {name for section in sections() for name in section.variables()} | {SECRETS_DIR}
    try:
        written = dotenv_values(".env")
    except UnicodeDecodeError:
        written = {}  # `load` says it better
    candidates = {name.upper() for name in (*os.environ, *written) if name.upper().startswith(_PREFIXES)}
    near = {name: get_close_matches(name, known, n=1, cutoff=_NEAR) for name in sorted(candidates - known)}
    return {name: matches[0] for name, matches in near.items() if matches}


def sections(base: type[Section] = Section) -> list[type[Section]]:
    """Return every section of settings."""
    return [found for section in base.__subclasses__() for found in (section, *sections(section))]


def _variable(prefix: str, place: tuple[int | str, ...]) -> str:
    """Return the variable's name, and which entry of it when it is a list or a table."""
    name, *entry = place or ("",)
    return f"{prefix}{name}".upper() + "".join(f"[{part}]" for part in entry)


def _rule(fault: str, text: str) -> str:
    return (
        "is not set; put it into the environment or into .env (see .env.example)"
        if fault == "missing"
        else text
    )
