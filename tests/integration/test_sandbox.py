"""The real servers: a clone is an Odoo of its own, and the runtime user may do what it must and no more."""

import os
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ops.sandbox import Sandbox, SandboxError
from ops.sandbox.modes import provider
from ops.sandbox.status import all_up

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def database(sandbox: Sandbox) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    sandbox.clone(name)
    yield name
    sandbox.drop(name)


@pytest.fixture
def vhost(sandbox: Sandbox) -> Iterator[str]:
    name = f"test/{uuid.uuid4().hex[:12]}"
    sandbox.add_vhost(name)
    yield name
    sandbox.delete_vhost(name)


def rpc(url: str, service: str, method: str, *arguments: object) -> dict[str, Any]:
    call = {"jsonrpc": "2.0", "method": "call", "id": 1}
    params = {"service": service, "method": method, "args": arguments}
    reply = httpx.post(f"{url}/jsonrpc", json={**call, "params": params}, timeout=60, trust_env=False)
    answer: dict[str, Any] = reply.raise_for_status().json()
    return answer


def execute(environment: dict[str, str], model: str, method: str, *arguments: object) -> dict[str, Any]:
    url, database, key = environment["ODOO_URL"], environment["ODOO_DB"], environment["ODOO_API_KEY"]
    uid = rpc(url, "common", "login", database, environment["ODOO_LOGIN"], key)["result"]
    assert uid, "the API key does not log in"
    return rpc(url, "object", "execute_kw", database, uid, key, model, method, arguments)


def test_the_runtime_user_works_on_products_in_a_clone(sandbox: Sandbox, database: str) -> None:
    environment = sandbox.servers.environment(database)
    before = execute(environment, "product.product", "search_count", [])["result"]
    execute(environment, "product.product", "create", {"name": "Bracket"})
    assert execute(environment, "product.product", "search_count", [])["result"] == before + 1


def test_the_runtime_user_has_no_settings_rights(sandbox: Sandbox, database: str) -> None:
    refused = execute(sandbox.servers.environment(database), "ir.model.data", "search_count", [])
    assert refused["error"]["data"]["name"] == "odoo.exceptions.AccessError"


def test_the_administrator_logs_in_by_password(sandbox: Sandbox, database: str) -> None:
    environment = sandbox.servers.environment(database)
    login = (database, environment["ODOO_ADMIN_LOGIN"], environment["ODOO_ADMIN_PASSWORD"])
    assert rpc(environment["ODOO_URL"], "common", "login", *login)["result"]


def test_people_get_odoo_s_pages_too(sandbox: Sandbox, database: str) -> None:
    with httpx.Client(base_url=sandbox.servers.odoo_url, trust_env=False, follow_redirects=True) as browser:
        page = browser.get(f"/odoo?db={database}", timeout=60)

    assert page.status_code == 200
    assert 'name="login"' in page.text


def test_clones_do_not_see_each_other(sandbox: Sandbox, database: str) -> None:
    other = f"{database}_b"
    sandbox.clone(other)
    try:
        execute(sandbox.servers.environment(database), "product.product", "create", {"name": "Only here"})
        found = execute(
            sandbox.servers.environment(other),
            "product.product",
            "search_count",
            [["name", "=", "Only here"]],
        )
        assert found["result"] == 0
    finally:
        sandbox.drop(other)


def test_a_clone_has_the_attachments_of_the_template(sandbox: Sandbox, database: str) -> None:
    filestore = sandbox.servers.filestore
    if filestore is None:
        pytest.skip("only a private sandbox has Odoo's files on this machine")
    names = {path.name for path in (filestore / sandbox.servers.template_db).rglob("*") if path.is_file()}
    assert names
    assert names <= {path.name for path in (filestore / database).rglob("*") if path.is_file()}


def test_a_dropped_database_is_gone_and_may_be_dropped_again(sandbox: Sandbox) -> None:
    name = f"test_{uuid.uuid4().hex[:12]}"
    sandbox.clone(name)
    sandbox.drop(name)
    sandbox.drop(name)
    filestore = sandbox.servers.filestore
    assert filestore is None or not (filestore / name).exists()


def test_a_name_that_exists_or_is_illegal_is_refused(sandbox: Sandbox, database: str) -> None:
    filestore = sandbox.servers.filestore
    with pytest.raises(SandboxError, match="already exists"):
        sandbox.clone(database)
    assert filestore is None or (filestore / database).exists()
    with pytest.raises(SandboxError, match="no name for a database"):
        sandbox.clone('x"; DROP DATABASE postgres')
    with pytest.raises(SandboxError, match="no name for a database"):
        sandbox.drop("postgres")


def test_a_virtual_host_can_be_used_by_the_broker_user(sandbox: Sandbox, vhost: str) -> None:
    management = sandbox.servers.environment("x")["AMQP_MANAGEMENT_URL"]
    alive = f"{management}/api/aliveness-test/{vhost.replace('/', '%2F')}"
    assert httpx.get(alive, timeout=30, trust_env=False).json() == {"status": "ok"}


def test_the_broker_has_the_plugins_and_no_guest(sandbox: Sandbox) -> None:
    management = sandbox.servers.environment("x")["AMQP_MANAGEMENT_URL"]
    with httpx.Client(timeout=30, trust_env=False) as client:
        exchanges = {one["name"] for one in client.get(f"{management}/api/overview").json()["exchange_types"]}
        users = {one["name"] for one in client.get(f"{management}/api/users").json()}
        metrics = client.get(sandbox.servers.broker_metrics_url)
    assert "x-consistent-hash" in exchanges
    assert "guest" not in users
    assert "rabbitmq_queue" in metrics.text


def test_status_says_that_everything_is_up(sandbox: Sandbox) -> None:
    lines = provider(os.environ).status()
    assert all_up(lines), lines
