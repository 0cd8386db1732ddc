"""`pdm-odoo profile`: write, check and explain the mapping profile."""

from __future__ import annotations

import sys

import click
import orjson

from ops.profile_check import check_command
from ops.profile_explain import explain_command
from ops.profile_init import init_command
from schemas.profile import Profile

_SCHEMA_EPILOG = """\b
Examples:
  pdm-odoo profile schema > profile.schema.json

Then write `#:schema ./profile.schema.json` into the first line of the profile: editors that know TOML
(Taplo, Even Better TOML) complete and check it as you type.
"""


@click.group()
def profile() -> None:
    """Say which attribute of the vault goes to which field of Odoo."""


@click.command("schema", epilog=_SCHEMA_EPILOG)
def schema_command() -> None:
    """Print the JSON Schema of the profile, for editors."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Profile.model_json_schema()
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


for command in (init_command, check_command, explain_command, schema_command):
    profile.add_command(command)
