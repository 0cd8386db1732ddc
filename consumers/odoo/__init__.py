"""Odoo as a service: calls, faults, records in bulk.

The only package that knows HTTP. It knows nothing of events, deliveries or mapping.
"""
