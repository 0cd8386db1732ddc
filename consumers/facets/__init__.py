"""What belongs to a product beside its template: variant, vendor, texts in other languages.

Each facet reads what Odoo holds for a batch, plans without writing, and writes afterwards; it costs no
call where the profile has no rule for it.
"""
