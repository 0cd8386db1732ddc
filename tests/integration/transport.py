"""A transport to Odoo that counts."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx


@dataclass
class Counting(httpx.BaseTransport):
    """Counts the requests that really go out."""

    inner: httpx.HTTPTransport = field(default_factory=httpx.HTTPTransport)
    requests: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        return self.inner.handle_request(request)

    def close(self) -> None:
        self.inner.close()
