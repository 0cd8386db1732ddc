"""Settings: the only reader of the environment.

Each value comes from an environment variable, from a `.env` file in the working directory, or from
a file of that name in the folder that `PDM_ODOO_SECRETS_DIR` names, in that order. Lists and tables
are written as JSON. Secrets are `SecretStr` and never appear in `repr` or logs. `.env.example` lists
every variable.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import pydantic_settings
from pydantic import (
    AnyHttpUrl,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS_DIR = "PDM_ODOO_SECRETS_DIR"


class StateAction(StrEnum):
    """What a destination state means for Odoo."""

    UPSERT = "upsert"
    IGNORE = "ignore"


class SettingsError(Exception):
    """A setting is missing or wrong; the text names each variable and its rule, never a value."""


class Section(BaseSettings):
    """A group of settings that one part of the pipeline needs."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )


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
    ca_file: Path | None = None
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
    db: str
    timeout_seconds: PositiveFloat = 150.0
    """Longer than Odoo's own limit_time_real (120 s): a shorter one makes outcomes ambiguous."""
    lang: str = "en_US"
    ca_file: Path | None = None


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

    log_level: str = "INFO"
    log_format: str = "json"
    """`json` for machines, `text` for people."""
    health_host: str = "127.0.0.1"
    health_port: int = 9108
    """Port of /metrics, /healthz and /readyz; 0 turns them off."""


S = TypeVar("S", bound=Section)


def load(section: type[S]) -> S:
    """Return `section` read from the environment.

    Raises:
        SettingsError: a variable is missing or breaks its rule; all of them are named.
    """
    try:
        return section(_secrets_dir=os.environ.get(SECRETS_DIR))
    except ValidationError as error:
        prefix = section.model_config.get("env_prefix", "")
        faults = [
            # Only the first part is a variable's name; the others are entries of a list or table in it.
            f"{prefix}{fault['loc'][0]}".upper() + f": {_rule(fault['type'], fault['msg'])}"
            for fault in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise SettingsError("settings are missing or wrong:\n  " + "\n  ".join(faults)) from None
    except pydantic_settings.SettingsError as error:
        # Its text names the field and the source, never the value.
        raise SettingsError(f"{error}; lists and tables are written as JSON (see .env.example)") from None


def _rule(fault: str, text: str) -> str:
    return (
        "is not set; put it into the environment or into .env (see .env.example)"
        if fault == "missing"
        else text
    )
