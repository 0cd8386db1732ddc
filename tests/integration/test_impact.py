"""`pdm-odoo impact` as a user calls it, on a structure of several levels in the real Odoo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from consumers.odoo.connection import Connection
from ops.impact_command import impact_command
from schemas.odoo_settings import OdooSettings
from tests.integration.plant import Plant

pytestmark = pytest.mark.both_protocols

Run = Callable[..., Result]


@dataclass(frozen=True)
class Drive:
    """What people made of the drive: its orders by what they are for."""

    plant: Plant
    needs: str
    makes: str
    bought: str
    made_above: str
    boms: dict[str, int]


@pytest.fixture(scope="module")
def drive(administrator: Connection, odoo_settings: OdooSettings) -> Drive:
    """A screw in a block, a block in two units, these in a machine; and what the plant does with them."""
    plant = Plant(administrator)
    for number in ("SCREW", "BLOCK", "UNIT-L", "UNIT-R", "MACHINE", "OLD"):
        plant.product(number)
    boms = {
        "BLOCK": plant.bom("BLOCK", {"SCREW": 4}, code="B"),
        "UNIT-L": plant.bom("UNIT-L", {"BLOCK": 2, "SCREW": 1}),
        "UNIT-R": plant.bom("UNIT-R", {"BLOCK": 3}, product_qty=10, type="phantom"),
        "MACHINE": plant.bom("MACHINE", {"UNIT-L": 1, "UNIT-R": 1}),
        "OLD": plant.bom("OLD", {"SCREW": 9}, active=False),
    }
    plant.stock("SCREW", 250)
    return Drive(
        plant,
        needs=plant.manufacture("BLOCK", 5, boms["BLOCK"]),
        makes=plant.manufacture("SCREW", 30),
        bought=plant.purchase("SCREW", 100),
        made_above=plant.manufacture("MACHINE", 1, boms["MACHINE"]),
        boms=boms,
    )


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: dict[str, str], drive: Drive) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PDM_ODOO_PROFILE", raising=False)
    for name, value in database.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(impact_command, list(arguments))


def told(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(result.stdout)
    return found


def test_all_levels_stock_and_orders_are_told(run: Run, drive: Drive) -> None:
    result = run("--json", "SCREW")

    [part] = told(result)
    assert result.exit_code == 0, result.output
    assert (part["number"], part["stock"], part["unit"], part["unknown"]) == ("SCREW", 250, "Units", [])
    assert [(one["kind"], one["order"], one["quantity"]) for one in part["orders"]] == [
        ("makes it", drive.makes, 30),
        ("needs it", drive.needs, 20),
        ("purchase", drive.bought, 100),
    ]
    assert [
        (one["level"], one["number"], one["component"], one["quantity"], one["per"], one["top"])
        for one in part["where_used"]
    ] == [
        (1, "BLOCK", "SCREW", 4, 1, False),
        (2, "UNIT-L", "BLOCK", 2, 1, False),
        (2, "UNIT-R", "BLOCK", 3, 10, False),
        (3, "MACHINE", "UNIT-R", 1, 1, True),
        (1, "UNIT-L", "SCREW", 1, 1, False),
        (2, "MACHINE", "UNIT-L", 1, 1, True),
    ]
    assert part["where_used"][0]["orders"] == [drive.needs]
    assert part["where_used"][-1]["orders"] == [drive.made_above]


def test_people_get_a_list_with_indents(run: Run, drive: Drive) -> None:
    lines = [" ".join(line.split()) for line in run("SCREW").stdout.splitlines() if line.strip()]

    assert lines[:6] == [
        "SCREW Part SCREW",
        "in stock 250 Units",
        f"makes it {drive.makes}, confirmed, 30 Units",
        f"needs it {drive.needs}, confirmed, 20 Units",
        f"purchase {drive.bought}, purchase, 100 Units",
        "used in 4 products on 3 levels",
    ]
    assert lines[8:] == [
        f"1 BLOCK Part BLOCK 4 Units B {drive.needs}",
        "2 UNIT-L Part UNIT-L 2 Units see level 1",
        "2 UNIT-R Part UNIT-R 3 Units per 10 Units kit",
        f"3 MACHINE Part MACHINE 1 Units {drive.made_above} top",
        "1 UNIT-L Part UNIT-L 1 Units",
        f"2 MACHINE Part MACHINE 1 Units {drive.made_above} top",
    ]


def test_archived_boms_are_shown_when_asked_for_and_levels_end_where_asked(run: Run) -> None:
    result = run("--archived", "--levels", "1", "SCREW")

    assert [line.split()[1] for line in result.stdout.splitlines() if line.strip().startswith("1 ")] == [
        "BLOCK",
        "OLD",
        "UNIT-L",
    ]
    assert "there are levels above these" in result.stdout
    [part] = told(run("--json", "--levels", "1", "SCREW"))
    assert [one["number"] for one in part["where_used"]] == ["BLOCK", "UNIT-L"]
    assert (part["more_levels"], [one["top"] for one in part["where_used"]]) == (True, [False, False])


def test_an_assembly_that_nothing_uses_is_said_to_be_so(run: Run) -> None:
    result = run("OLD")

    assert result.exit_code == 0
    assert "in stock    0 Units" in result.stdout
    assert "orders      none open" in result.stdout
    assert "used in     no BOM" in result.stdout


def test_a_number_that_is_not_there_is_an_error_with_near_ones_and_the_others_are_told(run: Run) -> None:
    result = run("--json", "UNIT-X", "BLOCK")

    assert result.exit_code == 1
    assert [part["number"] for part in told(result)] == ["BLOCK"]
    assert "no product in Odoo has default_code, x_pdm_key or x_pdm_variant_key 'UNIT-X'" in result.stderr
    assert "did you mean UNIT-" in result.stderr


def test_all_products_of_one_number_are_told_and_one_is_named_by_its_key(run: Run, drive: Drive) -> None:
    old, new = drive.plant.product("DOUBLE"), None
    values = {"name": "Double", "default_code": "DOUBLE", "x_pdm_key": "Works.DOUBLE"}
    [new] = drive.plant.odoo.call("product.template", "create", vals_list=[values])
    drive.plant.odoo.call("product.product", "write", ids=[old], vals={"active": False})

    parts = told(run("--json", "DOUBLE"))
    text = run("DOUBLE").stdout

    assert [(part["key"], part["archived"]) for part in parts] == [("Works.DOUBLE", False), ("", True)]
    assert f"one of 2 products with this number: id {new}, key Works.DOUBLE" in text
    assert "archived in Odoo" in text
    assert [part["template_id"] for part in told(run("--json", "Works.DOUBLE"))] == [new]
    drive.plant.odoo.call("product.product", "unlink", ids=[old])
    drive.plant.odoo.call("product.template", "unlink", ids=[new])


def test_a_variant_that_is_an_item_is_found_by_its_key_and_told_with_its_own_revision(
    run: Run, drive: Drive
) -> None:
    variant = drive.plant.product("SINGLE")
    drive.plant.odoo.call(
        "product.product",
        "write",
        ids=[variant],
        vals={"x_pdm_variant_key": "Works.SINGLE", "x_pdm_variant_revision": "C"},
    )

    [by_key] = told(run("--json", "Works.SINGLE"))
    [by_number] = told(run("--json", "SINGLE"))

    assert by_key == by_number
    assert (by_key["number"], by_key["key"], by_key["revision"]) == ("SINGLE", "Works.SINGLE", "C")


def test_an_assembly_on_its_way_to_the_archive_is_found_at_once(run: Run, drive: Drive) -> None:
    """A parent in the archive uses nothing any more, though its BOM is active."""
    template = drive.plant.template("UNIT-R")
    drive.plant.odoo.call("product.template", "write", ids=[template], vals={"active": False})

    [without] = told(run("--json", "--levels", "1", "BLOCK"))
    [with_] = told(run("--json", "--levels", "1", "--archived", "BLOCK"))
    drive.plant.odoo.call("product.template", "action_unarchive", ids=[template])

    assert [one["number"] for one in without["where_used"]] == ["UNIT-L"]
    assert [(one["number"], one["archived"]) for one in with_["where_used"]] == [
        ("UNIT-L", False),
        ("UNIT-R", True),
    ]


def test_an_odoo_that_does_not_answer_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODOO_URL", "http://127.0.0.1:9")

    result = run("SCREW")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "Error: " in result.stderr
