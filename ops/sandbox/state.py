"""What a private sandbox remembers between commands: ports, secrets and its template, mode 0600."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from ops.sandbox.errors import SandboxError

SECRETS = ("amqp", "postgres_owner", "postgres_odoo", "odoo_master", "odoo_admin")
"""One random password for each."""


@dataclass(frozen=True)
class Template:
    """The database that clones are made of. `recipe` tells what it was made from, `key_expires` is in UTC."""

    database: str
    recipe: str
    api_key: str = field(repr=False)
    key_expires: datetime


@dataclass(frozen=True)
class State:
    """The content of the state file."""

    ports: Mapping[str, int]
    passwords: Mapping[str, str] = field(repr=False)
    template: Template | None = None


def fresh() -> State:
    """Return the state of a new sandbox: new passwords, no ports yet."""
    return State({}, {name: secrets.token_urlsafe(18) for name in SECRETS})


def load(path: Path) -> State | None:
    """Read the state file; none when there is no sandbox yet."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except PermissionError as refused:
        raise SandboxError(
            f"{path} belongs to another user: use the sandbox as that user, "
            "or set PDM_ODOO_SANDBOX to a folder of your own"
        ) from refused
    try:
        return _decode(orjson.loads(content))
    except (ValueError, KeyError, TypeError) as broken:
        raise SandboxError(
            f"{path} cannot be read ({broken!r}): run `pdm-odoo sandbox down --purge`, then up"
        ) from broken


def save(path: Path, state: State) -> None:
    """Write the state file atomically, readable by its owner only from the first byte on."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(orjson.dumps(state, option=orjson.OPT_INDENT_2))
    part.rename(path)


def _decode(data: Any) -> State:
    template = data["template"]
    if template is not None:
        template = Template(**{**template, "key_expires": datetime.fromisoformat(template["key_expires"])})
    return State(data["ports"], data["passwords"], template)
