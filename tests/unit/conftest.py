"""What every unit test starts from."""

from __future__ import annotations

import pytest
import structlog


@pytest.fixture(autouse=True)
def _logs_as_by_default() -> None:
    """Undo what a test of the command line said about logs: the order of tests must not matter."""
    structlog.reset_defaults()
