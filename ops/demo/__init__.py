"""The demo: a released machine, from export files into a real Odoo, and what arrived there."""
