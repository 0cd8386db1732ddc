"""What a client is told, and that nothing secret shows by accident."""

from ops.sandbox.databases import Databases
from ops.sandbox.servers import Servers
from ops.sandbox.state import fresh


def secrets_of(servers: Servers) -> list[str]:
    passwords = [servers.admin_password, servers.runtime_api_key]
    return [password.get_secret_value() for password in passwords] + ["broker-secret", "sql-secret"]


def test_the_environment_holds_exactly_what_a_client_needs(servers: Servers) -> None:
    assert servers.environment("plant") == {
        "AMQP_URL": "amqp://user:broker-secret@127.0.0.1:1234/%2F",
        "AMQP_MANAGEMENT_URL": "http://user:broker-secret@127.0.0.1:1235",
        "ODOO_URL": "http://127.0.0.1:1237",
        "ODOO_DB": "plant",
        "ODOO_LOGIN": "runtime",
        "ODOO_API_KEY": "key-secret",
        "ODOO_ADMIN_LOGIN": "admin",
        "ODOO_ADMIN_PASSWORD": "admin-secret",
    }


def test_a_virtual_host_is_quoted_in_the_url(servers: Servers) -> None:
    assert servers.environment("plant", "test/ä 1")["AMQP_URL"].endswith(":1234/test%2F%C3%A4%201")


def test_no_secret_shows_in_a_repr(servers: Servers) -> None:
    shown = repr(servers) + str(servers)
    assert not [secret for secret in secrets_of(servers) if secret in shown]
    assert "sql-secret" not in repr(Databases(servers.postgres_dsn.get_secret_value(), None))
    state = fresh()
    assert not [password for password in state.passwords.values() if password in repr(state)]
