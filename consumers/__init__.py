"""Receive deliveries, bring them into Odoo, settle them.

May import `producers` (to retry and dead-letter is to publish) and `schemas`, never `ops`. Only
`runner.py` knows pika here; only `odoo/` knows HTTP.
"""
