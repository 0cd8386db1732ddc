"""`.env.example` is the list of settings: complete, nothing else, and every value loads."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from schemas import odoo_settings, settings  # noqa: F401 - a section is known once its module is imported
from schemas.environment import SECRETS_DIR, Section, sections

REPOSITORY = Path(__file__).parents[2]
FILE = REPOSITORY / ".env.example"
VALUES = dotenv_values(FILE)
INTERPOLATED = re.compile(r"\$\{([A-Z_]+)")


SECTIONS = sections()
SETTINGS = {name for section in SECTIONS for name in section.variables()}
OF_COMPOSE = set(INTERPOLATED.findall((REPOSITORY / "docker-compose.yml").read_text()))


def read(section: type[Section], path: Path | None) -> Section:
    return section(_env_file=path)


@pytest.fixture
def nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(("AMQP_", "ODOO_", "PDM_")):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_setting_is_listed(section: type[Section]) -> None:
    assert section.variables() - VALUES.keys() == set()


def test_nothing_is_listed_that_nobody_reads() -> None:
    assert VALUES.keys() - SETTINGS - OF_COMPOSE == set()


def test_the_folder_of_secrets_is_explained() -> None:
    assert SECRETS_DIR in FILE.read_text()


@pytest.mark.usefixtures("nothing_else")
@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_section_loads_from_it(section: type[Section]) -> None:
    read(section, FILE)


@pytest.mark.usefixtures("nothing_else")
@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_what_has_a_default_is_listed_with_it(section: type[Section]) -> None:
    loaded = read(section, FILE)
    optional = {
        name: field.get_default(call_default_factory=True)
        for name, field in section.model_fields.items()
        if not field.is_required()
    }
    # An address and a login have no default; they are listed as examples of their form.
    for example in ("management_url", "login"):
        optional.pop(example, None)
    assert {name: getattr(loaded, name) for name in optional} == optional


def test_every_secret_is_obviously_for_development() -> None:
    secrets = {name: value for name, value in VALUES.items() if re.search(r"PASS|API_KEY", name)}
    assert secrets
    assert [name for name, value in secrets.items() if not (value or "").startswith("dev-")] == []


def test_a_shell_reads_the_same_values() -> None:
    """Quotes are needed where a value has blanks or braces; without them `. .env` would fail."""
    bare = [
        line for line in FILE.read_text().splitlines() if re.match(r"[A-Z_]+=[^']*[\s\[{*?$`\"<>|&;()]", line)
    ]
    assert bare == []
