"""Odoo's program: Debian's package, unpacked into the sandbox's folder, never installed.

Only Debian sid has Odoo 19, and its dependencies would upgrade half of a stable system. So apt gets a
private configuration (own lists, own cache, one source) and dpkg only unpacks.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from ops.sandbox import apt_sources
from ops.sandbox.accounts import caller
from ops.sandbox.place import Place
from ops.sandbox.progress import Progress, silent
from ops.sandbox.steps import Step, run

SUITE = "sid"
PACKAGE = "odoo-19"
WEB_FILES = (
    "fonts-font-awesome",
    "fonts-montserrat",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
"""Packages that Odoo's files link into. Without them RPC works and every page is an internal server error."""


@dataclass(frozen=True)
class OdooProgram:
    """Where Odoo's files lie once it is unpacked."""

    folder: Path

    @property
    def script(self) -> Path:
        """The command `odoo` (`python -m odoo` cannot restart itself with workers)."""
        return self.folder / "usr" / "bin" / "odoo"

    @property
    def library(self) -> Path:
        """What goes into PYTHONPATH."""
        return self.folder / "usr" / "lib" / "python3" / "dist-packages"

    @property
    def addons(self) -> Path:
        """The folder of the standard modules."""
        return self.library / "odoo" / "addons"


def program(place: Place) -> OdooProgram:
    """Return the paths of Odoo in this place, whether it is there or not."""
    return OdooProgram(place.folder / "odoo" / "unpacked")


def provide(place: Place, progress: Progress) -> OdooProgram:
    """Download and unpack Odoo unless it is there already."""
    odoo = program(place)
    if odoo.folder.exists():
        return odoo
    work = place.folder / "download"
    unpacked = work / "unpacked"
    # Whatever a killed run left is thrown away: only the rename below makes it count.
    shutil.rmtree(work, ignore_errors=True)
    for folder in (work / "lists" / "partial", work / "cache" / "archives" / "partial", unpacked):
        folder.mkdir(parents=True)
    apt = ["apt-get", "-q", *_private_options(work)]
    log = place.log("odoo-download")
    for title, argv in (
        (f"reading the package list of Debian {SUITE}", [*apt, "update"]),
        (f"downloading {PACKAGE} and the files of its pages", [*apt, "download", PACKAGE, *WEB_FILES]),
    ):
        run(Step(title, argv, log, caller(), {"LC_ALL": "C.UTF-8"}, cwd=work), place.folder, progress)
    progress(f"unpacking {PACKAGE}")
    for package in sorted(work.glob("*.deb")):
        unpack = ["dpkg", "-x", str(package), str(unpacked)]
        run(Step(f"unpacking {package.name}", unpack, log, caller(), cwd=work), place.folder, silent)
    odoo.folder.parent.mkdir(exist_ok=True)
    unpacked.rename(odoo.folder)
    shutil.rmtree(work)
    return odoo


def _private_options(work: Path) -> list[str]:
    mirror = apt_sources.debian_mirror(
        apt_sources.read_all(), apt_sources.codename(apt_sources.OS_RELEASE.read_text())
    )
    sources = work / "sources.list"
    sources.write_text(mirror.line(SUITE))
    settings = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Dir::State::Lists": work / "lists",
        "Dir::Cache": work / "cache",
        "Acquire::Languages": "none",
        # A frozen mirror's list of sid expires within days. Signatures are checked as ever, so the worst
        # that an expired list can bring is an older Odoo.
        "Acquire::Check-Valid-Until": "false",
    }
    return [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
