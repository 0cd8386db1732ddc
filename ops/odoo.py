"""`pdm-odoo odoo`: what an administrator does with the Odoo database."""

from __future__ import annotations

import click

from ops.odoo_schema import schema_command
from ops.setup_odoo import setup_command


@click.group()
def odoo() -> None:
    """Prepare the Odoo database, and look at its fields."""


odoo.add_command(schema_command, "schema")
odoo.add_command(setup_command, "setup")
