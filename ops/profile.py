"""Where a profile comes from: a file that somebody named, or the default that is built in."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from schemas.environment import SettingsError
from schemas.environment import load as load_settings
from schemas.profile import Profile
from schemas.profile_text import parse
from schemas.settings import ProfileSettings

DEFAULT = "default.toml"

profile_option = click.option(
    "--profile",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Mapping profile; without it that of PDM_ODOO_PROFILE, else the default.",
)


def default_text() -> str:
    """Return the default profile as TOML: it works on an Odoo as it is installed."""
    return (files("ops") / "profiles" / DEFAULT).read_text("utf-8")


def text_of(path: Path | None) -> tuple[str, str]:
    """Return name and text of the profile at `path`, else of that of PDM_ODOO_PROFILE, else of the default.

    Raises:
        SettingsError: it cannot be read, or is not UTF-8.
    """
    named = path is not None
    path = path or load_settings(ProfileSettings).profile
    if path is None:
        return DEFAULT, default_text()
    try:
        return str(path), path.read_text("utf-8")
    except OSError as error:
        remedy = (
            "correct the path" if named else "correct PDM_ODOO_PROFILE, or leave it empty for the default"
        )
        raise SettingsError(f"the profile {path} cannot be read: {error.strerror}; {remedy}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"the profile {path} is not UTF-8; save it as UTF-8") from error


def in_force(path: Path | None = None) -> Profile:
    """Return the profile that `text_of` finds.

    Raises:
        SettingsError: it cannot be read.
        ProfileError: it has mistakes; every one has its line.
    """
    name, text = text_of(path)
    return parse(text, name)
