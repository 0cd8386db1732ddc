"""The two users of the template: an administrator, and the one with few rights that the product runs as.

They are made inside Odoo (`odoo shell`), by Odoo's own rules, because a password or API key written by
SQL would have to copy its hashing.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

ADMIN = "admin"
RUNTIME = "pdm-odoo"
GROUPS = (
    "base.group_user",
    "product.group_product_manager",
    "mrp.group_mrp_manager",
    "stock.group_stock_user",
)
"""What the product needs at run time, and no more: no Settings."""

KEY_LIFE = timedelta(days=89)
"""Odoo lets a user without Settings hold a key for at most 90 days."""
RENEW_BEFORE = timedelta(days=10)
"""A key that ends sooner than this is made to last again by the next `up`."""

SCRIPT = """
import datetime, json, os
wanted = json.loads({wanted!r})
env.ref("base.user_admin").write({{"login": wanted["admin"], "password": wanted["admin_password"]}})
groups = [env.ref(name).id for name in wanted["groups"]]
values = {{"name": "PDM", "login": wanted["runtime"], "group_ids": [(6, 0, groups)]}}
user = env["res.users"].with_context(no_reset_password=True).create(values)
end = datetime.datetime.fromisoformat(wanted["expires"])
key = env["res.users.apikeys"].with_user(user)._generate("rpc", "pdm-odoo sandbox", end)
env.cr.commit()
# A file that only this user can read: what is printed ends in a log.
with os.fdopen(os.open(wanted["key_file"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
    file.write(key)
"""

RENEW = "UPDATE res_users_apikeys SET expiration_date = %s WHERE index = %s"
"""Moves a key's end in one database; `index` is the first eight characters of the key, as Odoo stores it."""


@dataclass(frozen=True)
class UserScript:
    """What goes into `odoo shell`: the key ends at `expires` and is written to `key_file`."""

    admin_password: str = field(repr=False)
    expires: datetime
    key_file: str

    def text(self) -> str:
        """Return the Python text for the standard input of `odoo shell`."""
        wanted = {
            "admin": ADMIN,
            "admin_password": self.admin_password,
            "runtime": RUNTIME,
            "groups": GROUPS,
            "expires": odoo_time(self.expires),
            "key_file": self.key_file,
        }
        return SCRIPT.format(wanted=json.dumps(wanted))


def odoo_time(moment: datetime) -> str:
    """Return a moment as Odoo stores it: UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
