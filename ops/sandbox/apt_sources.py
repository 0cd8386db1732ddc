"""Where this machine gets its Debian packages, read from apt's own files; both of apt's formats.

The repository names no mirror: the source list for Odoo is the machine's own one with the suite changed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ops.sandbox.errors import SandboxError

ETC_APT = Path("/etc/apt")
OS_RELEASE = Path("/etc/os-release")
ONE_LINE = re.compile(
    r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<components>.*)$"
)


@dataclass(frozen=True)
class Source:
    """One repository of binary packages. `options` are apt's, as they stand between brackets."""

    uri: str
    suite: str
    components: tuple[str, ...]
    options: str = ""

    def line(self, suite: str) -> str:
        """Return the one-line form for another suite, component `main` only."""
        options = f"[{self.options}] " if self.options else ""
        return f"deb {options}{self.uri} {suite} main\n"


def one_line(text: str) -> Iterator[Source]:
    """Read the format of `sources.list`, see sources.list(5)."""
    for raw in text.splitlines():
        if match := ONE_LINE.match(raw.partition("#")[0].strip()):
            components = tuple(match["components"].split())
            yield Source(match["uri"], match["suite"], components, (match["options"] or "").strip())


def deb822(text: str) -> Iterator[Source]:
    """Read the format of `*.sources`: stanzas of `Key: value`, continued by indented lines."""
    uncommented = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", uncommented):
        fields: dict[str, str] = {}
        key = ""
        for line in stanza.splitlines():
            if line[:1].isspace():
                fields[key] = f"{fields.get(key, '')}\n{line.strip()}"
            elif ":" in line:
                key, _, value = line.partition(":")
                key = key.strip().lower()
                fields[key] = value.strip()
        yield from _sources(fields)


def _sources(fields: dict[str, str]) -> Iterator[Source]:
    disabled = fields.get("enabled", "yes").lower() in {"no", "false"}
    if disabled or "deb" not in fields.get("types", "").split():
        return
    keyring = fields.get("signed-by", "").strip()
    # A key written into the stanza itself has no one-line form; apt's trusted keys must do then.
    options = f"signed-by={','.join(keyring.split())}" if keyring.startswith("/") else ""
    for uri in fields.get("uris", "").split():
        for suite in fields.get("suites", "").split():
            yield Source(uri, suite, tuple(fields.get("components", "").split()), options)


def read_all(folder: Path = ETC_APT) -> list[Source]:
    """Return every source of the machine."""
    found: list[Source] = []
    for path in [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]:
        if path.is_file() and path.suffix in {".list", ".sources"}:
            found.extend((deb822 if path.suffix == ".sources" else one_line)(path.read_text()))
    return found


def codename(text: str) -> str:
    """Return VERSION_CODENAME of an os-release(5) file; empty when it has none."""
    match = re.search(r'^VERSION_CODENAME="?([\w-]*)"?$', text, re.MULTILINE)
    return match[1] if match else ""


def debian_mirror(sources: Iterable[Source], release: str) -> Source:
    """Return the source of the machine's own release: the mirror that has the other suites too."""
    # Not `<release>-security` or -updates: their archive may hold no other suite.
    for source in sources:
        if source.suite in {release, "stable", "testing", "sid", "unstable"} and "main" in source.components:
            return source
    raise SandboxError(
        f"{ETC_APT}/sources.list and sources.list.d name no Debian mirror for {release or 'this system'!r} "
        "with component main: the sandbox needs Debian; on other systems use `--docker` or name servers "
        "by the PDM_SANDBOX_* variables"
    )
