"""A profile with twelve mistakes."""

from __future__ import annotations

from schemas.facts import PRODUCT

TWELVE = f"""version = 1
[states]
Released = "upsert"
[key]
identify = "default_cod"
[models."{PRODUCT}"]
never = ["list_prise"]
[models."{PRODUCT}".fields]
weigth = {{ from = "W" }}
internal_reference = {{ from = "item.number" }}
name = {{ from = "item.nmae" }}
type = {{ constant = "servce" }}
categ_id = {{ from = "Category", by = "complet_name" }}
seller_ids = {{ from = "Vendor" }}
volume = {{ from = "V", unit = "mm33" }}
product_tag_ids = {{ from = "Tags" }}
barcode = {{ from = "B", mastr = "pdm" }}
uom_id = {{ from = "U", missing = "creat" }}
"""
