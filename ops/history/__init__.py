"""`pdm-odoo history`: what became of one part number. Asks and explains; changes nothing anywhere."""
