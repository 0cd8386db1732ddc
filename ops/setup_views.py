"""Show our fields in Odoo's own forms and lists, by small views of ours that inherit from Odoo's.

A newcomer would get wrong that a view is checked when it is made: where this Odoo's form has no such place,
or a module rearranged it, Odoo refuses the view. That costs a display and nothing else, so setup says it and
goes on. And a view of ours that is there is left alone, for an administrator may have changed or archived it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from consumers.errors import PipelineError, RefusedModelError
from consumers.odoo.client import Odoo
from consumers.odoo.own_fields import KEY, REVISION, SEQUENCE
from ops.setup_status import Status
from schemas.facts import BOM, PRODUCT, VARIANT

VIEW = "ir.ui.view"
_DEVELOPERS = "base.group_no_one"
"""Those who have turned the developer mode on."""


@dataclass(frozen=True)
class Place:
    """Where which of our fields are shown."""

    name: str
    model: str
    parent: str
    """External id of Odoo's view."""
    after: str
    """Field of that view behind which ours stand."""
    fields: tuple[tuple[str, str], ...]
    """Field and group who sees it, everybody when empty."""
    is_list: bool = False

    @property
    def arch(self) -> str:
        """Return the view as XML. Read-only: what the vault says is changed in the vault."""
        shown = ' optional="show"' if self.is_list else ""
        fields = "".join(
            f'<field name="{name}" readonly="1"{shown}' + (f' groups="{group}"/>' if group else "/>")
            for name, group in self.fields
        )
        return f"""<xpath expr="//field[@name='{self.after}']" position="after">{fields}</xpath>"""


_REVISION = ((REVISION, ""),)
_OF_BOM = ((REVISION, ""), (SEQUENCE, _DEVELOPERS), (KEY, _DEVELOPERS))

PLACES = (
    Place("product form", PRODUCT, "product.product_template_only_form_view", "default_code", _REVISION),
    Place(
        "product list", PRODUCT, "product.product_template_tree_view", "default_code", _REVISION, is_list=True
    ),
    Place("variant form", VARIANT, "product.product_normal_form_view", "default_code", _REVISION),
    Place("BOM form", BOM, "mrp.mrp_bom_form_view", "code", _OF_BOM),
    Place("BOM list", BOM, "mrp.mrp_bom_tree_view", "code", _REVISION, is_list=True),
)


@dataclass(frozen=True)
class OwnView:
    """One of our views in the database."""

    model: str
    name: str
    type: str
    status: Status
    why: str = ""
    """Why it was not added."""


def add_views(
    odoo_admin: Odoo,
    progress: Callable[[str], None],
    *,
    dry_run: bool = False,
    places: Sequence[Place] = PLACES,
) -> list[OwnView]:
    """Add our views that are missing and return all of them; with `dry_run` add nothing.

    Our fields must be there. A view that Odoo refuses is told and left out.

    Raises:
        UnavailableError: Odoo does not answer.
    """
    try:
        parents, present = _found(odoo_admin, places)
    except (PipelineError, RefusedModelError) as error:
        views = [_view(place, Status.SKIPPED, _line(error)) for place in places]
    else:
        views = [_added(odoo_admin, place, parents, present, dry_run=dry_run) for place in places]
    for view in views:
        because = f" ({view.why}); the field is there, only not shown" if view.why else ""
        progress(f"{view.status}: {view.name} (view) of {view.model}{because}")
    return views


def _found(odoo: Odoo, places: Sequence[Place]) -> tuple[dict[str, int], set[str]]:
    """Return the id of each parent that is there, and the names of our views that are."""
    modules, names = zip(*(place.parent.split(".") for place in places), strict=True)
    parents = odoo.call(
        "ir.model.data",
        "search_read",
        domain=[["model", "=", VIEW], ["module", "in", list(modules)], ["name", "in", list(names)]],
        fields=["module", "name", "res_id"],
    )
    ours = odoo.call(
        VIEW, "search_read", domain=[["name", "in", [_name(place) for place in places]]], fields=["name"]
    )
    ids = {f"{row['module']}.{row['name']}": int(row["res_id"]) for row in parents}
    return ids, {row["name"] for row in ours}


def _added(odoo: Odoo, place: Place, parents: dict[str, int], present: set[str], *, dry_run: bool) -> OwnView:
    if _name(place) in present:
        return _view(place, Status.PRESENT)
    if place.parent not in parents:
        return _view(place, Status.SKIPPED, f"this Odoo has no view {place.parent}")
    if dry_run:
        return _view(place, Status.MISSING)
    values = {
        "name": _name(place),
        "model": place.model,
        "inherit_id": parents[place.parent],
        # After those of Odoo's modules: what they move has moved.
        "priority": 99,
        "arch": place.arch,
    }
    try:
        # One call each: a place that does not fit must not keep the others from being shown.
        odoo.call(VIEW, "create", vals_list=[values])
    except (PipelineError, RefusedModelError) as error:
        return _view(place, Status.SKIPPED, _line(error))
    return _view(place, Status.ADDED)


def _view(place: Place, status: Status, why: str = "") -> OwnView:
    return OwnView(place.model, _name(place), "view", status, why)


def _name(place: Place) -> str:
    return f"pdm-odoo: {place.name}"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
