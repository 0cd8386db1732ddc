"""The database's fields: read once, ours have to be there, and values are rounded as Odoo stores them."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest

from consumers.errors import MisconfiguredError, PermanentError, RefusedModelError, UnavailableError
from consumers.odoo.own_fields import OWN_FIELDS
from consumers.odoo.schema import Schema
from schemas.dead_letter import Reason
from tests.fakes import FakeOdoo
from tests.unit.odoo.known import BOM, CHECK, READ, TEMPLATE, with_modules


@pytest.fixture
def odoo() -> FakeOdoo:
    return with_modules()


def test_a_model_is_read_once(odoo: FakeOdoo) -> None:
    schema = Schema(odoo)

    schema.model(TEMPLATE)
    schema.model(TEMPLATE)
    schema.refreshed()

    assert odoo.methods() == [CHECK, *READ]


def test_defaults_come_with_the_fields_but_numbers_are_not_drawn(odoo: FakeOdoo) -> None:
    odoo.defaults[TEMPLATE] = {"weight": 1.0, "default_code": "P00017"}

    info = Schema(odoo).model(TEMPLATE)

    assert info.defaults == {"weight": 1.0}


PARTNER = "res.partner"
KINDS: list[tuple[dict[str, Any], object, dict[str, Any]]] = [
    ({"type": "selection", "selection": [["all", "On"], ["no", "Off"]]}, "all", {"x": "all"}),
    ({"type": "float"}, 1.5, {"x": 1.5}),
    ({"type": "integer"}, 0, {"x": 0}),
    ({"type": "boolean"}, False, {"x": False}),
    # There is a default; which record or which moment is nobody's business a day later.
    ({"type": "many2one", "relation": "res.currency"}, 1, {"x": None}),
    ({"type": "many2many", "relation": "product.tag"}, [[6, 0, [3]]], {"x": None}),
    ({"type": "date"}, "2026-03-02", {"x": None}),
    ({"type": "datetime"}, "2026-03-02 10:00:00", {"x": None}),
    # Empty is no default.
    ({"type": "many2one", "relation": "res.currency"}, False, {}),
    ({"type": "selection", "selection": []}, False, {}),
]


@pytest.mark.parametrize("model", [TEMPLATE, PARTNER])
@pytest.mark.parametrize(("field", "said", "kept"), KINDS)
def test_of_every_model_plain_defaults_are_kept_and_of_others_that_there_is_one(
    odoo: FakeOdoo, model: str, field: dict[str, Any], said: object, kept: dict[str, Any]
) -> None:
    odoo.fields[model]["x"] = field
    odoo.defaults[model] = {"x": said}

    assert dict(Schema(odoo).model(model).defaults) == kept


class Failing(FakeOdoo):
    """Answers one call of one model with a fault."""

    def __init__(self, call: str, fault: Exception) -> None:
        super().__init__()
        self._call, self._fault = call, fault

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        result = super().call(model, method, **arguments)
        if f"{model}.{method}" == self._call:
            raise self._fault
        return result


@pytest.mark.parametrize(
    "fault", [PermanentError(Reason.REFUSED_BY_ODOO, "nonsense"), RefusedModelError("no right")]
)
def test_a_model_we_do_not_write_has_no_defaults_where_odoo_fails_to_say_them(fault: Exception) -> None:
    info = Schema(Failing(f"{PARTNER}.default_get", fault)).model(PARTNER)

    assert info.fields
    assert info.defaults == {}


def test_a_model_we_write_is_not_known_without_its_defaults() -> None:
    fault = PermanentError(Reason.REFUSED_BY_ODOO, "nonsense")

    with pytest.raises(UnavailableError, match="nonsense"):
        Schema(Failing(f"{TEMPLATE}.default_get", fault)).model(TEMPLATE)


@pytest.mark.parametrize(
    ("said", "size", "computed"),
    [
        ({"size": 8, "depends": ["name"]}, 8, True),
        ({"size": False, "depends": []}, None, False),
        ({}, None, False),
    ],
)
def test_how_long_a_text_may_be_and_whether_odoo_computes_it(
    odoo: FakeOdoo, said: dict[str, Any], size: int | None, computed: bool
) -> None:
    odoo.fields[TEMPLATE]["x"] = {"type": "char", **said}

    field = Schema(odoo).model(TEMPLATE).fields["x"]

    assert (field.size, field.computed) == (size, computed)


@pytest.mark.parametrize("model", OWN_FIELDS)
def test_a_database_without_our_fields_says_which_and_how_to_add_them(model: str) -> None:
    odoo = FakeOdoo()
    missing = next(iter(OWN_FIELDS[model]))
    del odoo.fields[model][missing]

    with pytest.raises(MisconfiguredError, match=rf"{model} has no {missing}.*pdm-odoo odoo setup"):
        Schema(odoo).model(model)


def test_fields_that_were_added_meanwhile_are_seen(odoo: FakeOdoo) -> None:
    added = odoo.fields[BOM].pop("x_pdm_key")
    schema = Schema(odoo)
    with pytest.raises(MisconfiguredError):
        schema.model(BOM)

    odoo.fields[BOM]["x_pdm_key"] = added

    assert "x_pdm_key" in schema.model(BOM).fields


def test_a_model_of_interest_that_is_not_there_is_refused_each_time_and_noted(odoo: FakeOdoo) -> None:
    schema = Schema(odoo, ["mrp.nothing"])

    for _ in range(2):
        with pytest.raises(RefusedModelError, match="is the module installed"):
            schema.model("mrp.nothing")

    assert "installed" in schema.snapshot.tables["mrp.nothing"].error


def test_a_failure_is_not_remembered(odoo: FakeOdoo) -> None:
    odoo.fail(UnavailableError("down"))
    schema = Schema(odoo)
    with pytest.raises(UnavailableError):
        schema.model(BOM)

    assert schema.model(BOM).fields


def test_no_message_is_at_fault_for_what_odoo_says_of_its_fields(odoo: FakeOdoo) -> None:
    schema = Schema(odoo)
    schema.prepare()
    odoo.fail(PermanentError(Reason.REFUSED_BY_ODOO, "nonsense"))

    with pytest.raises(UnavailableError, match=r"fields of mrp\.bom: nonsense"):
        schema.model(BOM)


class Slow(FakeOdoo):
    """Takes its time over the fields of one model."""

    def __init__(self, model: str) -> None:
        super().__init__()
        self.asked, self.go = threading.Event(), threading.Event()
        self._slow = model

    def call(self, model: str, method: str, **arguments: Any) -> Any:
        if (model, method) == (self._slow, "fields_get"):
            self.asked.set()
            assert self.go.wait(10)
        return super().call(model, method, **arguments)


def test_what_is_known_is_returned_while_another_thread_asks_odoo() -> None:
    odoo = Slow(BOM)
    schema = Schema(odoo)
    schema.model(TEMPLATE)
    asking = threading.Thread(target=schema.model, args=(BOM,))
    asking.start()
    assert odoo.asked.wait(10)

    schema.refreshed()
    known = schema.model(TEMPLATE)

    assert asking.is_alive()
    odoo.go.set()
    asking.join()
    assert known.fields


def test_two_threads_that_want_the_same_ask_once() -> None:
    odoo = Slow(BOM)
    schema = Schema(odoo)
    threads = [threading.Thread(target=schema.model, args=(BOM,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    odoo.go.set()
    for thread in threads:
        thread.join()

    assert odoo.methods().count(f"{BOM}.fields_get") == 1


@pytest.mark.parametrize(
    ("digits", "value", "stored"),
    [
        ([16, 2], "0.125", 0.13),
        ([16, 2], "0.124", 0.12),
        ([16, 4], "0.12345", 0.1235),
        ([16, 0], "2.5", 3.0),
        ([16, 6], "1e23", 1e23),
        ([16, 6], "999999999999999999999999", 1e24),
        ([16, 6], "123456789012345678.1234565", 123456789012345678.123457),
        ([16, 6], "1e-23", 0.0),
        # Odoo stores all digits of these, whatever it shows.
        (None, "1.005", 1.005),
        (False, "1.004", 1.004),
    ],
)
def test_a_value_is_rounded_to_the_digits_of_its_field(digits: object, value: str, stored: float) -> None:
    odoo = FakeOdoo()
    odoo.fields[TEMPLATE]["weight"] = {"type": "float", "digits": digits}

    assert Schema(odoo).rounded(TEMPLATE, "weight", Decimal(value)) == stored
