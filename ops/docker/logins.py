"""The two logins in the Odoo of docker-compose.yml: the administrator, and the consumers' user.

A newcomer would get wrong where this runs: inside Odoo's container, fed to `odoo shell` by
`prepare_odoo.sh`, with no package of ours but this file and `ops/sandbox/users.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ops.sandbox.users import GROUPS

PREPARED = "pdm_odoo.prepared"
"""A parameter of the database, set together with the administrator's password."""


def settle(env: Any, environ: Mapping[str, str]) -> None:
    """Give both logins what `environ` says, in one transaction. Safe to repeat.

    The administrator's password is set once: afterwards it is what the administrator makes it. The
    consumers' password is what ODOO_API_KEY says, each time.
    """
    administrator, runtime = environ["ODOO_ADMIN_LOGIN"], environ["ODOO_LOGIN"]
    if administrator == runtime:
        raise SystemExit("ODOO_LOGIN must not be ODOO_ADMIN_LOGIN: the consumers need no administrator")
    parameters = env["ir.config_parameter"]
    if not parameters.get_param(PREPARED):
        env.ref("base.user_admin").write({"login": administrator, "password": environ["ODOO_ADMIN_PASSWORD"]})
        parameters.set_param(PREPARED, "1")
    users = env["res.users"].with_context(active_test=False, no_reset_password=True)
    groups = [env.ref(name).id for name in GROUPS]
    secret = environ["ODOO_API_KEY"]
    user = users.search([("login", "=", runtime)])
    if user:
        # Groups are added, not replaced: an administrator may have given more, e.g. to read a lookup list.
        user.write({"password": secret, "active": True, "group_ids": [(4, group) for group in groups]})
    else:
        users.create({"name": "PDM", "login": runtime, "password": secret, "group_ids": [(6, 0, groups)]})
    env.cr.commit()
