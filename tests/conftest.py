"""What every test starts from, whatever it needs besides."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands print as into a pipe: pytest tells its worker processes a width."""
    monkeypatch.delenv("COLUMNS", raising=False)
