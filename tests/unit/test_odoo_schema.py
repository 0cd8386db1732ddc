"""`pdm-odoo odoo schema` as a person sees it, with an Odoo in memory."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ops import odoo_schema
from schemas.facts import PRODUCT
from tests.fakes import FakeOdoo
from tests.unit.readable import lines

LONG = "possible_product_template_attribute_value_ids"
RELATED = "product.template.attribute.value"


@pytest.fixture
def odoo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeOdoo:
    found = FakeOdoo()
    found.fields[PRODUCT][LONG] = {
        "type": "many2many",
        "string": "Possible Product Template Attribute Value",
        "relation": RELATED,
        "readonly": True,
    }
    monkeypatch.setattr(odoo_schema, "connect", lambda *_: nullcontext(found))
    monkeypatch.setenv("PDM_ODOO_SCHEMA_FILE", str(tmp_path / "schema.json"))
    for name in ("ODOO_DB", "ODOO_LOGIN", "ODOO_API_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("ODOO_URL", "http://127.0.0.1:9")
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(odoo_schema.schema_command, arguments)


@pytest.mark.usefixtures("odoo")
@pytest.mark.parametrize("width", [60, 80])
def test_in_a_narrow_terminal_no_field_and_no_model_is_torn(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    result = run(PRODUCT)

    found = lines(result.stdout, width)
    assert result.exit_code == 0, result.output
    assert found[0] == f"{PRODUCT}, Odoo 19.0, read just now"
    below = found[found.index(LONG) + 1 :]
    assert "Possible Product Template Attribute Value" in below[0]
    assert f"many2many {RELATED}  read-only" in below[:2]


@pytest.mark.usefixtures("odoo")
@pytest.mark.parametrize("width", [120, 160])
def test_where_it_is_wide_the_longest_field_has_a_row_of_the_table(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    found = lines(run(PRODUCT).stdout, width)

    assert found[2].split() == ["field", "label", "type"]
    assert any(line.startswith(LONG) and "Possible" in line and "many2many" in line for line in found)


@pytest.mark.usefixtures("odoo")
@pytest.mark.parametrize("width", [60, 80])
def test_the_models_are_whole_in_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    # The path is as long as the machine wants it; in any width it stays whole.
    output = run().stdout
    found = lines(output.replace(str(tmp_path), "here"), width)

    assert str(tmp_path / "schema.json") in output
    assert "file      here/schema.json" in found
    assert "storable: type = consu, is_storable = True" in found
    [model] = [line for line in found if line.startswith(f"{PRODUCT} ")]
    assert "5 of 5" in model
