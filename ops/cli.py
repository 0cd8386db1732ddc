"""The one command: `pdm-odoo`. Every verb is a thin call into a use case elsewhere."""

from __future__ import annotations

import importlib
import io
from importlib.metadata import version

import click

from ops.visible import visible
from producers.errors import BrokerError
from schemas import odoo_settings, settings  # noqa: F401 - `misspelt` knows the sections imported
from schemas.environment import SettingsError, misspelt
from schemas.logs import configure_for_people

_EXAMPLES = """
\b
Examples:
  pdm-odoo publish --dry-run BD-1000.XML     what an export of the vault becomes
  pdm-odoo consume                           bring events into Odoo until stopped
  pdm-odoo sandbox up                        real servers to try it with

Settings come from the environment or from .env; .env.example lists them.
"""

_VERBS = {
    "adopt": ("ops.adopt", "adopt", "Make the products that Odoo has those of the vault's items."),
    "bench": ("ops.bench.command", "bench", "Measure the pipeline against a naive consumer."),
    "consume": ("ops.consume", "consume", "Bring events from RabbitMQ into Odoo until stopped."),
    "demo": ("ops.demo.command", "demo", "Carry a released machine into a real Odoo and show what arrived."),
    "history": ("ops.history.command", "history", "Explain what became of one part number."),
    "impact": (
        "ops.impact_command",
        "impact_command",
        "Show what hangs on a part: where used, stock, orders.",
    ),
    "odoo": ("ops.odoo", "odoo", "Prepare the Odoo database, and show which fields it has."),
    "profile": ("ops.profile_command", "profile", "Write, check and explain the mapping profile."),
    "publish": ("ops.publish", "publish", "Publish exports of the vault, or event files."),
    "sandbox": ("ops.sandbox.cli", "sandbox", "Real servers on this machine, for trying and testing."),
    "schemas": ("ops.schema_docs", "schemas_command", "Generate the JSON Schemas and the AsyncAPI document."),
    "topology": ("ops.topology", "topology", "Show, declare and verify exchanges and queues."),
}
"""Verb → module, command in it, one line of help. Loaded when called: `--help` stays quick."""


class _Verbs(click.Group):
    """The verbs, each imported when it is used."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(_VERBS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        module, name, _ = _VERBS[cmd_name]
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101 - a row of the table is wrong
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, _, help_text) in sorted(_VERBS.items())])


@click.command(cls=_Verbs, epilog=_EXAMPLES)
@click.version_option(version("pdm-odoo"))
def cli() -> None:
    """Carry engineering changes from a PDM vault into Odoo: once, in order, never half."""


def main() -> None:
    """Run the command; foreseen errors become one clear message and exit code 1."""
    configure_for_people()
    for name, near in misspelt().items():
        click.echo(f"Warning: {name} is no setting; did you mean {near}?", err=True)
    try:
        # Without standalone mode click returns the code of `ctx.exit` instead of raising it.
        code = cli(standalone_mode=False)
    except click.Abort:
        click.echo("interrupted", err=True)
        raise SystemExit(130) from None
    except click.ClickException as error:
        # It repeats what was typed, or what Odoo, the broker or an export says.
        told = io.StringIO()
        error.show(told)
        click.echo(visible(told.getvalue()), err=True, nl=False)
        raise SystemExit(error.exit_code) from None
    except (SettingsError, BrokerError) as error:
        click.echo(visible(f"Error: {error}"), err=True)
        raise SystemExit(1) from None
    raise SystemExit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
