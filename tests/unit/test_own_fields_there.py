"""A field of ours that Odoo does not have is told with the remedy."""

from __future__ import annotations

import pytest

from consumers.errors import MisconfiguredError, UnknownFieldError
from consumers.odoo.own_fields import DIGEST
from ops.own_fields_there import named_if_missing
from tests.unit.consumers.plm import TEMPLATE, Plm


def test_a_missing_field_of_ours_is_told_with_the_remedy() -> None:
    odoo = Plm()
    del odoo.fields[TEMPLATE][DIGEST]

    with (
        pytest.raises(MisconfiguredError, match=f"{TEMPLATE} has no {DIGEST} .*pdm-odoo odoo setup"),
        named_if_missing(odoo.schema),
    ):
        raise UnknownFieldError(TEMPLATE)


def test_another_field_is_told_as_odoo_says_it() -> None:
    with pytest.raises(UnknownFieldError, match="x_theirs"), named_if_missing(Plm().schema):
        raise UnknownFieldError("Invalid field 'x_theirs'")
