"""Odoo's own virtual environment: its dozens of libraries must never meet the product's."""

import shutil
import sys
from hashlib import sha256
from pathlib import Path

from ops.sandbox.accounts import Account, caller, runs
from ops.sandbox.errors import SandboxError
from ops.sandbox.packages import find_uv
from ops.sandbox.place import Place
from ops.sandbox.progress import Progress
from ops.sandbox.steps import Step, run

REQUIREMENTS = Path(__file__).with_name("odoo_requirements.txt")
SUPPORTED = "import sys, venv; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))"
"""Odoo 19's own bounds (odoo/release.py)."""


def python(place: Place) -> Path:
    """Return Odoo's interpreter in this place, whether it is there or not."""
    return place.folder / "odoo" / "venv" / "bin" / "python"


def provide(place: Place, account: Account, progress: Progress) -> Path:
    """Make the environment unless it is complete for today's requirements; return its interpreter."""
    venv = python(place).parent.parent
    complete = venv / "complete"
    wanted = sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if complete.exists() and complete.read_text() == wanted:
        return python(place)
    shutil.rmtree(venv, ignore_errors=True)
    venv.parent.mkdir(exist_ok=True)
    base = interpreter(account)
    log = place.log("odoo-python")
    for title, argv in _commands(find_uv(), base, venv):
        # UV_PYTHON_DOWNLOADS: a Python in root's home would be out of the servers' reach.
        environment = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
        run(Step(title, argv, log, caller(), environment, cwd=place.folder), place.folder, progress)
    if not runs([str(python(place)), "-c", "import psycopg2, werkzeug, lxml"], account):
        raise SandboxError(f"{python(place)} does not work for the user {account.name!r}: see {log}")
    # Written last: without it the next run starts again.
    complete.write_text(wanted)
    return python(place)


def interpreter(account: Account) -> str:
    """Return a Python that the account may execute and that Odoo supports; the system's own comes first."""
    # One below a root-only home (pyenv, uv) works for root and not for the servers' user.
    versions = ["3", "3.13", "3.12", "3.11", "3.10"]
    candidates = [*(f"/usr/bin/python{version}" for version in versions), sys.executable]
    for candidate in candidates:
        if runs([candidate, "-I", "-c", SUPPORTED], account):
            return candidate
    raise SandboxError(
        f"no Python 3.10 to 3.13 that the user {account.name!r} may execute; tried {', '.join(candidates)}: "
        "install Debian's package python3"
    )


def _commands(uv: str | None, base: str, venv: Path) -> list[tuple[str, list[str]]]:
    interpreter_in_venv = str(venv / "bin" / "python")
    title = "installing Odoo's Python libraries"
    if uv is not None:
        return [
            ("making Odoo's Python environment", [uv, "venv", "--quiet", "--python", base, str(venv)]),
            (title, [uv, "pip", "install", "--python", interpreter_in_venv, "-r", str(REQUIREMENTS)]),
        ]
    return [
        ("making Odoo's Python environment", [base, "-m", "venv", str(venv)]),
        (title, [interpreter_in_venv, "-m", "pip", "install", "-r", str(REQUIREMENTS)]),
    ]
