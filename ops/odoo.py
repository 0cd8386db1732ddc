"""`pdm-odoo odoo`: prepare the Odoo database, and look at it."""

from __future__ import annotations

import click

from ops.odoo_schema import schema_command
from ops.setup_odoo import setup_command


@click.group()
def odoo() -> None:
    """Prepare the Odoo database, and show which fields it has."""


odoo.add_command(schema_command, "schema")
odoo.add_command(setup_command, "setup")
