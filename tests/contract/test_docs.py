"""The documents name everything an operator meets: README, runbook and deployment, taken together."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from prometheus_client import CollectorRegistry

from ops.cli import _VERBS
from schemas import odoo_settings, settings  # noqa: F401 - a section is known once its module is imported
from schemas.dead_letter import Reason
from schemas.environment import SECRETS_DIR, sections
from schemas.kinds import Consumer
from schemas.metrics import Metrics
from schemas.topology import TIERS, TOPOLOGY, Tier

REPOSITORY = Path(__file__).parents[2]
RUNBOOK = (REPOSITORY / "ops" / "runbook.md").read_text()
REASONS = (REPOSITORY / "ops" / "dead-letters.md").read_text()
PAGES = ("README.md", "ops/runbook.md", "ops/dead-letters.md", "ops/deployment.md")
DOCUMENTS = "".join((REPOSITORY / page).read_text() for page in PAGES)
WITH_EXAMPLE = DOCUMENTS + (REPOSITORY / ".env.example").read_text()


SETTINGS = {name for section in sections() for name in section.variables()}


def metrics() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield name, type and labels of every metric as `/metrics` shows them."""
    registry = CollectorRegistry()
    for metric in vars(Metrics(registry)).values():
        [family] = metric.describe()
        name = f"{family.name}_total" if family.type == "counter" else family.name
        yield name, family.type, metric._labelnames


def queue_rules() -> set[str]:
    """Return the names of all queues, with the names of consumers and tiers left open."""
    consumers = "|".join(Consumer)
    tiers = "|".join(tier.name for tier in TIERS)
    names = (re.sub(rf"^pdm\.({consumers})\b", "pdm.<consumer>", queue.name) for queue in TOPOLOGY.queues)
    return {re.sub(rf"\.({tiers})$", ".<tier>", name) for name in names}


def commands() -> Iterator[str]:
    """Yield each verb, and each verb of a group, as it is typed; those of the sandbox explain themselves."""
    for verb, (module, name, _) in _VERBS.items():
        yield f"pdm-odoo {verb}"
        command = getattr(importlib.import_module(module), name)
        if isinstance(command, click.Group) and verb != "sandbox":
            yield from (f"pdm-odoo {verb} {below}" for below in command.commands)


def table_rows(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in text.splitlines()
        if line.startswith("| `")
    ]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_heading_a_remedy_and_a_word_on_replay(reason: Reason) -> None:
    found = re.search(rf"^### {reason}\n(.+?)(?=^#|\Z)", REASONS, re.MULTILINE | re.DOTALL)
    assert found, f"no heading for {reason}"
    assert re.search(r"Replay: \*\*(no|yes|after mending)\*\*", found[1])


def test_no_heading_is_for_a_reason_that_is_gone() -> None:
    headings = re.findall(r"^### (.+)$", REASONS, re.MULTILINE)
    assert sorted(headings) == sorted(reason.value for reason in Reason)


@pytest.mark.parametrize(("name", "kind", "labels"), list(metrics()))
def test_every_metric_is_explained_as_it_is(name: str, kind: str, labels: tuple[str, ...]) -> None:
    rows = {row[0]: row[1:] for row in table_rows(RUNBOOK)}
    assert rows[f"`{name}`"][:2] == [kind, ", ".join(labels)]


def test_no_metric_is_explained_that_is_gone() -> None:
    there = {name for name, _, _ in metrics()}
    assert set(re.findall(r"`(pdm_odoo_[a-z_]+)`", DOCUMENTS)) - there == set()


@pytest.mark.parametrize("setting", [*sorted(SETTINGS), SECRETS_DIR])
def test_every_setting_is_named(setting: str) -> None:
    assert re.search(rf"\b{setting}\b", WITH_EXAMPLE)


def test_no_setting_is_named_that_is_gone() -> None:
    named = set(re.findall(r"\b(?:AMQP|ODOO|PDM_ODOO)_[A-Z_]+\b", DOCUMENTS))
    of_sandbox = {"PDM_ODOO_SANDBOX"}
    assert named - SETTINGS - {SECRETS_DIR} - of_sandbox == set()


@pytest.mark.parametrize("command", list(commands()))
def test_every_command_is_named(command: str) -> None:
    assert re.search(rf"{command}\b", DOCUMENTS)


def test_no_command_is_named_that_does_not_exist() -> None:
    named = set(re.findall(r"`pdm-odoo ([a-z]+)", DOCUMENTS))
    assert named - _VERBS.keys() == set()


@pytest.mark.parametrize("rule", sorted(queue_rules()))
def test_every_kind_of_queue_is_named(rule: str) -> None:
    assert f"`{rule}`" in DOCUMENTS


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_every_tier_is_named(tier: Tier) -> None:
    assert f"`{tier.name}`" in RUNBOOK


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_longer_than_people_read(page: str) -> None:
    assert len((REPOSITORY / page).read_text().splitlines()) <= 300


def test_documents_link_to_files_that_exist() -> None:
    for name in PAGES:
        document = REPOSITORY / name
        links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())
        assert [link for link in links if not (document.parent / link).exists()] == []
