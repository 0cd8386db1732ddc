"""Servers that do not exist, with secrets that are easy to find."""

import pytest
from pydantic import SecretStr

from ops.sandbox.servers import Servers


@pytest.fixture
def servers() -> Servers:
    return Servers(
        amqp_url=SecretStr("amqp://user:broker-secret@127.0.0.1:1234"),
        management_url=SecretStr("http://user:broker-secret@127.0.0.1:1235/"),
        broker_metrics_url="http://127.0.0.1:1236/metrics",
        odoo_url="http://127.0.0.1:1237/",
        postgres_dsn=SecretStr("postgresql://odoo:sql-secret@127.0.0.1:1238/postgres"),
        template_db="template",
        admin_login="admin",
        admin_password=SecretStr("admin-secret"),
        runtime_login="runtime",
        runtime_api_key=SecretStr("key-secret"),
    )
