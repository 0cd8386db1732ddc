"""The settings of broker, sources, consumers and logs; Odoo's are in `odoo_settings.py`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, FilePath, NonNegativeFloat, PositiveFloat, PositiveInt, SecretStr
from pydantic_settings import SettingsConfigDict

from schemas.environment import Section


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


class ProfileSettings(Section):
    """Which mapping profile is in force."""

    model_config = SettingsConfigDict(env_prefix="PDM_ODOO_")

    profile: FilePath | None = None
    """A TOML file (`schemas/profile.py`); the default profile when absent."""


class ConsumerSettings(Section):
    """How the consumers work."""

    model_config = SettingsConfigDict(env_prefix="PDM_ODOO_", env_parse_none_str="none")

    batch_size: Annotated[int, Field(ge=1, le=100)] = 100
    """Events in one batch of BOMs, files or requests, which may be large."""
    product_batch_size: Annotated[int, Field(ge=1, le=500)] = 250
    """Events in one batch of products, which are small beside the fixed cost of a call to Odoo.

    The more of them, the fewer calls, and the more are delivered again after a crash: twice as many per
    shard. What one `load()` or one write takes at most does not grow with it.
    """
    linger_seconds: NonNegativeFloat = 0.05
    """How long an incomplete batch waits for more."""
    shards: Annotated[int, Field(ge=1, le=32)] = 2
    """Batches in work at once per consumer; events of one key always share a shard."""
    stop_grace_seconds: PositiveFloat = 25.0
    attachment_roots: tuple[Path, ...] = ()
    """Folders below which attached files may lie. None allowed when empty."""
    attachment_max_bytes: PositiveInt = 90 * 1024 * 1024
    """Largest file. Base64 of more does not fit Odoo's 128 MiB request."""
    schema_file: Path | None = Path("pdm-odoo-schema.json")
    """What is known of Odoo's fields, kept over restarts and shared by the consumers of one machine.

    The word `none` is None: no file. Empty means the default, as everywhere.
    """
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
