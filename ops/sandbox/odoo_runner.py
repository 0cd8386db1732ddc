"""Run Odoo's command on this machine, as the servers' user."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.sandbox.accounts import Account
from ops.sandbox.odoo_server import OdooCommand
from ops.sandbox.place import Place
from ops.sandbox.progress import Progress
from ops.sandbox.steps import Step, run


@dataclass(frozen=True)
class LocalOdoo:
    """The OdooRunner of a private sandbox; odoo.conf must be written before."""

    place: Place
    account: Account
    progress: Progress

    @property
    def key_file(self) -> str:
        """A path in Odoo's own folder, which nobody else may enter."""
        return str(self.place.folder / "odoo" / "data" / "api-key")

    def run(self, title: str, arguments: Sequence[str], stdin: str | None) -> None:
        """Run `odoo <arguments>` with output in template.log."""
        command = OdooCommand(self.place)
        log = self.place.log("template")
        argv = command.argv(*arguments)
        step = Step(title, argv, log, self.account, command.environment, self.place.folder, stdin)
        run(step, self.place.folder, self.progress)

    def take_key(self) -> str:
        """Return what Odoo wrote and delete it."""
        path = Path(self.key_file)
        key = path.read_text()
        path.unlink()
        return key
