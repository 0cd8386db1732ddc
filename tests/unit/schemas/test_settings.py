"""Settings: every fault names its variable, and no secret is ever said."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.environment import SECRETS_DIR, Section, SettingsError, load
from schemas.odoo_settings import AdministratorSettings, OdooSettings
from schemas.settings import BrokerSettings, ConsumerSettings, LogSettings

SECRET = "hunter2-correct-horse"
ODOO = {"ODOO_URL": "https://erp.example.com", "ODOO_DB": "plm", "ODOO_LOGIN": "pdm", "ODOO_API_KEY": SECRET}
ALL: list[type[Section]] = [
    AdministratorSettings,
    BrokerSettings,
    ConsumerSettings,
    LogSettings,
    OdooSettings,
]


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take away the variables and the `.env` of whoever runs the tests."""
    for section in ALL:
        for field in section.model_fields:
            monkeypatch.delenv(f"{section.model_config.get('env_prefix')}{field}".upper(), raising=False)
    monkeypatch.delenv(SECRETS_DIR, raising=False)
    monkeypatch.chdir(tmp_path)


def put(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def fault(section: type[Section]) -> str:
    with pytest.raises(SettingsError) as caught:
        load(section)
    return str(caught.value)


def test_every_missing_variable_is_named_at_once() -> None:
    text = fault(OdooSettings)

    assert [line.split(":")[0].strip() for line in text.splitlines()[1:]] == [
        "ODOO_URL",
        "ODOO_DB",
        "ODOO_API_KEY",
    ]
    assert text.count("is not set; put it into the environment or into .env (see .env.example)") == 3


@pytest.mark.parametrize("section", [ConsumerSettings, LogSettings])
def test_what_has_a_default_needs_no_variable(section: type[Section]) -> None:
    assert load(section) == section()


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, **ODOO, ODOO_TIMEOUT_SECONDS="")

    assert load(OdooSettings).timeout_seconds == 150.0


@pytest.mark.parametrize(
    ("written", "path"), [("", "pdm-odoo-schema.json"), ("x.json", "x.json"), ("none", "None")]
)
def test_the_word_none_turns_the_file_of_the_schema_off(
    monkeypatch: pytest.MonkeyPatch, written: str, path: str
) -> None:
    put(monkeypatch, PDM_ODOO_SCHEMA_FILE=written)

    assert str(load(ConsumerSettings).schema_file) == path


@pytest.mark.parametrize(
    ("section", "variable", "value"),
    [
        (OdooSettings, "ODOO_URL", "not-a-url-4711"),
        (OdooSettings, "ODOO_URL", "127.0.0.1:4711"),
        (OdooSettings, "ODOO_DB", "büro-4711"),
        (OdooSettings, "ODOO_API_KEY", f"4711:{'0123456789abcdef' * 2}01234567"),
        (OdooSettings, "ODOO_TIMEOUT_SECONDS", "-4711"),
        (BrokerSettings, "AMQP_HEARTBEAT_SECONDS", "soon-4711"),
        (ConsumerSettings, "PDM_ODOO_BATCH_SIZE", "4711"),
        (ConsumerSettings, "PDM_ODOO_PRODUCT_BATCH_SIZE", "4711"),
        (ConsumerSettings, "PDM_ODOO_SHARDS", "0"),
        (BrokerSettings, "AMQP_CA_FILE", "/no/4711.pem"),
        (OdooSettings, "ODOO_CA_FILE", "/no/4711.pem"),
        (OdooSettings, "ODOO_CLIENT_CERT_FILE", "/no/4711.pem"),
        (OdooSettings, "ODOO_CLIENT_KEY_FILE", __file__),
        (OdooSettings, "ODOO_PROTOCOL", "xmlrpc-4711"),
        (OdooSettings, "ODOO_PROXY", f"socks5://{SECRET}@proxy-4711"),
        (OdooSettings, "ODOO_CALLS_PER_SECOND", "-4711"),
        (OdooSettings, "ODOO_PARALLEL_CALLS", "0.4711"),
        (OdooSettings, "ODOO_URL", f"https://pdm:{SECRET}@erp-4711"),
        (OdooSettings, "ODOO_URL", f"https://{SECRET}@erp-4711"),
        (LogSettings, "PDM_ODOO_LOG_LEVEL", "LOUD-4711"),
        (LogSettings, "PDM_ODOO_LOG_FORMAT", "yaml-4711"),
        (LogSettings, "PDM_ODOO_HEALTH_PORT", "65536"),
        (LogSettings, "PDM_ODOO_HEALTH_PORT", "-1"),
        (ConsumerSettings, "PDM_ODOO_LINGER_SECONDS", "-0.4711"),
        (LogSettings, "PDM_ODOO_HEALTH_PORT", "http-4711"),
    ],
)
def test_a_wrong_variable_is_named_with_its_rule_and_without_its_value(
    monkeypatch: pytest.MonkeyPatch, section: type[Section], variable: str, value: str
) -> None:
    put(monkeypatch, **ODOO | {"AMQP_URL": f"amqp://u:{SECRET}@h", variable: value})

    text = fault(section)

    assert [line.split(":")[0].strip() for line in text.splitlines()[1:]] == [variable]
    assert value not in text.replace(variable, "")
    assert SECRET not in text


@pytest.mark.parametrize(
    ("section", "variable", "value", "entry"),
    [
        (ConsumerSettings, "PDM_ODOO_ATTACHMENT_ROOTS", '["/srv", 4711]', "[1]"),
        (OdooSettings, "ODOO_COMPANY_IDS", '[1, "x-4711"]', "[1]"),
    ],
)
def test_a_wrong_entry_of_a_list_or_table_is_named_with_the_variable_that_holds_it(
    monkeypatch: pytest.MonkeyPatch, section: type[Section], variable: str, value: str, entry: str
) -> None:
    put(monkeypatch, **ODOO | {variable: value})

    text = fault(section)

    assert [line.split(":")[0].strip() for line in text.splitlines()[1:]] == [variable + entry]
    assert "4711" not in text


@pytest.mark.parametrize("where", ["environment", "env file", "folder of secrets"])
@pytest.mark.parametrize(
    ("section", "variable", "value"),
    [
        (ConsumerSettings, "PDM_ODOO_ATTACHMENT_ROOTS", "/srv/4711"),
        (OdooSettings, "ODOO_COMPANY_IDS", "1,4711"),
    ],
)
def test_what_is_no_json_is_told_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    section: type[Section],
    variable: str,
    value: str,
    where: str,
) -> None:
    put(monkeypatch, **ODOO)
    if where == "environment":
        put(monkeypatch, **{variable: value})
    elif where == "env file":
        (tmp_path / ".env").write_text(f"{variable}={value}\n", encoding="utf-8")
    else:
        (tmp_path / variable).write_text(value, encoding="utf-8")
        put(monkeypatch, **{SECRETS_DIR: str(tmp_path)})

    text = fault(section)

    assert text.startswith(f"{variable} is not JSON; lists and tables are written as JSON (see .env.example)")
    assert "4711" not in text


def test_a_fault_hides_its_cause_because_that_would_show_values(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, **ODOO, ODOO_TIMEOUT_SECONDS="x")

    with pytest.raises(SettingsError) as caught:
        load(OdooSettings)

    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_secret_shows_in_no_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"amqps://pdm:{SECRET}@rabbit:5671/plm"
    put(monkeypatch, **ODOO, AMQP_URL=url, AMQP_MANAGEMENT_URL=url)
    put(monkeypatch, ODOO_ADMIN_LOGIN="admin", ODOO_ADMIN_PASSWORD=SECRET)

    found = [load(OdooSettings), load(BrokerSettings), load(AdministratorSettings)]

    texts = [
        str(found),
        repr(found),
        *(one.model_dump_json() for one in found),
        str(load(OdooSettings).account),
    ]
    assert not any(SECRET in text for text in texts)
    assert load(BrokerSettings).url.get_secret_value() == url


def test_lists_and_tables_are_written_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    put(
        monkeypatch,
        PDM_ODOO_ATTACHMENT_ROOTS='["/srv/a b", "/srv/c"]',
    )
    put(monkeypatch, **ODOO, ODOO_COMPANY_IDS="[1, 3]")

    consumers = load(ConsumerSettings)

    assert consumers.attachment_roots == (Path("/srv/a b"), Path("/srv/c"))
    assert load(OdooSettings).account.company_ids == (1, 3)


def test_the_environment_comes_before_the_env_file_and_that_before_the_folder_of_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name in ("ODOO_API_KEY", "ODOO_LOGIN", "ODOO_DB"):
        (folder / name).write_text("from the folder\n", encoding="utf-8")
    (tmp_path / ".env").write_text("ODOO_LOGIN=from the file\nODOO_DB=from the file\n", encoding="utf-8")
    put(monkeypatch, ODOO_URL="https://erp.example.com", ODOO_DB="from the environment")
    put(monkeypatch, **{SECRETS_DIR: str(folder)})

    found = load(OdooSettings)

    assert found.db == "from the environment"
    assert found.login == "from the file"
    assert found.api_key.get_secret_value() == "from the folder"


def test_settings_cannot_be_changed() -> None:
    settings = load(LogSettings)
    with pytest.raises(ValueError, match="frozen"):
        settings.health_port = 1  # type: ignore[misc]


def test_a_login_in_the_url_of_odoo_is_to_be_put_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, **ODOO | {"ODOO_URL": f"https://pdm:{SECRET}@erp.example.com"})

    assert "ODOO_URL: contains a login" in fault(OdooSettings).replace("Value error, ", "")


@pytest.mark.parametrize("port", ["0", "65535"])
def test_every_port_and_none_may_be_chosen(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    put(monkeypatch, PDM_ODOO_HEALTH_PORT=port)

    assert load(LogSettings).health_port == int(port)


@pytest.mark.parametrize("kind", ["a file", "nothing"])
def test_a_folder_of_secrets_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    place = tmp_path / "secrets"
    if kind == "a file":
        place.touch()
    put(monkeypatch, **{SECRETS_DIR: str(place)})

    assert (
        fault(ConsumerSettings) == f"{SECRETS_DIR} {place} is no folder; unset it, or mount the secrets there"
    )


@pytest.mark.parametrize(
    "where",
    [
        "env file",
        "folder of secrets",
    ],
)
def test_what_is_no_utf_8_is_told_without_its_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str
) -> None:
    put(monkeypatch, **ODOO)
    monkeypatch.delenv("ODOO_LOGIN")
    if where == "env file":
        (tmp_path / ".env").write_bytes(b"ODOO_LOGIN=4711-J\xfcrgen\n")
    else:
        (tmp_path / "ODOO_LOGIN").write_bytes(b"4711-J\xfcrgen\n")
        put(monkeypatch, **{SECRETS_DIR: str(tmp_path)})

    text = fault(OdooSettings)

    assert "is not UTF-8" in text
    assert "4711" not in text
