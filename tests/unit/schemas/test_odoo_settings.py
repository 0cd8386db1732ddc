"""The settings of Odoo: each form of credentials, and what does not go together."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.environment import SECRETS_DIR, Section, SettingsError, load
from schemas.odoo_settings import AdministratorSettings, OdooSettings

KEY = "hunter2-correct-horse"
DIGITS = "0123456789abcdef0123456789abcdef01234567"
"""A key as Odoo makes them."""


@pytest.fixture(autouse=True)
def _only_these(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in OdooSettings.variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ODOO_URL", "https://erp.example.com")
    monkeypatch.setenv("ODOO_DB", "plm")


def loaded(monkeypatch: pytest.MonkeyPatch, **variables: str) -> OdooSettings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load(OdooSettings)


@pytest.mark.parametrize(
    ("login", "key", "expected"),
    [
        ("pdm", KEY, ("pdm", None, KEY)),
        ("pdm", f"7:{KEY}", ("pdm", None, f"7:{KEY}")),  # a password may look like that
        ("", f"7:{KEY}", (None, 7, KEY)),
        ("", KEY, (None, None, KEY)),
        ("", f"0:{KEY}", (None, None, f"0:{KEY}")),
        ("", f"x7:{KEY}", (None, None, f"x7:{KEY}")),
        ("", "7:", (None, None, "7:")),
    ],
)
def test_who_we_are_is_a_login_or_a_uid_or_the_key_alone(
    monkeypatch: pytest.MonkeyPatch, login: str, key: str, expected: tuple[str | None, int | None, str]
) -> None:
    account = loaded(monkeypatch, ODOO_LOGIN=login, ODOO_API_KEY=key).account

    assert (account.login, account.uid, account.secret.get_secret_value()) == expected
    assert account.names_user == (expected[:2] != (None, None))
    assert KEY not in repr(account)


def test_json_rpc_needs_a_user_and_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        SettingsError, match=r"ODOO_API_KEY: .*set ODOO_LOGIN, or write the user's id"
    ) as caught:
        loaded(monkeypatch, ODOO_API_KEY=KEY, ODOO_PROTOCOL="jsonrpc")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("login", "key", "protocol"), [("pdm", KEY, "jsonrpc"), ("", f"7:{KEY}", "jsonrpc"), ("", KEY, "json2")]
)
def test_every_protocol_takes_its_own_forms(
    monkeypatch: pytest.MonkeyPatch, login: str, key: str, protocol: str
) -> None:
    found = loaded(monkeypatch, ODOO_LOGIN=login, ODOO_API_KEY=key, ODOO_PROTOCOL=protocol)

    assert found.protocol == protocol


def test_the_key_of_a_certificate_needs_the_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"ODOO_CLIENT_KEY_FILE: .*ODOO_CLIENT_CERT_FILE"):
        loaded(monkeypatch, ODOO_API_KEY=KEY, ODOO_CLIENT_KEY_FILE=__file__)


def test_a_proxy_with_a_login_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    found = loaded(monkeypatch, ODOO_API_KEY="x", ODOO_PROXY=f"http://works:{KEY}@proxy:3128")

    assert found.proxy is not None
    assert KEY not in repr(found) + str(found) + found.model_dump_json()


@pytest.mark.parametrize("proxy", [f"socks5://works:{KEY}@proxy:1080", f"works:{KEY}@proxy:3128"])
def test_a_proxy_that_is_no_http_address_is_named_without_its_login(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    with pytest.raises(SettingsError, match="ODOO_PROXY") as caught:
        loaded(monkeypatch, ODOO_API_KEY="x", ODOO_PROXY=proxy)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"ODOO_URL": "127.0.0.1:8069"}, "ODOO_URL: .*does not begin with http:// or https://"),
        ({"ODOO_URL": "erp.example.com"}, "ODOO_URL: .*does not begin with http:// or https://"),
        ({"ODOO_DB": "büro"}, "ODOO_DB: .*which JSON-2 cannot send; set ODOO_PROTOCOL=jsonrpc"),
        ({"ODOO_DB": "a\nb", "ODOO_PROTOCOL": "json2"}, "ODOO_DB: .*beyond printable ASCII"),
        ({"ODOO_LOGIN": "pdm", "ODOO_API_KEY": f"7:{DIGITS}"}, "ODOO_API_KEY: .*leave one of them out"),
    ],
)
def test_what_cannot_work_says_why(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        loaded(monkeypatch, **{"ODOO_API_KEY": KEY, **variables})

    assert DIGITS not in str(caught.value)


@pytest.mark.parametrize(
    "variables",
    [
        {"ODOO_URL": "HTTPS://erp.example.com"},
        {"ODOO_LOGIN": "pdm", "ODOO_DB": "büro", "ODOO_PROTOCOL": "jsonrpc"},
        {"ODOO_LOGIN": "", "ODOO_API_KEY": f"7:{DIGITS}"},
    ],
)
def test_what_only_looks_wrong_is_taken(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    loaded(monkeypatch, **{"ODOO_API_KEY": KEY, **variables})


@pytest.mark.parametrize(
    ("section", "variable"),
    [
        (OdooSettings, "ODOO_API_KEY"),
        (OdooSettings, "ODOO_DB"),
        (AdministratorSettings, "ODOO_ADMIN_PASSWORD"),
    ],
)
def test_an_empty_file_of_a_secret_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, section: type[Section], variable: str
) -> None:
    others = {"ODOO_ADMIN_LOGIN": "admin", "ODOO_ADMIN_PASSWORD": KEY, "ODOO_API_KEY": KEY}
    for name, value in others.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(variable)
    (tmp_path / variable).touch()
    monkeypatch.setenv(SECRETS_DIR, str(tmp_path))

    with pytest.raises(SettingsError, match=rf"{variable}: .*is empty"):
        load(section)
