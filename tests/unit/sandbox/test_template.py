"""The template is built once, kept while it is current, and its key is renewed before it ends."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from ops.sandbox import users
from ops.sandbox.databases import Databases
from ops.sandbox.progress import silent
from ops.sandbox.servers import DEMO
from ops.sandbox.state import Template
from ops.sandbox.template import TemplateBuilder, recipe

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Connection:
    """Notes the renewals; every database is Odoo's."""

    database: str
    renewed: dict[str, list[Any]]

    def execute(self, query: str, values: list[Any] | None = None) -> "Connection":
        if query == users.RENEW and values is not None:
            self.renewed[self.database] = values
        return self

    def fetchone(self) -> tuple[str]:
        return ("res_users_apikeys",)


@dataclass
class FakeDatabases:
    """PostgreSQL in memory: names, and which of them are sealed."""

    present: set[str]
    sealed: set[str] = field(default_factory=set)
    renewed: dict[str, list[Any]] = field(default_factory=dict)

    def names(self) -> set[str]:
        return set(self.present)

    def drop(self, name: str) -> None:
        assert name not in self.sealed
        self.present.remove(name)

    def seal(self, name: str) -> None:
        self.sealed.add(name)

    def unseal(self, name: str) -> None:
        self.sealed.discard(name)

    @contextmanager
    def connection(self, name: str) -> Iterator[Connection]:
        assert name not in self.sealed
        yield Connection(name, self.renewed)


@dataclass
class FakeOdoo:
    """Odoo's command: installing makes the database."""

    databases: FakeDatabases
    key_file: str = "/key"
    stdin: str = ""

    def run(self, title: str, arguments: Sequence[str], stdin: str | None) -> None:
        self.databases.present.add(arguments[arguments.index("-d") + 1])
        self.stdin = stdin or ""

    def take_key(self) -> str:
        return "0123456789abcdef"


def builder(databases: FakeDatabases) -> TemplateBuilder:
    return TemplateBuilder(FakeOdoo(databases), cast("Databases", databases), silent)


def test_a_first_template_is_built_and_sealed_and_leftovers_are_gone() -> None:
    databases = FakeDatabases({"pdm_template_dead", DEMO, "mine"}, sealed={"pdm_template_dead"})
    template = builder(databases).settle(None, "pw", NOW)
    assert databases.present == {template.database, "mine"}
    assert databases.sealed == {template.database}
    assert template.recipe == recipe()
    assert timedelta(days=80) < template.key_expires - NOW < timedelta(days=90)
    assert template.api_key not in repr(template)


def test_a_current_template_is_kept() -> None:
    databases = FakeDatabases({"t", DEMO}, sealed={"t"})
    template = Template("t", recipe(), "0123456789abcdef", NOW + timedelta(days=50))
    assert builder(databases).settle(template, "pw", NOW) is template
    assert databases.present == {"t", DEMO}


def test_a_template_of_another_recipe_or_without_its_database_is_built_again() -> None:
    known = Template("pdm_template_old", recipe(), "k", NOW + timedelta(days=50))
    for template, present in ((replace(known, recipe="old"), {"pdm_template_old"}), (known, set[str]())):
        databases = FakeDatabases(present)
        built = builder(databases).settle(template, "pw", NOW)
        assert databases.present == {built.database}
        assert built.database != "pdm_template_old"


def test_a_key_that_ends_soon_is_renewed_in_the_template_and_in_every_clone() -> None:
    databases = FakeDatabases({"t", DEMO, "mine"}, sealed={"t"})
    template = Template("t", recipe(), "0123456789abcdef", NOW + timedelta(days=9))
    renewed = builder(databases).settle(template, "pw", NOW)
    assert renewed == replace(template, key_expires=NOW + users.KEY_LIFE)
    assert set(databases.renewed) == {"t", DEMO, "mine"}
    assert databases.renewed["t"] == ["2027-02-18 12:00:00", "01234567"]
    assert databases.sealed == {"t"}


def test_the_script_for_odoo_is_python_and_survives_any_password() -> None:
    password = "a'b\"c\\d{e}%"
    text = users.UserScript(password, NOW, "/key").text()
    compile(text, "script", "exec")
    literal = text.split("json.loads(", 1)[1].split(")\nenv", 1)[0]
    wanted = json.loads(eval(literal))  # noqa: S307 - our own text
    assert wanted["admin_password"] == password
    assert wanted["expires"] == "2026-11-21 12:00:00"
    assert "base.group_system" not in wanted["groups"]
