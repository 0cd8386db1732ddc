"""Virtual hosts of RabbitMQ, through its management API.

A test that owns one cannot meet another's queues.
"""

from urllib.parse import quote, urlsplit

import httpx
from pydantic import SecretStr

from ops.sandbox.errors import SandboxError


def add(management_url: SecretStr, name: str) -> None:
    """Make a virtual host and give the URL's user full rights on it; one that exists is kept."""
    user = urlsplit(management_url.get_secret_value()).username or ""
    host = quote(name, safe="")
    _call(management_url, "PUT", f"/api/vhosts/{host}", {})
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    # The user is quoted in the URL already.
    _call(management_url, "PUT", f"/api/permissions/{host}/{user}", rights)


def delete(management_url: SecretStr, name: str) -> None:
    """Delete a virtual host with all its queues; nothing happens without it."""
    _call(management_url, "DELETE", f"/api/vhosts/{quote(name, safe='')}", None)


def names(management_url: SecretStr) -> set[str]:
    """Return the names of all virtual hosts."""
    return {host["name"] for host in _call(management_url, "GET", "/api/vhosts", None).json()}


def _call(management_url: SecretStr, method: str, path: str, body: dict[str, str] | None) -> httpx.Response:
    base = management_url.get_secret_value().rstrip("/")
    try:
        reply = httpx.request(method, f"{base}{path}", json=body, timeout=30, trust_env=False)
    except httpx.HTTPError as silent:
        raise SandboxError(f"RabbitMQ: {method} {path}: {silent}. Is the sandbox up?") from silent
    if reply.is_error and not (method == "DELETE" and reply.status_code == 404):
        raise SandboxError(f"RabbitMQ: {method} {path}: {reply.status_code} {reply.text[:300]}")
    return reply
