"""A profile written for one series of Odoo, as another one wants it. Pure."""

from __future__ import annotations

from collections.abc import Container

from consumers.odoo.capabilities import SHOWN_ON_BOMS, Capabilities
from schemas.facts import DOCUMENT, PRODUCT
from schemas.field_rule import FieldRule, Master
from schemas.profile import Profile

_TYPE, _STORABLE, _DETAILED = "type", "is_storable", "detailed_type"


def for_series(profile: Profile, able: Capabilities, document_fields: Container[str]) -> Profile:
    """Return `profile` with the rules that this series of Odoo spells otherwise.

    `document_fields` are the fields that it has where it keeps a product's files.

    * Up to 17 a storable product is `detailed_type = product`, from 18 on a flag beside the type: the
      constant rule `is_storable = true` becomes the one, and `type` goes with it.
    * Where Odoo keeps no documents (16), the rules for documents are those of attachments; where it does
      not show them in manufacturing (16, 17.0), it is not asked to.
    """
    models = dict(profile.models)
    if _DETAILED in able.storable and PRODUCT in models:
        fields = dict(models[PRODUCT].fields)
        storable = fields.pop(_STORABLE, None)
        if storable and storable.constant is True:
            fields.pop(_TYPE, None)
            fields[_DETAILED] = FieldRule(constant=able.storable[_DETAILED], master=Master.SEED)
        models[PRODUCT] = models[PRODUCT].model_copy(update={"fields": fields})
    if DOCUMENT in models:
        rules = models.pop(DOCUMENT)
        fields = dict(rules.fields)
        if SHOWN_ON_BOMS not in document_fields:
            fields.pop(SHOWN_ON_BOMS, None)
        models[able.documents] = rules.model_copy(update={"fields": fields})
    return profile.model_copy(update={"models": models})
