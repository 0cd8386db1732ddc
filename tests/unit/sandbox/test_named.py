"""Named servers need every variable, and the mode follows the environment."""

import pytest

from ops.sandbox.errors import SandboxError
from ops.sandbox.modes import Mode, mode, provider
from ops.sandbox.named import METRICS_URL, VARIABLES, NamedSandbox

ENVIRON = {
    "PDM_SANDBOX_AMQP_URL": "amqp://u:p@broker.example:5672",
    "PDM_SANDBOX_MANAGEMENT_URL": "http://u:p@broker.example:15672",
    "PDM_SANDBOX_ODOO_URL": "http://odoo.example",
    "PDM_SANDBOX_POSTGRES_URL": "postgresql://u:p@sql.example/postgres",
    "PDM_SANDBOX_TEMPLATE_DB": "base",
    "PDM_SANDBOX_ADMIN_LOGIN": "admin",
    "PDM_SANDBOX_ADMIN_PASSWORD": "secret-a",
    "PDM_SANDBOX_LOGIN": "bot",
    "PDM_SANDBOX_API_KEY": "secret-k",
}


def test_all_variables_make_servers() -> None:
    servers = NamedSandbox(ENVIRON).servers()
    assert servers.environment("x")["ODOO_URL"] == "http://odoo.example"
    assert servers.broker_metrics_url == "http://broker.example:15692/metrics"
    assert servers.template_db == "base"
    assert "secret" not in repr(NamedSandbox(ENVIRON))


def test_the_brokers_metrics_may_be_elsewhere() -> None:
    servers = NamedSandbox({**ENVIRON, METRICS_URL: "http://metrics.example/m"}).servers()
    assert servers.broker_metrics_url == "http://metrics.example/m"


@pytest.mark.parametrize("left_out", VARIABLES)
def test_a_missing_variable_is_named(left_out: str) -> None:
    environ = {name: value for name, value in ENVIRON.items() if name != left_out}
    with pytest.raises(SandboxError, match=f"missing: {left_out}$"):
        NamedSandbox(environ).servers()


def test_an_empty_variable_counts_as_missing() -> None:
    with pytest.raises(SandboxError, match="PDM_SANDBOX_API_KEY"):
        NamedSandbox({**ENVIRON, "PDM_SANDBOX_API_KEY": ""}).servers()


@pytest.mark.parametrize(
    ("environ", "docker", "wanted"),
    [
        ({}, False, Mode.PRIVATE),
        ({"PDM_ODOO_SANDBOX": "/x"}, False, Mode.PRIVATE),
        ({"PDM_SANDBOX_ODOO_URL": "http://x"}, False, Mode.NAMED),
        ({"PDM_SANDBOX_MODE": "docker"}, False, Mode.DOCKER),
        ({"PDM_SANDBOX_MODE": "private", "PDM_SANDBOX_ODOO_URL": "http://x"}, False, Mode.PRIVATE),
        ({"PDM_SANDBOX_MODE": "private"}, True, Mode.DOCKER),
    ],
)
def test_the_mode_follows_flag_then_variable_then_named_servers(
    environ: dict[str, str], docker: bool, wanted: Mode
) -> None:
    assert mode(environ, docker=docker) is wanted


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(SandboxError, match=r"'podman' is none of private, named, docker"):
        provider({"PDM_SANDBOX_MODE": "podman"})
