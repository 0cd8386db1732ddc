"""The environment: this module is its only reader, for all sections of settings.

Each value comes from an environment variable, from a `.env` file in the working directory, or from
a file of that name in the folder that `PDM_ODOO_SECRETS_DIR` names, in that order. Lists and tables
are written as JSON. Secrets are `SecretStr` and never appear in `repr` or logs. `.env.example` lists
every variable.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

import pydantic_settings
from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS_DIR = "PDM_ODOO_SECRETS_DIR"

_NOT_UTF_8 = f".env, or a file in the folder of {SECRETS_DIR}, is not UTF-8; save it as UTF-8"
_NEAR = 0.88
"""Nearer than ODOO_USER is to ODOO_URL, which are two things."""
_PREFIXES = ("AMQP_", "ODOO_", "PDM_ODOO_")
_OTHERS = {
    "ODOO_PASSWORD": "ODOO_API_KEY",
    "ODOO_USER": "ODOO_LOGIN",
    "ODOO_USERNAME": "ODOO_LOGIN",
    "ODOO_DATABASE": "ODOO_DB",
    "ODOO_HOST": "ODOO_URL",
}
"""What other programs call our settings."""
_MOVED = {
    "PDM_ODOO_STATES": "[states] in the profile",
    "PDM_ODOO_UNITS": "[units] in the profile",
    "PDM_ODOO_REVISION_ATTRIBUTE": "revision in [source] of the profile",
    "PDM_ODOO_STATE_ATTRIBUTE": "state in [source] of the profile",
    "PDM_ODOO_NAME_ATTRIBUTE": "name in [source] of the profile",
    "PDM_ODOO_UNIT_ATTRIBUTE": "unit in [source] of the profile",
    "PDM_ODOO_WEIGHT_ATTRIBUTE": "weight in [source] of the profile",
    "PDM_ODOO_FILE_ATTRIBUTES": "files in [source] of the profile",
    "PDM_ODOO_IGNORED_CONFIGURATIONS": "ignored_configurations in [source] of the profile",
}
"""What was a setting before there was a profile."""
_QUOTED = re.compile(r'"(\w+)"')


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
    """Return names in the environment, in .env and of secrets that look like settings → what is meant."""
    known = {name for section in sections() for name in section.variables()} | {SECRETS_DIR}
    try:
        in_file = {name.upper() for name in dotenv_values(".env")}
    except UnicodeDecodeError:
        in_file = set()  # `load` says it better
    named = {name.upper() for name in (*os.environ, *_secrets())} | in_file
    candidates = {name for name in named if name.startswith(_PREFIXES)}
    near = {name: get_close_matches(name, known, n=1, cutoff=_NEAR) for name in sorted(candidates - known)}
    meant = {name: matches[0] for name, matches in near.items() if matches}
    meant |= {name: _MOVED[name] for name in candidates & _MOVED.keys()}
    # They may be another program's beside ours.
    meant |= {name: ours for name, ours in _OTHERS.items() if name in candidates and ours not in named}
    if SECRETS_DIR in in_file and SECRETS_DIR not in os.environ:
        meant[f"{SECRETS_DIR} in .env"] = f"{SECRETS_DIR} in the environment itself"
    return meant


def _secrets() -> list[str]:
    """Return the names of the files in the folder of secrets."""
    folder = os.environ.get(SECRETS_DIR)
    try:
        return [file.name for file in Path(folder).iterdir()] if folder else []
    except OSError:
        return []  # `load` says it better


def sections(base: type[Section] = Section) -> list[type[Section]]:
    """Return every section of settings in the modules that are imported."""
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
