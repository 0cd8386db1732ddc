"""Event → Odoo values. Pure: no calls, no clock, no environment."""
