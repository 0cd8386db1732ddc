"""`pdm-odoo sandbox`: the commands. Each is a thin call; secrets appear in `env` alone."""

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
import orjson

from ops.sandbox import status as statuses
from ops.sandbox import vhosts
from ops.sandbox.errors import SandboxError
from ops.sandbox.modes import Provider, provider
from ops.sandbox.progress import timed_lines
from ops.sandbox.servers import DEMO, DEMO_VHOST
from ops.terminal import printer

Command = Callable[..., Any]


def _examples(*lines: str) -> str:
    # A line with a single backspace tells click to keep the lines that follow as they are.
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


@click.group(
    epilog=_examples(
        "pdm-odoo sandbox up",
        'eval "$(pdm-odoo sandbox env)"',
        "pdm-odoo sandbox down",
    )
)
def sandbox() -> None:
    """Real servers on this machine: RabbitMQ, PostgreSQL, Odoo 19.

    They live in one folder (PDM_ODOO_SANDBOX, or a default one) and listen on 127.0.0.1 only. Set the
    PDM_SANDBOX_* variables to use servers of your own, or --docker to take them from docker-compose.yml.
    """


def _docker(command: Command) -> Command:
    text = "Use docker-compose.yml's containers (or PDM_SANDBOX_MODE=docker)."
    return click.option("--docker", is_flag=True, help=text)(command)


@contextmanager
def _told(*, docker: bool) -> Iterator[Provider]:
    """Give the provider of the wanted mode; what goes wrong becomes a message and exit code 1."""
    try:
        yield provider(os.environ, docker=docker)
    except SandboxError as error:
        raise click.ClickException(str(error)) from error


@sandbox.command(
    epilog=_examples(
        "pdm-odoo sandbox up",
        "PDM_ODOO_SANDBOX=/var/tmp/second pdm-odoo sandbox up",
    )
)
@_docker
def up(*, docker: bool) -> None:
    """Bring all servers up; only what is missing is installed, made or started.

    The first time takes about two minutes (as root, Debian packages are installed), later a second.
    """
    with _told(docker=docker) as servers:
        progress = timed_lines(click.echo)
        where = servers.up(progress)
        vhosts.add(where.management_url, DEMO_VHOST)
        progress(f"up: Odoo at {where.odoo_url}; `pdm-odoo sandbox env` prints what a client needs")


@sandbox.command(
    epilog=_examples(
        "pdm-odoo sandbox down",
        "pdm-odoo sandbox down --purge",
    )
)
@click.option("--purge", is_flag=True, help="Delete the folder with all its data, too.")
@_docker
def down(*, purge: bool, docker: bool) -> None:
    """Stop the servers that `up` started, and nothing else; the data stay."""
    with _told(docker=docker) as servers:
        servers.down(timed_lines(click.echo), purge=purge)


@sandbox.command(
    epilog=_examples(
        "pdm-odoo sandbox status",
        "pdm-odoo sandbox status --json | jq '.[].state'",
    )
)
@click.option("--json", "as_json", is_flag=True, help="A list of objects for programs.")
@_docker
def status(*, as_json: bool, docker: bool) -> None:
    """Show which servers are up; exit code 0 only when all are."""
    with _told(docker=docker) as servers:
        lines = servers.status()
    if as_json:
        click.echo(statuses.as_json(lines))
    else:
        console = printer()
        console.print(statuses.as_table(lines))
    if not statuses.all_up(lines):
        raise click.exceptions.Exit(1)


@sandbox.command(
    epilog=_examples(
        'eval "$(pdm-odoo sandbox env)"',
        "pdm-odoo sandbox env --database plant --vhost /",
        "pdm-odoo sandbox env --json",
    )
)
@click.option("--database", default=DEMO, show_default=True, help="The Odoo database to name.")
@click.option("--vhost", help="RabbitMQ's virtual host; without it the demo's for its database, else /.")
@click.option("--json", "as_json", is_flag=True, help="One object in place of export lines.")
@_docker
def env(*, database: str, vhost: str | None, as_json: bool, docker: bool) -> None:
    """Print the variables that a client needs, passwords in clear: by default to reach what the demo made."""
    with _told(docker=docker) as servers:
        place = vhost or (DEMO_VHOST if database == DEMO else "/")
        variables = servers.servers().environment(database, place)
    if as_json:
        click.echo(orjson.dumps(variables, option=orjson.OPT_INDENT_2))
        return
    for name, value in variables.items():
        click.echo(f"export {name}={quoted(value)}")


def quoted(value: str) -> str:
    """Return a value in single quotes for a POSIX shell."""
    plain = shlex.quote(value)
    return plain if plain.startswith("'") else f"'{plain}'"


if __name__ == "__main__":
    sandbox()
