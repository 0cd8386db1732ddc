"""Who may know what: imports point one way, and each foreign library has one home."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "producers", "consumers", "ops")
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MAX_LINES = 300

HOMES: dict[str, tuple[str, ...]] = {
    "pika": (
        "producers/broker.py",
        "producers/publisher.py",
        "consumers/runner.py",
        "ops/event_log.py",
        "ops/bench/naive.py",
    ),
    "httpx": ("consumers/odoo/", "ops/"),
    "xmlrpc": ("ops/",),
    "wsgiref": ("consumers/health.py", "ops/"),
    "defusedxml": ("producers/sources/",),
    "pydantic_settings": ("schemas/environment.py", "schemas/settings.py", "schemas/odoo_settings.py"),
    "tenacity": (
        "producers/broker.py",
        "consumers/work.py",
        "consumers/worker.py",
        "consumers/odoo/",
        "ops/",
    ),
    "click": ("ops/",),
    "rich": ("ops/",),
    "subprocess": ("ops/",),
    "pickle": (),
    "requests": (),
}
"""Library → where it may be imported; `…/` is a folder."""

PURE = ("consumers/batch.py", "consumers/policy.py", "consumers/ledger.py", "consumers/mapping/", "schemas/")
"""Decisions without a clock, randomness or a network."""
IMPURE = {"time", "random", "socket", "threading", "httpx", "pika", "subprocess", "urllib.request"}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of every module that `path` imports, also inside functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""


def used(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the dotted name of every attribute that `path` uses, and where."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node), f"{name(path)}:{node.lineno}"


def called(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the dotted name of everything that `path` calls by its full name, and where."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), f"{name(path)}:{node.lineno}"


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lies(path: Path, places: tuple[str, ...]) -> bool:
    return any(
        name(path) == place or (place.endswith("/") and name(path).startswith(place)) for place in places
    )


def users(library: str) -> set[Path]:
    return {
        path
        for path in FILES
        if any(module == library or module.startswith(f"{library}.") for module in imported(path))
    }


def test_imports_point_one_way() -> None:
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("library", HOMES)
def test_a_foreign_library_is_known_only_at_its_home(library: str) -> None:
    assert {name(path) for path in users(library) if not lies(path, HOMES[library])} == set()


def test_the_environment_is_read_only_by_the_settings_and_by_operations() -> None:
    found = {
        place
        for path in FILES
        if not lies(path, ("schemas/environment.py", "ops/"))
        for attribute, place in used(path)
        if attribute.startswith(("os.environ", "os.getenv"))
    }

    assert found == set()


def test_nobody_sleeps() -> None:
    # The tools have nothing to wait on but time: the sandbox starts servers, the benchmark measures.
    pipeline = [path for path in FILES if not lies(path, ("ops/sandbox/", "ops/demo/", "ops/bench/"))]
    by_name = {
        place
        for path in pipeline
        for attribute, place in used(path)
        if attribute in {"time.sleep", "asyncio.sleep"}
    }
    renamed = {
        name(path)
        for path in pipeline
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        if any(alias.name == "sleep" for alias in node.names)
    }

    assert by_name | renamed == set()


def test_pure_modules_import_nothing_that_could_have_an_effect() -> None:
    found = {
        f"{name(path)} imports {module}"
        for path in FILES
        if lies(path, PURE) and name(path) != "schemas/environment.py"
        for module in imported(path)
        if module in IMPURE
    }

    assert found == set()


def test_the_date_is_an_argument_everywhere_below_operations() -> None:
    found = {
        place
        for path in FILES
        if not lies(path, ("ops/",))
        for function, place in called(path)
        if function in {"datetime.now", "datetime.utcnow", "date.today", "time.time"}
    }

    assert found == set()


def test_a_file_is_one_idea_and_no_longer_than_300_lines() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in (*FILES, *TESTS)}

    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree(path))


def test_no_test_module_imports_another() -> None:
    assert {
        f"{name(path)} imports {module}"
        for path in TESTS
        for module in imported(path)
        if module.startswith("tests.") and ".test_" in module
    } == set()


def test_nothing_is_called_common_utils_or_helpers() -> None:
    assert {
        name(path) for path in FILES if path.stem in {"common", "utils", "util", "helpers", "misc"}
    } == set()
