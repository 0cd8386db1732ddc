"""The template database: a minute of installing modules, once, so that every test has its own in a second.

It is built under a name of its own; the state file points to it only when it is complete. What a killed
run left behind is dropped by the next one.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from ops.sandbox import users
from ops.sandbox.databases import Databases
from ops.sandbox.progress import Progress
from ops.sandbox.servers import DEMO
from ops.sandbox.state import Template

MODULES = "mrp,purchase"
PREFIX = "pdm_template_"


class OdooRunner(Protocol):
    """Runs Odoo's command where Odoo is: on this machine or in a container."""

    @property
    def key_file(self) -> str:
        """A path that Odoo may write, for the runtime user's API key."""
        ...

    def run(self, title: str, arguments: Sequence[str], stdin: str | None) -> None:
        """Run `odoo <arguments>` to its end; raise SandboxError when it fails."""
        ...

    def take_key(self) -> str:
        """Return the content of `key_file` and delete it."""
        ...


def recipe() -> str:
    """Return a hash of all that decides what is in the template."""
    parts = "\0".join([MODULES, *users.GROUPS, users.ADMIN, users.RUNTIME, users.SCRIPT])
    return sha256(parts.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class TemplateBuilder:
    """Builds and renews the template."""

    odoo: OdooRunner
    databases: Databases
    progress: Progress

    def settle(self, template: Template | None, admin_password: str, now: datetime) -> Template:
        """Return the template as it should be at `now`: kept, with a renewed key, or built from nothing."""
        current = template is not None and template.recipe == recipe()
        if template is not None and current and template.database in self.databases.names():
            return self.renew(template, now)
        return self.build(admin_password, now)

    def build(self, admin_password: str, now: datetime) -> Template:
        """Make a new template; the old one, its demo clone and leftovers are dropped first."""
        for name in self.databases.names():
            # A clone of another template does not know the new one's API key.
            if name.startswith(PREFIX) or name == DEMO:
                self.databases.unseal(name)
                self.databases.drop(name)
        name = f"{PREFIX}{secrets.token_hex(3)}"
        once = ["-d", name, "--no-http", "--workers=0"]
        install = [*once, "-i", MODULES, "--without-demo=True", "--stop-after-init"]
        self.odoo.run(f"installing {MODULES} into the template database", install, None)
        expires = now + users.KEY_LIFE
        script = users.UserScript(admin_password, expires, self.odoo.key_file)
        self.odoo.run("making the users of the template database", ["shell", *once], script.text())
        key = self.odoo.take_key()
        self.databases.seal(name)
        return Template(name, recipe(), key, expires)

    def renew(self, template: Template, now: datetime) -> Template:
        """Move the end of the API key, in the template and all its clones, if it is near."""
        if template.key_expires - now > users.RENEW_BEFORE:
            return template
        self.progress("the runtime user's API key ends soon: renewing it in every database")
        expires = now + users.KEY_LIFE
        self.databases.unseal(template.database)
        for name in self.databases.names():
            with self.databases.connection(name) as connection:
                if connection.execute("SELECT to_regclass('res_users_apikeys')").fetchone() != (None,):
                    connection.execute(users.RENEW, [users.odoo_time(expires), template.api_key[:8]])
        self.databases.seal(template.database)
        return replace(template, key_expires=expires)
