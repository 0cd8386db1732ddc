#!/bin/bash
# Makes the database of docker-compose.yml ready: modules, the administrator's password, the consumers'
# user. Runs in Odoo's image before its server starts, so that nobody ever meets the password "admin".
# Safe to repeat.
set -euo pipefail

once=(-d "$ODOO_DB" --no-http --workers=0 --max-cron-threads=0)

installed() {
    PGPASSWORD=$PASSWORD psql --host "$HOST" --username "$USER" --dbname "$ODOO_DB" --tuples-only --no-align \
        --command "SELECT count(*) FROM ir_module_module WHERE name IN ('mrp', 'purchase') AND state = 'installed'"
}

# Without the database, or half-way through an installation, psql fails or counts less.
if [ "$(installed 2>/dev/null || true)" != 2 ]; then
    /entrypoint.sh odoo "${once[@]}" -i mrp,purchase --without-demo=True --stop-after-init
fi

PYTHONPATH=/opt/pdm-odoo /entrypoint.sh odoo shell "${once[@]}" <<'END'
import os
from ops.docker.logins import settle
settle(env, os.environ)
END
echo "the database $ODOO_DB is ready"
