"""Our fields in the forms and lists of a real Odoo: for the runtime user too, and never in the way."""

from __future__ import annotations

import dataclasses

import pytest

from consumers.odoo.connection import Connection
from consumers.odoo.own_fields import KEY, REVISION, SEQUENCE
from ops.setup_status import Status
from ops.setup_views import PLACES, Place, add_views

pytestmark = pytest.mark.servers

FITTING = PLACES[0]


def added(administrator: Connection, *places: Place) -> list[tuple[Status, str]]:
    views = add_views(administrator, lambda _: None, places=places)
    return [(view.status, view.why) for view in views]


def shown(odoo: Connection, model: str, view: str) -> str:
    arch: str = odoo.call(model, "get_views", views=[[False, view]])["views"][view]["arch"]
    return arch


def test_the_revision_is_shown_where_people_look(odoo: Connection, administrator: Connection) -> None:
    for model, view in (("product.template", "form"), ("mrp.bom", "form")):
        assert REVISION not in shown(odoo, model, view)

    assert {status for status, _ in added(administrator, *PLACES)} == {Status.ADDED}

    for model in ("product.template", "product.product", "mrp.bom"):
        assert f'name="{REVISION}" readonly="1"' in shown(odoo, model, "form")
    for model in ("product.template", "mrp.bom"):
        assert f'name="{REVISION}" readonly="1" optional="show"' in shown(odoo, model, "list")
    assert SEQUENCE not in shown(odoo, "product.template", "form")


def test_once_is_enough_and_what_an_administrator_archived_stays_so(administrator: Connection) -> None:
    added(administrator, *PLACES)
    [view] = administrator.call(
        "ir.ui.view", "search", domain=[["name", "=", "pdm-odoo: BOM list"], ["active", "in", [True, False]]]
    )
    administrator.call("ir.ui.view", "write", ids=[view], vals={"active": False})

    assert {status for status, _ in added(administrator, *PLACES)} == {Status.PRESENT}
    assert REVISION not in shown(administrator, "mrp.bom", "list")


def test_a_dry_run_adds_nothing(administrator: Connection) -> None:
    place = dataclasses.replace(FITTING, name="tried")

    for _ in range(2):
        [view] = add_views(administrator, lambda _: None, dry_run=True, places=[place])
        assert view.status is Status.MISSING


def test_a_place_that_this_odoo_does_not_have_is_told_and_the_others_are_added(
    administrator: Connection,
) -> None:
    gone = dataclasses.replace(FITTING, name="gone", parent="product.no_such_view")
    elsewhere = dataclasses.replace(FITTING, name="elsewhere", after="no_such_field")
    fits = dataclasses.replace(FITTING, name="fits", fields=((KEY, ""),))
    said: list[str] = []

    views = add_views(administrator, said.append, places=[gone, elsewhere, fits])

    assert [view.status for view in views] == [Status.SKIPPED, Status.SKIPPED, Status.ADDED]
    assert "no view product.no_such_view" in said[0]
    assert "no_such_field" in said[1]
    assert "only not shown" in said[1]


def test_a_login_that_may_not_make_views_is_told_and_nothing_breaks(odoo: Connection) -> None:
    views = add_views(odoo, lambda _: None, places=[dataclasses.replace(FITTING, name="not mine")])

    assert [view.status for view in views] == [Status.SKIPPED]
    assert views[0].why
