"""Texts of a product in other languages."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.errors import AmbiguousError, MisconfiguredError, PermanentError
from consumers.odoo.own_fields import SEQUENCE
from consumers.product import ProductHandler
from schemas.dead_letter import Reason
from schemas.profile import Profile
from schemas.sequence import from_version
from tests.unit.consumers.deliveries import sighting
from tests.unit.consumers.plm import TEMPLATE, Plm
from tests.unit.consumers.products import CREATED, FIELDS, UNCHANGED, UPDATED, apply, held, told
from tests.unit.consumers.profiles import ruled

GERMAN = ruled(FIELDS + 'name = { from = "item.name", languages = { de_DE = "Benennung" } }')


@pytest.fixture
def speaking_german(odoo: Plm) -> None:
    odoo.add("res.lang", code="de_DE", name="German")


def german(odoo: Plm, number: str = "A") -> Any:
    return odoo.texts[TEMPLATE, odoo.by_number(number)["id"], "de_DE"].get("name")


def test_a_language_that_odoo_has_not_holds_the_consumer_until_it_is_installed(odoo: Plm) -> None:
    handler = ProductHandler(odoo, odoo.schema, GERMAN)
    with pytest.raises(MisconfiguredError, match="de_DE is not installed in Odoo"):
        handler.prepare()

    odoo.add("res.lang", code="de_DE", name="German")

    handler.prepare()
    assert handler.apply([told("A", Benennung="Antrieb")]) == [CREATED]


@pytest.mark.usefixtures("speaking_german")
def test_a_text_in_another_language_is_written_there_with_one_call_and_only_where_it_differs(
    odoo: Plm,
) -> None:
    assert apply(odoo, told("A", Benennung="Antrieb"), told("B"), rules=GERMAN) == [CREATED] * 2
    assert (held(odoo, "name"), german(odoo), german(odoo, "B")) == (["Drive unit"], "Antrieb", None)

    assert apply(odoo, told("A", Benennung="Antrieb"), rules=GERMAN) == [UNCHANGED]
    odoo.calls.clear()
    events = [told("A", 2, Benennung="Getriebe"), told("B", 2, Benennung="Welle")]
    assert apply(odoo, *events, rules=GERMAN) == [UPDATED] * 2

    assert (german(odoo), german(odoo, "B")) == ("Getriebe", "Welle")
    writes = [call for call in odoo.calls if call.method == "web_save_multi"]
    assert [call.context for call in writes] == [{}, {"lang": "de_DE"}]


@pytest.mark.usefixtures("speaking_german")
def test_an_empty_text_leaves_the_other_language_as_it_is(odoo: Plm) -> None:
    apply(odoo, told("A", Benennung="Antrieb"), rules=GERMAN)

    assert apply(odoo, told("A", 2, Benennung=" "), rules=GERMAN) == [UNCHANGED]

    assert german(odoo) == "Antrieb"


@pytest.mark.usefixtures("speaking_german")
def test_a_language_that_is_gone_while_we_work_holds_and_refuses_no_message(
    odoo: Plm, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = ProductHandler(odoo, odoo.schema, GERMAN)
    assert handler.apply([told("A", Benennung="Antrieb")]) == [CREATED]
    call = odoo.call

    def without_german(model: str, method: str, **arguments: Any) -> Any:
        if (arguments.get("context") or {}).get("lang") == "de_DE":
            raise PermanentError(Reason.REFUSED_BY_ODOO, "Odoo refuses: Invalid language code: de_DE")
        return call(model, method, **arguments)

    monkeypatch.setattr(odoo, "call", without_german)

    with pytest.raises(MisconfiguredError, match="gives no texts in de_DE"):
        handler.apply([told("A", Benennung="Antrieb")])


SEEDED = FIELDS + 'name = { from = "item.name", master = "seed", languages = { de_DE = "Benennung" } }\n'
WITH_COST = '[models."product.product".fields]\nstandard_price = { from = "Cost" }\n'


@pytest.mark.usefixtures("speaking_german")
@pytest.mark.parametrize("rules", [ruled(SEEDED), ruled(SEEDED + WITH_COST)], ids=["texts", "and cost"])
@pytest.mark.parametrize("stub", [False, True])
def test_a_product_is_whole_with_its_last_text_and_a_crash_before_loses_none(
    odoo: Plm, monkeypatch: pytest.MonkeyPatch, rules: Profile, *, stub: bool
) -> None:
    event = told("A", 1, Benennung="Antrieb", Cost="5")
    if stub:
        apply(odoo, sighting("A"), rules=rules)
    call = odoo.call

    def dying(model: str, method: str, **arguments: Any) -> Any:
        if (arguments.get("context") or {}).get("lang") and method == "web_save_multi":
            raise AmbiguousError("the process died here")
        return call(model, method, **arguments)

    with monkeypatch.context() as patched:
        patched.setattr(odoo, "call", dying)
        with pytest.raises(AmbiguousError):
            apply(odoo, event, rules=rules)
    assert not held(odoo, SEQUENCE)[0]

    assert apply(odoo, event, rules=rules) == [UPDATED]

    assert (german(odoo), held(odoo, SEQUENCE)) == ("Antrieb", [from_version(1)])
    assert apply(odoo, event, rules=rules) == [UNCHANGED]


def test_a_text_that_is_refused_leaves_the_fence_open_though_another_language_would_pass(
    odoo: Plm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("de_DE", "fr_FR"):
        odoo.add("res.lang", code=code, name=code)
    both = ruled(
        FIELDS + 'name = { from = "item.name", languages = { de_DE = "Benennung", fr_FR = "Titre" } }'
    )
    event = told("A", 1, Benennung="Antrieb", Titre="Moteur")
    call = odoo.call

    def refusing(model: str, method: str, **arguments: Any) -> Any:
        if (arguments.get("context") or {}).get("lang") == "de_DE" and method == "web_save_multi":
            raise PermanentError(Reason.REFUSED_BY_ODOO, "Odoo refuses: too German")
        return call(model, method, **arguments)

    with monkeypatch.context() as patched:
        patched.setattr(odoo, "call", refusing)
        [bad] = apply(odoo, event, rules=both)
    assert isinstance(bad, PermanentError)
    assert not held(odoo, SEQUENCE)[0]

    assert apply(odoo, event, rules=both) == [UPDATED]
    assert held(odoo, SEQUENCE) == [from_version(1)]
