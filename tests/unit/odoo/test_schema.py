"""The database's fields: read once, ours have to be there, and values are rounded as Odoo stores them."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest

from consumers.errors import MisconfiguredError, PermanentError, RefusedModelError, UnavailableError
from consumers.odoo.schema import OWN_FIELDS, Schema
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


def test_a_model_that_is_never_written_has_no_defaults_asked(odoo: FakeOdoo) -> None:
    Schema(odoo).model("res.company")

    assert odoo.methods() == [CHECK, "res.company.fields_get"]


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


def test_a_model_that_is_not_there_is_refused_each_time_and_noted(odoo: FakeOdoo) -> None:
    schema = Schema(odoo)

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
