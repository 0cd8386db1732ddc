"""A private PostgreSQL cluster, for Odoo only.

Nothing in it is precious: it runs without fsync, so a power cut may break it. `down` is safe, because an
orderly stop writes everything.
"""

import shutil
import signal
import time
from pathlib import Path

import psycopg
from psycopg import sql

from ops.sandbox.accounts import Account
from ops.sandbox.components import Component
from ops.sandbox.errors import SandboxError
from ops.sandbox.place import Place
from ops.sandbox.processes import PROC, Launch, Tag
from ops.sandbox.progress import Progress
from ops.sandbox.state import State
from ops.sandbox.steps import Step, run

OWNER = "sandbox"
ODOO = "odoo"
STOP = signal.SIGINT
"""PostgreSQL's fast shutdown: it ends the connections and does not wait for them."""
PROGRAMS = Path("/usr/lib/postgresql")


def programs(folder: Path = PROGRAMS) -> Path:
    """Return the folder of the newest installed server's programs."""
    versions = [path for path in folder.glob("*/bin") if (path / "initdb").exists()]
    if not versions:
        raise SandboxError(f"no PostgreSQL server below {folder}: install the Debian package postgresql")
    return max(versions, key=lambda path: float(path.parent.name))


def initialise(place: Place, state: State, account: Account, progress: Progress) -> None:
    """Make the cluster unless it is there; a half-made one is thrown away."""
    home = place.give(place.folder / "postgres", account)
    data, part, password = home / "data", home / "data.part", home / "password"
    if data.exists():
        return
    shutil.rmtree(part, ignore_errors=True)
    password.touch(0o600)
    account.own(password)
    password.write_text(state.passwords["postgres_owner"])
    command = [str(programs() / "initdb"), "-D", str(part), "-U", OWNER, "--pwfile", str(password)]
    options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    run(
        Step("making the PostgreSQL cluster", [*command, *options], place.log("initdb"), account, cwd=home),
        place.folder,
        progress,
    )
    password.unlink()
    part.rename(data)


def postgres(place: Place, state: State) -> Component:
    """Return the database server."""
    home = place.folder / "postgres"
    port = state.ports["postgres"]
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "200",
        "shared_buffers": "256MB",
        # Speed for safety, which a sandbox does not need: template and clones are made several times faster.
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "30min",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Component(
        tag=Tag.of(place.folder, "postgres"),
        address=f"127.0.0.1:{port}",
        launch=Launch(
            [str(programs() / "postgres"), "-D", str(home / "data"), *options],
            {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            place.log("postgres"),
            home,
        ),
        answers=lambda: _answers(dsn(state, OWNER, "postgres_owner")),
        stop_signal=STOP,
        prepare=lambda: clear_stale_lock(home / "data"),
    )


def dsn(state: State, role: str, password: str) -> str:
    """Return the address of the database `postgres` for a role, as libpq reads it."""
    return f"postgresql://{role}:{state.passwords[password]}@127.0.0.1:{state.ports['postgres']}/postgres"


def ensure_role(state: State) -> None:
    """Make Odoo's role: it may create databases and is no superuser."""
    with psycopg.connect(dsn(state, OWNER, "postgres_owner"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ODOO]).fetchone():
            return
        command = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
        password = state.passwords["postgres_odoo"]
        connection.execute(command.format(sql.Identifier(ODOO), sql.Literal(password)))


def clear_stale_lock(data: Path, proc: Path = PROC, patience: float = 10.0) -> None:
    """Remove postmaster.pid when nothing works in the data folder; its pid may be somebody else's by now.

    A killed server's children need a moment to notice; they are recognised by their current folder.
    """
    deadline = time.monotonic() + patience
    while workers := _working_in(data, proc):
        if time.monotonic() > deadline:
            raise SandboxError(f"{data}: processes {workers} use this cluster and are not ours to stop")
        time.sleep(0.2)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _working_in(folder: Path, proc: Path) -> list[int]:
    found = []
    for entry in proc.iterdir():
        try:
            # By inode: a container may have another folder of this path.
            if entry.name.isdigit() and (entry / "cwd").samefile(folder):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _answers(address: str) -> bool:
    try:
        with psycopg.connect(address, connect_timeout=3) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True
