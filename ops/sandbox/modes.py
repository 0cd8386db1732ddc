"""Which way to get servers: our own (`private`), somebody's (`named`), or from containers (`docker`).

The imports are made on demand: the product runs without PostgreSQL's and Docker's clients.
"""

import importlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from ops.sandbox.errors import SandboxError
from ops.sandbox.place import Place, default_folder
from ops.sandbox.progress import Progress
from ops.sandbox.servers import Servers
from ops.sandbox.status import Line


class Mode(StrEnum):
    """The value of PDM_SANDBOX_MODE."""

    PRIVATE = "private"
    NAMED = "named"
    DOCKER = "docker"


class Provider(Protocol):
    """What every mode can do."""

    def up(self, progress: Progress) -> Servers:
        """Make everything ready, doing only what is not done yet."""
        ...

    def down(self, progress: Progress, *, purge: bool = False) -> None:
        """Stop what `up` started; with `purge` delete the data too."""
        ...

    def status(self) -> list[Line]:
        """Return one line per server."""
        ...

    def servers(self) -> Servers:
        """Return where everything is, starting nothing."""
        ...


def mode(environ: Mapping[str, str], *, docker: bool = False) -> Mode:
    """Return the wanted mode: the flag, else PDM_SANDBOX_MODE, else named if a server is named."""
    if docker:
        return Mode.DOCKER
    chosen = environ.get("PDM_SANDBOX_MODE")
    if not chosen:
        return Mode.NAMED if any(name.startswith("PDM_SANDBOX_") for name in environ) else Mode.PRIVATE
    try:
        return Mode(chosen)
    except ValueError as unknown:
        raise SandboxError(f"PDM_SANDBOX_MODE={chosen!r} is none of {', '.join(Mode)}") from unknown


def provider(environ: Mapping[str, str], *, docker: bool = False) -> Provider:
    """Return the means to get servers in the wanted mode; starts nothing."""
    wanted = mode(environ, docker=docker)
    try:
        module = importlib.import_module(f"ops.sandbox.{wanted}")
    except ModuleNotFoundError as missing:
        raise SandboxError(
            f"the sandbox needs the Python package {missing.name!r}: run `uv sync --group sandbox`"
        ) from missing
    made: Provider
    if wanted is Mode.NAMED:
        made = module.NamedSandbox(environ)
    elif wanted is Mode.DOCKER:
        made = module.DockerSandbox(Place(default_folder(environ)))
    else:
        made = module.PrivateSandbox(Place(default_folder(environ)))
    return made
