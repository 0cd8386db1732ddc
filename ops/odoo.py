"""`pdm-odoo odoo`: what an administrator does with the Odoo database."""

from __future__ import annotations

import click

from ops.setup_odoo import setup_command


@click.group()
def odoo() -> None:
    """Prepare the Odoo database."""


odoo.add_command(setup_command, "setup")
